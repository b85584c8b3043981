"""What is known of splits and data before anything runs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import (
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
)

from gridfold.estimators.shared import Meta
from gridfold.pipelines.search.planning.facts import meta_of, repeats_of

X = np.zeros((12, 1))


@pytest.mark.parametrize(
    ("cv", "repeats"),
    [
        (KFold(3), ((0, 1, 2),)),
        (RepeatedKFold(n_splits=3, n_repeats=2), ((0, 1, 2), (3, 4, 5))),
        (LeaveOneOut(), (tuple(range(12)),)),
        (ShuffleSplit(3, random_state=0), ()),
        (TimeSeriesSplit(3), ()),
    ],
    ids=lambda value: type(value).__name__,
)
def test_repeats_of_splitters(cv, repeats):
    assert repeats_of(list(cv.split(X)), 12) == repeats


def test_repeats_may_differ_in_size():
    splits = [*KFold(2).split(X), *KFold(4).split(X)]
    assert repeats_of(splits, 12) == ((0, 1), (2, 3, 4, 5))


def test_what_is_left_over_is_no_repeat():
    assert repeats_of([*KFold(2).split(X), *KFold(4).split(X)][:-1], 12) == ()


def test_training_rows_left_out_are_no_repeat():
    splits = [(train[1:], test) for train, test in KFold(3).split(X)]
    assert repeats_of(splits, 12) == ()
    assert repeats_of([(np.array([], dtype=int), np.arange(12))], 12) == ()


def test_what_is_known_of_data():
    y = np.array(["a", "b", "a"], dtype=object)
    meta = meta_of(RidgeClassifier(), np.zeros((3, 2)), y, {"sample_weight": y})
    assert meta == Meta(3, 2, False, weights=True, n_bytes=48, n_classes=2)
    assert meta_of(Ridge(), csr_matrix(np.eye(3)), np.arange(3.0), {}).sparse
    assert meta_of(Ridge(), np.zeros((3, 2)), np.arange(3.0), {}).n_classes is None
    mixed = np.array(["a", 1, None], dtype=object)  # not ours to report
    assert meta_of(RidgeClassifier(), np.zeros((3, 2)), mixed, {}).n_classes is None
    assert meta_of(RidgeClassifier(), np.zeros((3, 2)), np.zeros((3, 2)), {}).n_outputs == 2
