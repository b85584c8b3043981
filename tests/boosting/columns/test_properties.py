"""Columns of any frame that hypothesis draws: order does not matter, and JSON keeps everything."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

pytest.importorskip("hypothesis", reason="hypothesis is not installed")

from hypothesis import given, settings
from hypothesis import strategies as st

from gridfold.boosting.columns import Columns

DRAWN = settings(max_examples=40, deadline=None, derandomize=True)

TEXT = st.text(max_size=3)
WHOLE = st.integers(-(2**62), 2**62)
REAL = st.floats(allow_nan=False, width=32)
MOMENTS = st.datetimes().map(pd.Timestamp)
CELLS = {
    "text": (TEXT, object),
    "str": (st.text(st.characters(codec="utf-8"), max_size=3), "str"),
    "category": (st.sampled_from(["b", "a", "ä", ""]), "category"),
    "ints": (st.sampled_from([3, -1, 2]), "category"),
    "whole": (WHOLE, "Int64"),
    "real": (REAL, float),
    "flags": (st.booleans(), object),
    "moments": (MOMENTS, "M8[us]"),
}


@st.composite
def frames(draw):
    """Draw a frame of columns of all types, with missing cells, and the columns chosen."""
    n = draw(st.integers(1, 20))
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=3))
    columns = {}
    for j, kind in enumerate(kinds):
        cell, dtype = CELLS[kind]
        cells = draw(st.lists(st.none() | cell, min_size=n, max_size=n))
        columns[f"{kind} {j}"] = pd.Series(cells, dtype=dtype)
    frame = pd.DataFrame(columns)
    chosen = draw(st.lists(st.sampled_from(list(frame.columns)), unique=True))
    return frame, chosen


@DRAWN
@given(frames(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(drawn, random):
    frame, chosen = drawn
    columns = Columns.learn(frame, chosen)
    codes = columns.for_predict(frame)
    rows, names = list(range(len(frame))), list(frame.columns)
    random.shuffle(rows), random.shuffle(names)
    other = frame.iloc[rows][names]
    assert_array_equal(columns.for_predict(other), codes[rows])
    again = Columns.learn(other, chosen)
    assert dict(zip(again.names, again.kinds, strict=True)) == dict(
        zip(columns.names, columns.kinds, strict=True)
    )


@DRAWN
@given(frames())
def test_every_cell_has_its_level(drawn):
    frame, chosen = drawn
    columns = Columns.learn(frame, chosen)
    codes = columns.for_predict(frame)
    assert_array_equal(np.isnan(codes), frame.isna().to_numpy())
    for j, (name, kind) in enumerate(zip(columns.names, columns.kinds, strict=True)):
        levels = getattr(kind, "levels", None)
        if levels and not name.startswith("moments"):
            found = [levels[int(code)] for code in codes[:, j] if not np.isnan(code)]
            cells = frame[name].dropna().tolist()
            if isinstance(found[0] if found else None, float):  # float32 is what boosters see
                found, cells = np.float32(found).tolist(), np.float32(cells).tolist()
            assert found == cells


@DRAWN
@given(frames())
def test_one_row_is_coded_as_it_is_among_many(drawn):
    frame, chosen = drawn
    columns = Columns.learn(frame, chosen)
    codes = columns.for_predict(frame)
    alone = [columns.for_predict(frame.iloc[[i]]) for i in range(len(frame))]
    assert_array_equal(np.vstack(alone), codes)


@DRAWN
@given(frames())
def test_json_keeps_the_columns(drawn):
    frame, chosen = drawn
    columns = Columns.learn(frame, chosen)
    again = Columns.from_json(columns.to_json())
    assert again == columns
    assert_array_equal(again.for_predict(frame), columns.for_predict(frame))


@DRAWN
@given(frames())
def test_the_frame_for_training_has_the_same_codes(drawn):
    frame, chosen = drawn
    columns = Columns.learn(frame, chosen)
    made, codes = columns.for_training(frame), columns.for_predict(frame)
    for j, name in enumerate(columns.names):
        column = made[name]
        if column.dtype == "category":
            assert_array_equal(np.where(np.isnan(codes[:, j]), -1, codes[:, j]), column.cat.codes)
        else:
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            assert_array_equal(numbers.astype(np.float32), codes[:, j])


@DRAWN
@given(frames(), frames())
def test_unseen_categories_share_a_code_past_the_levels(drawn, other):
    frame, _ = drawn
    columns = Columns.learn(frame, list(frame.columns))
    new, _ = other
    shared = {name: new[name] for name in frame if name in new}
    table = pd.DataFrame({name: shared.get(name) for name in frame}, index=new.index)
    codes = columns.for_predict(table)
    for j, kind in enumerate(columns.kinds):
        present = codes[:, j][~np.isnan(codes[:, j])]
        assert ((present >= 0) & (present <= len(kind.levels))).all()
