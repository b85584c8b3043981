"""What of xgboost a model file may hold, and which version made it. Importing it is cheap."""

from __future__ import annotations

from importlib import metadata

from .installation import _BUILDS

# The names by which a model file refers to these types. A booster holds its trees as bytes, which
# xgboost reads with its own parser: no code is in them.
TRUSTED_TYPES = frozenset(
    {
        "xgboost.core.Booster",
        "xgboost.sklearn.XGBClassifier",
        "xgboost.sklearn.XGBRegressor",
        "xgboost.sklearn.XGBRanker",
        "xgboost.sklearn.XGBRFClassifier",
        "xgboost.sklearn.XGBRFRegressor",
        "xgboost.callback.EarlyStopping",
    }
)


def xgboost_version() -> str | None:
    """Return the version of the build that is installed, or None."""
    for build in _BUILDS:
        try:
            return metadata.version(build)
        except metadata.PackageNotFoundError:
            continue
    return None
