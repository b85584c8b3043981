"""All private names of scikit-learn that the search uses, tested on 1.9 and newer."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sklearn.base import _fit_context as fit_context
from sklearn.callback import AutoPropagatedCallback, CallbackSupportMixin
from sklearn.metrics._scorer import _BaseScorer as BaseScorer
from sklearn.metrics._scorer import _MultimetricScorer as MultimetricScorer
from sklearn.metrics._scorer import _PassthroughScorer as PassthroughScorer
from sklearn.metrics._scorer import _Scorer as Scorer
from sklearn.model_selection._search import BaseSearchCV
from sklearn.model_selection._search_successive_halving import (
    HalvingGridSearchCV as SklearnHalvingGridSearchCV,
)
from sklearn.model_selection._search_successive_halving import (
    HalvingRandomSearchCV as SklearnHalvingRandomSearchCV,
)
from sklearn.model_selection._split import check_cv
from sklearn.model_selection._validation import _aggregate_score_dicts as aggregate_score_dicts
from sklearn.model_selection._validation import (
    _check_groups_routing_disabled as check_groups_routing_disabled,
)
from sklearn.model_selection._validation import _fit_and_score as fit_and_score
from sklearn.model_selection._validation import _insert_error_scores as insert_error_scores
from sklearn.model_selection._validation import _normalize_score_results as normalize_score_results
from sklearn.model_selection._validation import _score as score
from sklearn.model_selection._validation import (
    _warn_or_raise_about_fit_failures as warn_or_raise_about_fit_failures,
)
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import Interval, StrOptions, validate_params
from sklearn.utils.metadata_routing import _manual_routing as manual_routing
from sklearn.utils.metadata_routing import _routing_enabled as routing_enabled
from sklearn.utils.metaestimators import _safe_split as safe_split
from sklearn.utils.validation import _check_method_params as slice_params
from sklearn.utils.validation import _num_samples as num_samples

__all__ = [
    "BaseScorer",
    "BaseSearchCV",
    "Interval",
    "MultimetricScorer",
    "PassthroughScorer",
    "Scorer",
    "SklearnHalvingGridSearchCV",
    "SklearnHalvingRandomSearchCV",
    "StrOptions",
    "aggregate_score_dicts",
    "check_cv",
    "check_groups_routing_disabled",
    "enable_halving",
    "fit_and_score",
    "fit_context",
    "hands_on_callbacks",
    "has_callbacks",
    "insert_error_scores",
    "manual_routing",
    "normalize_score_results",
    "num_samples",
    "routing_enabled",
    "safe_indexing",
    "safe_split",
    "score",
    "sets_callbacks",
    "slice_params",
    "validate_params",
    "warn_or_raise_about_fit_failures",
    "without_callbacks",
]


def enable_halving() -> None:
    """Let `sklearn.model_selection` have its halving classes, as its experimental import does.

    Done before they are patched: a script's own import of it must not put them back.
    """
    import_module("sklearn.experimental.enable_halving_search_cv")


def has_callbacks(context: object) -> bool:
    """Whether a callback context has callbacks to tell; without any, no events are made."""
    return bool(getattr(context, "_callbacks", ()))


def hands_on_callbacks(contexts: Mapping[Any, Any], estimator: object) -> bool:
    """Whether the estimator's own fit tells callbacks within these contexts.

    It does where scikit-learn hands a callback of the search on to it, or where it has its own.
    """
    context = next(iter(contexts.values()), None)
    if context is not None and sets_callbacks(estimator):
        return True
    return isinstance(estimator, CallbackSupportMixin) and any(
        isinstance(callback, AutoPropagatedCallback)
        for callback in getattr(context, "_callbacks", ())
    )


def sets_callbacks(estimator: Any) -> bool:
    """Whether callbacks are set on an estimator, or on one among its parameters."""
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        return False
    parts = [estimator, *estimator.get_params(deep=True).values()]
    return any(getattr(part, "_skl_callbacks", None) for part in parts)


def without_callbacks(estimator: Any) -> Any:
    """Take the callbacks, and the context they came from, off a copy of an estimator."""
    for name in ("_skl_callbacks", "_parent_callback_ctx"):
        vars(estimator).pop(name, None)
    return estimator
