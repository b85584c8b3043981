"""The network of RealMLP: embedded input, a scale per feature, hidden layers, a linear output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from math import sqrt
from typing import Any

from ...arrays import Array, Namespace
from ..activations import ACTIVATIONS, parametric
from ..embeddings import categories, heads, periodic, spread
from ..layers import dropout, feature_scale, ntk_linear
from ..network import Backward, Layer, Network

_FREQUENCIES, _PERIODIC = 16, 3  # of each number in its periodic embedding; outputs beside it
_ADAPTER = ("scale", "bias")  # the affine map of each member
_EMBEDDED = 8  # numbers that a category of many values becomes


@dataclass(frozen=True)
class Architecture:
    """What a network is made of.

    Attributes
    ----------
    n_dense : int
        Columns of numbers that go in; the first `n_periodic` of them are embedded.
    cardinalities : tuple of int
        The number of codes of each embedded category.
    hidden : tuple of int
        Widths of the hidden layers.
    """

    n_dense: int
    n_periodic: int
    cardinalities: tuple[int, ...]
    hidden: tuple[int, ...]
    n_outputs: int
    activation: str
    parametric: bool
    drops: bool
    n_members: int = 1

    @property
    def n_inputs(self) -> int:
        """The width of the embedded input."""
        periodic_part = _PERIODIC * self.n_periodic
        return self.n_dense + periodic_part + _EMBEDDED * len(self.cardinalities)


@lru_cache(maxsize=64)
def build_network(architecture: Architecture) -> Network:
    """Return the network; what goes in is what `embedded_input` takes."""
    a, k = architecture, architecture.n_members
    embeds = bool(a.n_periodic or a.cardinalities)
    layers = [_input_layer(a)] if embeds else []
    if k > 1:
        adapters = ((k, a.n_inputs), (k, a.n_inputs))
        layers.append(Layer(partial(spread, input_gradient=embeds), adapters, _ADAPTER))
    layers.append(
        Layer(partial(feature_scale, input_gradient=embeds or k > 1), ((a.n_inputs,),), ("scale",))
    )
    for fan_in, width in pairwise((a.n_inputs, *a.hidden)):
        layers.append(_linear(fan_in, width))
        layers.append(_activation(a, width))
        if a.drops:
            layers.append(Layer(dropout, contextual=True))
    fan_in = (a.n_inputs, *a.hidden)[-1]
    shapes = ((k, fan_in, a.n_outputs), (k, a.n_outputs))
    outputs = (
        Layer(ntk_heads, shapes, ("weight", "bias")) if k > 1 else _linear(fan_in, a.n_outputs)
    )
    return Network((*layers, outputs))


def _linear(fan_in: int, width: int) -> Layer:
    return Layer(ntk_linear, ((fan_in, width), (width,)), ("weight", "bias"))


def _activation(a: Architecture, width: int) -> Layer:
    if a.parametric:
        return Layer(parametric(ACTIVATIONS[a.activation]), ((width,),), ("activation",))
    return Layer(ACTIVATIONS[a.activation])


def _input_layer(a: Architecture) -> Layer:
    p, h, k = a.n_periodic, _FREQUENCIES, _PERIODIC
    shapes: list[tuple[int, ...]] = [(p, h), (p, h), (p, h, k), (p, k)] if p else []
    tables = [(cardinality, _EMBEDDED) for cardinality in a.cardinalities]
    return Layer(
        partial(embedded_input, n_periodic=p),
        (*shapes, *tables),
        ("periodic",) * len(shapes) + ("embedding",) * len(tables),
    )


def embedded_input(
    inputs: Any, *weights: Array, n_periodic: int, xp: Namespace
) -> tuple[Array, Backward]:
    """Embed numbers periodically and codes by tables; return all side by side.

    Parameters
    ----------
    inputs : array of shape (n_models, n_samples, n_dense), or that and codes
        Codes are whole numbers of shape (n_models, n_samples, n_embedded).
    weights : arrays
        Four of the periodic embedding if `n_periodic` is not 0, and a table per column of codes.

    Returns
    -------
    Y : array of shape (n_models, n_samples, n_inputs)
        The embedded numbers, the other numbers, the embedded codes.
    backward : callable
        Its dX is None: there is nothing to learn before.
    """
    dense, codes = inputs if isinstance(inputs, tuple) else (inputs, None)
    n_numbers = 4 if n_periodic else 0
    parts: list[Array] = []
    ways: list[Backward | None] = []
    if n_periodic:
        numbers, way = periodic(
            dense[:, :, :n_periodic], *weights[:n_numbers], xp=xp, input_gradient=False
        )
        parts.append(numbers)
        ways.append(way)
    if dense.shape[2] > n_periodic:
        parts.append(dense[:, :, n_periodic:])
        ways.append(None)
    if codes is not None:
        looked_up, way = categories(codes, *weights[n_numbers:], xp=xp)
        parts.append(looked_up)
        ways.append(way)
    widths = [part.shape[2] for part in parts]

    def backward(dY: Array) -> tuple[None, tuple[Array, ...]]:
        grads: list[Array] = []
        start = 0
        for width, way in zip(widths, ways, strict=True):
            if way is not None:
                grads.extend(way(dY[:, :, start : start + width])[1])
            start += width
        return None, tuple(grads)

    return xp.concat(parts, axis=2), backward


def ntk_heads(X: Array, W: Array, b: Array, *, xp: Namespace) -> tuple[Array, Backward]:
    """Give each member its own output, `x @ W / sqrt(n_in) + b`, those of a row side by side.

    Parameters
    ----------
    X : array of shape (n_models, n_members * n_samples, n_in)
        In the order of `spread`.
    W : array of shape (n_models, n_members, n_in, n_out)
    b : array of shape (n_models, n_members, n_out)

    Returns
    -------
    Y : array of shape (n_models, n_samples, n_members * n_out)
    backward : callable
    """
    scale = 1.0 / sqrt(W.shape[2])
    Y, way = heads(X, W * scale, b, xp=xp)
    n_models, n_members, n_out = b.shape
    Y = xp.reshape(Y, (n_models, n_members, -1, n_out))
    n_samples = Y.shape[2]

    def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
        by_row = xp.reshape(dY, (n_models, n_samples, n_members, n_out))
        by_member = xp.permute_dims(by_row, (0, 2, 1, 3))
        dX, (dW, db) = way(xp.reshape(by_member, (n_models, n_members * n_samples, n_out)))
        return dX, (dW * scale, db)

    return xp.reshape(xp.permute_dims(Y, (0, 2, 1, 3)), (n_models, n_samples, -1)), backward
