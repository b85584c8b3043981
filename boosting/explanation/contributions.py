"""XGBoost's own SHAP values and interactions: block by block of rows, averaged over boosters."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ..serving import matrix_of, rounds_of
from ..xgb import xgboost

# Of xgboost's answer for a block: enough to keep all cores or a GPU busy, little beside the result;
# each booster keeps a buffer of this size.
_BLOCK_BYTES = 32 << 20
_MIN_ROWS = 64


def shap_values(
    boosters: Sequence[Any], matrix: Any, *, missing: float = np.nan, base_margin: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return what each column adds to the margin of each row, and what is there without them.

    For a tree, phi_j is the Shapley value of column j in the game whose pay-off for a set S of
    columns is E[tree(x) | x_S]: at a split on a column outside S both branches are taken, weighted
    by the Hessian sums (`cover`) of their training rows. A sum of trees has the sum of their
    values, and the mean of several boosters the mean.

    Parameters
    ----------
    boosters : list of xgboost.Booster
        Each counts up to its best round where training was stopped early.
    matrix : float32 array or CSR matrix of shape (n_samples, n_features)
        Encoded; where the boosters compute, or on the host.
    missing : float
        The number that stands for a missing cell, beside NaN.
    base_margin : array of shape (n_samples,) or (n_samples, n_outputs), or None
        Where the margin begins, in place of the booster's `base_score`.

    Returns
    -------
    values : float32 array of shape (n_samples, n_features, n_outputs)
    base_values : float32 array of shape (n_samples, n_outputs)
        Their sum over the columns is the margin, to rounding.

    Raises
    ------
    NotImplementedError
        When this xgboost has no SHAP values for such boosters, or not on their device.

    References
    ----------
    Lundberg et al., "From local explanations to global understanding with explainable AI for
    trees", Nature Machine Intelligence 2 (2020), Algorithm 2.
    """
    n, p = matrix.shape
    k = n_outputs(boosters[0], matrix)
    values = np.empty((n, p, k), dtype=np.float32)
    base_values = np.empty((n, k), dtype=np.float32)
    for rows, phi in _blocks(boosters, matrix, missing, base_margin, k * (p + 1), "pred_contribs"):
        values[rows] = np.moveaxis(phi[..., :-1], 1, -1)
        base_values[rows] = phi[..., -1]
    return values, base_values


def shap_interactions(
    boosters: Sequence[Any], matrix: Any, *, missing: float = np.nan, base_margin: Any = None
) -> np.ndarray:
    """Return SHAP interaction values, float32 of shape (n_samples, n_features, n_features, k).

    phi_ij (i != j) is half of what columns i and j add together beyond what each adds alone
    (the Shapley interaction index); phi_ii is what is left of column i, so that the sum over j is
    the SHAP value of i. Parameters and errors are those of `shap_values`; k = n_outputs.

    References
    ----------
    Lundberg et al. (2020), Methods, "SHAP interaction values".
    """
    n, p = matrix.shape
    k = n_outputs(boosters[0], matrix)
    interactions = np.zeros((n, p, p, k), dtype=np.float32)
    if is_linear(boosters[0]):  # columns add up; xgboost's own answer has a wrong shape
        values, _ = shap_values(boosters, matrix, missing=missing)
        interactions[:, np.arange(p), np.arange(p)] = values
        return interactions
    width = k * (p + 1) ** 2
    for rows, phi in _blocks(boosters, matrix, missing, base_margin, width, "pred_interactions"):
        interactions[rows] = np.moveaxis(phi[..., :-1, :-1], 1, -1)
    return interactions


def n_outputs(booster: Any, matrix: Any) -> int:
    """Return how many margins the booster has for a row: classes, targets or quantiles."""
    first = matrix_of(booster, matrix[:1])
    shape = booster.predict(
        first, output_margin=True, strict_shape=True, validate_features=False
    ).shape
    return int(shape[1])


def _blocks(
    boosters: Sequence[Any], matrix: Any, missing: float, base_margin: Any, width: int, kind: str
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield blocks of rows, and the mean of xgboost's answers: `width` numbers for a row."""
    step = max(_MIN_ROWS, _BLOCK_BYTES // (4 * width))
    for start in range(0, matrix.shape[0], step):
        rows = slice(start, start + step)
        margin = None if base_margin is None else base_margin[rows]
        block = matrix_of(boosters[0], matrix[rows], missing=missing, base_margin=margin)
        total = _ask(boosters[0], block, kind)
        for booster in boosters[1:]:
            total += _ask(booster, block, kind)
        total /= len(boosters)
        yield rows, total


def _ask(booster: Any, block: Any, kind: str) -> np.ndarray:
    try:
        return booster.predict(
            block,
            iteration_range=(0, 0) if is_linear(booster) else rounds_of(booster),
            strict_shape=True,
            validate_features=False,
            **{kind: True},
        )
    except xgboost.core.XGBoostError as error:
        if "implemented" not in str(error):
            raise
        what = "SHAP values" if kind == "pred_contribs" else "SHAP interactions"
        raise NotImplementedError(
            f"xgboost {xgboost.__version__} has no {what} of this model on its device "
            "(booster='dart' on a GPU, or multi_strategy='multi_output_tree' before xgboost 3.4). "
            "Move the model to the CPU, train with multi_strategy='one_output_per_tree', or use a "
            "newer xgboost."
        ) from error


def is_linear(booster: Any) -> bool:
    """Whether the booster is a linear model and has no trees."""
    config = json.loads(booster.save_config())
    return config["learner"]["gradient_booster"]["name"] == "gblinear"
