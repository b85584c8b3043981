"""What a first pass tells of a table, part by part."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from gridfold.boosting.columns import Columns
from gridfold.boosting.large.draw import Draw
from gridfold.boosting.large.survey import Levels, Survey

from .parquet import features, make_table


def surveyed(table: pd.DataFrame, cuts: list[int]) -> Survey:
    found = Survey()
    for part in np.array_split(np.arange(len(table)), cuts):
        other = Survey()
        rows = table.iloc[part]
        held = np.zeros(len(rows), bool)
        held[::4] = True
        other.add(rows["label"].to_numpy(), held, has_classes=True)
        for name in ("c", "d"):
            other.levels[name] = Levels()
            other.levels[name].add(rows[name])
        found.join(other, has_classes=True)
    return found


@pytest.mark.parametrize("cuts", [[], [1, 2, 500]])
def test_what_is_learnt_of_the_miniature_holds_for_the_table(cuts):
    table = make_table()
    found = surveyed(table, cuts)
    empty = dict.fromkeys("abcdeg", "float32") | {"f": "datetime64[us]"}
    small = found.miniature({name: empty[name] for name in "abcdefg"})
    assert len(small) == 3
    learnt, whole = Columns.learn(small), Columns.learn(features(table))
    assert learnt == whole
    assert_frame_equal(learnt.for_training(features(table)), whole.for_training(features(table)))


def test_counts_add_up():
    table = make_table()
    found = surveyed(table, [10])
    assert sum(found.n_rows) == len(table)
    assert found.counts[0] + found.counts[1] == Counter(table["label"])
    assert sorted(found.labels) == ["high", "low", "middle"]


def test_a_part_that_lacks_a_class_is_an_error():
    found = Survey()
    found.add(np.array(["a", "a", "b"]), np.array([False, True, False]), has_classes=True)
    with pytest.raises(ValueError, match=r"validation part \(1 of 3 rows.*no row of class 'b'"):
        found.check_parts(["a", "b"], Draw(0.1, 0))
    empty = Survey()
    empty.add(np.array([1.0]), np.array([False]), has_classes=False)
    with pytest.raises(ValueError, match=r"validation part \(0 of 1 rows.*holds no row\."):
        empty.check_parts([], Draw(0.1, 0))
