"""Puts gridfold's search in place of scikit-learn's, for scripts that are not to be changed."""

from __future__ import annotations

import sys
from typing import Any

from sklearn import model_selection

from . import search
from .search.sklearn_private import enable_halving

# Names of sklearn.model_selection that gridfold has too.
PATCHED = (
    "GridSearchCV",
    "RandomizedSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "cross_validate",
    "cross_val_score",
    "cross_val_predict",
    "validation_curve",
)

_originals: dict[str, Any] = {}


def patch_sklearn() -> None:
    """Let `sklearn.model_selection` give gridfold's search classes and functions.

    Serves what is imported afterwards, and modules that imported them before by name. Estimators
    stay scikit-learn's own: their fits are shared as they are. Nothing happens when called again.

    Examples
    --------
    >>> import gridfold
    >>> gridfold.patch_sklearn()
    >>> from sklearn.model_selection import GridSearchCV
    >>> GridSearchCV.__module__.partition(".")[0]
    'gridfold'
    >>> gridfold.unpatch_sklearn()
    """
    if _originals:
        return
    enable_halving()
    for name in PATCHED:
        _originals[name] = getattr(model_selection, name)
        _replace(name, _originals[name], getattr(search, name))


def unpatch_sklearn() -> None:
    """Take back what `patch_sklearn` did."""
    for name, original in _originals.items():
        _replace(name, getattr(search, name), original)
    _originals.clear()


def _replace(name: str, old: Any, new: Any) -> None:
    """Rebind a name in scikit-learn's package and in the modules of users that imported it.

    Modules of scikit-learn and of gridfold keep what they use inside.
    """
    setattr(model_selection, name, new)
    for module_name, module in list(sys.modules.items()):
        if module_name.partition(".")[0] in ("sklearn", __name__.partition(".")[0]):
            continue
        if getattr(module, "__dict__", {}).get(name) is old:
            setattr(module, name, new)
