"""Groups fitted on all folds at once behind every affine scaler: scikit-learn's own scores."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn import model_selection
from sklearn.linear_model import LinearRegression, Ridge, RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from gridfold import estimators
from gridfold.pipelines import GridSearchCV

SCALERS = [
    StandardScaler(),
    StandardScaler(with_mean=False),
    StandardScaler(with_std=False),
    MinMaxScaler(),
    MinMaxScaler(feature_range=(-2, 5)),
    MaxAbsScaler(),
    RobustScaler(),
    RobustScaler(with_centering=False),
    RobustScaler(with_scaling=False),
    RobustScaler(unit_variance=True, quantile_range=(10.0, 90.0)),
]
FOUR = [StandardScaler(), MinMaxScaler(), MaxAbsScaler(), RobustScaler()]
MODELS = [
    (Ridge(), {"alpha": [1e-3, 1.0, 100.0], "fit_intercept": [True, False]}),
    (RidgeClassifier(), {"alpha": [1e-3, 1.0, 100.0], "fit_intercept": [True, False]}),
    (LinearRegression(), {"fit_intercept": [True, False]}),
]


def table(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5)) * [1, 20, 0.01, 3, 1] + [0, 100, -1, 5, 2]
    y = (X - X.mean(axis=0)) / X.std(axis=0) @ [1.0, -2.0, 0.5, 1.0, 0.0] + rng.normal(size=n)
    return X, y


def target(model, y):
    return np.where(y > np.median(y), "over", "under") if isinstance(model, RidgeClassifier) else y


def searches(estimator, grid, X, y, fit_params=None, **options):
    """Return ours and scikit-learn's search, fitted."""
    options = {"refit": False, "error_score": "raise", "return_train_score": True, **options}
    classes = GridSearchCV, model_selection.GridSearchCV
    return [cls(estimator, grid, **options).fit(X, y, **(fit_params or {})) for cls in classes]


def assert_same_scores(ours, theirs, rtol=1e-8):
    assert ours.cv_results_["params"] == theirs.cv_results_["params"]
    for key in theirs.cv_results_:
        if key.endswith("_score") and "rank" not in key:
            assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol, rtol, err_msg=key)


def shared_over_folds(plan):
    """Return whether all folds of the last step were fitted at once, by the plan."""
    ends = [g for _, g in plan.walk() if any(m.candidates for m in g.members)]
    return bool(ends) and not plan.alone and not plan.notes and all(g.across_folds for g in ends)


def of_model(model, grid):
    return {f"{type(model).__name__.lower()}__{name}": values for name, values in grid.items()}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("model", "grid"), MODELS, ids=lambda part: type(part).__name__)
@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_equals_scikit_learn(scaler, model, grid, weighted):
    X, y = table()
    weight = np.random.default_rng(1).uniform(0.1, 3, size=len(y))
    params = {f"{type(model).__name__.lower()}__sample_weight": weight} if weighted else {}
    pipeline = make_pipeline(scaler, model)
    ours, theirs = searches(pipeline, of_model(model, grid), X, target(model, y), params)
    assert shared_over_folds(ours.plan_)
    assert "one shared fit for all 5 folds" in str(ours.plan_)
    assert_same_scores(ours, theirs)


@pytest.mark.parametrize(
    "scalers",
    [
        (MinMaxScaler(), StandardScaler()),
        (RobustScaler(), MaxAbsScaler()),
        (MaxAbsScaler(), RobustScaler(with_centering=False), MinMaxScaler((1, 2))),
        (StandardScaler(with_mean=False), RobustScaler(with_scaling=False)),
    ],
    ids=str,
)
def test_scalers_behind_one_another(scalers):
    X, y = table()
    grid = {"ridge__alpha": [0.1, 10.0], "ridge__fit_intercept": [True, False]}
    ours, theirs = searches(make_pipeline(*scalers, Ridge()), grid, X, y)
    assert shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs)


