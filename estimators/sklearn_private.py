"""Private names of scikit-learn (1.9) that the estimators need, gathered in one place."""

from __future__ import annotations

from sklearn.utils._set_output import _get_output_config as get_output_config
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = ["check_sample_weight", "get_output_config"]
