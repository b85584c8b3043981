"""Steps in front of a model for the differential tests: scalers, selections, unions, columns."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from sklearn import decomposition, preprocessing
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.feature_selection import (
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    VarianceThreshold,
    f_classif,
    f_regression,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline

from differential.kinds import Kind, Values
from differential.tables import Table
from gridfold import estimators
from gridfold.pipelines import Pipeline as OurPipeline

_CLASS_OF_PIPELINE = (Pipeline, OurPipeline)
_ON_OFF: Values = {"with_mean": (True, False), "with_std": (True, False)}


def shifted_in_place(X: Any) -> Any:
    """A function that writes into what it is given."""
    if hasattr(X, "iloc"):
        X = X.to_numpy(copy=True)
    X += 1.0
    return X


def passed_on(X: Any) -> Any:
    """A function that gives back what it is given."""
    return X


def _selection(classifies: bool) -> Kind:
    score = f_classif if classifies else f_regression
    return Kind(partial(SelectKBest, score, k=2), {"k": (1, 2, "all", 1)}, {"k": (-3,)}, tol=1e-7)


def _selections(classifies: bool) -> tuple[Kind, ...]:
    score = f_classif if classifies else f_regression
    alphas = {"alpha": (0.9, 0.99, 1.0)}
    return (
        _selection(classifies),
        _selection(classifies),
        Kind(partial(SelectPercentile, score), {"percentile": (40, 70.0, 100)}, tol=1e-7),
        Kind(partial(SelectFpr, score, alpha=0.9), alphas, {"alpha": (-1.0,)}, tol=1e-7),
        Kind(partial(SelectFdr, score, alpha=0.9), alphas, tol=1e-7),
        Kind(partial(SelectFwe, score, alpha=0.9), alphas, tol=1e-7),
        Kind(
            partial(GenericUnivariateSelect, score, param=50),
            {"param": (30, 70), "mode": ("percentile", "k_best")},
            tol=1e-7,
        ),
    )


def scalers() -> tuple[Kind, ...]:
    """Steps whose transform is a shift and a scale, and one that leaves it open."""
    return (
        Kind(preprocessing.StandardScaler, {**_ON_OFF, "copy": (True, False)}),
        Kind(estimators.StandardScaler, _ON_OFF),
        Kind(preprocessing.MinMaxScaler, {"feature_range": ((0, 1), (-2.0, 3.0)), "clip": (True,)}),
        Kind(preprocessing.MaxAbsScaler, {"copy": (True, False)}),
        Kind(
            preprocessing.RobustScaler,
            {"with_centering": (True, False), "quantile_range": ((25.0, 75.0), (10.0, 90.0))},
            {"quantile_range": ((80.0, 20.0),)},
        ),
    )


def _others(table: Table) -> tuple[Kind, ...]:
    return (
        Kind(lambda: "passthrough"),
        *(
            Kind(
                partial(home.PCA, n_components=2, random_state=0),
                {"n_components": (1, 2, 0.7), "svd_solver": ("auto", "full")},
                {"n_components": (50,)},
                tol=1e-6,
            )
            for home in (decomposition, estimators)
        ),
        *_selections(table.classifies),
        Kind(
            partial(preprocessing.PolynomialFeatures, 2),
            {"degree": (1, 2, 3), "interaction_only": (True, False), "include_bias": (True, False)},
            {"degree": (-1,)},
            tol=1e-6,
        ),
        Kind(
            preprocessing.FunctionTransformer,
            {"func": (None, np.abs, shifted_in_place, passed_on)},
            {"func": (np.linalg.inv,)},
        ),
        Kind(SimpleImputer, {"strategy": ("mean", "median")}),
        Kind(VarianceThreshold, {"threshold": (0.0, 0.3, 1.0)}, {"threshold": (1e9,)}),
        Kind(preprocessing.Normalizer, {"norm": ("l1", "l2")}),
        _truncated(),
        _nested(Pipeline),
        _nested(OurPipeline),
        _union(table),
        _columns(),
    )


def _truncated() -> Kind:
    return Kind(
        partial(decomposition.TruncatedSVD, 1, random_state=0),
        {"n_components": (1, 2), "algorithm": ("arpack", "randomized"), "n_iter": (5, 8)},
        {"n_components": (50,)},
        tol=1e-5,
    )


def _nested(cls: type) -> Kind:
    return Kind(
        lambda: cls(
            [
                ("scale", preprocessing.StandardScaler()),
                ("reduce", decomposition.PCA(2, random_state=0)),
            ]
        ),
        {
            "scale": ("passthrough", preprocessing.MinMaxScaler()),
            "scale__with_mean": (True, False),
            "reduce__n_components": (1, 2),
        },
        {"reduce__n_components": (50,)},
        tol=1e-6,
    )


def _union(table: Table) -> Kind:
    return Kind(
        lambda: FeatureUnion(
            [
                ("axes", decomposition.PCA(1, random_state=0)),
                ("best", _selection(table.classifies).make()),
                ("scaled", preprocessing.StandardScaler()),
            ]
        ),
        {
            "axes__n_components": (1, 2),
            "best": ("drop", "passthrough"),
            "best__k": (1, 2),
            "scaled__with_std": (True, False),
            "transformer_weights": (None, {"axes": 2.0}),
        },
        {"axes__n_components": (50,)},
        tol=1e-6,
    )


def _columns() -> Kind:
    return Kind(
        lambda: ColumnTransformer(
            [
                ("first", preprocessing.StandardScaler(), [0]),
                ("second", preprocessing.MinMaxScaler(), [1]),
            ],
            remainder="passthrough",
        ),
        {
            "first__with_mean": (True, False),
            "second": ("drop", "passthrough", preprocessing.RobustScaler()),
            "remainder": ("drop", "passthrough", preprocessing.MaxAbsScaler()),
        },
    )


def text_columns() -> Kind:
    """What a table with text and missing values needs first."""
    numbers = make_column_selector(dtype_include="number")
    text = make_column_selector(dtype_exclude="number")
    return Kind(
        lambda: ColumnTransformer(
            [
                (
                    "numbers",
                    Pipeline(
                        [("fill", SimpleImputer()), ("scale", preprocessing.StandardScaler())]
                    ),
                    numbers,
                ),
                ("text", preprocessing.OneHotEncoder(handle_unknown="ignore"), text),
            ]
        ),
        {
            "numbers__fill__strategy": ("mean", "median"),
            "numbers__scale": ("passthrough", preprocessing.MinMaxScaler()),
            "text": (
                "drop",
                preprocessing.OneHotEncoder(sparse_output=False, handle_unknown="ignore"),
                preprocessing.OrdinalEncoder(),
            ),
            "text__min_frequency": (None, 4),
        },
        {"numbers": ("passthrough",), "text__drop": ("nonesuch",)},
    )


def _of_sparse(table: Table) -> tuple[Kind, ...]:
    return (
        Kind(partial(preprocessing.StandardScaler, with_mean=False), {"with_std": (True, False)}),
        Kind(preprocessing.MaxAbsScaler),
        Kind(preprocessing.Normalizer, {"norm": ("l1", "l2")}),
        Kind(lambda: "passthrough"),
        Kind(VarianceThreshold),
        *_selections(table.classifies),
        _truncated(),
        _truncated(),
    )


def steps_for(table: Table) -> tuple[Kind, ...]:
    """Return the steps that may stand in front of a model, those that serve it more often."""
    if table.form in ("csr", "csc"):
        return _of_sparse(table) * 4 + _others(table)
    return scalers() * 2 + _others(table)
