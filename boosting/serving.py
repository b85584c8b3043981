"""Predictions of fitted boosters: in place, on their device, averaged where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from ..estimators.arrays import Array, Place
from .on_device import cuda_name
from .xgb import xgboost

Rounds = tuple[int, int]


def raw_predictions(
    booster: Any,
    X: Any,
    *,
    margin: bool,
    rounds: Rounds,
    in_place: bool = True,
    missing: float = np.nan,
    base_margin: Any = None,
) -> Array:
    """Return what the booster says of `X`, float32, where `X` is.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features), or DataFrame
        Checked, encoded, and where the booster computes.
    margin : bool
        Whether the sum of the trees is wanted, and not what the objective makes of it.
    rounds : (int, int)
        The rounds that count, the second excluded; (0, 0) for all.
    in_place : bool
        False where xgboost needs a matrix: for linear boosters, and rows that `serves_in_place`
        refuses.
    """
    if not in_place:
        matrix = matrix_of(booster, X, missing=missing, base_margin=base_margin)
        return booster.predict(
            matrix, output_margin=margin, iteration_range=rounds, validate_features=False
        )
    return booster.inplace_predict(
        X,
        iteration_range=rounds,
        predict_type="margin" if margin else "value",
        missing=missing,
        base_margin=base_margin,
        validate_features=False,
    )


def matrix_of(booster: Any, X: Any, *, missing: float = np.nan, base_margin: Any = None) -> Any:
    """Return encoded `X` as xgboost's matrix, its columns named as the booster's."""
    return xgboost.DMatrix(
        X,
        missing=missing,
        base_margin=base_margin,
        feature_names=booster.feature_names,
        feature_types=booster.feature_types,
        enable_categorical=True,
    )


def serves_in_place(X: Any, place: Place) -> bool:
    """Whether boosters on `place` take `X` without one of xgboost's matrices."""
    return cuda_name(place) is None or not sparse.issparse(X)


def rounds_of(booster: Any, asked: Rounds | None = None) -> Rounds:
    """Return the rounds that count: those `asked` for, else up to the best one of an early stop.

    (0, 0) asks for none in particular.
    """
    if asked is not None and asked[1]:
        return asked
    best = booster.attr("best_iteration")
    return (0, 0) if best is None else (0, int(best) + 1)


def mean(answers: Sequence[Array]) -> Array:
    """Return the mean over models, in float32 as they are."""
    if len(answers) == 1:
        return answers[0]
    total = answers[0].copy()
    for answer in answers[1:]:
        total += answer
    total /= len(answers)
    return total
