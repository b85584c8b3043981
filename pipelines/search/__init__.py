"""The search: plan, run, views, and the scikit-learn face."""

# The shared fits of both lower floors register themselves when they are imported.
from ... import boosting as _boosting  # noqa: F401
from ... import estimators as _estimators  # noqa: F401
from .cross_validation import (
    cross_val_predict,
    cross_val_score,
    cross_validate,
    validation_curve,
)
from .halving import HalvingGridSearchCV, HalvingRandomSearchCV
from .plan import Plan
from .plans import Plans
from .run import SharedFitWarning
from .search import GridSearchCV, RandomizedSearchCV

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "Plan",
    "Plans",
    "RandomizedSearchCV",
    "SharedFitWarning",
    "cross_val_predict",
    "cross_val_score",
    "cross_validate",
    "validation_curve",
]
