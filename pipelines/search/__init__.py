"""The search: the faces that scikit-learn's users know, and the rooms behind them.

Data flow from one to the next: `planning` makes a tree of the candidates, `cost` says what it takes
and cuts it, `running` walks it, `fitting` fits each step on a fold, `scoring` scores what ends
there; `display` shows plans.
"""

# The shared fits of all floors register themselves when they are imported.
from ... import boosting as _boosting  # noqa: F401
from ... import estimators as _estimators  # noqa: F401
from .cross_validation import (
    cross_val_predict,
    cross_val_score,
    cross_validate,
    validation_curve,
)
from .display.plans import Plans
from .fitting import transformed_target as _transformed_target  # noqa: F401
from .fitting.fitted import SharedFitWarning
from .halving import HalvingGridSearchCV, HalvingRandomSearchCV
from .planning.plan import Plan
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