def test_candidates_that_change_the_scaler_and_the_model():
    X, y = table()
    pipeline = Pipeline([("scale", MinMaxScaler()), ("model", Ridge())])
    grid = [
        {"scale__feature_range": [(0, 1), (-1, 1)], "model__alpha": [0.1, 1.0]},
        {"scale": [*FOUR, "passthrough"], "model__alpha": [0.1, 1.0]},
        {"scale": [RobustScaler()], "scale__quantile_range": [(5.0, 95.0), (40.0, 60.0)]},
    ]
    ours, theirs = searches(pipeline, grid, X, y)
    assert shared_over_folds(ours.plan_)
    # MinMaxScaler() and its feature_range=(0, 1) are alike.
    assert len(ours.plan_.groups) == 8
    assert_same_scores(ours, theirs)


def test_a_scaler_that_takes_weights():
    X, y = table()
    weight = np.random.default_rng(1).uniform(0.1, 3, size=len(y))
    params = {"standardscaler__sample_weight": weight}
    pipeline = make_pipeline(StandardScaler(), MinMaxScaler(), Ridge())
    ours, theirs = searches(pipeline, {"ridge__alpha": [0.1, 1.0]}, X, y, params)
    assert shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs)


def odd_table(kind: str) -> tuple[np.ndarray, np.ndarray]:
    X, y = table()
    rng = np.random.default_rng(2)
    if kind == "constant":
        X[:, 1] = 0.1
    elif kind == "constant in one fold":
        X[:96, 1] = 7.0
    elif kind == "nearly constant":
        X[:, 1] = 1e3 + 1e-7 * rng.normal(size=len(y))
    elif kind == "large":
        X[:, 1] = 1e8 * rng.normal(size=len(y))
    elif kind == "large and far away":
        X[:, 1] = 1e8 * rng.normal(size=len(y)) + 1e10
    elif kind == "no spread between quartiles":
        X[:, 1] = np.where(rng.uniform(size=len(y)) < 0.1, 50.0, 3.0)
    elif kind == "collinear":
        X[:, 1] = X[:, 0] + 1e-7 * rng.normal(size=len(y))
    return X, y


ODD = [
    "constant",
    "constant in one fold",
    "nearly constant",
    "large",
    "large and far away",
    "no spread between quartiles",
    "collinear",
]


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("scaler", FOUR, ids=str)
def test_columns_that_are_hard_on_a_gram_matrix(scaler, kind):
    X, y = odd_table(kind)
    grid = {"ridge__alpha": [1e-2, 1.0, 100.0]}
    ours, theirs = searches(make_pipeline(scaler, Ridge()), grid, X, y)
    assert_same_scores(ours, theirs)


def test_columns_too_far_away_for_min_max_are_fitted_fold_by_fold():
    X, y = table()
    X[:, 1] = 1e12 + np.arange(len(y))
    ours, theirs = searches(make_pipeline(MinMaxScaler(), Ridge()), {"ridge__alpha": [1, 2]}, X, y)
    assert ours.plan_.notes == [
        "Ridge fitted fold by fold: the scaler is not affine on these columns"
    ]
    assert_same_scores(ours, theirs)


@pytest.mark.parametrize("scaler", [MinMaxScaler(clip=True), MaxAbsScaler(clip=True)], ids=str)
def test_a_scaler_that_clips_is_fitted_fold_by_fold(scaler):
    X, y = table()
    ours, theirs = searches(make_pipeline(scaler, Ridge()), {"ridge__alpha": [1, 2]}, X, y)
    assert not shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs)


@pytest.mark.parametrize("scaler", FOUR, ids=str)
def test_float32(scaler):
    X, y = table()
    X, y = X.astype(np.float32), y.astype(np.float32)
    ours, theirs = searches(make_pipeline(scaler, Ridge()), {"ridge__alpha": [0.1, 1, 10]}, X, y)
    assert shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs, rtol=2e-5)


@pytest.mark.parametrize("scaler", [*FOUR, RobustScaler(with_centering=False)], ids=str)
def test_float16_is_what_the_scaler_computes_in(scaler):
    X, y = table()
    X = X.astype(np.float16)
    ours, theirs = searches(make_pipeline(scaler, Ridge()), {"ridge__alpha": [0.1, 1, 10]}, X, y)
    assert not shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs)


