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
_changed: list[tuple[Any, str]] = []  # modules whose names were rebound, besides scikit-learn's own


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
        setattr(model_selection, name, getattr(search, name))
        for module in _users_modules():
            if vars(module).get(name) is _originals[name]:
                setattr(module, name, getattr(search, name))
                _changed.append((module, name))


def unpatch_sklearn() -> None:
    """Take back what `patch_sklearn` did, and nothing else."""
    for name, original in _originals.items():
        setattr(model_selection, name, original)
    for module, name in _changed:
        if vars(module).get(name) is getattr(search, name):
            setattr(module, name, _originals[name])
    _originals.clear()
    _changed.clear()


def _users_modules() -> list[Any]:
    """Modules that are neither scikit-learn's nor ours: these keep what they use inside."""
    own = ("sklearn", __name__.partition(".")[0])
    return [
        module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] not in own and hasattr(module, "__dict__")
    ]
