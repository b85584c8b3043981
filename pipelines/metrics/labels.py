"""True and predicted labels as numbers: text and objects become the positions of their classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...estimators.arrays import HOST, Array, Place, place_of, to_numpy
from .batch import Batch

_FEW_CLASSES = 4  # up to here a comparison with each class is faster than a table of all labels


@dataclass(frozen=True)
class Truth:
    """The true labels of a classification.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The sorted labels that occur, on the host.
    codes : array of shape (n_samples,), of int64
        The position of each row's label in `classes`.
    """

    classes: np.ndarray
    codes: Array

    def code_of(self, label: Any) -> int | None:
        """Return the position of a label, or None where it does not occur."""
        found = [code for code, other in enumerate(self.classes.tolist()) if other == label]
        return found[0] if found else None

    def recoded(self, classes: np.ndarray, positions: list[int]) -> Truth:
        """Return the same labels as positions in `classes`, where each class has its own."""
        place = place_of(self.codes)
        return Truth(classes, place.xp.take(place.put(np.asarray(positions)), self.codes))


def truth_of(batch: Batch) -> Truth | None:
    """Read the true labels of a batch; None where they are no labels of a classification."""
    if "truth" not in batch.kept:
        batch.kept["truth"] = _read_truth(batch.y, batch.place)
    return batch.kept["truth"]


def _read_truth(y: Array, place: Place) -> Truth | None:
    if y.ndim != 1 or not y.shape[0]:
        return None
    if place_of(y) != HOST:
        return _read_on_device(y, place)
    if y.dtype.kind in "biu" or (y.dtype.kind == "f" and are_whole(np, y)):
        classes, codes = np.unique(y, return_inverse=True)
    elif y.dtype.kind in "OU":
        codes, classes = pd.factorize(y)
        classes = np.asarray(classes)
        if not _is_text(classes) or (codes < 0).any():
            return None
        order = np.argsort(classes)
        classes, codes = classes[order], np.argsort(order)[codes]
    else:
        return None
    return Truth(classes, place.put(codes.astype(np.int64)))


def _read_on_device(y: Array, place: Place) -> Truth | None:
    xp = place_of(y).xp
    if xp.isdtype(y.dtype, "bool"):
        y = xp.astype(y, xp.int8)
    if xp.isdtype(y.dtype, "real floating") and not are_whole(xp, y):
        return None
    classes, codes = xp.unique_inverse(y)
    return Truth(to_numpy(classes), place.put(xp.astype(codes, xp.int64)))


def are_whole(xp: Any, labels: Array) -> bool:
    """Whether all are finite whole numbers: other numbers are no labels."""
    return bool(xp.all(xp.isfinite(labels)) and xp.all(xp.floor(labels) == labels))


def _is_text(labels: np.ndarray) -> bool:
    return labels.dtype.kind == "U" or all(isinstance(label, str) for label in labels)


@dataclass(frozen=True)
class Coded:
    """Predicted labels of some members.

    Attributes
    ----------
    codes : array of shape (n_members, n_samples)
        Positions in `labels`.
    labels : ndarray of shape (n_labels,), or None
        None where a prediction holds something that is no label: `codes` are then the predictions.
    """

    codes: Array
    labels: np.ndarray | None


class PredictedLabels:
    """The predicted labels of a batch, block by block, in the same codes as the true ones.

    A label that does not occur in y, but in some prediction, gets a code behind those of y.
    """

    def __init__(self, batch: Batch, truth: Truth) -> None:
        self.batch, self.truth = batch, truth
        self._text = truth.classes.dtype.kind in "OU"
        self._kept: list[Coded] = []

    def are_readable(self) -> bool:
        """Whether every prediction is one label per row, of the kind of the true labels."""
        batch, xp = self.batch, self.batch.place.xp
        if batch.shape != tuple(self.truth.codes.shape) or not batch.has_plain_weight:
            return False
        dtype = batch.first.dtype
        if self._text:
            return batch.place.on_host and dtype.kind in "OU"
        return xp.isdtype(dtype, ("bool", "integral", "real floating"))

    def blocks(self) -> Iterator[Coded]:
        """Yield each block of predictions in codes.

        Text is coded once and kept, as codes of two bytes where they are enough.
        """
        if self._kept:
            yield from self._kept
            return
        for block in self.batch.blocks():
            coded = self._code(block)
            if self._text:
                self._kept.append(coded)
            yield coded

    def _code(self, block: Array) -> Coded:
        labels = self.truth.classes
        codes = self._positions(block, labels)
        if codes is None:
            found = self._labels_in(block)
            if found is None:
                return Coded(block, None)
            labels = np.concatenate([labels, np.setdiff1d(found, labels)])
            codes = self._positions(block, labels)
            if codes is None:
                return Coded(block, None)
        if self._text and len(labels) < 1 << 15:
            codes = codes.astype(np.int16)
        return Coded(codes, labels)

    def _labels_in(self, block: Array) -> np.ndarray | None:
        """Return the sorted labels of a block on the host; None if some are no labels."""
        if self._text:
            labels = np.asarray(pd.unique(block.ravel()))
            return np.sort(labels.astype(object)) if _is_text(labels) else None
        xp = self.batch.place.xp
        labels = to_numpy(xp.unique_values(block))
        return labels if labels.dtype.kind in "biu" or are_whole(np, labels) else None

    def _positions(self, block: Array, labels: np.ndarray) -> Array | None:
        """Return the positions of a block's labels, or None where one is not among `labels`."""
        place, xp = self.batch.place, self.batch.place.xp
        if place.on_host:
            return _positions(block, labels)
        if xp.isdtype(block.dtype, "bool"):
            block = xp.astype(block, xp.int8)
        kind = float if xp.isdtype(block.dtype, "real floating") else int
        codes = xp.full(block.shape, -1, dtype=xp.int64, device=place.device)
        for code, label in enumerate(labels.tolist()):
            codes = xp.where(block == kind(label), xp.full_like(codes, code), codes)
        return None if bool(xp.any(codes < 0)) else codes


def _positions(block: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    if block.dtype.kind in "biu" and labels.dtype.kind in "biu":
        start = int(labels[0])
        if np.array_equal(labels, np.arange(start, start + len(labels))):
            codes = block.astype(np.int64, copy=False) - start
            return codes if codes.min() >= 0 and codes.max() < len(labels) else None
    if len(labels) > _FEW_CLASSES and block.dtype.kind in "OU":
        return _looked_up(block, labels)
    codes = np.full(block.shape, -1, dtype=np.int64)
    for code, label in enumerate(labels):
        np.copyto(codes, code, where=block == label)
    return codes if codes.min() >= 0 else None


def _looked_up(block: np.ndarray, labels: np.ndarray) -> np.ndarray | None:
    """Code text by a table of the labels that occur."""
    codes, found = pd.factorize(block.ravel())
    places = pd.Index(labels, dtype=object).get_indexer(np.asarray(found, dtype=object))
    if (codes < 0).any() or (places < 0).any():
        return None
    return places[codes].reshape(block.shape)
