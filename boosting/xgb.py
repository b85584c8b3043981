"""xgboost, imported in this one place, after a look at what is installed."""

from .installation import require_xgboost

require_xgboost()

import xgboost  # noqa: E402

__all__ = ["xgboost"]
