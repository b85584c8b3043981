"""A network: layers in a row, their weights in one flat array, forwards and backwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any

import numpy as np

from ...arrays import Array, Namespace

Backward = Callable[[Array], Any]
Weights = Sequence[Sequence[Array]]


@dataclass
class Context:
    """What layers may need beside their input and weights.

    Attributes
    ----------
    xp : namespace
    training : bool
        False answers as for prediction: no dropout, running moments.
    streams : random streams, one per model, or None
        `streams.keep(shape, rate)` draws masks.
    dropout : ndarray of shape (n_models,), or None
        The rates of this step.
    row_weight : array of shape (n_models, n_samples), or None
        0 marks rows that only fill up a batch.
    buffers : dict of arrays of shape (n_models, ...)
        What layers keep beside weights, such as running moments; changed in place.
    """

    xp: Namespace
    training: bool = False
    streams: Any = None
    dropout: np.ndarray | None = None
    row_weight: Array | None = None
    buffers: dict[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Layer:
    """One layer of a network.

    Parameters
    ----------
    function : callable
        `function(X, *weights, xp=xp)`, or with `context=` where `contextual`, gives
        `(Y, backward)`; `backward(dY)` gives `(dX, grads)`. All arrays lead with the axis of
        models.
    shapes : sequence of shapes
        Of the weights, without the axis of models.
    kinds : sequence of str
        What each weight is ("weight", "bias", "scale", ...): learning rates and decay go by kind.
    contextual : bool
    buffers : mapping of name to (shape, value)
        What the layer keeps in `Context.buffers`, and what it starts from.
    """

    function: Callable[..., Any]
    shapes: Sequence[tuple[int, ...]] = ()
    kinds: Sequence[str] = ()
    contextual: bool = False
    buffers: Mapping[str, tuple[tuple[int, ...], float]] = field(default_factory=dict)

    def __call__(self, X: Array, weights: Sequence[Array], context: Context) -> Any:
        """Apply the layer; return its output and its backward function."""
        if self.contextual:
            return self.function(X, *weights, context=context)
        return self.function(X, *weights, xp=context.xp)


@dataclass(frozen=True)
class Slot:
    """Where weight `position` of a layer stands in the flat array: columns `start` to `stop`."""

    layer: int
    position: int
    kind: str
    shape: tuple[int, ...]
    start: int
    stop: int


@dataclass(frozen=True)
class Network:
    """Layers in a row, for any number of models at once.

    The weights of all models are one array of shape (n_models, n_weights), in which weights of
    one kind stand side by side, kinds in the order of their first appearance.
    """

    layers: tuple[Layer, ...]

    @cached_property
    def slots(self) -> tuple[tuple[Slot, ...], ...]:
        """The slots of each layer's weights."""
        found: list[list[Slot | None]] = [[None] * len(layer.shapes) for layer in self.layers]
        start = 0
        for kind in self.kinds:
            for i, layer in enumerate(self.layers):
                for j, shape in enumerate(layer.shapes):
                    if layer.kinds[j] == kind:
                        stop = start + prod(shape)
                        found[i][j] = Slot(i, j, kind, tuple(shape), start, stop)
                        start = stop
        return tuple(tuple(slot for slot in slots if slot is not None) for slots in found)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of weights, in the order in which they stand in the flat array."""
        return tuple(dict.fromkeys(kind for layer in self.layers for kind in layer.kinds))

    @cached_property
    def n_weights(self) -> int:
        """The number of weights of one model."""
        return sum(prod(shape) for layer in self.layers for shape in layer.shapes)

    @cached_property
    def _in_row(self) -> tuple[Slot, ...]:
        return tuple(sorted((s for slots in self.slots for s in slots), key=lambda s: s.start))

    @cached_property
    def columns(self) -> dict[str, slice]:
        """The columns of the flat array that hold the weights of each kind."""
        slots = [slot for layer in self.slots for slot in layer]
        return {
            kind: slice(
                min(slot.start for slot in slots if slot.kind == kind),
                max(slot.stop for slot in slots if slot.kind == kind),
            )
            for kind in self.kinds
        }

    def by_kind(self, values: Mapping[str, float]) -> np.ndarray:
        """Return an array of shape (n_weights,) of the values of kinds, 1 where one has none."""
        found = np.ones(self.n_weights)
        for kind, columns in self.columns.items():
            found[columns] = values.get(kind, 1.0)
        return found

    def split(self, flat: Array, xp: Namespace) -> list[list[Array]]:
        """Return the weights of each layer, as views of `flat` of shape (n_models, n_weights)."""
        n_models = flat.shape[0]
        return [
            [
                xp.reshape(flat[:, slot.start : slot.stop], (n_models, *slot.shape))
                for slot in layer_slots
            ]
            for layer_slots in self.slots
        ]

    def join(self, weights: Weights, xp: Namespace) -> Array:
        """Return the flat array, (n_models, n_weights), of the weights of each layer."""
        first = weights[self._in_row[0].layer][self._in_row[0].position]
        n_models, device = first.shape[0], getattr(first, "device", None)
        flat = xp.empty((n_models, self.n_weights), dtype=first.dtype, device=device)
        for slot in self._in_row:
            weight = weights[slot.layer][slot.position]
            flat[:, slot.start : slot.stop] = xp.reshape(weight, (n_models, -1))
        return flat

    def forward(self, X: Any, weights: Weights, context: Context) -> tuple[Array, Backward]:
        """Return the outputs, (n_models, n_samples, n_outputs), and the way back.

        Parameters
        ----------
        X : array of shape (n_models, n_samples, n_features), or what the first layer takes
        weights : weights of each layer
            From `split`.

        Returns
        -------
        outputs : array
        backward : callable
            From the gradient of the outputs to that of the weights, (n_models, n_weights).
        """
        steps = []
        for layer, layer_weights in zip(self.layers, weights, strict=True):
            X, step = layer(X, layer_weights, context)
            steps.append(step)

        def backward(dY: Array) -> Array:
            grads: list[Sequence[Array]] = []
            while steps:  # each step is let go as soon as it is done, with what it holds
                dY, grad = steps.pop()(dY)
                grads.append(grad)
            return self.join(grads[::-1], context.xp)

        return X, backward

    def predict(self, X: Any, weights: Weights, context: Context) -> Array:
        """Return the outputs alone: nothing is kept for a way back."""
        for layer, layer_weights in zip(self.layers, weights, strict=True):
            X, _ = layer(X, layer_weights, context)
        return X

    def predict_rows(self, X: Array, weights: Weights, context: Context, block: int) -> Array:
        """Return the outputs of rows X, (n_samples, n_features), `block` rows at a time.

        Returns
        -------
        outputs : array of shape (n_models, n_samples, n_outputs)
        """
        n_rows = X.shape[0]
        parts = [
            self.predict(X[None, start : min(start + block, n_rows), :], weights, context)
            for start in range(0, n_rows, block)
        ]
        return context.xp.concat(parts, axis=1)

    def new_buffers(self, n_models: int, like: Array, xp: Namespace) -> dict[str, Array]:
        """Return the buffers of all layers as they start, in the dtype and place of `like`."""
        device = getattr(like, "device", None)
        return {
            name: xp.full((n_models, *shape), value, dtype=like.dtype, device=device)
            for layer in self.layers
            for name, (shape, value) in layer.buffers.items()
        }
