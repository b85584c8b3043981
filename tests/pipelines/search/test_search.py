"""GridSearchCV against scikit-learn's: the same results, whatever is shared."""

from __future__ import annotations

import pickle
import threading

import numpy as np
import pytest
from helpers.searches import ALPHAS, SCALED_RIDGE, assert_same, both, classes, regression
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import model_selection
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import KFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from gridfold.pipelines import GridSearchCV

REGRESSION_CASES = {
    "ridge": (Ridge(), {"alpha": ALPHAS}),
    "scaled ridge": (SCALED_RIDGE, {"ridge__alpha": ALPHAS}),
    "ridge without intercept": (
        SCALED_RIDGE,
        {"ridge__alpha": ALPHAS, "ridge__fit_intercept": [True, False]},
    ),
    "scaler without mean or scale": (
        SCALED_RIDGE,
        {
            "ridge__alpha": ALPHAS,
            "standardscaler__with_mean": [True, False],
            "standardscaler__with_std": [True, False],
        },
    ),
    "least squares": (LinearRegression(), {"fit_intercept": [True, False]}),
    "positive ridge is fitted alone": (Ridge(), {"alpha": ALPHAS, "positive": [True, False]}),
    "two scalers": (
        make_pipeline(StandardScaler(), StandardScaler(with_mean=False), Ridge()),
        {"ridge__alpha": ALPHAS},
    ),
    "another scaler": (make_pipeline(MinMaxScaler(), Ridge()), {"ridge__alpha": ALPHAS}),
    "a scaler left out": (
        Pipeline([("scale", StandardScaler()), ("ridge", Ridge())]),
        {"scale": ["passthrough", StandardScaler(), MinMaxScaler()], "ridge__alpha": ALPHAS},
    ),
    "models replaced": (
        Pipeline([("scale", StandardScaler()), ("model", Ridge())]),
        [
            {"model": [Ridge()], "model__alpha": ALPHAS},
            {"model": [DecisionTreeRegressor(random_state=0)], "model__max_depth": [2, 3]},
            {"model": [LinearRegression()]},
        ],
    ),
    "a tree grid shares nothing": (
        DecisionTreeRegressor(random_state=0),
        {"max_depth": [2, 3], "min_samples_leaf": [1, 5]},
    ),
    "components before ridge": (
        make_pipeline(StandardScaler(), PCA(), Ridge()),
        {"pca__n_components": [2, 4, 6], "ridge__alpha": ALPHAS},
    ),
    "selection before ridge": (
        make_pipeline(SelectKBest(f_regression), Ridge()),
        {"selectkbest__k": [2, 4], "ridge__alpha": ALPHAS},
    ),
    "a nested pipeline": (
        make_pipeline(make_pipeline(StandardScaler(), PolynomialFeatures(2)), Ridge()),
        {"pipeline__polynomialfeatures__degree": [1, 2], "ridge__alpha": ALPHAS},
    ),
    "the same candidate twice": (Ridge(), {"alpha": [1.0, 1.0, 2.0]}),
    "one candidate": (SCALED_RIDGE, {"ridge__alpha": [1.0]}),
}


@pytest.mark.parametrize("train_scores", [False, True])
@pytest.mark.parametrize("case", REGRESSION_CASES)
def test_regression_equals_scikit_learn(case, train_scores):
    estimator, grid = REGRESSION_CASES[case]
    X, y = regression()
    kept = X.copy()
    theirs, ours = both(estimator, grid, X, y, return_train_score=train_scores)
    assert_same(theirs, ours)
    assert_array_equal(X, kept)
    assert_allclose(ours.predict(X), theirs.predict(X))


CLASSIFIER_CASES = {
    "ridge classifier": (RidgeClassifier(), {"alpha": ALPHAS}),
    "scaled ridge classifier": (
        make_pipeline(StandardScaler(), RidgeClassifier()),
        {"ridgeclassifier__alpha": ALPHAS, "ridgeclassifier__class_weight": [None, "balanced"]},
    ),
    "trees": (
        make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0)),
        {"decisiontreeclassifier__max_depth": [1, 2, 3]},
    ),
    "neighbours": (
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        {
            "kneighborsclassifier__n_neighbors": [1, 3, 8],
            "kneighborsclassifier__weights": ["uniform", "distance"],
        },
    ),
}
SCORINGS = {
    "default": None,
    "one": "balanced_accuracy",
    "several": ["accuracy", "f1_macro", "balanced_accuracy"],
}


@pytest.mark.parametrize("scoring", SCORINGS)
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("case", CLASSIFIER_CASES)
def test_classification_equals_scikit_learn(case, n_classes, scoring):
    estimator, grid = CLASSIFIER_CASES[case]
    X, y = classes(n_classes=n_classes)
    refit = "accuracy" if scoring == "several" else True
    theirs, ours = both(estimator, grid, X, y, scoring=SCORINGS[scoring], refit=refit)
    assert_same(theirs, ours)
    assert_array_equal(ours.classes_, theirs.classes_)


