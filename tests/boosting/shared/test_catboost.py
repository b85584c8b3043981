"""The shared fit of CatBoost against separate fits: the same bits, on one pool and few runs."""

from __future__ import annotations

import pickle
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import GridSearchCV as SklearnGridSearchCV

catboost = pytest.importorskip("catboost", reason="CatBoost is not installed")

from gridfold.boosting.shared.catboost import CatBoostFit  # noqa: E402
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for  # noqa: E402
from gridfold.pipelines import GridSearchCV  # noqa: E402

RNG = np.random.default_rng(5)
X = RNG.normal(size=(150, 4))
SIGNAL = X[:, 0] + X[:, 1] ** 2 + RNG.normal(size=150)
TARGETS = {
    "regression": SIGNAL,
    "binary": (SIGNAL > 1).astype(int),
    "multiclass": np.array(["low", "middle", "high"])[np.digitize(SIGNAL, [0.3, 1.6])],
}
NEW = RNG.normal(size=(50, 4))
META = Meta(*X.shape)
GRID = [
    {"iterations": n, "max_depth": d, "learning_rate": r}
    for n, d, r in product((1, 5, 12), (2, 4), (0.1, 0.5))
]


def estimator_for(task, **params):
    name = "CatBoostRegressor" if task == "regression" else "CatBoostClassifier"
    fixed = {"thread_count": 1, "verbose": False, "allow_writing_files": False}
    return getattr(catboost, name)(**{"learning_rate": 0.3, **fixed, **params})


def check_equal(prototype, grid, X, y, new, **fit_params):
    shared, members = CatBoostFit(), Members(prototype, grid)
    assert all(shared.declines(members.params(i), META) is None for i in range(len(members)))
    state = shared.fit(members, X, y, **fit_params)
    alone = [members.instance(i).fit(X, y, **fit_params) for i in range(len(members))]
    for method in ("predict", "predict_proba"):
        if not hasattr(prototype, method):
            continue
        answers = shared.respond(state, new, method, range(len(members)))
        for answer, plain in zip(answers, alone, strict=True):
            expected = getattr(plain, method)(new)
            assert (answer.dtype, answer.shape) == (expected.dtype, expected.shape)
            assert_array_equal(answer, expected)
    for i, plain in enumerate(alone):
        member = shared.materialise(state, i)
        assert member == plain  # CatBoost compares the models
        assert member.get_params() == plain.get_params()
        assert member.get_all_params() == plain.get_all_params()
        assert vars(member).keys() == vars(plain).keys()
        assert_array_equal(member.feature_importances_, plain.feature_importances_)
        # CatBoost reads what was noted of a training to rounding: so does a stored model.
        stored = pickle.loads(pickle.dumps(plain))
        assert member.evals_result_ == stored.evals_result_
        assert member.best_score_ == stored.best_score_
    return state


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("task", TARGETS)
def test_equals_separate_fits(task, weighted):
    weight = {"sample_weight": RNG.uniform(0.1, 3, 150)} if weighted else {}
    state = check_equal(estimator_for(task), GRID, X, TARGETS[task], NEW, **weight)
    assert len(state) == 4


def table(X):
    words = np.array(["ant", "bee", "cat", "dog"])[np.digitize(X[:, 2], [-0.7, 0.2, 1.2])]
    return pd.DataFrame(X, columns=list("abcd")).assign(word=words)


@pytest.mark.parametrize("where", ["constructor", "fit"])
@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_category_columns(task, where):
    own = {"cat_features": ("word",)}  # scikit-learn cannot clone CatBoost with a list
    prototype = estimator_for(task, **(own if where == "constructor" else {}))
    given = own if where == "fit" else {}
    check_equal(prototype, GRID[::3], table(X), TARGETS[task], table(NEW), **given)


