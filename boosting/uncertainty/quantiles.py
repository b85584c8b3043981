"""Quantile regression at several levels that never cross."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

OBJECTIVE = "reg:quantileerror"


def quantile_levels(objective: Any, quantile_alpha: Any) -> list[float] | None:
    """Return the levels of xgboost's quantile objective; None with another objective.

    Parameters
    ----------
    objective : str, callable or None
    quantile_alpha : float or array-like of float
        The parameter of that name.

    Raises
    ------
    ValueError
        When there is no level, or one is not a number in (0, 1).
    """
    if objective != OBJECTIVE:
        return None
    if quantile_alpha is None or np.size(quantile_alpha) == 0:
        raise ValueError(
            f"objective={OBJECTIVE!r} needs quantile_alpha: a level between 0 and 1, or a list of "
            "them, such as quantile_alpha=[0.05, 0.5, 0.95]."
        )
    levels = np.atleast_1d(np.asarray(quantile_alpha, dtype=object)).tolist()
    for level in levels:
        if not (isinstance(level, Real) and 0 < float(level) < 1):
            raise ValueError(
                f"quantile_alpha has the level {level!r}: each must be a number between 0 and 1, "
                "both excluded."
            )
    return [float(level) for level in levels]


def rearrange(prediction: np.ndarray, levels: list[float]) -> np.ndarray:
    """Return quantiles in an order that their levels allow: those of each row are sorted.

    A quantile of a higher level is then never below one of a lower. Sorting brings estimates of a
    quantile function closer to the true one, or leaves them as they are (Chernozhukov,
    Fernández-Val and Galichon, Quantile and probability curves without crossing, Econometrica
    2010, proposition 4).

    Parameters
    ----------
    prediction : float array of shape (n_samples, n_levels)
        Columns in the order of `levels`.
    levels : list of n_levels floats
        In any order.

    Returns
    -------
    array of the same shape, library and columns
    """
    among_sorted = np.argsort(np.argsort(levels, kind="stable")).tolist()
    prediction = prediction.copy()
    prediction.sort(axis=1)
    return prediction[:, among_sorted]
