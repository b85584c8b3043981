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


def test_classes_that_all_have_fewer_rows_than_folds_are_trained_on_beside_each_fold():
    strata = RNG.permutation(np.repeat(np.arange(40), 2))
    splits = folds(rows(strata, n=80), 5, 0, list(range(40)))
    assert sorted(np.concatenate([held for _, held in splits])) == list(range(80))
    for train, held in splits:
        assert len(held) == 16
        assert set(strata[train]) == set(range(40))


def test_a_class_in_one_group_only_cannot_be_held_out():
    groups = np.repeat(np.arange(10), 20)
    strata = np.where(groups == 0, 2, np.arange(200) % 2)
    with pytest.raises(ValueError, match="All rows of class 'c' are in groups"):
        folds(rows(strata, groups), 5, 0, NAMES)


@pytest.mark.parametrize("seed", range(5))
def test_a_part_of_whole_groups_holds_every_class_where_one_can(seed):
    groups = np.repeat(np.arange(10), 20)
    # Class 2 is in two groups: of ten parts of one group each, eight lack it.
    strata = np.arange(200) % np.where(np.isin(groups, [3, 7]), 3, 2)
    train, held = validation_part(rows(strata, groups), 0.1, seed, NAMES)
    assert set(strata[held]) == set(strata[train]) == {0, 1, 2}
