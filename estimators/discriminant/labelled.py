"""Training data of a discriminant: labels as numbers of classes, each class with its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import column_or_1d

from ..door import Opened
from .class_rows import ClassRows


def class_rows(data: Opened) -> tuple[np.ndarray, ClassRows]:
    """Return the labels, sorted, and the rows of each.

    Raises
    ------
    ValueError
        When there are several labels for a row.
    """
    y = column_or_1d(data.y, warn=True)
    classes, codes = np.unique(y, return_inverse=True)
    return classes, ClassRows(data.X, codes, np.bincount(codes), data.place)


def check_priors(priors: Any, n_classes: int) -> None:
    """Check that given priors are one number for each class.

    Raises
    ------
    ValueError
        When there are more or fewer.
    """
    if np.shape(priors) != (n_classes,):
        raise ValueError(
            f"priors are of shape {np.shape(priors)}: one is needed for each of the {n_classes} "
            "classes."
        )
