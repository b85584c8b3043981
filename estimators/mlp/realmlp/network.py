"""The network of RealMLP: embedded input, a scale per feature, hidden layers, a linear output."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise

from ..engine.activations import ACTIVATIONS, parametric
from ..engine.embeddings import spread
from ..engine.layers import dropout, ntk_linear
from ..engine.network import Layer, Network
from .layers import embedded_input, ntk_heads, ntk_scaled_linear

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
    """Return the network; what goes in is what `embedded_input` of layers.py takes."""
    a, k = architecture, architecture.n_members
    embeds = bool(a.n_periodic or a.cardinalities)
    layers = [_input_layer(a)] if embeds else []
    if k > 1:
        adapters = ((k, a.n_inputs), (k, a.n_inputs))
        layers.append(Layer(partial(spread, input_gradient=embeds), adapters, _ADAPTER))
    for i, (fan_in, width) in enumerate(pairwise((a.n_inputs, *a.hidden))):
        layers.append(_linear(fan_in, width) if i else _scaled(fan_in, width, bool(layers)))
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


def _scaled(fan_in: int, width: int, input_gradient: bool) -> Layer:
    function = partial(ntk_scaled_linear, input_gradient=input_gradient)
    return Layer(function, ((fan_in,), (fan_in, width), (width,)), ("scale", "weight", "bias"))


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
