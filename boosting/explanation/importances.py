"""How much a model relies on each column: by its splits, or by what shuffling the column costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...estimators.base import to_host
from ..serving import rounds_of
from .contributions import is_linear

KINDS = ("gain", "total_gain", "weight", "cover", "total_cover")


def split_importances(
    boosters: Sequence[Any], names: Sequence[str], *, normalize: bool = False
) -> pd.DataFrame:
    """Return what xgboost counts at the splits of each column, the mean over the boosters.

    Parameters
    ----------
    boosters : list of xgboost.Booster
        Each counts up to its best round where training was stopped early.
    names : list of str, one for each column
    normalize : bool, default=False
        Divide each kind by its sum over the columns.

    Returns
    -------
    table : DataFrame of shape (n_features, n_kinds), float64
        A row per column, the largest by the first kind on top. "gain" is the mean fall of the
        objective at a split on the column, "weight" the number of splits, "cover" the mean of
        the Hessian sum of the rows that reach them; "total_gain" and "total_cover" are sums. A
        column without splits has 0. A linear booster has "weight" only, the mean over the
        outputs of |coefficient|.
    """
    tables = [_of_booster(booster, list(names)) for booster in boosters]
    table = sum(tables[1:], tables[0]) / len(tables)
    if normalize:
        table = table / table.sum().replace(0.0, 1.0)
    return table.iloc[np.argsort(-table.iloc[:, 0].to_numpy(), kind="stable")]


def _of_booster(booster: Any, names: list[str]) -> pd.DataFrame:
    keys = booster.feature_names or [f"f{j}" for j in range(len(names))]
    if is_linear(booster):
        found = booster.get_score(importance_type="weight")  # a list where there are many outputs
        weight = [float(np.mean(np.abs(found[key]))) for key in keys]
        return pd.DataFrame({"weight": weight}, index=names)
    if rounds_of(booster) != (0, 0):
        booster = booster[: rounds_of(booster)[1]]
    columns = {}
    for kind in KINDS:
        found = booster.get_score(importance_type=kind)
        columns[kind] = [float(found.get(key, 0.0)) for key in keys]
    return pd.DataFrame(columns, index=names)


def permutation_importances(
    estimator: Any, X: Any, y: Any, names: Sequence[str], **options: Any
) -> pd.DataFrame:
    """Return how much worse the score gets when a column is shuffled (Breiman 2001).

    Parameters
    ----------
    X : array or pandas table of shape (n_samples, n_features)
        The columns that the model knows, in its order.
    names : list of str, one for each column
    **options
        Those of `sklearn.inspection.permutation_importance`, whose numbers these are.

    Returns
    -------
    table : DataFrame of shape (n_features, 2), float64
        Mean and standard deviation over the repeats, in units of the score; a row per column, the
        largest mean on top.
    """
    from sklearn.inspection import permutation_importance  # loads all of its ensembles

    found = permutation_importance(estimator, X, to_host(y), **options)
    columns = {"mean": found.importances_mean, "std": found.importances_std}
    table = pd.DataFrame(columns, index=list(names))
    return table.iloc[np.argsort(-found.importances_mean, kind="stable")]