@pytest.mark.parametrize("first", [{}, {"with_std": False}, {"with_mean": False}])
@pytest.mark.parametrize("second", [None, {}, {"with_mean": False}])
def test_scalers_of_ours_on_another_library(first, second):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    X, y = table()
    scalers = [
        estimators.StandardScaler(**params) for params in (first, second) if params is not None
    ]
    pipeline = make_pipeline(*scalers, estimators.Ridge())
    options = {"refit": False, "scoring": "r2", "error_score": "raise"}
    grid = {"ridge__alpha": [0.1, 10.0]}
    there = GridSearchCV(pipeline, grid, **options).fit(torch.asarray(X), torch.asarray(y))
    assert shared_over_folds(there.plan_)
    here = model_selection.GridSearchCV(pipeline, grid, **options).fit(X, y)
    key = "mean_test_score"
    assert_allclose(there.cv_results_[key], here.cv_results_[key], 1e-10)


@pytest.mark.parametrize("scaler", FOUR, ids=str)
def test_integers(scaler):
    X, y = table()
    X = (10 * X).astype(np.int64)
    ours, theirs = searches(make_pipeline(scaler, Ridge()), {"ridge__alpha": [0.1, 1, 10]}, X, y)
    assert shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs)


@pytest.mark.parametrize("frames_out", [False, True])
@pytest.mark.parametrize("scaler", FOUR, ids=str)
def test_a_table_with_column_names(scaler, frames_out):
    pandas = pytest.importorskip("pandas")
    X, y = table()
    X = pandas.DataFrame(X, columns=list("abcde"))
    pipeline = make_pipeline(scaler, Ridge())
    if frames_out:
        pipeline.set_output(transform="pandas")
    seen = []

    def scoring(estimator, X, y):
        seen.append(getattr(estimator[-1], "feature_names_in_", None))
        return estimator.score(X, y)

    ours, theirs = searches(pipeline, {"ridge__alpha": [1, 10]}, X, y, scoring=scoring)
    assert shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs)
    names = [None if columns is None else list(columns) for columns in seen]
    assert names == [list("abcde") if frames_out else None] * len(seen)


@pytest.mark.parametrize(
    "scaler",
    [MaxAbsScaler(), StandardScaler(with_mean=False), RobustScaler(with_centering=False)],
    ids=str,
)
def test_sparse_rows_are_shared_over_folds_too(scaler):
    X, y = table()
    X = sparse.csr_array(np.where(np.abs(X) > 1, X, 0.0))
    ours, theirs = searches(make_pipeline(scaler, Ridge()), {"ridge__alpha": [1, 10]}, X, y)
    assert shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs)


def test_a_target_with_several_outputs():
    X, y = table()
    y = np.column_stack([y, y**2])
    for scaler in FOUR:
        ours, theirs = searches(make_pipeline(scaler, Ridge()), {"ridge__alpha": [1, 10]}, X, y)
        assert shared_over_folds(ours.plan_)
        assert_same_scores(ours, theirs)


@pytest.mark.parametrize("scaler", FOUR, ids=str)
def test_real_rows(scaler, real_table):
    rows = real_table("california_housing").dropna().sample(3000, random_state=0)
    y = rows.pop("median_house_value").to_numpy(dtype=float)
    X = rows.select_dtypes("number")
    grid = {"ridge__alpha": np.logspace(-3, 3, 5)}
    ours, theirs = searches(make_pipeline(scaler, Ridge()), grid, X, y)
    assert shared_over_folds(ours.plan_)
    assert_same_scores(ours, theirs)


ROWS = np.zeros((120, 1))
UNEVEN = [
    *model_selection.KFold(2).split(ROWS),
    *model_selection.KFold(4, shuffle=True, random_state=0).split(ROWS),
]
REPEATS = {
    "even": (
        model_selection.RepeatedKFold(n_splits=3, n_repeats=4, random_state=0),
        4,
        "all 3 folds of each of 4 repeats",
    ),
    "uneven": (UNEVEN, 2, "all 2, 4 folds of each of 2 repeats"),
}


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("repeats", REPEATS)
def test_repeated_folds_are_shared_repeat_by_repeat(repeats, n_jobs):
    cv, times, words = REPEATS[repeats]
    X, y = table()
    grid = {"ridge__alpha": [1e-3, 1.0, 100.0]}
    model = make_pipeline(StandardScaler(), Ridge())
    ours, theirs = searches(model, grid, X, y, cv=cv, n_jobs=n_jobs)
    assert_same_scores(ours, theirs)
    plan = str(ours.plan_)
    assert words in plan
    assert f"{times} fits instead of {3 * ours.n_splits_}" in plan
