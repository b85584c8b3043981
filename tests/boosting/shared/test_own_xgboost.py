"""gridfold's XGBoost classes on shared matrices: parts of their own, refits, bags, text columns."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.model_selection import GridSearchCV as SklearnGridSearchCV

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor  # noqa: E402
from gridfold.boosting.columns import Columns  # noqa: E402
from gridfold.boosting.shared.xgboost import XGBFit  # noqa: E402
from gridfold.estimators.shared import Members, Meta  # noqa: E402
from gridfold.pipelines import GridSearchCV  # noqa: E402

RNG = np.random.default_rng(2)
X = RNG.normal(size=(180, 4))
SIGNAL = X[:, 0] + X[:, 1] ** 2 + RNG.normal(size=180)
TARGETS = {"regression": SIGNAL, "labels": np.where(SIGNAL > 1, "yes", "no")}
NEW = RNG.normal(size=(40, 4))
STOPS = [
    {"n_estimators": n, "early_stopping_rounds": r, "max_depth": d}
    for n, r, d in product((4, 25), (2, 5, None), (2, 3))
]


def table(X):
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["word"] = np.array(["ant", "bee", "cat", None])[np.digitize(X[:, 2], [-0.7, 0.2, 1.2])]
    return frame


def estimator_for(task, **params):
    cls = XGBRegressor if task == "regression" else XGBClassifier
    return cls(n_jobs=1, learning_rate=0.6, **params)


def check_equal(prototype, grid, X, y, new, **fit_params):
    """Fit together and one by one; compare answers, models and what else a fit leaves."""
    shared, members = XGBFit(), Members(prototype, grid)
    assert all(shared.declines(members.params(i), Meta(*X.shape)) is None for i in range(len(grid)))
    state = shared.fit(members, X, y, **fit_params)
    alone = [members.instance(i).fit(X, y, **fit_params) for i in range(len(members))]
    methods = [m for m in ("predict", "predict_proba") if hasattr(prototype, m)]
    for method in methods:
        answers = shared.respond(state, new, method, range(len(members)))
        for i, plain in enumerate(alone):
            expected = getattr(plain, method)(new)
            assert type(answers[i]) is type(expected)
            assert_array_equal(answers[i], expected)
    for i, plain in enumerate(alone):
        member = shared.materialise(state, i)
        assert vars(member).keys() == vars(plain).keys()
        assert repr(member.get_params()) == repr(plain.get_params())
        for name in ("best_iteration_", "evals_result_", "n_classes_"):
            assert vars(member).get(name) == vars(plain).get(name)
        for ours, theirs in zip(member.boosters_, plain.boosters_, strict=True):
            assert bytes(ours.save_raw("json")) == bytes(theirs.save_raw("json"))
        assert_array_equal(member.predict(new), plain.predict(new))
    return state


@pytest.fixture
def built(monkeypatch):
    """The number of rows of each quantised matrix that is built."""
    rows = []
    build = xgboost.QuantileDMatrix.__init__

    def counted(self, *args, **kwargs):
        build(self, *args, **kwargs)
        rows.append(self.num_row())

    monkeypatch.setattr(xgboost.QuantileDMatrix, "__init__", counted)
    return rows


@pytest.mark.parametrize("task", TARGETS)
def test_a_part_of_its_own(task, built):
    prototype = estimator_for(task)
    XGBFit().fit(Members(prototype, STOPS), X, TARGETS[task])
    assert sorted(built) == [18, 162, 180], "one part to train on, one held out, and all rows"
    check_equal(prototype, STOPS, X, TARGETS[task], NEW)


def test_each_seed_draws_its_own_part(built):
    grid = [{**stop, "random_state": seed} for stop in STOPS[::5] for seed in (None, 0, 7)]
    XGBFit().fit(Members(estimator_for("regression"), grid), X, SIGNAL)
    assert sorted(built) == [18, 18, 162, 162, 180], "None stands for 0"
    check_equal(estimator_for("regression", subsample=0.8), grid, X, SIGNAL, NEW)


def test_a_validation_set_that_is_given(built):
    given = {"X_val": X[150:], "y_val": TARGETS["labels"][150:]}
    XGBFit().fit(Members(estimator_for("labels"), STOPS), X[:150], TARGETS["labels"][:150], **given)
    assert sorted(built) == [30, 150]
    check_equal(estimator_for("labels"), STOPS, X[:150], TARGETS["labels"][:150], NEW, **given)


def test_groups_are_held_out_together():
    groups = np.repeat(np.arange(30), 6)
    check_equal(estimator_for("labels"), STOPS[::2], X, TARGETS["labels"], NEW, groups=groups)


@pytest.mark.parametrize("own", [{"refit_full": True}, {"n_bags": 2}, {"calibration": "sigmoid"}])
def test_several_trainings_share_their_matrices(own, built):
    prototype = estimator_for("labels", **own)
    prototype.set_params(early_stopping_rounds=3)
    grid = [{"max_depth": d, "n_estimators": n} for d in (2, 3) for n in (4, 12)]
    y = TARGETS["labels"]
    members = Members(prototype, grid)
    members.instance(0).fit(X, y)
    of_one, built[:] = list(built), []
    XGBFit().fit(members, X, y)
    assert built == of_one
    check_equal(prototype, grid, X, y, NEW)


@pytest.mark.parametrize("conformal", ["split", "cross"])
def test_conformal_intervals(conformal):
    prototype = estimator_for("regression", conformal=conformal)
    grid = [{"max_depth": d, "n_estimators": n} for d in (2, 3) for n in (4, 12)]
    state = check_equal(prototype, grid, X, SIGNAL, NEW)
    for i in range(len(grid)):
        alone = Members(prototype, grid).instance(i).fit(X, SIGNAL)
        found = XGBFit().materialise(state, i).predict_interval(NEW, coverage=0.8)
        assert_array_equal(found, alone.predict_interval(NEW, coverage=0.8))


def test_text_columns_are_encoded_once(monkeypatch):
    prototype = estimator_for("labels")
    grid = [{"n_estimators": n} for n in (2, 5, 9, 14)]
    state = check_equal(prototype, grid, table(X), TARGETS["labels"], table(NEW))
    check_equal(prototype, STOPS[:6], table(X), TARGETS["labels"], table(NEW))
    encoded = []
    encode = Columns.for_predict

    def counted(self, X, *args):
        encoded.append(isinstance(X, pd.DataFrame))
        return encode(self, X, *args)

    monkeypatch.setattr(Columns, "for_predict", counted)
    XGBFit().respond(state, table(NEW), "predict", range(4))
    assert sum(encoded) == 1


@pytest.mark.parametrize("own", [{}, {"refit_full": True}])
def test_a_search_with_early_stopping_gives_the_results_of_scikit_learn(own):
    grid = {"n_estimators": [3, 20], "early_stopping_rounds": [2, 4], "max_depth": [2, 3]}
    ours, theirs = (
        cls(estimator_for("labels", **own), grid, cv=3, scoring="neg_log_loss")
        for cls in (GridSearchCV, SklearnGridSearchCV)
    )
    ours.fit(table(X), TARGETS["labels"])
    theirs.fit(table(X), TARGETS["labels"])
    assert "8 members in one shared fit per fold" in str(ours.plan_)
    for key, expected in theirs.cv_results_.items():
        if "_test_" in key:
            assert_array_equal(ours.cv_results_[key], expected)
    assert_array_equal(ours.predict_proba(table(NEW)), theirs.predict_proba(table(NEW)))
