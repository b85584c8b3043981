"""Private names of scikit-learn (1.9) that the estimators need, gathered in one place."""

from __future__ import annotations

from typing import Any

from sklearn.metrics._pairwise_distances_reduction import ArgKmin
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads as openmp_threads
from sklearn.utils._set_output import _get_output_config as get_output_config
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "ArgKmin",
    "check_sample_weight",
    "get_output_config",
    "openmp_threads",
    "rows_for_forest",
]


def rows_for_forest(forest: Any, X: Any) -> Any:
    """Return X as the trees of a fitted forest take it with `check_input=False`."""
    return forest._validate_X_predict(X)
