"""The search: plan, run, views, and the scikit-learn face."""

# The shared fits of both lower floors register themselves when they are imported.
from ... import boosting as _boosting  # noqa: F401
from ... import estimators as _estimators  # noqa: F401
from .plan import Plan
from .run import SharedFitWarning
from .search import GridSearchCV

__all__ = ["GridSearchCV", "Plan", "SharedFitWarning"]
