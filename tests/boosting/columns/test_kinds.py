"""The kinds of a column: what they are learnt from, and the codes they give."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gridfold.boosting.columns.kinds import Category, Dates, Durations, Numbers, learn_kind

DATES = pd.Series(pd.to_datetime(["1970-01-03T12", None]))


def learnt(column, is_chosen=False):
    return learn_kind(column, "c", is_chosen=is_chosen)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pd.Series([1.5, None]), Numbers()),
        (pd.Series([True, False]), Numbers()),
        (pd.Series([True, None], dtype=object), Numbers()),
        (pd.Series([None, None], dtype=float), Numbers()),
        (DATES, Dates()),
        (DATES - DATES, Durations()),
        (pd.Series(["a", None]), Category(("a",))),
        (pd.Series(pd.Categorical([2, 1], [2, 1])), Category((2, 1))),
        (pd.Series(pd.cut([0.5], [0, 1])), Category(("(0.0, 1.0]",))),
        (pd.Series([None, None], dtype=object), Category(())),
        (pd.Series([None], dtype="category"), Category(())),
    ],
)
def test_the_kind_of_a_column(column, kind):
    assert learnt(column) == kind


def test_a_chosen_column_is_a_category():
    assert learnt(pd.Series([3.0, 1.0]), is_chosen=True) == Category((1, 3))
    assert learnt(DATES, is_chosen=True) == Category((2.5,))
    assert learnt(pd.Series([np.nan]), is_chosen=True) == Category(())


def codes(levels, cells, dtype=None, **how):
    column = cells if isinstance(cells, pd.Series) else pd.Series(cells, dtype=dtype)
    short = Category(levels).codes(column, "c", **how)
    long = Category(levels).codes(pd.concat([column] * 20), "c", **how)
    assert short.dtype == long.dtype == np.float32
    assert_array_equal(np.tile(short, 20), long)  # few rows go another way than many
    return short.tolist()


NAN = pytest.approx(np.nan, nan_ok=True)


def test_missing_and_unseen_are_two_things():
    assert codes(("a", "b"), ["b", None, "z", "a"]) == [1, NAN, 2, 0]
    assert codes(("a", "b"), ["b", "z", "a"]) == [1, 2, 0]
    assert codes((1, 3), [3, 2, 1]) == [1, 2, 0]
    assert codes((1, 3), [3.0, np.nan, 2.0]) == [1, NAN, 2]


@pytest.mark.parametrize("dtype", [object, "str", "string", "category"])
def test_text_has_the_same_codes_in_every_type(dtype):
    assert codes(("a", "nan", "b"), ["b", None, "nan", "z"], dtype) == [2, NAN, 1, 3]


def test_categories_are_recoded_by_value():
    column = pd.Series(pd.Categorical(["a", "z", None, "b"], ["z", "b", "a", "never"]))
    assert codes(("a", "b"), column) == [0, 2, NAN, 1]


@pytest.mark.parametrize("dtype", [int, float, object, "Int64", "category", "u1", "f4"])
def test_numbers_have_the_same_codes_in_every_type(dtype):
    assert codes((1, 3, 0), [0, 3, 2], dtype) == [2, 1, 3]


def test_booleans_are_one_and_zero():
    for dtype in (bool, object, "boolean", "category"):
        assert codes((0, 1), [True, False], dtype) == [1, 0]
    assert codes((0, 1), pd.Series([1.0, 0.0])) == [1, 0]


def test_dates_and_intervals_as_categories():
    assert codes((2.5,), DATES) == [0, NAN]
    assert codes(
        ("(1.0, 2.0]", "(0.0, 1.0]"), pd.Series(pd.cut([0.5, 1.5, 2.5], [0, 1, 2, 3]))
    ) == [
        1,
        0,
        2,
    ]


def test_a_column_that_was_missing_throughout_tells_nothing():
    assert codes((), ["a", None]) == [NAN, NAN]
    assert codes((), [1, 2]) == [NAN, NAN]


def test_missing_throughout_fits_every_kind():
    for column in (
        pd.Series([None, None], dtype=object),
        pd.Series([np.nan, np.nan]),
        pd.Series(pd.Categorical([None, None], ["x"])),
        pd.Series(pd.Categorical([None, None], [7])),
        pd.Series(np.array(["NaT", "NaT"], "M8[s]")),
    ):
        for kind in (Numbers(), Dates(), Durations(), Category(("a",)), Category((1,))):
            assert np.isnan(kind.codes(column, "c")).all()
            assert len(kind.for_training(column, "c")) == 2


NUMBERS, TEXT = pd.Series([1.0, 2.0]), pd.Series([None, "3"])


@pytest.mark.parametrize(
    ("kind", "column", "message"),
    [
        (Numbers(), TEXT, "held numbers when the model was fitted, and holds text now, .* '3'"),
        (Numbers(), TEXT.astype("category"), "held numbers .* holds text now, for example '3'"),
        (Numbers(), DATES, r"held numbers .* holds dates now, for example Timestamp\("),
        (Dates(), NUMBERS, r"held dates .* holds numbers now, for example 1\.0"),
        (Dates(), TEXT, "held dates .* holds text now"),
        (Dates(), DATES - DATES, "held dates .* holds durations now"),
        (Durations(), DATES, "held durations .* holds dates now"),
        (Category(("3",)), NUMBERS, r"are text .*holds categories that are numbers now, .* 1\.0"),
        (Category((3,)), TEXT, "are numbers .*holds categories that are text now, .* '3'"),
    ],
)
def test_another_type_than_in_the_fit_is_an_error_with_column_and_value(kind, column, message):
    with pytest.raises(ValueError, match=f"Column 'c' .*{message}"):
        kind.codes(column, "c")
    with pytest.raises(ValueError, match=f"Column 'c' .*{message}"):
        kind.for_training(column, "c")


def test_an_unseen_category_cannot_be_trained_on():
    for cells in (["a", "z"], [None, "z"], ["a", "z"] * 20):
        with pytest.raises(ValueError, match="Column 'c' has the category 'z', which is not among"):
            Category(("a",)).for_training(pd.Series(cells, dtype=object), "c")
        with pytest.raises(ValueError, match="category 'z'"):
            Category(("a",)).codes(pd.Series(cells), "c", known=True)
    # A level of the type that does not occur is none.
    column = pd.Series(pd.Categorical(["a"], ["z", "a"]))
    assert Category(("a",)).for_training(column, "c").codes.tolist() == [0]


def test_what_xgboost_takes_is_not_touched():
    ready = {
        Numbers(): [
            *(pd.Series([1], dtype=kind) for kind in ("f2", "f4", "f8", "i1", "u8", bool)),
            *(pd.Series([1], dtype=kind) for kind in ("Int8", "Float64", "boolean")),
        ],
        Category(("b", "a")): [
            pd.Series(pd.Categorical(["a"], pd.Index(["b", "a"], dtype=kind)))
            for kind in ("str", object, "string")
        ],
        Category((7, 3)): [
            pd.Series(pd.Categorical([3], pd.Index([7, 3], dtype=kind)))
            for kind in ("i1", "u2", "i8")
        ],
    }
    for kind, columns in ready.items():
        for column in columns:
            assert kind.is_ready(column.dtype)
            assert kind.for_training(column, "c") is column


def test_what_xgboost_refuses_or_misreads_is_made_ready():
    columns = {
        Numbers(): [
            pd.Series(np.array([1], ">f8")),
            pd.Series(pd.arrays.SparseArray([1.0])),
            pd.Series([1], dtype=object),
            pd.Series([1], dtype=np.longdouble),
        ],
        Category(("b", "a")): [
            pd.Series(["a"]),
            pd.Series(pd.Categorical(["a"], ["a", "b"])),
            pd.Series(pd.Categorical(["a"], ["b", "a", "c"])),
        ],
        Category((7, 3)): [
            pd.Series([3]),
            pd.Series(pd.Categorical([3], pd.Index([7, 3], dtype=object))),
            pd.Series(pd.Categorical([3], pd.Index([7, 3], dtype="Int64"))),
            pd.Series(pd.Categorical([3.0], [7.0, 3.0])),
        ],
        Dates(): [DATES],
        Category((0.5,)): [pd.Series([0.5], dtype="category")],
    }
    for kind, unready in columns.items():
        for column in unready:
            assert not kind.is_ready(column.dtype)
            made = pd.Series(kind.for_training(column, "c"))
            assert kind.is_ready(made.dtype) or Numbers().is_ready(made.dtype)
            assert_array_equal(
                made.cat.codes if made.dtype == "category" else made.to_numpy("f4"),
                kind.codes(column, "c"),
            )


def test_arrow_numbers_are_ready():
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    for kind in ("int64", "uint8", "double", "float", "bool"):
        assert Numbers().is_ready(pd.Series([1, None], dtype=f"{kind}[pyarrow]").dtype)
    half = pd.Series([1.5], dtype="f2").astype("halffloat[pyarrow]")
    assert not Numbers().is_ready(half.dtype)
    assert Numbers().for_training(half, "c").tolist() == [1.5]
    assert not Numbers().is_ready(pd.Series([], dtype="string[pyarrow]").dtype)


def test_a_pickle_holds_the_levels_alone():
    kind = Category(("a", "b"))
    kind.codes(pd.Series(["a", None]), "c")
    assert kind.__getstate__() == {"levels": ("a", "b")}
    again = pickle.loads(pickle.dumps(kind))
    assert again == kind
    assert hash(again) == hash(kind)
    assert again.codes(pd.Series(["b"]), "c").tolist() == [1]
