"""Quantile regression at several levels that never cross."""

from __future__ import annotations

import json
from itertools import pairwise
from numbers import Real
from typing import Any

import numpy as np

from ...estimators.arrays import Array

OBJECTIVE = "reg:quantileerror"


def check_levels(objective: Any, quantile_alpha: Any) -> None:
    """Make sure that the levels of xgboost's quantile objective, if it is that, are levels.

    Parameters
    ----------
    objective : str, callable or None
    quantile_alpha : float or array-like of float
        The parameter of that name.

    Raises
    ------
    ValueError
        When there is no level, one is not a number in (0, 1), or they do not ascend: xgboost 3.4
        refuses any other order, and sorted predictions are in this one.
    """
    if objective != OBJECTIVE:
        return
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
    for lower, upper in pairwise(levels):
        if lower > upper:
            raise ValueError(
                f"quantile_alpha has {upper} after {lower}: levels must ascend, and so will the "
                f"columns of predictions. Take quantile_alpha={sorted(map(float, levels))}."
            )


def rearrange(prediction: Array) -> Array:
    """Return the quantiles of each row sorted, so that none is below one of a lower level.

    Sorting brings estimates of a quantile function closer to the true one, or leaves them as they
    are (Chernozhukov, Fernández-Val and Galichon, Quantile and probability curves without crossing,
    Econometrica 2010, proposition 4). xgboost 3.4 sorts, too; 3.2 does not.

    Parameters
    ----------
    prediction : float array of shape (n_samples, n_levels), of any library
        Columns in the order of ascending levels.
    """
    prediction = prediction.copy()
    prediction.sort(axis=1)
    return prediction


def levels_of(booster: Any) -> list[float] | None:
    """Return the levels that a booster was trained for; None with another objective."""
    objective = json.loads(booster.save_config())["learner"]["objective"]
    if objective["name"] != OBJECTIVE:
        return None
    return json.loads(objective["quantile_loss_param"]["quantile_alpha"])
