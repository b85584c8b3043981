"""Fits and answers of single steps: what they are given, and what they may write into."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.linear_model import LassoLars, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from gridfold.pipelines import GridSearchCV

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4))
y = X @ [1.0, 2.0, 0.0, -1.0] + 0.3 * rng.normal(size=60)


def exp_in_place(X):
    X[:, 0] = np.exp(X[:, 0])
    return X


def abs_in_place(X):
    X[:, 0] = np.abs(X[:, 0])
    return X


def with_a_column(frame):
    frame["a"] = frame["a"] * frame["b"]
    return frame


class Careless(TransformerMixin, BaseEstimator):
    """Writes into what it is given."""

    def __init__(self, shift=0.0):
        self.shift = shift

    def fit(self, X, y=None):
        X[:, 0] *= self.shift
        return self

    def transform(self, X):
        X[:, 1] **= self.shift
        return X


def function_steps(*functions):
    return {"step": [FunctionTransformer(function) for function in functions]}


WRITERS = {
    "copy=False": (StandardScaler(copy=False), {"step__with_mean": [True, False]}),
    "inside": (
        make_pipeline(StandardScaler(copy=False)),
        {"step__standardscaler__with_std": [True, False]},
    ),
    "a function": ("passthrough", function_steps(exp_in_place, abs_in_place, None)),
    "a function on frames": ("passthrough", function_steps(with_a_column, None)),
    "a class of the user": (Careless(), {"step__shift": [2, 3, 1]}),
}


@pytest.mark.parametrize("model", [Ridge(), LassoLars()])
@pytest.mark.parametrize("case", WRITERS)
def test_steps_that_write_into_their_input_disturb_no_other(case, model):
    step, grid = WRITERS[case]
    pipeline = Pipeline([("step", step), ("model", model)])
    grid = {**grid, "model__alpha": [0.1, 1.0]}
    data = pd.DataFrame(X, columns=list("abcd")) if "frames" in case else X.copy()
    theirs = model_selection.GridSearchCV(pipeline, grid, refit=False).fit(data.copy(), y)
    ours = GridSearchCV(pipeline, grid, refit=False).fit(data, y)
    np.testing.assert_array_equal(np.asarray(data), X)
    for key in ("split0_test_score", "mean_test_score"):
        np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-9)


class WantsTarget(KMeans):
    """Its fit has no default for y, as in older code."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(X)


def test_a_pipeline_hands_a_missing_target_on():
    pipeline = make_pipeline(StandardScaler(), WantsTarget(n_init=1, random_state=0))
    grid = {"wantstarget__n_clusters": [2, 3]}
    theirs = model_selection.GridSearchCV(pipeline, grid).fit(X)
    ours = GridSearchCV(pipeline, grid, error_score="raise").fit(X)
    key = "mean_test_score"
    np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key])
    with pytest.raises(ValueError, match="requires y to be passed"):
        GridSearchCV(
            Pipeline([("a", StandardScaler()), ("b", Ridge())]),
            {"b__alpha": [1, 2]},
            error_score="raise",
        ).fit(X)


def test_a_model_of_scikit_learns_has_numpy_arrays_whatever_it_was_fitted_on(foreign):
    if foreign.name == "strict":
        pytest.skip("rows of such arrays cannot be chosen by NumPy's numbers")

    def score_elsewhere(estimator, _, __):
        assert isinstance(estimator.coef_, np.ndarray)
        return float(estimator.predict(X[:10]).sum())

    grid = {"alpha": [0.1, 1.0, 10.0]}
    options = {"scoring": score_elsewhere, "refit": False, "cv": 3}
    expected = GridSearchCV(Ridge(), grid, **options).fit(X, y)
    found = GridSearchCV(Ridge(), grid, **options)
    found.fit(foreign.put(X), foreign.put(y))
    np.testing.assert_allclose(
        found.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"], rtol=1e-9
    )
