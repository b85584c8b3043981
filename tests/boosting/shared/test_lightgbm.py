"""The shared fit of LightGBM against separate fits: the same bits, on one dataset and few runs."""

from __future__ import annotations

import pickle
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.model_selection import GridSearchCV as SklearnGridSearchCV

lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed")

from gridfold.boosting.shared import leaves  # noqa: E402
from gridfold.boosting.shared.lightgbm import LGBMFit  # noqa: E402
from gridfold.estimators.shared import (  # noqa: E402
    Declined,
    Members,
    Meta,
    registered_shared_fits,
    shared_fit_for,
)
from gridfold.pipelines import GridSearchCV  # noqa: E402

RNG = np.random.default_rng(4)
X = RNG.normal(size=(200, 5))
SIGNAL = X[:, 0] + X[:, 1] ** 2 + RNG.normal(size=200)
TARGETS = {
    "regression": SIGNAL,
    "binary": SIGNAL > 1,
    "multiclass": np.array(["low", "middle", "high"])[np.digitize(SIGNAL, [0.3, 1.6])],
}
NEW = RNG.normal(size=(60, 5))
META = Meta(*X.shape)
GRID = [
    {"n_estimators": n, "num_leaves": k, "learning_rate": r}
    for n, k, r in product((1, 5, 12), (3, 15), (0.1, 0.5))
]


def estimator_for(task, **params):
    cls = lightgbm.LGBMRegressor if task == "regression" else lightgbm.LGBMClassifier
    return cls(n_jobs=1, verbose=-1, min_child_samples=5, **params)


def check_equal(prototype, grid, X, y, new, **fit_params):
    shared, members = LGBMFit(), Members(prototype, grid)
    assert all(shared.declines(members.params(i), META) is None for i in range(len(members)))
    state = shared.fit(members, X, y, **fit_params)
    alone = [members.instance(i).fit(X, y, **fit_params) for i in range(len(members))]
    for method in ("predict", "predict_proba", "decision_function"):
        if not hasattr(prototype, method):
            continue
        answers = shared.respond(state, new, method, range(len(members)))
        for answer, plain in zip(answers, alone, strict=True):
            expected = getattr(plain, method)(new)
            assert answer.dtype == expected.dtype
            assert_array_equal(answer, expected)
    for i, plain in enumerate(alone):
        member = shared.materialise(state, i)
        assert member.booster_.model_to_string() == plain.booster_.model_to_string()
        assert member.booster_.params == plain.booster_.params
        assert vars(member).keys() == vars(plain).keys()
        assert member.get_params() == plain.get_params()
        assert member.n_estimators_ == plain.n_estimators_
    return state


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("task", TARGETS)
def test_equals_separate_fits(task, weighted):
    weight = {"sample_weight": RNG.uniform(0.1, 3, 200)} if weighted else {}
    state = check_equal(estimator_for(task), GRID, X, TARGETS[task], NEW, **weight)
    assert len(state) == 4


CONVERT = {
    "float32": lambda X: X.astype(np.float32),
    "frame": lambda X: pd.DataFrame(X, columns=list("abcde")),
    "csr": lambda X: sparse.csr_matrix(np.where(np.abs(X) > 1, X, 0)),
    "missing": lambda X: np.where(np.abs(X) > 1.5, np.nan, X),
    "categories": lambda X: pd.DataFrame(X, columns=list("abcde")).assign(
        f=pd.Categorical(np.array(list("pqrs"))[np.digitize(X[:, 2], [-1, 0, 1])])
    ),
}


@pytest.mark.parametrize("kind", CONVERT)
@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_every_kind_of_table(kind, task):
    convert = CONVERT[kind]
    check_equal(estimator_for(task), GRID[::3], convert(X), TARGETS[task], convert(NEW))


def test_categorical_features_and_initial_scores():
    codes = np.column_stack([X, RNG.integers(0, 6, 200)])
    new = np.column_stack([NEW, RNG.integers(0, 8, 60)])
    given = {"categorical_feature": [5], "init_score": RNG.normal(size=200)}
    check_equal(estimator_for("regression"), GRID[::3], codes, SIGNAL, new, **given)


def test_rounds_without_a_split_are_not_kept():
    prototype = estimator_for(
        "regression", subsample=0.3, subsample_freq=1, min_split_gain=30, random_state=1
    )
    grid = [{"n_estimators": n} for n in range(1, 25)]
    state = check_equal(prototype, grid, X, SIGNAL, NEW)
    kept = [state[0].rounds[i] for i in range(len(grid))]
    assert 1 < kept[-1] < 24
    assert len(set(kept)) < len(kept)


def test_one_dataset_is_made(monkeypatch):
    made = []
    construct = lightgbm.Dataset.construct

    def counted(self):
        if self._handle is None:
            made.append(self)
        return construct(self)

    monkeypatch.setattr(lightgbm.Dataset, "construct", counted)
    state = LGBMFit().fit(Members(estimator_for("regression"), GRID), X, SIGNAL)
    assert len(made) == 1
    assert [run.estimator.n_estimators for run in state] == [12] * 4


