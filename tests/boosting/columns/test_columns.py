"""`Columns`: X of every sort learnt, and coded for training and prediction."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.utils import _safe_indexing

from gridfold.boosting.columns import Columns
from gridfold.boosting.columns.kinds import Category, Dates, Numbers
from gridfold.estimators.arrays import HOST

FRAME = pd.DataFrame(
    {
        "number": [1.0, 2.0, np.nan],
        "text": ["b", None, "a"],
        "date": pd.to_datetime(["1970-01-02", None, "1970-01-05"]),
        "flag": [True, False, True],
        "group": [30, 10, 30],
    }
)
CODES = np.array(
    [[1, 1, 1, 1, 1], [2, np.nan, np.nan, 0, 0], [np.nan, 0, 4, 1, 1]], dtype=np.float32
)
LEARNT = Columns.learn(FRAME, ["group"])


def test_what_is_learnt_of_a_frame():
    levels = Category(("a", "b"))
    assert LEARNT.kinds == (Numbers(), levels, Dates(), Numbers(), Category((10, 30)))
    assert LEARNT.names == tuple(FRAME.columns)
    assert LEARNT.n_features == 5
    assert not LEARNT.is_plain
    assert LEARNT.has_categories
    assert LEARNT.feature_types == ["q", "c", "q", "q", "c"]


def test_a_frame_is_coded():
    coded = LEARNT.for_predict(FRAME)
    assert coded.dtype == np.float32
    assert_array_equal(coded, CODES)


def test_a_frame_for_training_has_pandas_categories_and_numbers():
    frame = LEARNT.for_training(FRAME)
    assert list(frame.columns) == list(LEARNT.names)
    assert frame["text"].cat.categories.tolist() == ["a", "b"]
    assert frame["group"].cat.categories.tolist() == [10, 30]
    assert frame["date"].tolist() == pytest.approx([1, np.nan, 4], nan_ok=True)
    assert frame["flag"].dtype == bool
    assert np.shares_memory(frame["number"].to_numpy(), FRAME["number"].to_numpy())
    assert_array_equal(LEARNT.for_predict(frame.assign(date=FRAME["date"])), CODES)


def test_rows_of_what_is_trained_on_can_be_chosen():
    frame = LEARNT.for_training(FRAME.set_index([[7, 5, 3]]))
    assert frame.index.tolist() == [7, 5, 3]
    part = _safe_indexing(frame, np.array([2, 0]))
    assert part["text"].tolist() == ["a", "b"]
    assert part["text"].dtype == frame["text"].dtype


def test_polars_is_learnt_and_coded_like_pandas():
    polars = pytest.importorskip("polars", reason="polars is not installed")
    frame = polars.DataFrame(
        {name: [None if pd.isna(cell) else cell for cell in FRAME[name]] for name in FRAME}
    ).with_columns(polars.col("text").cast(polars.Categorical))
    columns = Columns.learn(frame, ["group"])
    assert columns == LEARNT
    assert_array_equal(columns.for_predict(frame), CODES)
    assert columns.for_training(frame)["text"].tolist() == ["b", np.nan, "a"]
    assert_array_equal(columns.for_predict(FRAME), CODES)


def test_a_table_of_arrow_is_learnt_and_coded_like_pandas():
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    table = pyarrow.Table.from_pandas(FRAME)
    assert Columns.learn(table, ["group"]) == LEARNT
    assert_array_equal(LEARNT.for_predict(table), CODES)


@pytest.mark.parametrize("make", [lambda frame: frame.to_numpy(dtype=object), list])
def test_columns_without_names_are_inferred_one_by_one(make):
    cells = make(FRAME.to_numpy(dtype=object).tolist()) if make is list else make(FRAME)
    columns = Columns.learn(cells, [4])
    assert columns == Columns(LEARNT.kinds, None)
    assert columns.names is columns.names_for_booster is None
    for coded in (columns.for_training(cells), columns.for_predict(cells)):
        assert coded.dtype == np.float32
        assert_array_equal(coded, CODES)
    assert_array_equal(LEARNT.for_predict(cells), CODES)


def test_an_array_with_categories_is_coded():
    X = np.array([[5.0, 2.5, 7], [np.nan, 1.5, 7], [3.0, np.nan, 8]])
    columns = Columns.learn(X, [0, 2])
    assert columns.kinds == (Category((3, 5)), Numbers(), Category((7, 8)))
    assert columns.feature_types == ["c", "q", "c"]
    expected = [[1, 2.5, 0], [np.nan, 1.5, 0], [0, np.nan, 1]]
    for coded in (columns.for_training(X), columns.for_predict(X), columns.for_predict(X.tolist())):
        assert coded.dtype == np.float32
        assert_array_equal(coded, expected)
    assert_array_equal(columns.for_predict([[4, 0, 8]]), [[2, 0, 1]])
    with pytest.raises(ValueError, match=r"Column 0 has the category 4\.0, which is not among"):
        columns.for_training(np.array([[4.0, 0, 8]]))


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "u1", bool])
def test_an_array_of_numbers_is_not_touched(dtype):
    X = np.ones((3, 2), dtype)
    columns = Columns.learn(X)
    assert columns.is_plain
    assert not columns.has_categories
    assert columns.feature_types is None
    assert columns.for_training(X) is X
    assert columns.for_predict(X) is X
    assert columns.for_predict(X[::-1, ::-1]).base is not None


def test_a_wrong_order_of_bytes_is_put_right():
    X = np.array([[1.0, 2.0]], ">f4")
    columns = Columns.learn(X)
    for made in (columns.for_training(X), columns.for_predict(X)):
        assert made.dtype.isnative
        assert_array_equal(made, [[1, 2]])


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_sparse_numbers(form):
    for make in (sparse.random, sparse.random_array):
        args = (4, 3) if make is sparse.random else ((4, 3),)
        X = make(*args, density=0.5, format=form, rng=0)
        columns = Columns.learn(X)
        assert columns.for_training(X) is X
        made = columns.for_predict(X)
        assert isinstance(made, sparse.csr_matrix)
        assert_array_equal(made.toarray(), X.toarray())


def test_sparse_categories_are_an_error():
    X = sparse.eye_array(3)
    with pytest.raises(TypeError, match=r"sparse, and categorical_features needs dense.*toarray"):
        Columns.learn(X, [0])
    columns = Columns.learn(X.toarray(), [0])
    with pytest.raises(TypeError, match=r"sparse, and a model with categories .*toarray"):
        columns.for_predict(X)


def test_arrays_of_other_libraries_pass(foreign):
    X = foreign.put(np.array([[1.0, 5.0], [2.0, 3.0]]))
    columns = Columns.learn(X)
    assert columns.for_training(X) is X
    assert columns.for_predict(X) is X
    assert isinstance(columns.for_predict(X, HOST), np.ndarray)
    coded = Columns.learn(X, [1])
    assert coded.kinds == (Numbers(), Category((3, 5)))
    for made in (coded.for_training(X), coded.for_predict(X)):
        assert foreign.owns(made)
        assert_array_equal(foreign.host(made), [[1, 1], [2, 0]])
    assert isinstance(coded.for_training(X, HOST), np.ndarray)


def test_frames_that_xgboost_takes_are_not_touched():
    frame = pd.DataFrame(
        {
            "float": [1.0, 2.0],
            "small": np.array([1, 2], "f4"),
            "int": [1, 2],
            "flag": [True, False],
            "nullable": pd.array([1, None], dtype="Int64"),
            "category": pd.Categorical(["a", None], ["b", "a", "never"]),
            "ints": pd.Categorical([3, 1], [3, 1]),
        }
    )
    columns = Columns.learn(frame)
    assert columns.for_training(frame) is frame
    coded = columns.for_predict(frame)
    assert_array_equal(coded[:, 5], np.array([1, np.nan], "f4"))
    assert_array_equal(coded[:, 6], [0, 1])
    numbers = frame[["float", "small", "int", "flag"]]
    assert Columns.learn(numbers).is_plain
    assert_array_equal(Columns.learn(numbers).for_predict(numbers), [[1, 1, 1, 1], [2, 2, 2, 0]])


def test_columns_are_matched_by_name():
    other = FRAME.assign(extra="x")[["extra", "group", "flag", "text", "number", "date"]]
    assert_array_equal(LEARNT.for_predict(other), CODES)
    assert list(LEARNT.for_training(other).columns) == list(LEARNT.names)
    plain = Columns.learn(FRAME[["number", "flag"]])
    assert_array_equal(plain.for_predict(FRAME[["flag", "number"]]), CODES[:, [0, 3]])
    assert_array_equal(plain.for_predict(CODES[:, [0, 3]]), CODES[:, [0, 3]])
    named = plain.for_training(CODES[:, [0, 3]])
    assert list(named.columns) == ["number", "flag"]


@pytest.mark.parametrize(
    ("columns", "X", "message"),
    [
        (LEARNT, FRAME.drop(columns="text"), "X lacks the column 'text', which the model"),
        (LEARNT, FRAME[["text", "date"]], "X lacks the columns 'number', 'flag', 'group'"),
        (LEARNT, pd.concat([FRAME, FRAME[["text"]]], axis=1), "column 'text' more than once"),
        (LEARNT, np.zeros((2, 4)), "X has 4 features, but XGBoost is expecting 5 features as"),
        (LEARNT, FRAME.assign(number="1.5"), "Column 'number' held numbers .* '1.5'"),
        (LEARNT, FRAME.assign(text=3), "Column 'text' held categories that are text .* 3"),
        (Columns.learn(np.zeros((2, 3))), np.zeros((2, 4)), "X has 4 features, .* expecting 3"),
        (Columns.learn(np.zeros((2, 3))), sparse.eye_array(4), "X has 4 features"),
        (Columns.learn(np.zeros((2, 3))), [["a", 1, 2]], "Column 0 held numbers .* 'a'"),
        (Columns.learn(np.zeros((2, 3))), np.zeros(3), "Expected 2D array"),
        (Columns.learn(np.zeros((2, 3))), np.zeros((2, 3), complex), "Complex data"),
    ],
)
def test_a_table_that_does_not_fit_is_an_error(columns, X, message):
    with pytest.raises(ValueError, match=message):
        columns.for_predict(X)
    with pytest.raises(ValueError, match=message):
        columns.for_training(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((0, 3)), r"0 sample\(s\)"),
        (np.zeros((3, 0)), r"0 feature\(s\)"),
        (FRAME.iloc[:0], r"0 sample\(s\)"),
        (pd.concat([FRAME, FRAME[["text"]]], axis=1), "the column 'text' more than once: rename"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "the column '1' more than once"),
        (pd.DataFrame({"a": [1j]}), "Complex data not supported: column 'a'"),
        (pd.DataFrame({"a": [1, "x"]}), "Column 'a' mixes types"),
        (np.array([[1, "x"], ["y", "z"]], dtype=object), "Column 0 mixes types"),
    ],
)
def test_what_cannot_be_learnt_is_an_error(X, message):
    with pytest.raises(ValueError, match=message):
        Columns.learn(X)


def test_no_rows_are_coded_to_no_rows():
    assert LEARNT.for_predict(FRAME.iloc[:0]).shape == (0, 5)
    assert Columns.learn(np.zeros((2, 3))).for_predict(np.zeros((0, 3))).shape == (0, 3)


def test_names_where_the_fit_had_none_are_a_warning():
    columns = Columns.learn(np.zeros((2, 2)))
    with pytest.warns(UserWarning, match="X has column names, but the model was fitted without"):
        coded = columns.for_predict(pd.DataFrame({"b": [1], "a": [2]}))
    assert_array_equal(coded, [[1, 2]])


def test_names_that_xgboost_refuses_are_replaced_for_it_alone():
    frame = pd.DataFrame({"a[1]": [1.0], "x<3": [2.0]})
    columns = Columns.learn(frame)
    assert columns.names == ("a[1]", "x<3")
    made = columns.for_training(frame)
    assert list(made.columns) == columns.names_for_booster == ["a(1)", "x‹3"]
    assert_array_equal(columns.for_predict(frame[["x<3", "a[1]"]]), [[1, 2]])


def test_nothing_can_be_changed_and_no_row_is_kept():
    with pytest.raises(dataclasses.FrozenInstanceError):
        LEARNT.kinds = ()
    big = pd.DataFrame({"a": np.zeros(100_000), "b": np.resize(["x", "y"], 100_000)})
    columns = Columns.learn(big)
    columns.for_training(big), columns.for_predict(big)
    assert len(pickle.dumps(columns)) < 1000


def test_pickles_code_alike():
    LEARNT.for_predict(FRAME)
    again = pickle.loads(pickle.dumps(LEARNT))
    assert again == LEARNT
    assert vars(again).keys() == {"kinds", "names"}
    assert_array_equal(again.for_predict(FRAME), CODES)
    assert again.is_plain is False


def test_X_is_not_written_to():
    frame, X = FRAME.copy(deep=True), np.array([[5.0, 2.0], [3.0, np.nan]])
    before = X.copy()
    X.flags.writeable = False
    LEARNT.for_training(frame), LEARNT.for_predict(frame)
    columns = Columns.learn(X, [0])
    columns.for_training(X), columns.for_predict(X)
    pd.testing.assert_frame_equal(frame, FRAME)
    assert_array_equal(X, before)