WEIGHTS = [None, "balanced", {0: 1, 1: 20}]
UNALIKE_GROUPS = {
    "ridge classifier": (
        RidgeClassifier(),
        {"alpha": [0.1, 10.0], "solver": ["auto", "svd"], "class_weight": WEIGHTS},
    ),
    "components first": (
        make_pipeline(PCA(2), RidgeClassifier()),
        {"ridgeclassifier__alpha": [0.1, 10.0], "ridgeclassifier__class_weight": WEIGHTS},
    ),
    "logistic": (LogisticRegression(tol=1e-8), {"C": [0.01, 1.0], "class_weight": WEIGHTS}),
    "replaced": (
        Pipeline([("model", DecisionTreeClassifier())]),
        {
            "model": [LogisticRegression(tol=1e-8)],
            "model__C": [0.01, 1.0],
            "model__class_weight": WEIGHTS,
        },
    ),
}


@pytest.mark.parametrize("case", UNALIKE_GROUPS)
def test_parameters_that_a_shared_fit_does_not_vary_hold_in_their_group(case):
    X, y = make_classification(120, 8, n_informative=5, weights=[0.85], random_state=0)
    theirs, ours = both(*UNALIKE_GROUPS[case], X, y, scoring="balanced_accuracy")
    assert_same(theirs, ours)
    assert len(set(ours.cv_results_["mean_test_score"])) > 1


def test_scores_of_decisions_and_probabilities():
    X, y = classes()
    grid = {"alpha": ALPHAS}
    assert_same(*both(RidgeClassifier(), grid, X, y, scoring="roc_auc"))
    grid = {"C": [0.1, 1.0]}
    theirs, ours = both(LogisticRegression(tol=1e-8), grid, X, y, scoring="neg_log_loss")
    assert_same(theirs, ours, atol=1e-5)


REGRESSION_SCORINGS = [
    "r2",
    "neg_mean_squared_error",
    "neg_root_mean_squared_error",
    "neg_mean_absolute_error",
    "neg_median_absolute_error",
    "explained_variance",
    ["r2", "neg_mean_absolute_error"],
    make_scorer(mean_absolute_error, greater_is_better=False),
    lambda estimator, X, y: -float(np.max(np.abs(estimator.predict(X) - y))),
]


@pytest.mark.parametrize(
    "scoring", REGRESSION_SCORINGS, ids=lambda scoring: getattr(scoring, "__name__", str(scoring))
)
def test_every_scoring_form(scoring):
    X, y = regression()
    refit = not isinstance(scoring, list)
    assert_same(*both(SCALED_RIDGE, {"ridge__alpha": ALPHAS}, X, y, scoring=scoring, refit=refit))


def test_a_scorer_that_looks_inside_gets_a_whole_fitted_pipeline():
    def n_large_coefficients(estimator, X, y):
        assert isinstance(estimator, Pipeline)
        assert len(estimator) == 2
        assert estimator.named_steps["standardscaler"].n_features_in_ == X.shape[1]
        changed = X.copy()
        changed[:, 0] = 0.0
        assert not np.array_equal(estimator.predict(changed), estimator.predict(X))
        return float(np.sum(np.abs(estimator[-1].coef_) > 10))

    X, y = regression()
    options = {"scoring": n_large_coefficients, "error_score": "raise"}
    assert_same(*both(SCALED_RIDGE, {"ridge__alpha": ALPHAS}, X, y, **options))


def test_a_failing_candidate_scores_as_scikit_learn_says():
    X, y = regression()
    grid = {"ridge__alpha": [1.0, 2.0], "functiontransformer__func": [np.log, np.square]}
    pipeline = make_pipeline(FunctionTransformer(), Ridge())
    with np.errstate(all="ignore"), pytest.warns() as _:
        theirs, ours = both(pipeline, grid, X, y, error_score=-7.0)
    assert_same(theirs, ours)
    assert (ours.cv_results_["mean_test_score"] == -7.0).any()
    with np.errstate(all="ignore"), pytest.raises(ValueError, match="NaN"):
        GridSearchCV(pipeline, grid, error_score="raise").fit(X, y)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_workers_change_nothing(n_jobs):
    X, y = regression()
    grid = [
        {"model": [Ridge()], "model__alpha": ALPHAS},
        {"model": [DecisionTreeRegressor(random_state=0)], "model__max_depth": [2, 3]},
    ]
    pipeline = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    assert_same(*both(pipeline, grid, X, y, n_jobs=n_jobs))