def test_each_tree_is_asked_once(monkeypatch):
    shared = LGBMFit()
    state = shared.fit(Members(estimator_for("multiclass"), GRID), X, TARGETS["multiclass"])
    asked = []
    predict = lightgbm.Booster.predict

    def counted(self, data, **params):
        if params.get("pred_leaf"):
            asked.append(params["num_iteration"])
        return predict(self, data, **params)

    monkeypatch.setattr(lightgbm.Booster, "predict", counted)
    four_rounds = leaves._BYTES_PER_LEAF * 60 * 3 * 4
    monkeypatch.setattr(leaves, "_BLOCK_BYTES", four_rounds)
    everyone = shared.respond(state, NEW, "predict_proba", range(len(GRID)))
    assert sum(asked) == 4 * 12
    assert max(asked) <= 4
    some = shared.respond(state, NEW, "predict_proba", [9, 2, 9])
    for answer, i in zip(some, [9, 2, 9], strict=True):
        assert_array_equal(answer, everyone[i])


def test_a_member_is_a_complete_estimator_of_its_own():
    shared, members = LGBMFit(), Members(estimator_for("binary"), GRID)
    state = shared.fit(members, X, TARGETS["binary"])
    member, alone = shared.materialise(state, 5), members.instance(5).fit(X, TARGETS["binary"])
    assert_array_equal(member.feature_importances_, alone.feature_importances_)
    assert_array_equal(member.classes_, alone.classes_)
    assert member.booster_ is not shared.materialise(state, 5).booster_
    again = pickle.loads(pickle.dumps(member))
    assert_array_equal(again.predict_proba(NEW), alone.predict_proba(NEW))
    assert_array_equal(again.predict(NEW, pred_contrib=True), alone.predict(NEW, pred_contrib=True))
    assert_array_equal(member.fit(X[:90], SIGNAL[:90] > 0).classes_, [False, True])


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"boosting_type": "dart"}, "dart"),
        ({"n_estimators": 0}, "n_estimators=0"),
        ({"n_estimators": "5"}, "n_estimators='5'"),
        ({"random_state": np.random.RandomState(0)}, "generator"),
        ({"num_iterations": 7}, "num_iterations"),
        ({"early_stopping_round": 3}, "early_stopping_round"),
        ({"objective": lambda y, p: (p - y, np.ones_like(y))}, "function"),
        ({"device_type": "gpu"}, "device_type"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_shared_is_declined_with_the_reason(params, word):
    prototype = estimator_for("regression").set_params(**params)
    found = {**prototype.get_params(), **params}
    assert word in LGBMFit().declines(found, META)


@pytest.mark.parametrize("name", ["callbacks", "eval_set", "eval_X", "init_model", "eval_metric"])
def test_other_fit_parameters_are_declined(name):
    with pytest.raises(Declined, match=name):
        LGBMFit().fit(Members(estimator_for("regression"), GRID), X, SIGNAL, **{name: "given"})


def test_several_threads_are_not_called_exact():
    shared = LGBMFit()
    assert shared.is_exact({"n_jobs": 1}, META)
    assert shared.is_exact({"n_jobs": 4, "force_col_wise": True}, META)
    assert not shared.is_exact({"n_jobs": None}, META)
    grid = {"n_estimators": [2, 4]}
    search = GridSearchCV(lightgbm.LGBMRegressor(verbose=-1), grid, sharing="exact")
    assert "its shared fit is not exact" in str(search.plan(X, SIGNAL))


def test_exact_classes_only():
    class Mine(lightgbm.LGBMRegressor):
        pass

    assert shared_fit_for(Mine) is None
    assert shared_fit_for(lightgbm.LGBMRanker) is None
    assert isinstance(shared_fit_for(lightgbm.LGBMClassifier), LGBMFit)
    assert "lightgbm:LGBMRegressor" in registered_shared_fits()


def test_a_search_gives_the_results_of_scikit_learn():
    grid = {"n_estimators": [2, 5, 9], "num_leaves": [3, 15], "max_bin": [15, 63]}
    options = {"cv": 3, "scoring": ["roc_auc", "neg_log_loss"], "refit": "roc_auc"}
    ours, theirs = (
        cls(estimator_for("binary"), grid, **options, return_train_score=True)
        for cls in (GridSearchCV, SklearnGridSearchCV)
    )
    table = pd.DataFrame(X, columns=list("abcde"))
    ours.fit(table, TARGETS["binary"])
    theirs.fit(table, TARGETS["binary"])
    assert "2 x LGBMClassifier: 6 members in one shared fit per fold" in str(ours.plan_)
    for key, expected in theirs.cv_results_.items():
        if "_test_" in key or "_train_" in key:
            assert_allclose(ours.cv_results_[key], expected, rtol=0, atol=1e-15)
    assert_array_equal(ours.predict_proba(table), theirs.predict_proba(table))
