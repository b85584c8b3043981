"""`categorical_features` by name, position and mask."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridfold.boosting.columns.choice import chosen_positions

NAMES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (None, set()),
        ([], set()),
        (["b", "a", "b"], {0, 1}),
        ([2], {2}),
        ([-1, "a"], {0, 2}),
        ([True, False, True], {0, 2}),
        (np.array([False, True, False]), {1}),
        (np.array([1, 2]), {1, 2}),
        (pd.Index(["c"]), {2}),
        ({"c"}, {2}),
    ],
)
def test_columns_are_chosen(chosen, expected):
    assert chosen_positions(chosen, NAMES, 3) == expected


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (["d"], "names the column 'd', which is not there. X has the columns 'a', 'b', 'c'"),
        ([3], "names the column 3, which is not there"),
        ([-4], "names the column -4"),
        ([0.5], "names the column 0.5"),
        ([None], "names the column None"),
        ([True, False], "has 2 booleans, and X has 3 columns"),
        ("a", "categorical_features='a': give a list of names"),
        (1, "categorical_features=1: give a list of names"),
    ],
)
def test_what_is_not_there_is_named(chosen, message):
    with pytest.raises(ValueError, match=message):
        chosen_positions(chosen, NAMES, 3)


def test_arrays_have_positions_only():
    assert chosen_positions([1], None, 3) == {1}
    with pytest.raises(ValueError, match="X has no names: give positions, 0 to 2"):
        chosen_positions(["a"], None, 3)
    with pytest.raises(ValueError, match="X has 3 columns, 0 to 2"):
        chosen_positions([3], None, 3)
