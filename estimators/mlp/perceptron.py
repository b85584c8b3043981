"""The network of MLPClassifier and MLPRegressor, and its weights kind by kind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from ..arrays import Array, Namespace, to_numpy
from .engine.activations import ACTIVATIONS
from .engine.layers import batch_norm, dropout, layer_norm, linear
from .engine.network import Layer, Network


@lru_cache(maxsize=256)
def perceptron(
    sizes: tuple[int, ...], activation: str, normalization: str | None, drops: bool
) -> Network:
    """Return a network of linear layers.

    After each hidden one come normalisation, activation and dropout, where asked for.

    Parameters
    ----------
    sizes : tuple of int
        Widths, from the number of features to the number of outputs.
    drops : bool
        Whether there is dropout; the rates are in the recipe of each model.
    """
    layers: list[Layer] = []
    last = len(sizes) - 2
    for i, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        layers.append(
            Layer(
                partial(linear, input_gradient=i > 0),
                ((fan_in, fan_out), (fan_out,)),
                ("weight", "bias"),
            )
        )
        if i == last:
            break
        if normalization is not None:
            layers.append(_normalization(normalization, i, fan_out))
        layers.append(Layer(ACTIVATIONS[activation]))
        if drops:
            layers.append(Layer(dropout, contextual=True))
    return Network(tuple(layers))


def _normalization(kind: str, i: int, width: int) -> Layer:
    shapes, kinds = ((width,), (width,)), ("scale", "shift")
    if kind == "layer":
        return Layer(layer_norm, shapes, kinds)
    return Layer(
        partial(batch_norm, name=f"{i}"),
        shapes,
        kinds,
        contextual=True,
        buffers={f"{i}.mean": ((width,), 0.0), f"{i}.variance": ((width,), 1.0)},
    )


def weights_of(network: Network, flat: Array, kind: str, xp: Namespace) -> list[Array]:
    """Return the weights of one kind, from the input to the output, as views of `flat`.

    Parameters
    ----------
    flat : array of shape (n_weights,)
        Of one model.
    kind : {"weight", "bias", "scale", "shift"}
        Matrices and biases of the linear layers; factors and shifts of the normalisations.
    """
    slots = [slot for layer in network.slots for slot in layer if slot.kind == kind]
    return [xp.reshape(flat[slot.start : slot.stop], slot.shape) for slot in slots]


def flat_of(*groups: Sequence[Any]) -> np.ndarray:
    """Return the weights of one model as one NumPy array, kind after kind as a network has them."""
    return np.concatenate([np.ravel(to_numpy(part)) for group in groups for part in group])
