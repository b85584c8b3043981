"""The way through the network for rows that are predicted, block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ...arrays import Array, Place
from ..engine.network import Context
from .network import Architecture, build_network

if TYPE_CHECKING:
    from .fitting import Part
    from .preprocessing import Encoded

_BLOCK = 4096  # rows that go through the network at a time


def outputs_of(
    architecture: Architecture, weights: Array, blocks: Iterable[Encoded], place: Place
) -> Iterator[Array]:
    """Go through the outputs of the network, (n_rows, n_outputs) float64 each, on `place`.

    Parameters
    ----------
    weights : array of shape (n_weights,)
    """
    network, xp = build_network(architecture), place.xp
    split = network.split(place.put(weights)[None, :], xp)
    context = Context(xp)
    for encoded in blocks:
        parts = [encoded.dense, encoded.codes] if encoded.codes.shape[1] else [encoded.dense]
        for start in range(0, len(encoded.dense), _BLOCK):
            inputs = tuple(place.put(part[None, start : start + _BLOCK]) for part in parts)
            outputs = network.predict(inputs if len(inputs) > 1 else inputs[0], split, context)
            yield xp.astype(outputs[0, ...], xp.float64)


def blocks_of(part: Part) -> Iterator[Encoded]:
    """Go through the rows that are meant in a part."""
    for start in range(0, len(part.rows), _BLOCK):
        rows, encoded = part.rows[start : start + _BLOCK], part.encoded
        yield replace(encoded, dense=encoded.dense[rows], codes=encoded.codes[rows])
