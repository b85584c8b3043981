"""Floor 2, boosting: XGBoost's estimators and what many of them share. Importing it is cheap."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import shared as _shared  # noqa: F401  (registers)
from .installation import check_installation

if TYPE_CHECKING:
    from .classifier import XGBClassifier
    from .large import ClusterLostError
    from .ranker import XGBRanker
    from .regressor import XGBRegressor

__all__ = [
    "ClusterLostError",
    "XGBClassifier",
    "XGBRanker",
    "XGBRegressor",
    "check_installation",
]

_MODULES = {
    "ClusterLostError": ".large",
    "XGBClassifier": ".classifier",
    "XGBRanker": ".ranker",
    "XGBRegressor": ".regressor",
}


def __getattr__(name: str) -> Any:
    """Import a class when it is first asked for: xgboost takes a while to load."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)
