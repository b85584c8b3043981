"""Which of scikit-learn's metrics have a batched form, and for which of their options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sklearn import metrics

from ...estimators.arrays import Array
from . import classification, deviance, probabilities, ranking, regression
from .regression import regression as numbers

ANY = object()


@dataclass(frozen=True)
class Metric:
    """A batched form.

    Parameters
    ----------
    scores : callable
        From a `Batch` and options to an array of shape (n_members,), NaN for what scikit-learn's
        function is to judge; None where that is all.
    options : mapping of str to tuple, or ANY
        The options it takes, and for which values.
    fixed : mapping of str to value
        Options of scikit-learn's function that must have this value: its default.
    weighted : bool
        Whether scikit-learn's function takes sample weights.
    """

    scores: Callable[..., Array | None]
    options: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    weighted: bool = True

    def arguments(self, options: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the options for `scores`; None where one of them has no batched form."""
        arguments = {}
        for name, value in options.items():
            if name in self.options:
                if not _is_among(value, self.options[name]):
                    return None
                arguments[name] = value
            elif name not in self.fixed or not _is_among(value, (self.fixed[name],)):
                return None
        return arguments


def _is_among(value: Any, allowed: Any) -> bool:
    if allowed is ANY:
        return True
    return any(type(value) is type(other) and value == other for other in allowed)


_OUTPUTS = {"multioutput": "uniform_average"}
_EXPLAINED = {**_OUTPUTS, "force_finite": True}
_AVERAGED = {
    "average": ("binary", "macro", "micro", "weighted"),
    "pos_label": ANY,
    "zero_division": ("warn", 0, 1, 0.0, 1.0),
}
_ALL_LABELS = {"labels": None}
_OF_SCORES = ("macro", "micro", "weighted")

METRICS: dict[Callable[..., Any], Metric] = {
    metrics.r2_score: Metric(numbers(regression.r2), fixed=_EXPLAINED),
    metrics.explained_variance_score: Metric(
        numbers(regression.explained_variance), fixed=_EXPLAINED
    ),
    metrics.mean_squared_error: Metric(numbers(regression.squared_error), fixed=_OUTPUTS),
    metrics.root_mean_squared_error: Metric(numbers(regression.root_squared_error), fixed=_OUTPUTS),
    metrics.mean_absolute_error: Metric(numbers(regression.absolute_error), fixed=_OUTPUTS),
    metrics.median_absolute_error: Metric(
        numbers(regression.median_absolute_error, as_given=True), fixed=_OUTPUTS
    ),
    metrics.mean_absolute_percentage_error: Metric(
        numbers(regression.absolute_percentage_error), fixed=_OUTPUTS
    ),
    metrics.mean_squared_log_error: Metric(numbers(regression.squared_log_error), fixed=_OUTPUTS),
    metrics.root_mean_squared_log_error: Metric(
        numbers(regression.root_squared_log_error), fixed=_OUTPUTS
    ),
    metrics.mean_poisson_deviance: Metric(numbers(deviance.poisson_deviance, flat=True)),
    metrics.mean_gamma_deviance: Metric(numbers(deviance.gamma_deviance, flat=True)),
    metrics.d2_tweedie_score: Metric(deviance.d2_tweedie, {"power": ANY}),
    metrics.max_error: Metric(
        numbers(regression.largest_error, flat=True, as_given=True), weighted=False
    ),
    metrics.accuracy_score: Metric(classification.accuracy, fixed={"normalize": True}),
    metrics.balanced_accuracy_score: Metric(
        classification.balanced_accuracy, {"adjusted": (False, True)}
    ),
    metrics.matthews_corrcoef: Metric(classification.matthews),
    metrics.precision_score: Metric(classification.precision, _AVERAGED, _ALL_LABELS),
    metrics.recall_score: Metric(classification.recall, _AVERAGED, _ALL_LABELS),
    metrics.f1_score: Metric(classification.f_beta, _AVERAGED, _ALL_LABELS),
    metrics.fbeta_score: Metric(
        classification.f_beta, {**_AVERAGED, "beta": (0.5, 1, 1.0, 2, 2.0)}, _ALL_LABELS
    ),
    metrics.jaccard_score: Metric(classification.jaccard, _AVERAGED, _ALL_LABELS),
    metrics.roc_auc_score: Metric(
        ranking.roc_auc,
        {"average": _OF_SCORES, "multi_class": ("raise", "ovr", "ovo")},
        {"labels": None, "max_fpr": None},
    ),
    metrics.average_precision_score: Metric(
        ranking.average_precision, {"average": _OF_SCORES, "pos_label": ANY}
    ),
    metrics.log_loss: Metric(probabilities.log_loss, {"labels": ANY}, {"normalize": True}),
    metrics.brier_score_loss: Metric(
        probabilities.brier,
        {"labels": ANY, "pos_label": ANY, "scale_by_half": ("auto", False, True)},
    ),
}
