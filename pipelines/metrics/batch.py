"""Predictions of many members for the same rows, in blocks, where their arrays live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ...estimators.arrays import HOST, Array, Namespace, Place, place_of

# Numbers worked on at a time. On the host a block and its intermediate results stay in the cache.
HOST_BLOCK = 1 << 17
DEVICE_BLOCK = 1 << 24


class Batch:
    """What several metrics need of the same true values, predictions and weights.

    Parameters
    ----------
    y : array-like of n_samples rows
    predictions : sequence of n_members arrays of n_samples rows, or one array with that first axis
    weight : array-like of shape (n_samples,), optional

    Attributes
    ----------
    place : Place
        Where the predictions are: all work is done there.
    kept : dict
        What a family of metrics has found out and its next metric can use; small results only.
    """

    def __init__(self, y: Any, predictions: Sequence[Array] | Array, weight: Any = None) -> None:
        self.y = as_array(y)
        if not hasattr(predictions, "shape"):
            predictions = [as_array(prediction) for prediction in predictions]
        self.predictions: Any = predictions
        self._n_members = _length(predictions)
        self.place: Place = place_of(self.first) if self._n_members else HOST
        self.kept: dict[Any, Any] = {}
        self._weight = weight

    def __len__(self) -> int:
        return self._n_members

    @property
    def first(self) -> Array:
        """The prediction of the first member: the others are of its dtype."""
        stacked = hasattr(self.predictions, "shape")
        return self.predictions[0, ...] if stacked else self.predictions[0]

    @cached_property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of every single prediction; None where they differ, or their dtypes do."""
        if hasattr(self.predictions, "shape"):
            return tuple(self.predictions.shape[1:])
        shapes = {tuple(prediction.shape) for prediction in self.predictions}
        dtypes = {str(prediction.dtype) for prediction in self.predictions if self.place.on_host}
        return shapes.pop() if len(shapes) == 1 and len(dtypes) < 2 else None

    @property
    def n_samples(self) -> int:
        """The number of rows predicted."""
        return self.shape[0] if self.shape else 0

    @cached_property
    def weight(self) -> Array | None:
        """The weights as given, at the place of the predictions; None if there are none."""
        return None if self._weight is None else self.place.put(as_array(self._weight))

    @cached_property
    def has_plain_weight(self) -> bool:
        """Whether there is one finite weight per row or none, none negative, and not all zero."""
        if self.weight is None:
            return True
        xp, weight = self.place.xp, self.weight
        if tuple(weight.shape) != (self.n_samples,) or not is_number(xp, weight):
            return False
        total = float(xp.sum(weight))
        return np.isfinite(total) and total > 0 and not bool(xp.any(weight < 0))

    def blocks(self) -> Iterator[Array]:
        """Yield the predictions of some members at a time, stacked, each row in one piece."""
        size = max(1, int(np.prod(self.shape or (1,))))
        rows = max(1, (HOST_BLOCK if self.place.on_host else DEVICE_BLOCK) // size)
        for start in range(0, len(self), rows):
            yield self._block(slice(start, min(start + rows, len(self))))

    def _block(self, members: slice) -> Array:
        if hasattr(self.predictions, "shape"):
            block = self.predictions[members, ...]
            return np.ascontiguousarray(block) if self.place.on_host else block
        predictions = self.predictions[members]
        if self.place.on_host:
            return np.stack(predictions)
        return self.place.xp.stack([self.place.put(prediction) for prediction in predictions])


def _length(predictions: Any) -> int:
    # Not every library's arrays have a length.
    return predictions.shape[0] if hasattr(predictions, "shape") else len(predictions)


def as_array(values: Any) -> Array:
    """Return an array of any library as it is, anything else as NumPy's.

    Rows of unequal lengths are no array: they come back as an empty object, which no metric reads.
    """
    if place_of(values) != HOST:
        return values
    try:
        return np.asarray(values)
    except ValueError:
        return np.empty((), dtype=object)


def is_number(xp: Namespace, array: Array) -> bool:
    """Whether an array holds whole or real numbers."""
    return xp.isdtype(array.dtype, ("integral", "real floating"))


def is_short_float(xp: Namespace, array: Array) -> bool:
    """Whether an array has less precision than float32: its sums are then scikit-learn's."""
    return xp.isdtype(array.dtype, "real floating") and xp.finfo(array.dtype).bits < 32
