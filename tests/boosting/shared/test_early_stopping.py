"""Early stopping of many members from one training: each as its own fit would have ended."""

from __future__ import annotations

import pickle
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.shared.stopping import cut_history, ending  # noqa: E402
from gridfold.boosting.shared.xgboost import XGBFit  # noqa: E402
from gridfold.estimators.shared import Declined, Members  # noqa: E402

RNG = np.random.default_rng(1)
X = RNG.normal(size=(160, 4))
SIGNAL = X[:, 0] + X[:, 1] ** 2 + RNG.normal(size=160)
TARGETS = {
    "regression": SIGNAL,
    "binary": (SIGNAL > 1).astype(int),
    "multiclass": np.digitize(SIGNAL, [0.3, 1.6]),
}
GRID = [
    {"n_estimators": n, "early_stopping_rounds": r, "max_depth": d}
    for n, r, d in product((3, 12, 40), (1, 3, 9, None), (2, 3))
]
NEW = RNG.normal(size=(50, 4))


def estimator_for(task, **params):
    cls = xgboost.XGBRegressor if task == "regression" else xgboost.XGBClassifier
    return cls(n_jobs=1, learning_rate=0.7, **params)


def sets_of(task, *parts):
    return [(X[part], TARGETS[task][part]) for part in parts]


def check_equal(prototype, grid, X, y, **fit_params):
    """Fit together and one by one; compare all that a fit leaves."""
    fit_params.setdefault("verbose", False)
    shared, members = XGBFit(), Members(prototype, grid)
    state = shared.fit(members, X, y, **fit_params)
    alone = [members.instance(i).fit(X, y, **fit_params) for i in range(len(members))]
    method = "predict_proba" if hasattr(prototype, "predict_proba") else "predict"
    answers = shared.respond(state, NEW, method, range(len(members)))
    for i, plain in enumerate(alone):
        assert_array_equal(answers[i], getattr(plain, method)(NEW))
        member = shared.materialise(state, i)
        assert vars(member).keys() == vars(plain).keys()
        assert repr(member.get_params()) == repr(plain.get_params())
        assert member.evals_result() == plain.evals_result()
        raw, expected = (bytes(e.get_booster().save_raw("json")) for e in (member, plain))
        assert raw == expected
        assert member.get_booster().attributes() == plain.get_booster().attributes()
    return state, alone


@pytest.mark.parametrize("task", TARGETS)
def test_every_member_ends_as_by_itself(task):
    train, sets = slice(0, 90), sets_of(task, slice(90, 160))
    state, alone = check_equal(
        estimator_for(task), GRID, X[train], TARGETS[task][train], eval_set=sets
    )
    assert len(state) == 2
    ends = {model.get_booster().num_boosted_rounds() for model in alone}
    assert len(ends) > 4, "the members are to end at different rounds"


@pytest.mark.parametrize(
    "eval_metric",
    ["auc", "logloss", ["logloss", "auc"], ["auc", "error"], "pre@3", "aucpr"],
    ids=str,
)
def test_the_last_metric_on_the_last_set_decides(eval_metric):
    prototype = estimator_for("binary", eval_metric=eval_metric, subsample=0.7, random_state=3)
    sets = sets_of("binary", slice(0, 90), slice(90, 120), slice(120, 160))
    y = TARGETS["binary"]
    check_equal(prototype, GRID[::2], X[:90], y[:90], eval_set=sets)
    check_equal(prototype, GRID[::2], *sets[0], eval_set=[sets[1], sets[0]])


def mean_error(y_true, y_score):
    return float(np.mean(np.abs(y_true - y_score)))


def precision_like(y_true, y_score):
    return float(np.mean(y_true == (y_score > 0)))


precision_like.__name__ = "pre_of_mine"  # xgboost takes it for one to be maximised


@pytest.mark.parametrize("metric", [mean_error, precision_like])
def test_metrics_of_the_user(metric):
    prototype = estimator_for("regression", eval_metric=metric)
    check_equal(
        prototype,
        GRID[::2],
        X[:90],
        SIGNAL[:90],
        eval_set=sets_of("regression", slice(90, 160)),
    )


def test_weights_and_margins_of_validation_sets():
    weight, margin = RNG.uniform(0.1, 3, 160), RNG.normal(size=160)
    check_equal(
        estimator_for("regression"),
        GRID[::2],
        X[:90],
        SIGNAL[:90],
        sample_weight=weight[:90],
        base_margin=margin[:90],
        eval_set=sets_of("regression", slice(90, 160)),
        sample_weight_eval_set=[weight[90:]],
        base_margin_eval_set=[margin[90:]],
    )


def test_evaluations_without_a_stop():
    grid = [{"n_estimators": n} for n in (2, 5, 9)]
    y = TARGETS["binary"]
    sets = sets_of("binary", slice(90, 160))
    state, _ = check_equal(estimator_for("binary"), grid, X[:90], y[:90], eval_set=sets)
    member = pickle.loads(pickle.dumps(XGBFit().materialise(state, 0)))
    assert len(member.evals_result()["validation_0"]["logloss"]) == 2


def test_no_run_goes_further_than_a_member_would(monkeypatch):
    trained = []
    train = xgboost.sklearn.train

    def counted(*args, **kwargs):
        booster = train(*args, **kwargs)
        trained.append(booster.num_boosted_rounds())
        return booster

    monkeypatch.setattr(xgboost.sklearn, "train", counted)
    fit_params = {"eval_set": sets_of("regression", slice(90, 160)), "verbose": False}
    for grid, n_runs in (
        ([(50, 2), (8, None), (8, 2), (30, 2)], 2),
        ([(50, 2), (50, 4), (8, 4), (8, 2)], 1),
        ([(50, 4), (8, 2)], 1),
    ):
        overrides = [{"n_estimators": n, "early_stopping_rounds": r} for n, r in grid]
        members = Members(estimator_for("regression"), overrides)
        trained.clear()
        XGBFit().fit(members, X[:90], SIGNAL[:90], **fit_params)
        together = list(trained)
        trained.clear()
        for i in range(len(members)):
            members.instance(i).fit(X[:90], SIGNAL[:90], **fit_params)
        assert len(together) == n_runs
        assert max(together) == max(trained)
        assert sum(together) < sum(trained)


def test_without_an_eval_set_those_that_would_stop_are_declined():
    members = Members(estimator_for("regression"), GRID)
    with pytest.raises(Declined, match="eval_set") as declined:
        XGBFit().fit(members, X, SIGNAL)
    patient = {i for i, member in enumerate(GRID) if member["early_stopping_rounds"] is not None}
    assert declined.value.members == patient


@settings(max_examples=60, deadline=None)
@given(
    scores=st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, float("nan")]), min_size=1, max_size=20),
    n_rounds=st.integers(1, 20),
    patience=st.integers(1, 6),
    metric=st.sampled_from(["rmse", "auc", "mape"]),
)
def test_the_rule_looks_at_the_past_only(scores, n_rounds, patience, metric):
    n_rounds = min(n_rounds, len(scores))
    history = {"train": {"a": scores[::-1]}, "last": {"b": scores[::-1], metric: scores}}
    end = ending(n_rounds, patience, history)
    cut = cut_history(history, end.trained)
    assert ending(end.trained, patience, cut) == end
    assert end.trained <= n_rounds
    best = int(end.attributes["best_iteration"])
    assert end.trained in (n_rounds, best + patience + 1)
    assert end.rounds == best + 1
    assert float(end.attributes["best_score"]) == scores[best] or np.isnan(scores[best])
    assert ending(n_rounds, None, history).rounds == n_rounds