def test_metrics_to_be_maximised():
    prototype = estimator_for("binary", eval_metric="AUC:hints=skip_train~false")
    check_equal(prototype, GRID, X, TARGETS["binary"], NEW, verbose=False)


@pytest.mark.parametrize("name", ["iterations", "n_estimators", "num_boost_round", "num_trees"])
def test_every_name_for_the_number_of_rounds(name):
    state = check_equal(
        estimator_for("regression"), [{name: k} for k in (3, 8)], X, SIGNAL, NEW, silent=True
    )
    assert len(state) == 1


def test_one_pool_is_made(monkeypatch):
    made = []
    init = catboost.Pool.__init__

    def counted(self, *args, **kwargs):
        made.append(self)
        init(self, *args, **kwargs)

    monkeypatch.setattr(catboost.Pool, "__init__", counted)
    state = CatBoostFit().fit(Members(estimator_for("regression"), GRID), X, SIGNAL)
    assert len(made) == 1
    assert [run.estimator.tree_count_ for run in state] == [12] * 4


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"learning_rate": None}, "learning_rate"),
        ({"learning_rate": 0.1, "eta": 0.1}, "learning_rate and eta"),
        ({"iterations": 3, "n_estimators": 4}, "iterations and n_estimators"),
        ({"iterations": 0}, "iterations=0"),
        ({"iterations": 1.5}, "iterations=1.5"),
        ({"grow_policy": "Lossguide"}, "grow_policy"),
        ({"od_type": "Iter"}, "od_type"),
        ({"early_stopping_rounds": 4}, "early_stopping_rounds"),
        ({"use_best_model": True}, "use_best_model"),
        ({"metric_period": 3}, "metric_period"),
        ({"task_type": "GPU"}, "task_type"),
        ({"loss_function": "Cox"}, "Cox"),
        ({"loss_function": object()}, "object"),
        ({"random_seed": np.random.RandomState(0)}, "seed"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_shared_is_declined_with_the_reason(params, word):
    assert word in CatBoostFit().declines({"learning_rate": 0.1, **params}, META)


@pytest.mark.parametrize("name", ["eval_set", "baseline", "init_model", "early_stopping_rounds"])
def test_other_fit_parameters_are_declined(name):
    with pytest.raises(Declined, match=name):
        CatBoostFit().fit(Members(estimator_for("regression"), GRID), X, SIGNAL, **{name: "given"})


def test_rows_without_a_split_are_declined():
    members = Members(estimator_for("regression"), GRID)
    with pytest.raises(Declined, match="split") as declined:
        CatBoostFit().fit(members, np.zeros((150, 4)) + np.arange(150)[:, None] * 1e300, SIGNAL)
    assert declined.value.members


def test_exact_classes_only():
    class Mine(catboost.CatBoostRegressor):
        pass

    assert shared_fit_for(Mine) is None
    assert shared_fit_for(catboost.CatBoostRanker) is None
    assert isinstance(shared_fit_for(catboost.CatBoostClassifier), CatBoostFit)


@pytest.mark.parametrize("named", [{}, {"iterations": 7}])
def test_a_search_gives_the_results_of_scikit_learn(named):
    grid = {"iterations": [2, 5, 9], "depth": [2, 4], "nan_mode": ["Min", "Max"]}
    options = {"cv": 3, "scoring": ["roc_auc", "neg_log_loss"], "refit": "roc_auc"}
    ours, theirs = (
        cls(estimator_for("binary", **named), grid, **options, return_train_score=True)
        for cls in (GridSearchCV, SklearnGridSearchCV)
    )
    ours.fit(X, TARGETS["binary"])
    theirs.fit(X, TARGETS["binary"])
    assert "2 x CatBoostClassifier: 6 members in one shared fit per fold" in str(ours.plan_)
    for key, expected in theirs.cv_results_.items():
        if "_test_" in key or "_train_" in key:
            assert_allclose(ours.cv_results_[key], expected, rtol=0, atol=1e-15)
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))
