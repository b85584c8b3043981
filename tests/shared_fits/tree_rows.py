"""Rows of trees, ensembles and boosting, and of what stands around a regressor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from shared_fits.family import (
    CLASSES,
    NO_WEIGHTS,
    NUMBERS,
    Family,
    generator,
    params_of,
    rows_of,
    several,
)
from shared_fits.makers import REGRESSION, Kind

_TREES = ({"n_estimators": 1}, {"n_estimators": 4}, {"n_estimators": 3, "max_depth": 2})
_STAGES = ({"n_estimators": 2}, {"n_estimators": 5}, {"n_estimators": 1})
_ENSEMBLES = (
    ("RandomForest", _STAGES, params_of(random_state=generator), False),
    ("ExtraTrees", _STAGES, params_of(random_state=0), True),
    ("Bagging", _STAGES, params_of(random_state=0), True),
    ("GradientBoosting", _STAGES, params_of(random_state=0, subsample=0.8), True),
    ("AdaBoost", _STAGES, params_of(random_state=0), True),
    (
        "HistGradientBoosting",
        several("max_iter", 2, 5, 1),
        params_of(random_state=0, min_samples_leaf=5),
        True,
    ),
)
ENSEMBLES = [
    *(
        row
        for name, members, params, few in _ENSEMBLES
        for task, kind in (("Regressor", NUMBERS), ("Classifier", CLASSES))
        for row in rows_of(
            "sklearn.ensemble", name + task, kind, members, params=params, rtol=0, few=few
        )
    ),
    *(
        row
        for task, kind in (("Regressor", NUMBERS), ("Classifier", CLASSES))
        for row in rows_of(
            "sklearn.tree",
            "DecisionTree" + task,
            kind,
            several("ccp_alpha", 0.0, 0.01, 0.3),
            params=params_of(random_state=0),
            rtol=0,
        )
    ),
]
ENSEMBLES += [
    row
    for task, kind in (("Regressor", NUMBERS), ("Classifier", CLASSES))
    for row in rows_of(
        "sklearn.tree",
        "ExtraTree" + task,
        kind,
        several("ccp_alpha", 0.0, 0.01, 0.3),
        params=params_of(random_state=0),
        rtol=0,
        few=True,
    )
]


def _around(*steps: str) -> Callable[[], Mapping[str, Any]]:
    """Return what makes a regressor for a target that is taken to its cube root."""

    def params() -> dict[str, Any]:
        from sklearn.linear_model import Ridge
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        inside = make_pipeline(StandardScaler(), Ridge()) if "scaled" in steps else Ridge()
        return {"regressor": inside, "func": np.cbrt, "inverse_func": _cube}

    return params


def _cube(y: Any) -> Any:
    return y**3


OUTSIDE = [
    *rows_of(
        "sklearn.compose",
        "TransformedTargetRegressor",
        NUMBERS,
        several("regressor__alpha", 0.01, 1.0, 10.0),
        params=_around(),
        rtol=1e-8,
    ),
    *rows_of(
        "sklearn.compose",
        "TransformedTargetRegressor",
        NUMBERS,
        several("regressor__ridge__alpha", 0.01, 1.0, 10.0),
        params=_around("scaled"),
        variant="scaled",
        rtol=1e-8,
        few=True,
        declines=NO_WEIGHTS,
    ),
]
BOOSTING = [
    Family(
        f"{module}:{name}",
        kind,
        _TREES,
        params_of(n_jobs=1, random_state=0),
        rtol=0,
        few=module != "xgboost",
    )
    for name, kind in (("XGBRegressor", NUMBERS), ("XGBClassifier", CLASSES))
    for module in ("xgboost", f"gridfold.boosting.{name[3:].lower()}")
]
BOOSTING += [
    Family(
        f"{module}:XGBRanker",
        Kind(REGRESSION, target="counts"),
        _TREES,
        params_of(n_jobs=1, random_state=0, ndcg_exp_gain=False),
        rtol=0,
        few=True,
        queries=True,
    )
    for module in ("xgboost", "gridfold.boosting.ranker")
]
# Noted of a CatBoost training as text, which CatBoost reads to rounding.
_NOTES = frozenset({"best_score_", "evals_result_"})
BOOSTING += [
    Family(
        f"{module}{task}",
        kind,
        members,
        params_of(**params),
        rtol=0,
        effort=_NOTES if "catboost" in module else frozenset(),
        few=task == "Regressor",
    )
    for module, members, params in (
        (
            "lightgbm:LGBM",
            ({"n_estimators": 1}, {"n_estimators": 6}, {"n_estimators": 3, "num_leaves": 3}),
            {"n_jobs": 1, "random_state": 0, "min_child_samples": 4, "verbose": -1},
        ),
        (
            "catboost.core:CatBoost",
            ({"iterations": 1}, {"iterations": 6}, {"iterations": 3, "max_depth": 2}),
            {
                "allow_writing_files": False,
                "learning_rate": 0.3,
                "thread_count": 1,
                "verbose": False,
            },
        ),
    )
    for task, kind in (("Regressor", NUMBERS), ("Classifier", CLASSES))
]
