"""Which estimators compute on any device, and scikit-learn's exchanged for ours that do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
from sklearn import pipeline
from sklearn.base import BaseEstimator, clone

from .. import estimators
from ..estimators.arrays import is_foreign
from ..estimators.base import OnDevice


def is_dense_numbers(X: Any) -> bool:
    """Whether `X` is an array of numbers, of any library."""
    return is_foreign(X) or (isinstance(X, np.ndarray) and X.dtype.kind in "fiub")


def works_on_devices(step: Any) -> bool:
    """Whether a step takes arrays of any library: ours have a device, all others may not."""
    if step is None or isinstance(step, str):
        return True
    if isinstance(step, pipeline.Pipeline):
        return all(works_on_devices(inner) for _, inner in step.steps)
    return hasattr(step, "device") and type(step).__module__.startswith("gridfold.")


def exchanged(estimator: Any) -> Any:
    """Return an unfitted estimator with scikit-learn's classes exchanged for ours of their name.

    In a pipeline each of its steps; what has no class of ours is left as it is. By exact type: a
    subclass may do otherwise.
    """
    if isinstance(estimator, pipeline.Pipeline):
        copy = clone(estimator)
        copy.steps = [(name, exchanged(step)) for name, step in copy.steps]
        return copy
    ours = _ours().get(type(estimator))
    return estimator if ours is None else ours(**estimator.get_params(deep=False))


def exchanged_values(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with the estimators among their values exchanged."""
    return {
        name: exchanged(value) if isinstance(value, BaseEstimator) else value
        for name, value in params.items()
    }


@cache
def _ours() -> dict[type, Any]:
    """Our class for each class of scikit-learn's that has one."""
    classes = (getattr(estimators, name) for name in estimators.__all__)
    return {
        cls._parent: cls
        for cls in classes
        if isinstance(cls, type) and issubclass(cls, OnDevice) and hasattr(cls, "_parent")
    }
