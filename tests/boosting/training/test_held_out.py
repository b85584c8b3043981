"""Which rows are held out: every class, whole groups, and each row once in folds."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.training.held_out import folds, validation_part
from gridfold.boosting.training.rows import Rows

RNG = np.random.default_rng(0)
CODES = np.repeat([0, 1, 2], [140, 40, 20])
GROUPS = RNG.integers(0, 25, 200)
NAMES = ["a", "b", "c"]


def rows(strata=None, groups=None, n=200) -> Rows:
    X = np.arange(n, dtype=float)[:, None]
    return Rows(X, X[:, 0], {}, strata, groups)


@pytest.mark.parametrize("strata", [None, CODES])
def test_a_validation_part_has_its_share_and_the_rest_is_trained_on(strata):
    train, held = validation_part(rows(strata), 0.2, 0, NAMES)
    assert len(held) == 40
    assert sorted([*train, *held]) == list(range(200))
    if strata is not None:
        assert np.bincount(strata[held]).tolist() == [28, 8, 4]


def test_a_seed_settles_the_part():
    first, again = (validation_part(rows(CODES), 0.1, 3, NAMES)[1] for _ in range(2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != validation_part(rows(CODES), 0.1, 4, NAMES)[1].tolist()


@pytest.mark.parametrize("strata", [None, CODES])
def test_groups_stay_whole(strata):
    train, held = validation_part(rows(strata, GROUPS), 0.2, 0, NAMES)
    assert not set(GROUPS[train]) & set(GROUPS[held])
    assert len(train) + len(held) == 200
    assert 10 <= len(held) <= 80
    for train, held in folds(rows(strata, GROUPS), 5, 0, NAMES):
        assert not set(GROUPS[train]) & set(GROUPS[held])


@pytest.mark.parametrize("strata", [None, CODES])
def test_folds_hold_each_row_out_once(strata):
    held = [held for _, held in folds(rows(strata), 5, 0, NAMES)]
    assert sorted(np.concatenate(held)) == list(range(200))
    if strata is not None:
        assert [np.bincount(strata[part]).tolist() for part in held] == [[28, 8, 4]] * 5


def test_a_class_of_fewer_rows_than_folds_is_held_out_row_by_row():
    strata = np.repeat([0, 1], [197, 3])
    counts = [
        np.bincount(strata[train], minlength=2)[1] for train, _ in folds(rows(strata), 5, 0, NAMES)
    ]
    assert sorted(counts) == [2, 2, 2, 3, 3]


@pytest.mark.parametrize(
    ("data", "fraction", "message"),
    [
        (rows(np.repeat([0, 1, 2], [190, 8, 2])), 0.1, r"validation part .* no row of class 'c'"),
        (rows(np.repeat([0, 1, 2], [190, 9, 1])), 0.5, r"no row of class 'c', which has 1"),
        (rows(n=5), 0.1, "leaves 5 rows for training and 0 for validation"),
        (rows(groups=np.zeros(200)), 0.1, "groups has 1 groups; 2 are needed"),
    ],
)
def test_parts_that_cannot_be(data, fraction, message):
    with pytest.raises(ValueError, match=message):
        validation_part(data, fraction, 0, NAMES)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (rows(np.repeat([0, 1, 2], [190, 9, 1])), "Class 'c' has one row only"),
        (rows(n=3), "5 folds cannot be made of 3 rows"),
        (rows(groups=np.arange(200) % 4), "groups has 4 groups; 5 are needed"),
    ],
)
def test_folds_that_cannot_be(data, message):
    with pytest.raises(ValueError, match=message):
        folds(data, 5, 0, NAMES)
