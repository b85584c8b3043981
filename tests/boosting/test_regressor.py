"""XGBRegressor against xgboost's own, and scikit-learn's common checks of both estimators."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.utils.estimator_checks import check_estimator

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor  # noqa: E402
from gridfold.boosting.parameters import OWN  # noqa: E402

SMALL = {"n_estimators": 8, "max_depth": 3, "n_jobs": 1}


def problem(n_targets: int | None = None):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5))
    X[rng.uniform(size=X.shape) < 0.1] = np.nan
    y = np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1]) ** 2
    y = y if n_targets is None else np.column_stack([y * k for k in range(1, n_targets + 1)])
    return X, y, rng.uniform(0.1, 2, 200)


@pytest.mark.parametrize("convert", [np.asarray, np.float32, sparse.csr_matrix, sparse.csc_array])
@pytest.mark.parametrize("n_targets", [None, 2])
def test_equals_xgboost(convert, n_targets):
    X, y, weight = problem(n_targets)
    X = convert(X)
    ours = XGBRegressor(**SMALL).fit(X, y, sample_weight=weight, eval_set=[(X, y)], verbose=False)
    theirs = xgboost.XGBRegressor(**SMALL)
    theirs.fit(X, y, sample_weight=weight, eval_set=[(X, y)], verbose=False)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.evals_result() == theirs.evals_result()
    assert_array_equal(pickle.loads(pickle.dumps(ours)).predict(X), theirs.predict(X))
    assert_array_equal(ours.feature_importances_, theirs.feature_importances_)


def test_scikit_learn_loads_parameters_by_name():
    model = XGBRegressor(eta=0.1).set_params(max_bin=16, sketch_ratio=3)
    theirs = xgboost.XGBRegressor(eta=0.1).set_params(max_bin=16, sketch_ratio=3)
    shown = {name: value for name, value in model.get_params().items() if name not in OWN}
    assert shown == pytest.approx(theirs.get_params(), nan_ok=True)
    assert repr(XGBRegressor(max_depth=3)).startswith("XGBRegressor(")


@pytest.mark.parametrize("cls", [XGBRegressor, XGBClassifier])
def test_y_is_asked_for_a_value_per_row(cls):
    X, y, _ = problem()
    with pytest.raises(ValueError, match="requires y"):
        cls().fit(X, None)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        cls().fit(X[:20], y > 0)


class EmptyXGBRegressor(xgboost.XGBRegressor):
    """What scikit-learn's checks say of it is xgboost's."""


class EmptyXGBClassifier(xgboost.XGBClassifier):
    """What scikit-learn's checks say of it is xgboost's."""


def failed_checks(estimator) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert len(results) > 40
    return {result["check_name"] for result in results if result["status"] == "failed"}


@pytest.mark.parametrize(
    ("ours", "empty"), [(XGBRegressor, EmptyXGBRegressor), (XGBClassifier, EmptyXGBClassifier)]
)
def test_common_checks_fail_only_where_an_empty_subclass_of_xgboost_fails(ours, empty):
    params = {"n_estimators": 5, "n_jobs": 1}
    assert failed_checks(ours(**params)) <= failed_checks(empty(**params))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({3: np.inf}, "row 3 has inf"),
        ({3: np.inf, 5: -np.inf}, "row 3 has inf"),
        ({7: 1e300}, "too large for float32: row 7"),
        ({3: np.inf, 5: np.nan}, "1 of 200 values are missing, the first in row 5"),
    ],
)
def test_a_target_that_is_not_finite_is_named(values, message):
    X, y, _ = problem()
    y[list(values)] = list(values.values())
    with pytest.raises(ValueError, match=message):
        XGBRegressor(**SMALL).fit(X, y)


@pytest.mark.parametrize("dtype", ["M8[ns]", complex])
def test_a_target_of_dates_or_complex_numbers_is_refused(dtype):
    X = problem()[0]
    with pytest.raises(ValueError, match="y must be real numbers"):
        XGBRegressor(**SMALL).fit(X, np.arange(200).astype(dtype))


@pytest.mark.parametrize(("wrong", "said"), [(-1.0, "-1"), (np.nan, "nan"), (np.inf, "inf")])
def test_a_weight_that_is_none_is_named(wrong, said):
    X, y, weight = problem()
    weight[4] = wrong
    with pytest.raises(ValueError, match=f"^sample_weight must be finite .* row 4 has {said}"):
        XGBRegressor(**SMALL).fit(X, y, sample_weight=weight)
    with pytest.raises(ValueError, match=rf"sample_weight_eval_set\[0\] must .* row 4 has {said}"):
        XGBRegressor(**SMALL).fit(X, y, X_val=X, y_val=y, sample_weight_val=weight)


@pytest.mark.parametrize("n_bags", [1, 2])
def test_a_validation_part_of_no_weight_stops_nothing(n_bags):
    X, y, _ = problem()
    weight = (np.arange(200) == 0).astype(float)
    model = XGBRegressor(**SMALL, early_stopping_rounds=2, n_bags=n_bags, random_state=1)
    with pytest.raises(ValueError, match="rows of the validation part have a sample_weight of 0"):
        model.fit(X, y, sample_weight=weight)


def test_an_empty_eval_set_is_none():
    X, y, _ = problem()
    stops = {**SMALL, "n_estimators": 80, "early_stopping_rounds": 2}
    model = XGBRegressor(**stops).fit(X, y, eval_set=[])
    assert model.best_iteration_ == XGBRegressor(**stops).fit(X, y).best_iteration_
