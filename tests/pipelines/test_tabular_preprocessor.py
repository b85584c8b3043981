"""TabularPreprocessor: what it makes of each column, what it refuses, and scikit-learn's checks."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from gridfold.pipelines.columns import ColumnError
from gridfold.pipelines.tabular_preprocessor import TabularPreprocessor


@parametrize_with_checks([TabularPreprocessor()])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [31.0, None, 52.0, 40.0],
            "job": ["cook", "smith", None, "cook"],
            "member": [True, False, True, True],
            "since": pd.to_datetime(["2020-01-01", "2021-06-15", None, "2022-03-03"]),
            "empty": [None] * 4,
            "same": [7] * 4,
        }
    )


def test_each_kind_of_column():
    preprocessor = TabularPreprocessor(scale=False).fit(table())
    matrix = preprocessor.transform(table())
    columns = dict(zip(preprocessor.get_feature_names_out(), matrix.T, strict=True))
    assert_array_equal(columns["age"], [31, 40, 52, 40])
    assert_array_equal(columns["missingindicator_age"], [0, 1, 0, 0])
    assert_array_equal(columns["job_cook"], [1, 0, 0, 1])
    assert_array_equal(columns["job_missing"], [0, 0, 1, 0])
    assert_array_equal(columns["member_True"], [1, 0, 1, 1])
    assert_array_equal(columns["since_month"], [1, 6, 3, 3])
    assert set(preprocessor.dropped_) == {"empty", "same"}
    assert preprocessor.column_kinds_ == {
        "age": "number",
        "job": "category",
        "member": "category",
        "since": "date",
    }
    assert matrix.dtype == np.float64


def test_numbers_are_scaled_as_by_scikit_learn():
    X = np.random.default_rng(0).normal(3, 5, (50, 3))
    assert_allclose(TabularPreprocessor().fit_transform(X), StandardScaler().fit_transform(X))


def test_arrays_of_other_libraries_come_back_where_they_were(foreign):
    X = np.random.default_rng(0).normal(3, 5, (50, 3))
    found = TabularPreprocessor().fit(X).transform(foreign.put(X))
    assert foreign.owns(found)
    assert_allclose(foreign.host(found), StandardScaler().fit_transform(X))


def test_rare_levels_share_a_column_and_new_ones_join_them():
    levels = [f"level {i}" for i in range(20) for _ in range(20 - i)]
    preprocessor = TabularPreprocessor(max_categories=5).fit(pd.DataFrame({"c": levels}))
    assert len(preprocessor.get_feature_names_out()) == 5
    row = preprocessor.transform(pd.DataFrame({"c": ["never seen", "level 19", "level 0"]}))
    assert_array_equal(row[0], row[1])
    assert row[2, 0] == 1
    assert preprocessor.unseen(pd.DataFrame({"c": ["never seen", None]})) == {"c": ["never seen"]}


def test_an_unseen_level_is_zero_everywhere_where_no_level_is_rare():
    preprocessor = TabularPreprocessor().fit(pd.DataFrame({"c": ["a", "b"]}))
    assert_array_equal(preprocessor.transform(pd.DataFrame({"c": ["new", None]})), np.zeros((2, 2)))


def test_identifiers_are_dropped_but_not_from_small_tables():
    names = [f"person {i}" for i in range(100)]
    X = pd.DataFrame({"name": names, "size": np.arange(100)})
    assert TabularPreprocessor().fit(X).dropped_ == {"name": "a text of its own in every row"}
    assert TabularPreprocessor().fit(X.head(20)).dropped_ == {}


def test_columns_are_found_by_name():
    preprocessor = TabularPreprocessor().fit(table())
    expected = preprocessor.transform(table())
    shuffled = table()[["since", "member", "same", "job", "age"]]  # without a dropped one
    assert_array_equal(preprocessor.transform(shuffled), expected)
    with pytest.warns(UserWarning, match="column 'height' .* ignored"):
        more = preprocessor.transform(table().assign(height=1.0))
    assert_array_equal(more, expected)
    with pytest.raises(ValueError, match="columns 'age', 'job'"):
        preprocessor.transform(table().drop(columns=["job", "age"]))


def test_the_table_is_left_as_it_was():
    X, before = table(), table()
    TabularPreprocessor().fit(X).transform(X)
    pd.testing.assert_frame_equal(X, before)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([1.0, np.inf, 2.0, 3.0], ["'x'", "row 2"]),
        ([1, "two", 3, 4], ["'x'", "row 1 holds 1", "row 2 holds 'two'"]),
    ],
)
def test_bad_cells_are_named(cells, words):
    with pytest.raises(ColumnError) as error:
        TabularPreprocessor().fit(table().assign(x=pd.Series(cells)))
    for word in words:
        assert word in str(error.value)


def test_infinity_in_an_array_names_row_and_column():
    X = np.ones((5, 3)) * np.arange(5)[:, None]
    X[3, 1] = -np.inf
    with pytest.raises(ColumnError, match=r"'x1'.*row 4"):
        TabularPreprocessor().fit(X)


def test_cells_of_another_kind_at_predict_are_an_error():
    preprocessor = TabularPreprocessor().fit(table())
    with pytest.raises(ColumnError, match=r"'age'.*'old' in row 2"):
        preprocessor.transform(table().assign(age=["31", "old", "52", "40"]))
    digits = preprocessor.transform(table().assign(age=["31", None, "52", "40"]))
    assert_array_equal(digits, preprocessor.transform(table()))


def test_two_columns_of_one_name_are_an_error():
    X = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    with pytest.raises(ValueError, match="'a'"):
        TabularPreprocessor().fit(X)


def test_nothing_of_use_is_an_error():
    with pytest.raises(ValueError, match=r"No column is of use.*'a': the same"):
        TabularPreprocessor().fit(pd.DataFrame({"a": [1, 1], "b": [None, None]}))


def test_output_names_never_clash():
    X = pd.DataFrame({"a": ["b_c", "d"], "a_b": ["c", "d"], "a_d": [1.0, 2.0]})
    preprocessor = TabularPreprocessor().fit(X)
    names = list(preprocessor.get_feature_names_out())
    assert len(set(names)) == len(names) == preprocessor.transform(X).shape[1]
    framed = clone(preprocessor).set_output(transform="pandas").fit_transform(X)
    assert list(framed.columns) == names


def test_frames_of_all_dtypes_give_the_same_matrix():
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    plain = table().drop(columns=["empty"])
    expected = TabularPreprocessor().fit_transform(plain)
    for backend in ("numpy_nullable", "pyarrow"):
        found = TabularPreprocessor().fit_transform(plain.convert_dtypes(dtype_backend=backend))
        assert_allclose(found, expected)


@pytest.mark.parametrize("name", ["titanic", "telco_churn", "ames_housing"])
def test_real_tables(real_table, name):
    X = real_table(name)
    half = len(X) // 2
    preprocessor = TabularPreprocessor().fit(X[:half])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        matrix = preprocessor.transform(X[half:])
    assert np.isfinite(matrix).all()
    assert matrix.shape == (len(X) - half, len(preprocessor.get_feature_names_out()))
