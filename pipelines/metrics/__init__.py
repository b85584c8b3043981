"""Metrics of many predictions at once, equal to scikit-learn's one by one."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer

from ...estimators.arrays import to_numpy
from .batch import Batch
from .table import METRICS, Metric

__all__ = ["Batch", "batched_score", "has_batched_form", "score_batch"]


def batched_score(
    metric: Callable[..., float] | str,
    y: Any,
    predictions: Sequence[Any] | Any,
    weight: Any = None,
    **options: Any,
) -> list[float | None] | None:
    """Return `metric(y, prediction, sample_weight=weight, **options)` for every prediction.

    Parameters
    ----------
    metric : callable or str
        A metric function of scikit-learn, such as `sklearn.metrics.roc_auc_score`, or the name of
        a scorer, such as "roc_auc", "f1_macro" or "neg_log_loss"; with a "neg_" name the scores
        are negative, as the scorer's are.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        True numbers, or labels: numbers, bools or text.
    predictions : sequence of n_members arrays, or one array with that first axis
        What the members predicted: numbers or labels of shape (n_samples,), numbers of shape
        (n_samples, n_outputs), scores or probabilities of the positive class of shape (n_samples,)
        or of all classes of shape (n_samples, n_classes). Arrays of NumPy, CuPy, PyTorch or another
        library of the array API: the work is done where they are, and only the scores leave it.
        A single prediction is passed as `[prediction]`.
    weight : array-like of shape (n_samples,), optional
        Sample weights.
    **options
        Further arguments of the metric, such as `average="macro"` or `multi_class="ovr"`.

    Returns
    -------
    scores : list of n_members floats, or None
        Equal to scikit-learn's to rounding (relative differences of 1e-12 and less in float64).
        None stands for a score, or for all of them, that scikit-learn's own function is to give:
        it may refuse the input or warn about it, or has an option with no batched form.

    Raises
    ------
    ValueError
        When `metric` is text and no scorer of scikit-learn has that name.

    Notes
    -----
    Members are scored in blocks, so that the working memory is bounded whatever their number.

    Examples
    --------
    >>> from gridfold.pipelines.metrics import batched_score
    >>> batched_score("roc_auc", [0, 0, 1, 1], [[0.1, 0.4, 0.3, 0.8], [0.1, 0.2, 0.3, 0.4]])
    [0.75, 1.0]
    """
    function, sign = metric, 1
    if isinstance(metric, str):
        scorer = get_scorer(metric)
        function, sign = scorer._score_func, scorer._sign
        options = {**scorer._kwargs, **options}
    scores = score_batch(Batch(y, predictions, weight), function, options)
    if scores is None or sign == 1:
        return scores
    return [None if score is None else sign * score for score in scores]


def has_batched_form(metric: Any, options: dict[str, Any], *, weighted: bool = False) -> bool:
    """Whether a metric function has a batched form for these options, with or without weights."""
    found = _form(metric)
    if found is None or found.arguments(options) is None:
        return False
    return found.weighted or not weighted


def _form(metric: Any) -> Metric | None:
    return METRICS.get(metric) if isinstance(metric, Hashable) else None  # type: ignore[call-overload]


def score_batch(batch: Batch, metric: Any, options: dict[str, Any]) -> list[float | None] | None:
    """Return the scores of a batch by a metric function, as `batched_score` does.

    Several metrics of one batch share what they have in common: the counts of labels, say.
    """
    form = _form(metric)
    arguments = None if form is None else form.arguments(options)
    if form is None or arguments is None or not len(batch):
        return None
    if batch.weight is not None and not form.weighted:
        return None
    with np.errstate(all="ignore"):  # what is not finite goes to scikit-learn, which then warns
        found = form.scores(batch, **arguments)
    if found is None:
        return None
    scores = [score if math.isfinite(score) else None for score in to_numpy(found).tolist()]
    return scores if any(score is not None for score in scores) else None
