"""Compares a batched metric with scikit-learn's own, member by member."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from gridfold.pipelines.metrics import batched_score

_known: dict[Any, list[Any]] = {}


def _expected(metric: Any, *arrays: Any, options: Any) -> list[Any]:
    """scikit-learn's scores, computed once for all libraries."""
    kinds = [(a.dtype.str, a.shape) for a in map(np.asarray, arrays)]
    values = [np.asarray(a).tolist() for a in arrays]
    key = (metric, repr(options), repr(kinds), repr(values))
    if key not in _known:
        _known[key] = one_by_one(metric, *arrays, options)
    return _known[key]


def one_by_one(metric: Any, y: Any, predictions: Any, weight: Any, options: Any) -> list[Any]:
    """scikit-learn's scores; None where it raises or warns."""
    weights = {} if weight is None else {"sample_weight": weight}
    scores = []
    for prediction in predictions:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                scores.append(float(metric(y, prediction, **weights, **options)))
            except (ValueError, Warning, TypeError, ZeroDivisionError):
                scores.append(None)
    return scores


def check(
    library: Any,
    metric: Any,
    y: Any,
    predictions: Any,
    weight: Any = None,
    rtol: float = 1e-12,
    may_leave: bool = False,
    **options: Any,
) -> list[Any]:
    """Assert that the batched scores are scikit-learn's, and missing just where it complains.

    With `may_leave` more may be missing: what is left to scikit-learn is never wrong.
    """
    expected = _expected(metric, y, predictions, weight, options=options)
    text = np.asarray(y).dtype.kind in "OU"
    members = [p if np.asarray(p).dtype.kind in "OU" else library.put(p) for p in predictions]
    found = batched_score(
        metric,
        y if text else library.put(y),
        members,
        None if weight is None else library.put(weight),
        **options,
    )
    if found is None:
        found = [None] * len(expected)
    left = [score is None for score in found]
    complaints = [score is None for score in expected]
    assert left == complaints or (may_leave and all(np.array(left) >= complaints))
    pairs = [pair for pair in zip(found, expected, strict=True) if pair[0] is not None]
    assert all(type(score) is float for score, _ in pairs)
    ours, theirs = (np.array([pair[k] for pair in pairs]) for k in (0, 1))
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=1e-15)
    return found
