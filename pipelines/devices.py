"""Which estimators compute on any device, and scikit-learn's exchanged for ours that do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


def takes_any_array(estimator: Any) -> bool:
    """Whether an estimator, or each step of a pipeline, takes arrays of any library: ours do."""
    return all(_is_ours(step) for step in _steps(estimator))


def why_on_host(estimator: Any) -> str | None:
    """Say which estimator, or step of a pipeline, computes on the host wherever X is, and why.

    None where all compute on devices. Of another library than ours no more is known.
    """
    for step in _steps(estimator):
        name = type(step).__name__
        if not _is_ours(step):
            return f"{name} computes there"
        if getattr(step, "_on_host", None):
            return f"{name} computes there ({step._on_host})"
    return None


def _steps(estimator: Any) -> Iterator[Any]:
    """An estimator, or the steps of a pipeline and of those in it."""
    if isinstance(estimator, pipeline.Pipeline):
        for _, step in estimator.steps:
            yield from _steps(step)
    elif estimator is not None and not isinstance(estimator, str):
        yield estimator


def _is_ours(step: Any) -> bool:
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
