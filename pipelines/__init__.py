"""Floor 3: tables, pipelines, search, metrics, persistence and the command line."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .persistence import load, save
    from .pipeline import Pipeline, make_pipeline
    from .search import (
        GridSearchCV,
        HalvingGridSearchCV,
        HalvingRandomSearchCV,
        RandomizedSearchCV,
        cross_val_predict,
        cross_val_score,
        cross_validate,
        validation_curve,
    )
    from .tabular_preprocessor import TabularPreprocessor

# Imported when first asked for, so that `gridfold --help` does not wait for all of them.
_homes = {
    "GridSearchCV": "search",
    "HalvingGridSearchCV": "search",
    "HalvingRandomSearchCV": "search",
    "Pipeline": "pipeline",
    "RandomizedSearchCV": "search",
    "TabularPreprocessor": "tabular_preprocessor",
    "cross_val_predict": "search",
    "cross_val_score": "search",
    "cross_validate": "search",
    "load": "persistence",
    "make_pipeline": "pipeline",
    "save": "persistence",
    "validation_curve": "search",
}

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "Pipeline",
    "RandomizedSearchCV",
    "TabularPreprocessor",
    "cross_val_predict",
    "cross_val_score",
    "cross_validate",
    "load",
    "make_pipeline",
    "save",
    "validation_curve",
]

if not TYPE_CHECKING:  # a type checker must see a wrong name as wrong

    def __getattr__(name):
        """Import the home of a name when it is first asked for."""
        if name in _homes:
            return getattr(import_module(f".{_homes[name]}", __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
