"""XGBRanker: queries in any order and form, early stopping by queries, and its score."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn.model_selection
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, cross_val_score
from sklearn.utils.estimator_checks import check_estimator

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

import gridfold  # noqa: E402
from gridfold.boosting import XGBRanker  # noqa: E402
from gridfold.pipelines import GridSearchCV  # noqa: E402

SMALL = {"n_estimators": 6, "max_depth": 3, "n_jobs": 1}
RNG = np.random.default_rng(0)
N, N_QUERIES = 300, 25
X = RNG.normal(size=(N, 4)).astype(np.float32)
QID = np.sort(RNG.integers(0, N_QUERIES, N))
Y = np.digitize(X[:, 0] + X[:, 1] ** 2 + RNG.normal(size=N), [-0.5, 0.5, 1, 2])
WEIGHT = RNG.uniform(0.2, 3, N_QUERIES)
SHUFFLED = RNG.permutation(N)
NEW = slice(None, None, 7)

assert set(QID) == set(range(N_QUERIES))


LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))


def theirs(**fit_params):
    return xgboost.XGBRanker(**SMALL).fit(X, Y, qid=QID, **fit_params)


def same_model(ours, theirs):
    assert ours.get_booster().save_raw() == theirs.get_booster().save_raw()


# Shuffled rows whose order inside a query is that of the sorted table give the same model.
MIXED = np.lexsort((RNG.permutation(N_QUERIES)[QID], np.arange(N) - np.searchsorted(QID, QID)))


@pytest.mark.parametrize("kind", ["numbers", "letters", "dates"])
def test_rows_of_queries_in_any_order(kind):
    ids = {"numbers": QID, "letters": LETTERS[QID], "dates": QID.astype("datetime64[D]")}[kind]
    assert (np.diff(QID[MIXED]) < 0).any()
    weight, margin = WEIGHT, np.linspace(0, 1, N)
    expected = theirs(sample_weight=weight, base_margin=margin)
    for given in (weight, weight[QID][MIXED]):
        model = XGBRanker(**SMALL)
        model.fit(
            X[MIXED], Y[MIXED], qid=ids[MIXED], sample_weight=given, base_margin=margin[MIXED]
        )
        same_model(model, expected)
    assert_array_equal(model.predict(X[SHUFFLED]), expected.predict(X[SHUFFLED]))


def frame(rows):
    return pd.DataFrame(X[rows], columns=list("abcd")).assign(qid=QID[rows])


def test_a_column_of_ids_is_no_feature():
    model = XGBRanker(**SMALL).fit(frame(MIXED), Y[MIXED])
    expected = xgboost.XGBRanker(**SMALL).fit(frame(slice(None)), Y)
    same_model(model, expected)
    assert list(model.feature_names_in_) == list("abcd")
    scores = expected.predict(frame(NEW))
    for table in (frame(NEW), frame(NEW).drop(columns="qid"), frame(NEW)[["qid", *"dcba"]]):
        assert_array_equal(model.predict(table), scores)
    assert_array_equal(model.apply(frame(NEW)), expected.apply(frame(NEW)))


def test_polars_and_category_columns():
    polars = pytest.importorskip("polars", reason="polars is not installed")
    kinds = np.array(["x", "y", "z"])[np.digitize(X[:, 3], [-0.5, 0.5])]
    table = polars.DataFrame({"a": X[:, 0], "kind": kinds, "qid": QID})
    valid = table[MIXED]
    model = XGBRanker(**SMALL).fit(table, Y, eval_set=[(valid, Y[MIXED])], verbose=False)
    (log,) = model.evals_result()["validation_0"].values()
    assert model.score(table, Y) == pytest.approx(log[-1], rel=1e-6)
    assert list(model.feature_names_in_) == ["a", "kind"]


def test_without_ids_the_table_is_one_query():
    model = XGBRanker(**SMALL).fit(X, Y)
    same_model(model, xgboost.XGBRanker(**SMALL).fit(X, Y, group=[N]))
    assert 0.5 < model.score(X, Y) <= 1


def sets(rows, **more):
    return {"eval_set": [(X[rows], Y[rows])], "eval_qid": [QID[rows]], "verbose": False, **more}


def test_validation_sets_in_any_order():
    expected = theirs(**sets(slice(None), sample_weight_eval_set=[WEIGHT]))
    of_rows = {"sample_weight_eval_set": [WEIGHT[QID][MIXED]]}
    model = XGBRanker(**SMALL).fit(X, Y, qid=QID, **sets(MIXED, **of_rows))
    assert model.evals_result() == expected.evals_result()
    by_names = {"X_val": X[MIXED], "y_val": Y[MIXED], "qid_val": QID[MIXED]}
    by_names |= {"sample_weight_val": WEIGHT}
    again = XGBRanker(**SMALL).fit(X, Y, qid=QID, **by_names)
    assert again.evals_result() == expected.evals_result()


STOPPING = {**SMALL, "n_estimators": 300, "learning_rate": 0.8, "early_stopping_rounds": 4}


def test_early_stopping_holds_out_whole_queries():
    model = XGBRanker(**STOPPING, validation_fraction=0.2).fit(X[MIXED], Y[MIXED], qid=QID[MIXED])
    assert model.best_iteration_ < 250
    # The same part given by hand: the queries that the model was not trained on.
    held = held_queries(model)
    assert len(held) == 5
    train, valid = ~np.isin(QID, held), np.isin(QID, held)
    by_hand = xgboost.XGBRanker(**STOPPING).fit(X[train], Y[train], qid=QID[train], **sets(valid))
    same_model(model, by_hand)
    assert model.evals_result() == by_hand.evals_result()
    assert_array_equal(model.predict(X), by_hand.predict(X))


def held_queries(model):
    from gridfold.boosting.training.held_out import validation_part
    from gridfold.boosting.training.rows import Rows

    rows = Rows(X, Y, groups=QID)
    _, held = validation_part(rows, model.validation_fraction, 0, ())
    return np.unique(QID[held])


def test_refit_and_bags_and_out_of_fold_scores():
    model = XGBRanker(**STOPPING, refit_full=True).fit(X, Y, qid=QID)
    rounds = model.get_booster().num_boosted_rounds()
    assert rounds == model.get_num_boosting_rounds() or rounds > model.best_iteration_
    bags = XGBRanker(**SMALL, n_bags=3, keep_oof=True).fit(X[MIXED], Y[MIXED], qid=QID[MIXED])
    members = np.array([each.inplace_predict(X) for each in bags.boosters_])
    assert_allclose(bags.predict(X), members.mean(axis=0), rtol=1e-6)
    assert bags.oof_prediction_.shape == (N,)
    # Each out-of-fold score is that of one member, the same one in a query.
    said_by = [np.flatnonzero(members[:, MIXED[i]] == bags.oof_prediction_[i]) for i in range(N)]
    for query in range(N_QUERIES):
        rows = np.flatnonzero(QID[MIXED] == query)
        assert set(range(3)).intersection(*(said_by[row] for row in rows)), query
    assert 0.5 < bags.score(X, Y, qid=QID) <= 1


def test_groups_of_queries_are_held_out_together():
    groups = QID // 5
    model = XGBRanker(**SMALL, n_bags=5, keep_oof=True).fit(X, Y, qid=QID, groups=groups)
    assert len(model.boosters_) == 5
    with pytest.raises(ValueError, match="groups divides a query"):
        model.fit(X, Y, qid=QID, groups=np.arange(N) // 50)


@pytest.mark.parametrize("how", ["early_stopping_rounds", "n_bags"])
def test_one_query_cannot_be_held_out(how):
    model = XGBRanker(**SMALL, **{how: 3})
    with pytest.raises(ValueError, match="Whole queries are held out, and there is one only"):
        model.fit(X, Y)


@pytest.mark.parametrize(
    ("metric", "objective"),
    [(None, "ndcg"), (None, "pairwise"), ("ndcg@2", "ndcg"), (["ndcg@5", "ndcg@3-"], "rank:ndcg")],
)
def test_the_score_is_that_of_xgboost(metric, objective):
    model = XGBRanker(**SMALL, objective=objective, eval_metric=metric).fit(frame(MIXED), Y[MIXED])
    expected = model.to_xgboost().score(frame(slice(None)), Y)
    assert model.score(frame(MIXED), Y[MIXED]) == pytest.approx(expected, rel=1e-12)
    assert model.score(X, Y, qid=QID) == pytest.approx(expected, rel=1e-12)
    weighted = model.score(X, Y, qid=QID, sample_weight=WEIGHT)
    assert weighted != pytest.approx(expected, rel=1e-6)


def test_the_score_of_map_and_of_a_function():
    y = Y > 2
    model = XGBRanker(**SMALL, objective="map").fit(frame(slice(None)), y)
    assert model.score(X, y, qid=QID) == model.to_xgboost().score(frame(slice(None)), y)

    def share_of_best(y_true, y_pred):
        return float(y_true[np.argmax(y_pred)] == y_true.max())

    model.set_params(eval_metric=share_of_best)
    expected = model.to_xgboost().score(frame(slice(None)), y)
    assert model.score(X, y, qid=QID) == expected


def ndcg(relevance, scores):
    discounts = 1 / np.log2(np.arange(len(relevance)) + 2)
    gains = 2.0**relevance - 1
    found = gains[np.argsort(-scores, kind="stable")] @ discounts
    return found / (np.sort(gains)[::-1] @ discounts)


def test_the_score_is_a_mean_over_queries():
    model = XGBRanker(**SMALL).fit(X, Y, qid=QID)
    scores = model.predict(X)
    parts = [query == QID for query in range(N_QUERIES)]
    by_query = [ndcg(Y[part], scores[part]) for part in parts]
    assert model.score(X, Y, qid=QID) == pytest.approx(np.mean(by_query), rel=1e-6)
    weighted = model.score(X, Y, qid=QID, sample_weight=WEIGHT)
    assert weighted == pytest.approx(np.average(by_query, weights=WEIGHT), rel=1e-6)


@pytest.mark.parametrize(
    ("params", "given", "message"),
    [
        ({}, {"y": Y + 0.5}, r"'rank:ndcg' needs relevances.*row 0 of y has"),
        ({}, {"y": Y - 1}, "whole numbers from 0 to 31"),
        ({"objective": "map"}, {}, r"'rank:map' needs relevances that are 0 or 1; row \d+"),
        ({}, {"qid": QID[::-1], "y": np.where(np.arange(N) == 7, 99, Y)}, "row 7 of y has 99"),
        ({}, {"qid": np.array([1, "a"] * (N // 2), dtype=object)}, "cannot be compared"),
        ({}, {"qid": QID[:10]}, "inconsistent numbers of samples"),
        ({}, {"group": [N]}, "Queries are given twice"),
        ({}, {"qid": None, "group": [3, 4]}, f"group adds up to 7 rows, and X has {N}"),
        ({}, {"sample_weight": np.ones(7)}, "7 values for 25 queries of 300 rows"),
        ({}, {"sample_weight": np.arange(N)}, "a ranking weighs queries, not rows"),
        ({}, {"eval_set": [(X, Y)]}, r"eval_set\[0\] has no queries: pass eval_qid or eval_group"),
        ({}, {"eval_set": [(X, Y)], "eval_qid": [QID, QID]}, "eval_qid has 2 entries"),
        ({}, {"eval_set": [(X, -Y)], "eval_qid": [QID]}, r"of eval_set\[0\] has -"),
        ({}, {"eval_qid": [QID]}, "`eval_set` is not set"),
        ({}, {"qid_val": QID}, "qid_val is given without X_val and y_val"),
        ({}, {"y": np.full(N, "good")}, "must be numbers; row 0 is 'good'"),
        ({}, {"y": None}, "requires y"),
    ],
)
def test_what_cannot_be_ranked_is_a_clear_error(params, given, message):
    data = {"X": X, "y": Y, "qid": QID} | given
    with pytest.raises(ValueError, match=message):
        XGBRanker(**SMALL, **params).fit(**data)


def test_files_are_refused_before_anything_is_read(tmp_path):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    path = tmp_path / "table.parquet"
    frame(slice(None)).assign(y=Y).to_parquet(path)
    with pytest.raises(NotImplementedError, match="rows of a query would have to stay together"):
        XGBRanker(**SMALL).fit(path, "y", qid=QID)


def test_relevances_that_need_not_be_whole():
    for params in ({"objective": "pairwise"}, {"ndcg_exp_gain": False}):
        ours = XGBRanker(**SMALL, **params).fit(X, Y / 2, qid=QID)
        params["objective"] = {"pairwise": "rank:pairwise"}.get(
            params.get("objective"), "rank:ndcg"
        )
        plain = xgboost.XGBRanker(**SMALL, **params).fit(X, Y / 2, qid=QID)
        same_model(ours, plain)
        if "ndcg_exp_gain" in params:
            frame_score = plain.score(frame(slice(None)).set_axis([*"abcd", "qid"], axis=1), Y / 2)
            assert ours.score(X, Y / 2, qid=QID) == pytest.approx(frame_score)


@pytest.mark.parametrize("objective", ["ndcg", "pairwise", "rank:ndcg"])
def test_objectives_by_name_stay_as_they_were_said(objective, tmp_path):
    model = XGBRanker(**SMALL, objective=objective)
    assert model.get_params()["objective"] == clone(model).objective == objective
    model.fit(X, Y, qid=QID)
    assert model.objective == objective
    assert model.get_xgb_params()["objective"] == "rank:" + objective.removeprefix("rank:")
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict(X), model.predict(X))
    model.save_model(tmp_path / "model.json")
    loaded = xgboost.XGBRanker()
    loaded.load_model(tmp_path / "model.json")
    assert_array_equal(loaded.predict(X), model.predict(X))


def test_objectives_that_rank_nothing():
    with pytest.raises(ValueError, match=r"'poisson' is no objective of ranking.*'ndcg'"):
        XGBRanker(objective="poisson")
    with pytest.raises(ValueError, match="ranking"):
        XGBRanker(objective="reg:squarederror")


def test_a_search_over_queries_in_a_column():
    table, y = frame(MIXED), Y[MIXED]
    folds = GroupKFold(3)
    grid = {"objective": ["ndcg", "pairwise"], "n_estimators": [2, 6]}
    found, expected = (
        cls(XGBRanker(**SMALL), grid, cv=folds).fit(table, y, groups=table["qid"])
        for cls in (GridSearchCV, sklearn.model_selection.GridSearchCV)
    )
    scores = found.cv_results_["mean_test_score"]
    assert_array_equal(scores, expected.cv_results_["mean_test_score"])
    assert len(np.unique(scores)) > 1


def test_a_ranker_is_stored(tmp_path):
    model = XGBRanker(**SMALL).fit(frame(MIXED), Y[MIXED])
    gridfold.save(model, tmp_path / "model.skops")
    assert_array_equal(gridfold.load(tmp_path / "model.skops").predict(X), model.predict(X))


# Scikit-learn's checks give weights and targets to rows; a ranking has them for queries.
EXPECTED_TO_FAIL = {
    "check_do_not_raise_errors_in_init_or_set_params": "xgboost's own refuses an objective that "
    "is none of ranking when it is made",
    "check_all_zero_sample_weights_error": "as xgboost's other estimators",
    "check_sample_weights_not_overwritten": "gives the rows of the one query different weights",
    "check_sample_weight_equivalence_on_dense_data": "gives the rows of the one query different "
    "weights",
    "check_sample_weight_equivalence_on_sparse_data": "gives the rows of the one query different "
    "weights",
}


def test_common_checks_of_scikit_learn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(
            XGBRanker(n_estimators=5, n_jobs=1),
            expected_failed_checks=EXPECTED_TO_FAIL,
            on_fail=None,
            on_skip=None,
        )
    found = {status: set() for status in ("passed", "failed", "xfail", "skipped")}
    for result in results:
        found[result["status"]].add(result["check_name"])
    assert found["failed"] == set()
    assert found["xfail"] == set(EXPECTED_TO_FAIL)
    assert len(found["passed"]) > 30


def test_arrays_of_other_libraries_in_any_order(foreign):
    expected = theirs(sample_weight=WEIGHT)
    model = XGBRanker(**SMALL, device="cpu").fit(
        foreign.put(X[MIXED]),
        foreign.put(Y[MIXED]),
        qid=foreign.put(QID[MIXED]),
        sample_weight=foreign.put(WEIGHT),
    )
    same_model(model, expected)
    scores = model.predict(foreign.put(X[SHUFFLED]))
    assert foreign.owns(scores)
    assert_array_equal(foreign.host(scores), expected.predict(X[SHUFFLED]))


def test_queries_and_weights_are_routed_by_scikit_learn():
    folds = GroupKFold(3)
    with config_context(enable_metadata_routing=True):
        model = XGBRanker(**SMALL).set_fit_request(qid=True, sample_weight=True, groups=False)
        model.set_score_request(qid=True, sample_weight=True)
        given = {"qid": QID[MIXED], "sample_weight": WEIGHT[QID][MIXED], "groups": QID[MIXED]}
        found = cross_val_score(model, X[MIXED], Y[MIXED], cv=folds, params=given)
    by_hand = []
    for train, test in folds.split(X[MIXED], groups=QID[MIXED]):
        train, test = MIXED[train], MIXED[test]
        model = XGBRanker(**SMALL)
        model.fit(X[train], Y[train], qid=QID[train], sample_weight=WEIGHT[QID][train])
        by_hand.append(
            model.score(X[test], Y[test], qid=QID[test], sample_weight=WEIGHT[QID][test])
        )
    assert_array_equal(found, by_hand)
