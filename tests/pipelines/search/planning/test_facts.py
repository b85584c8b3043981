"""What is known of splits before anything runs: which of them split the rows among their tests."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.model_selection import (
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)

from gridfold.pipelines.search.planning.facts import repeats_of

X = np.zeros((12, 1))


@pytest.mark.parametrize(
    ("cv", "repeats"),
    [
        (KFold(3), (range(3),)),
        (RepeatedKFold(n_splits=3, n_repeats=2), (range(3), range(3, 6))),
        (LeaveOneOut(), (range(12),)),
        (ShuffleSplit(3, random_state=0), ()),
        (TimeSeriesSplit(3), ()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_repeats_of_splitters(cv, repeats):
    assert repeats_of(list(cv.split(X)), 12) == repeats


def test_repeats_may_differ_in_size():
    splits = [*KFold(2).split(X), *KFold(4).split(X)]
    assert repeats_of(splits, 12) == (range(2), range(2, 6))


def test_what_is_left_over_is_no_repeat():
    assert repeats_of([*KFold(2).split(X), *KFold(4).split(X)][:-1], 12) == ()


def test_training_rows_left_out_are_no_repeat():
    splits = [(train[1:], test) for train, test in KFold(3).split(X)]
    assert repeats_of(splits, 12) == ()
    assert repeats_of([(np.array([], dtype=int), np.arange(12))], 12) == ()