def test_a_step_that_writes_into_its_input_gets_a_copy():
    X, y = regression()
    X[0] = 0.0
    kept = X.copy()
    careful = make_pipeline(StandardScaler(), Ridge())
    careless = make_pipeline(StandardScaler(copy=False), Ridge(copy_X=False, solver="svd"))
    grid = {"ridge__alpha": ALPHAS, "ridge__fit_intercept": [True, False]}
    options = {"refit": False, "return_train_score": True}
    theirs = model_selection.GridSearchCV(careful, grid, **options).fit(X, y)
    ours = GridSearchCV(careless, grid, **options).fit(X, y)
    assert_same(theirs, ours)
    assert_array_equal(X, kept)


class Count:
    """A callback that counts evaluations, and that cannot be sent to a worker."""

    def __init__(self):
        self.lock, self.begun, self.done = threading.Lock(), [], []

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context, *, X=None):
        if context.task_name == "candidate-split-evaluation":
            self.begun.append((context.task_id, len(X)))

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "candidate-split-evaluation":
            self.done.append(context.task_id)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_callbacks_hear_of_every_candidate_on_every_fold(n_jobs):
    X, y = regression()
    pipeline = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    grid = [
        {"model": [Ridge()], "model__alpha": ALPHAS},
        {"model": [DecisionTreeRegressor(random_state=0)], "model__max_depth": [2, 3]},
    ]
    count = Count()
    GridSearchCV(pipeline, grid, n_jobs=n_jobs, cv=3).set_callbacks(count).fit(X, y)
    assert sorted(count.done) == list(range(7 * 3))
    assert sorted(count.begun) == [(i, 80) for i in range(7 * 3)]


@pytest.mark.parametrize("placeholder", [Ridge(), "passthrough"])
def test_a_candidate_may_be_of_another_kind_than_the_template(placeholder):
    X, y = classes()
    pipeline = Pipeline([("scale", StandardScaler()), ("model", placeholder)])
    grid = {"model": [LogisticRegression(tol=1e-8)], "model__C": [0.1, 1.0]}
    theirs, ours = both(pipeline, grid, X, y, scoring="roc_auc", cv=KFold(3))
    assert_same(theirs, ours, atol=1e-4)


def test_unsupervised_search():
    X, _ = classes()
    estimator = KMeans(n_init=1, random_state=0)
    assert_same(*both(estimator, {"n_clusters": [2, 3, 4]}, X))


@pytest.mark.parametrize("sharing", ["all", "exact", "off"])
def test_how_much_is_shared_changes_no_score(sharing):
    X, y = regression()
    grid = {"ridge__alpha": ALPHAS}
    theirs = model_selection.GridSearchCV(SCALED_RIDGE, grid).fit(X, y)
    ours = GridSearchCV(SCALED_RIDGE, grid, sharing=sharing).fit(X, y)
    assert_same(theirs, ours)


def test_wrong_names_and_values_are_scikit_learns_to_report():
    X, y = regression()
    with pytest.raises(ValueError, match="Invalid parameter 'beta'"):
        GridSearchCV(SCALED_RIDGE, {"ridge__beta": [1.0]}).fit(X, y)
    with pytest.raises(ValueError, match="'sharing' parameter of GridSearchCV"):
        GridSearchCV(SCALED_RIDGE, {"ridge__alpha": [1.0]}, sharing="some").fit(X, y)


def test_a_plan_uses_nothing_up():
    X, y = regression()
    draws = np.random.RandomState(0)
    for cv in (KFold(3, shuffle=True, random_state=draws), KFold(3).split(X)):
        search = GridSearchCV(Ridge(), {"alpha": ALPHAS}, cv=cv)
        search.plan(X, y)
        search.plan(X, y)
        search.fit(X, y)
        assert not hasattr(search, "split3_test_score")
        assert search.n_splits_ == 3
    expected = np.random.RandomState(0)
    list(KFold(3, shuffle=True, random_state=expected).split(X))
    assert draws.randint(1 << 30) == expected.randint(1 << 30)


def test_parameters_that_cannot_be_set_are_an_error_whatever_error_score_says():
    X, y = regression()
    pipeline = Pipeline([("columns", ColumnTransformer([("a", "drop", [0])])), ("model", Ridge())])
    grid = {"columns__a": [StandardScaler()], "model__alpha": ALPHAS, "columns__a__bogus": [1, 2]}
    for cls in (model_selection.GridSearchCV, GridSearchCV):
        with pytest.raises(ValueError, match="Invalid parameter 'bogus'"):
            cls(pipeline, grid).fit(X, y)


def test_pickles_and_clones():
    X, y = regression()
    search = GridSearchCV(SCALED_RIDGE, {"ridge__alpha": ALPHAS}, sharing="exact").fit(X, y)
    again = pickle.loads(pickle.dumps(search))
    assert_array_equal(again.predict(X), search.predict(X))
    assert clone(search).sharing == "exact"
    assert isinstance(search, model_selection.GridSearchCV)
