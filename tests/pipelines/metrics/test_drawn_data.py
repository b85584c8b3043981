"""Batched metrics equal scikit-learn's on any small data that hypothesis finds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from helpers.against_sklearn import check
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import metrics

NUMPY = SimpleNamespace(put=np.asarray)
KINDS = [
    np.arange(5),
    np.array([-3, -1, 1, 7, 100]),
    np.array([0.0, 1.0, 2.0, 5.0, 6.0]),
    np.array(["a", "b", "c", "d", "e"], dtype=object),
    np.array(["1", "bb", "ccc", "d", "e"]),
    np.array([False, True]),
]
AVERAGES = st.sampled_from(["binary", "macro", "micro", "weighted"])
OF_SCORES = st.sampled_from(["macro", "weighted", "micro"])
DRAWN = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def rows(values, n):
    return st.lists(values, min_size=n, max_size=n)


@st.composite
def weights(draw, n):
    kinds = [st.none(), rows(st.floats(0.1, 4), n), rows(st.integers(0, 3), n)]
    weight = draw(st.one_of(*kinds))
    if weight is None:
        return None
    return np.array(weight, dtype=draw(st.sampled_from([float, np.float32, int])))


@st.composite
def labelled(draw):
    """Labels of a kind, and predictions that may hold others."""
    names = draw(st.sampled_from(KINDS))
    n = draw(st.integers(1, 12))
    codes = st.integers(0, len(names) - 1)
    y = names[draw(rows(codes, n))]
    predictions = names[draw(st.lists(rows(codes, n), min_size=1, max_size=3))]
    return names, y, predictions, draw(weights(n))


@DRAWN
@given(labelled(), AVERAGES, st.sampled_from(["warn", 0, 1]), st.integers(0, 1))
def test_labels(drawn, average, zero_division, position):
    names, y, predictions, weight = drawn
    given = {"may_leave": True}  # one class only, and nearly constant labels with weights
    check(NUMPY, metrics.accuracy_score, y, predictions, weight)
    check(NUMPY, metrics.balanced_accuracy_score, y, predictions, weight)
    check(NUMPY, metrics.matthews_corrcoef, y, predictions, weight, **given)
    given |= {"average": average, "zero_division": zero_division}
    if average == "binary":
        given["pos_label"] = names[position]
    for metric in (metrics.f1_score, metrics.precision_score, metrics.jaccard_score):
        check(NUMPY, metric, y, predictions, weight, **given)
    check(NUMPY, metrics.recall_score, y, predictions, weight, **given)
    check(NUMPY, metrics.fbeta_score, y, predictions, weight, beta=0.5, **given)


@DRAWN
@given(labelled(), st.data(), OF_SCORES)
def test_scores(drawn, data, average):
    names, y, _, weight = drawn
    n = len(y)
    value = st.one_of(st.floats(-3, 3, width=16), st.integers(-2, 2).map(float))
    scores = np.array(data.draw(st.lists(rows(value, n), min_size=1, max_size=3)))
    check(NUMPY, metrics.roc_auc_score, y, scores, weight)
    check(NUMPY, metrics.average_precision_score, y, scores, weight, pos_label=names[1])
    n_classes = max(2, len(np.unique(y)))
    parts = np.array(data.draw(rows(rows(st.integers(0, 4), n_classes), n))) + 1e-3
    proba = (parts / parts.sum(axis=1, keepdims=True))[None]
    # Where nothing has any weight scikit-learn gives 0 for the weighted average.
    given = {"average": average, "may_leave": weight is not None and not weight.any()}
    for multi_class in ("ovr", "ovo"):
        check(NUMPY, metrics.roc_auc_score, y, proba, weight, multi_class=multi_class, **given)
    check(NUMPY, metrics.average_precision_score, y, proba, weight, **given)
    for loss in (metrics.log_loss, metrics.brier_score_loss):
        check(NUMPY, loss, y, proba, weight)
        check(NUMPY, loss, y, proba[:, :, 1], weight)


@DRAWN
@given(st.data())
def test_numbers(data):
    n = data.draw(st.integers(1, 12))
    value = data.draw(
        st.sampled_from([st.floats(-1e6, 1e6), st.floats(0.01, 100), st.integers(0, 5)])
    )
    y = np.array(data.draw(rows(value, n)))
    predictions = np.array(data.draw(st.lists(rows(value, n), min_size=1, max_size=3)))
    weight = data.draw(weights(n))
    for metric in (
        metrics.r2_score,
        metrics.explained_variance_score,
        metrics.mean_squared_error,
        metrics.root_mean_squared_error,
        metrics.mean_absolute_error,
        metrics.median_absolute_error,
        metrics.mean_absolute_percentage_error,
        metrics.mean_squared_log_error,
        metrics.mean_poisson_deviance,
        metrics.mean_gamma_deviance,
    ):
        check(NUMPY, metric, y, predictions, weight)
    power = data.draw(st.sampled_from([-1, 0, 1, 1.5, 2, 3.0]))
    explained = metrics.d2_tweedie_score
    in_float32 = weight is not None and weight.dtype == np.float32  # where y is whole numbers
    rtol = 1e-6 if in_float32 else 1e-9
    check(NUMPY, explained, y, predictions, weight, rtol, may_leave=power < 0, power=power)
