"""Rankers on shared matrices: queries, validation queries, and the first rounds of the longest."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.testing import assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold import boosting  # noqa: E402
from gridfold.boosting.shared.xgboost import XGBFit  # noqa: E402
from gridfold.boosting.shared.xgboost_params import KEYWORDS  # noqa: E402
from gridfold.estimators.shared import Members, Meta  # noqa: E402
from gridfold.pipelines import GridSearchCV  # noqa: E402

RNG = np.random.default_rng(6)
X = RNG.normal(size=(180, 4))
RELEVANCE = np.digitize(X[:, 0] + X[:, 1] ** 2 + RNG.normal(size=180) / 2, [0, 1, 2])
QUERY = np.arange(180) // 9
NEW = RNG.normal(size=(40, 4))
GRID = [{"n_estimators": n, "max_depth": d} for n, d in product((2, 6, 11), (2, 3))]


def check_equal(prototype, grid, rows=slice(None), **fit_params):
    shared, members = XGBFit(), Members(prototype, grid)
    assert all(shared.declines(members.params(i), Meta(*X.shape)) is None for i in range(len(grid)))
    given = (X[rows], RELEVANCE[rows])
    state = shared.fit(members, *given, **fit_params)
    answers = shared.respond(state, NEW, "predict", range(len(grid)))
    for i, answer in enumerate(answers):
        alone = members.instance(i).fit(*given, **fit_params)
        assert_array_equal(answer, alone.predict(NEW))
        member = shared.materialise(state, i)
        raw, expected = (bytes(e.get_booster().save_raw("json")) for e in (member, alone))
        assert raw == expected
        assert vars(member).get("evals_result_") == vars(alone).get("evals_result_")
    return state


PARAMS = [
    {},
    {"objective": "rank:pairwise"},
    {"subsample": 0.7, "random_state": 3, "ndcg_exp_gain": False},
    {"lambdarank_pair_method": "mean", "lambdarank_num_pair_per_sample": 2},
    {"lambdarank_pair_method": "topk", "lambdarank_normalization": False},
]


@pytest.mark.parametrize("module", [xgboost, boosting])
@pytest.mark.parametrize("params", PARAMS, ids=str)
def test_equals_separate_fits(module, params):
    state = check_equal(module.XGBRanker(n_jobs=1, **params), GRID, qid=QUERY)
    assert len(state) == 2


def test_every_keyword_of_rankers_is_tried():
    tried = {name for params in PARAMS for name in params}
    assert tried >= {name for name in KEYWORDS if name.startswith(("lambdarank_", "ndcg_"))}


def test_sizes_of_queries():
    check_equal(xgboost.XGBRanker(n_jobs=1), GRID, group=np.full(20, 9))


@pytest.mark.parametrize("module", [xgboost, boosting])
def test_early_stopping_on_other_queries(module):
    grid = [
        {"n_estimators": n, "early_stopping_rounds": r} for n, r in product((4, 30), (2, 5, None))
    ]
    sets = {"eval_set": [(X[126:], RELEVANCE[126:])], "eval_qid": [QUERY[126:]]}
    prototype = module.XGBRanker(n_jobs=1, learning_rate=0.7)
    check_equal(prototype, grid, slice(0, 126), qid=QUERY[:126], verbose=False, **sets)


def test_queries_of_its_own_to_stop_by():
    grid = [{**one, "early_stopping_rounds": r} for one in GRID for r in (2, 5)]
    check_equal(boosting.XGBRanker(n_jobs=1, learning_rate=0.7), grid, qid=QUERY)


def test_what_learns_beside_trees_is_declined():
    prototype = xgboost.XGBRanker(lambdarank_unbiased=True)
    assert "lambdarank_unbiased" in XGBFit().declines(prototype.get_params(), Meta(*X.shape))


def test_a_search_shares():
    search = GridSearchCV(
        boosting.XGBRanker(n_jobs=1),
        {"n_estimators": [2, 5], "max_depth": [2, 3]},
        cv=3,
        scoring="r2",
    )
    search.fit(X, RELEVANCE, qid=QUERY)
    assert "4 members in one shared fit per fold" in str(search.plan_)
    assert search.best_estimator_.predict(NEW).shape == (40,)
