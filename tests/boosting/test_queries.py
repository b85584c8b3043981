"""Queries in every form, and rows brought into their order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.queries import (
    check_relevance,
    first_rows,
    read_queries,
    with_query_weights,
)

X = np.arange(12.0).reshape(6, 2)
SORTED = np.array([2, 2, 2, 5, 7, 7])
MIXED = np.array([7, 2, 5, 2, 7, 2])


def test_ids_in_order_leave_everything_as_it_is():
    same, queries = read_queries(X, SORTED)
    assert same is X
    assert queries.order is None and queries.n_queries == 3
    assert_array_equal(queries.codes, [0, 0, 0, 1, 2, 2])
    assert queries.sorted(X) is X
    assert queries.as_given(X) is X


@pytest.mark.parametrize("ids", [MIXED, MIXED.astype(str), MIXED - 9, MIXED / 2, pd.Series(MIXED)])
def test_rows_of_a_query_are_brought_together_in_the_order_given(ids):
    _, queries = read_queries(X, ids)
    assert_array_equal(queries.codes, [0, 0, 0, 1, 2, 2])
    assert_array_equal(queries.order, [1, 3, 5, 2, 0, 4])
    for rows in (X, pd.DataFrame(X), sparse.csr_matrix(X)):
        moved = queries.sorted(rows)
        moved = moved.toarray() if sparse.issparse(moved) else np.asarray(moved)
        assert_array_equal(moved, X[[1, 3, 5, 2, 0, 4]])
    assert_array_equal(queries.as_given(queries.sorted(X)), X)


def test_sizes_of_queries():
    _, queries = read_queries(X, group=[3, 1, 2])
    assert_array_equal(queries.codes, read_queries(X, SORTED)[1].codes)


def test_a_column_of_ids_is_taken_out():
    frames = [pd.DataFrame(X, columns=["a", "b"]).assign(qid=MIXED)]
    try:
        import polars
    except ImportError:
        pass
    else:
        frames.append(polars.DataFrame({"a": X[:, 0], "qid": MIXED, "b": X[:, 1]}))
    for frame in frames:
        rest, queries = read_queries(frame)
        assert list(rest.columns) == ["a", "b"]
        assert_array_equal(queries.codes, [0, 0, 0, 1, 2, 2])
        assert "qid" in frame.columns


def test_without_ids_the_table_is_one_query():
    for rows in (X, X.tolist(), sparse.csr_matrix(X)):
        _, queries = read_queries(rows)
        assert_array_equal(queries.codes, np.zeros(6))
        assert queries.n_queries == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"qid": SORTED, "group": [3, 3]}, "Queries are given twice"),
        ({"group": [3, 1]}, "group adds up to 4 rows, and X has 6"),
        ({"group": [6, 0]}, "1 or more"),
        ({"group": [3.5, 2.5]}, "how many rows"),
        ({"qid": np.array([1, 1, np.nan, 2, 2, 2])}, "qid has no id for row 2"),
        ({"qid": SORTED[:4]}, "inconsistent numbers of samples"),
        ({"qid": np.array([1, "a", 1, "a", 2, 2], dtype=object)}, "cannot be compared"),
    ],
)
def test_queries_that_cannot_be(given, message):
    with pytest.raises(ValueError, match=message):
        read_queries(X, **given)


def test_a_column_and_ids_at_once():
    frame = pd.DataFrame(X).assign(qid=SORTED)
    with pytest.raises(ValueError, match=r"eval_qid, eval_group and a column 'qid'"):
        read_queries(frame, SORTED, name="eval_")


def test_weights_of_queries_and_of_rows():
    _, queries = read_queries(X, MIXED)
    of_query = np.array([2.0, 5.0, 7.0])
    of_row = of_query[[2, 0, 1, 0, 2, 0]]
    expected = [2.0, 2, 2, 5, 7, 7]
    assert_array_equal(queries.weight_of_rows(of_query), expected)
    assert_array_equal(queries.weight_of_rows(of_row), expected)
    assert queries.weight_of_rows(None) is None
    with pytest.raises(ValueError, match=r"sample_weight has 4 values for 3 queries of 6 rows"):
        queries.weight_of_rows(np.ones(4))
    with pytest.raises(ValueError, match=r"differs within a query \(3 and 2\)"):
        queries.weight_of_rows(np.where(np.arange(6) == 3, 3.0, of_row))


def test_a_matrix_gets_a_weight_per_query():
    codes = np.array([4, 4, 6, 6, 6])
    assert_array_equal(first_rows(codes), [0, 2])
    info = {"qid": codes, "weight": np.array([1.0, 1, 3, 3, 3]), "label": None}
    assert_array_equal(with_query_weights(info)["weight"], [1.0, 3.0])
    assert with_query_weights({"qid": codes, "weight": None})["weight"] is None
    assert_array_equal(with_query_weights({"qid": None, "weight": codes})["weight"], codes)


@pytest.mark.parametrize(
    ("objective", "good", "bad"),
    [
        ("rank:ndcg", [0, 31, 4], [0.0, 2.5]),
        ("rank:ndcg", [0.0, 3.0], [1, 32]),
        ("rank:ndcg", [0, 1], [1, -1]),
        ("rank:map", [0, 1, 1], [1, 2]),
    ],
)
def test_relevances_that_cannot_be(objective, good, bad):
    check_relevance(good, objective)
    with pytest.raises(ValueError, match=rf"'{objective}' needs.*row 1 of y has {bad[1]:g}"):
        check_relevance(bad, objective)


def test_relevances_that_need_not_be_whole():
    check_relevance([0.5, -3, 99], "rank:pairwise")
    check_relevance([0.5, 99], "rank:ndcg", exp_gain=False)
