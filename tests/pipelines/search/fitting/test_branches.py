"""Branches of ColumnTransformers and FeatureUnions: one changed, one refitted, the same scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.decomposition import PCA
from sklearn.exceptions import FitFailedWarning
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from gridfold.pipelines import GridSearchCV

FITS: list[str] = []


class Counted(TransformerMixin, BaseEstimator):
    """A transformer that counts its fits and transforms by name."""

    def __init__(self, name="counted", factor=1.0):
        self.name = name
        self.factor = factor

    def fit(self, X, y=None):
        FITS.append(f"fit {self.name}")
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        FITS.append(f"transform {self.name}")
        return np.asarray(X, dtype=float) * self.factor

    def get_feature_names_out(self, input_features=None):
        return np.asarray([f"{self.name}{i}" for i in range(self.n_features_in_)], dtype=object)


def table(n=90):
    random = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "a": random.normal(size=n),
            "b": random.normal(size=n),
            "city": random.choice(["x", "y", "z"], size=n),
            "kind": random.choice(["k", "l"], size=n),
        }
    )
    X.loc[::7, "a"] = np.nan
    y = np.where(X["b"] + (X["city"] == "x") + random.normal(size=n) > 0.4, "yes", "no")
    return X, y


def columns(**options):
    numbers = Pipeline([("impute", SimpleImputer()), ("scale", StandardScaler())])
    branches = [("num", numbers, ["a", "b"]), ("cat", OneHotEncoder(), ["city", "kind"])]
    return ColumnTransformer(branches, **options)


def assert_same_results(estimator, grid, X, y, **options):
    options = {"cv": 3, "return_train_score": True, "error_score": "raise", **options}
    theirs = model_selection.GridSearchCV(estimator, grid, **options).fit(X, y)
    ours = GridSearchCV(estimator, grid, **options).fit(X, y)
    for key, values in theirs.cv_results_.items():
        if key.startswith(("split", "mean_t", "std_t")) and "time" not in key:
            np.testing.assert_allclose(ours.cv_results_[key], values, atol=1e-9, err_msg=key)
    if options.get("refit", True):
        assert ours.best_params_ == theirs.best_params_
    return ours


def test_a_changed_branch_is_the_only_one_refitted():
    X, y = np.random.default_rng(1).normal(size=(60, 4)), np.tile([0, 1], 30)
    union = ColumnTransformer(
        [("left", Counted("left"), [0, 1]), ("right", Counted("right"), [2, 3])]
    )
    model = make_pipeline(union, DecisionTreeClassifier(random_state=0))
    grid = {"columntransformer__left__factor": [1.0, 2.0, 3.0]}
    FITS.clear()
    GridSearchCV(model, grid, cv=2, refit=False).fit(X, y)
    # Per fold: the training rows as they are fitted, and the test rows.
    assert FITS.count("fit left") == 6
    assert FITS.count("fit right") == 2
    assert FITS.count("transform left") == 12
    assert FITS.count("transform right") == 4


def test_a_pipeline_in_a_branch_is_refitted_from_the_changed_step_on():
    X, y = np.random.default_rng(1).normal(size=(60, 4)), np.tile([0, 1], 30)
    branch = Pipeline([("first", Counted("first")), ("second", Counted("second"))])
    model = Pipeline(
        [
            ("both", FeatureUnion([("a", branch), ("b", Counted("b"))])),
            ("tree", DecisionTreeClassifier(random_state=0)),
        ]
    )
    grid = {"both__a__second__factor": [1.0, 2.0, 3.0]}
    FITS.clear()
    ours = GridSearchCV(model, grid, cv=2, refit=False).fit(X, y)
    assert FITS.count("fit first") == 2
    assert FITS.count("fit second") == 6
    assert FITS.count("fit b") == 2
    theirs = model_selection.GridSearchCV(model, grid, cv=2, refit=False).fit(X, y)
    np.testing.assert_array_equal(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"]
    )


GRIDS = {
    "imputer": {"prep__num__impute__strategy": ["mean", "median"]},
    "encoder": {"prep__cat__drop": [None, "first"], "model__C": [0.1, 1.0]},
    "both": {"prep__cat__drop": [None, "first"], "prep__num__scale__with_mean": [True, False]},
    "a branch replaced": {"prep__num__scale": [StandardScaler(), MinMaxScaler(), "passthrough"]},
    "a branch dropped": {"prep__cat": ["drop", OneHotEncoder()], "model__C": [0.1, 1.0]},
    "outside the branches": {"prep__sparse_threshold": [0.0, 1.0], "prep__remainder": ["drop"]},
    "weights": {"prep__transformer_weights": [None, {"num": 10.0}], "model__C": [0.1, 1.0]},
    "all of it": {"prep": [columns(), columns(remainder="passthrough")], "model__C": [0.1, 1.0]},
    "the list": {"prep__transformers": [[("n", SimpleImputer(), ["a"])], columns().transformers]},
}


@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("output", ["default", "pandas"])
def test_scores_are_scikit_learns(grid, output):
    X, y = table()
    prep = columns(sparse_threshold=0.0 if output == "pandas" else 0.3)
    if output == "pandas":
        prep = prep.set_params(cat__sparse_output=False)
        prep.set_output(transform="pandas")
        grid = {k: v for k, v in grid.items() if k not in ("prep", "prep__sparse_threshold")}
    model = Pipeline([("prep", prep), ("model", LogisticRegression(tol=1e-10, max_iter=500))])
    if not grid or (output == "pandas" and "prep__cat" in grid):
        pytest.skip("an encoder put in place gives sparse output, which pandas cannot hold")
    assert_same_results(model, grid, X, y)


def test_the_estimator_behind_a_view_is_complete():
    X, y = table()
    model = Pipeline([("prep", columns()), ("tree", DecisionTreeClassifier(random_state=0))])
    seen = []

    def names_and_score(estimator, X, y):
        prep = estimator.named_steps["prep"]
        assert type(prep) is ColumnTransformer
        assert type(prep.named_transformers_["cat"]) is OneHotEncoder
        assert type(prep.named_transformers_["num"]["scale"]) is StandardScaler
        assert type(prep.transformers[1][1]) is OneHotEncoder
        assert not hasattr(prep.transformers[1][1], "categories_")
        seen.append(list(prep.get_feature_names_out()))
        # Rows that are not the fold's own are transformed anew.
        return estimator.score(X.iloc[::2].copy(), y[::2])

    grid = {"prep__cat__drop": [None, "first"], "prep__num__impute__strategy": ["mean", "median"]}
    assert_same_results(model, grid, X, y, scoring=names_and_score, return_train_score=False)
    half = len(seen) // 2
    assert sorted(seen[:half]) == sorted(seen[half:])  # in another order


def test_unions_and_selections_side_by_side():
    random = np.random.default_rng(3)
    X, y = random.normal(size=(80, 6)), random.normal(size=80)
    union = FeatureUnion([("pca", PCA(random_state=0)), ("best", SelectKBest(k=2))])
    model = make_pipeline(StandardScaler(), union, Ridge())
    grid = {
        "featureunion__pca__n_components": [1, 2, 3],
        "featureunion__best__k": [1, 2],
        "ridge__alpha": [0.1, 1.0, 10.0],
    }
    y = (y > 0).astype(int)
    assert_same_results(model, grid, X, y)


def test_columns_chosen_by_a_function_and_a_failing_branch():
    X, y = table()
    numbers = make_column_selector(dtype_include="number")
    prep = ColumnTransformer(
        [("num", SimpleImputer(), numbers), ("cat", OneHotEncoder(), ["city"])]
    )
    model = Pipeline([("prep", prep), ("tree", DecisionTreeClassifier(random_state=0))])
    grid = {"prep__num__strategy": ["mean", "most_frequent", "constant"]}
    assert_same_results(model, grid, X, y)
    broken = {"prep__num__strategy": ["mean", "nonsense", "median"]}
    with pytest.warns(FitFailedWarning, match="3 fits"), pytest.warns(UserWarning, match="finite"):
        ours = GridSearchCV(model, broken, cv=3).fit(X, y)
    assert np.isnan(ours.cv_results_["mean_test_score"][1])
    assert np.isfinite(ours.cv_results_["mean_test_score"][[0, 2]]).all()


def test_a_pipeline_in_a_pipeline_is_one_chain():
    random = np.random.default_rng(5)
    X, y = random.normal(size=(80, 5)), random.normal(size=80)
    inner = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    model = Pipeline([("first", MinMaxScaler()), ("rest", inner)])
    grid = {"rest__model__alpha": [0.1, 1.0, 10.0], "rest__scale__with_mean": [True, False]}
    ours = assert_same_results(model, grid, X, y, refit=False)  # with_mean makes no difference
    assert "Ridge: 3 members in one shared fit" in str(ours.plan_)
    X2 = random.normal(size=(80, 5))

    def asks_inside(estimator, X, y):
        assert estimator["rest"]["model"].coef_.shape == (5,)
        return estimator.score(X2[: len(y)], y)

    options = {"scoring": asks_inside, "return_train_score": False, "refit": False}
    assert_same_results(model, grid, X, y, **options)


class Overwriting(TransformerMixin, BaseEstimator):
    """A transformer with the bad habit of writing into its input."""

    def __init__(self, value=0.0):
        self.value = value

    def fit(self, X, y=None):
        X[:, 0] = self.value
        return self

    def transform(self, X):
        return X * 2


def test_a_branch_that_writes_into_its_rows_does_to_the_next_what_it_does_in_scikit_learn():
    random = np.random.default_rng(6)
    X = random.normal(size=(90, 3))
    y = (X[:, 0] > 0).astype(int)
    union = FeatureUnion([("bad", Overwriting()), ("good", StandardScaler())])
    model = Pipeline([("union", union), ("tree", DecisionTreeClassifier(random_state=0))])
    grid = {"union__good__with_mean": [True, False], "union__bad__value": [0.0, 1.0]}
    untouched = X.copy()
    assert_same_results(model, grid, X, y, return_train_score=False, refit=False)
    np.testing.assert_array_equal(X, untouched)


def test_a_value_that_a_branch_has_already_is_no_other_configuration():
    X, y = table()
    model = Pipeline([("prep", columns()), ("tree", DecisionTreeClassifier(random_state=0))])
    grid = [
        {"prep__num__impute__strategy": ["mean"], "tree__max_depth": [1, 2]},
        {"tree__max_depth": [3, 4]},
    ]
    plan = GridSearchCV(model, grid, cv=3).plan(X, y)
    assert len(plan.groups) == 1
    assert_same_results(model, grid, X, y)
    other = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    grid = [{"prep__num": [other], "prep__num__impute__strategy": ["mean", "median"]}, {}]
    assert_same_results(model, grid, X, y)
