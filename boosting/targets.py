"""The target as xgboost fits it, and what it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_LARGEST = float(np.finfo(np.float32).max)  # xgboost fits float32


@dataclass(frozen=True)
class Target:
    """A target.

    Attributes
    ----------
    y : array of shape (n_samples,) or (n_samples, n_targets)
        What xgboost fits: numbers, or codes 0, 1, ... of labels.
    labels : array of shape (n_classes,), or None
        The sorted labels behind the codes.
    strata : int array of shape (n_samples,), or None
        Where validation parts hold every class in its share.
    """

    y: Any
    labels: np.ndarray | None = None
    strata: np.ndarray | None = None

    @property
    def names(self) -> Sequence[Any]:
        """The labels, for messages."""
        return () if self.labels is None else self.labels.tolist()


def numbers(y: Any) -> np.ndarray:
    """Return `y` of a regression as an array of numbers.

    Raises
    ------
    ValueError
        When a value is missing, infinite or no number; the message names its row.
    """
    name = getattr(y, "name", None) or "y"
    y = np.asarray(y)
    if y.dtype.kind in "cmM":
        raise ValueError(f"{name} must be real numbers, not {y.dtype}.")
    if y.dtype.kind not in "fiub":
        y = _as_float(y, name)
    if y.dtype.kind == "f" and y.size:
        _check_finite(y, name)
    return y


def _check_finite(y: np.ndarray, name: str) -> None:
    largest = np.maximum(-y.min(), y.max())
    if largest <= _LARGEST:
        return
    if np.isnan(largest):
        missing = np.isnan(y)
        raise ValueError(
            f"Input {name} contains NaN: {missing.sum()} of {y.size} values are missing, the first "
            f"in row {np.argwhere(missing)[0, 0]}. Drop those rows."
        )
    first = tuple(np.argwhere(np.abs(y) > _LARGEST)[0])
    raise ValueError(
        f"Input {name} contains infinity or a value too large for float32: row {first[0]} has "
        f"{y[first]}."
    )


def _as_float(y: np.ndarray, name: str) -> np.ndarray:
    try:
        return y.astype(float)
    except (TypeError, ValueError):
        pass
    for row, value in enumerate(y.tolist()):
        try:
            float(value)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must be numbers; row {row} is {value!r}.") from None
    raise ValueError(f"{name} must be numbers, not {y.dtype}.")
