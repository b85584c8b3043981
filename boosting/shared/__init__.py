"""What many boosting fits on the same rows share. Importing it registers that, and no more."""

from ...estimators.shared import register_shared_fit
from .catboost import CatBoostFit
from .lightgbm import LGBMFit
from .xgboost import XGBFit

# The class's own module: looking it up imports nothing.
for _kind in ("Classifier", "Regressor", "Ranker"):
    register_shared_fit(f"xgboost:XGB{_kind}", XGBFit())
    register_shared_fit(f"gridfold.boosting.{_kind.lower()}:XGB{_kind}", XGBFit())
for _kind in ("Classifier", "Regressor"):
    register_shared_fit(f"lightgbm:LGBM{_kind}", LGBMFit())
    register_shared_fit(f"catboost.core:CatBoost{_kind}", CatBoostFit())
