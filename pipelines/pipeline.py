"""Pipeline: scikit-learn's, with a device that the data enter once."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext
from inspect import signature
from typing import Any

import numpy as np
from sklearn import pipeline
from sklearn.utils.metaestimators import available_if

from ..estimators.arrays import Array, find_place, is_foreign, place_of
from ..estimators.base import result_place
from ..estimators.config import config_context
from .devices import is_dense_numbers, why_on_host

log = logging.getLogger("gridfold")


def _forwarded(method: str) -> Any:
    """The pipeline's `method`, there when scikit-learn's is, computed on the device."""
    parent = getattr(pipeline.Pipeline, method)

    def has_it(self: Pipeline) -> bool:
        return getattr(super(Pipeline, self), method) is not None

    def call(self: Pipeline, X: Any, *args: Any, **params: Any) -> Any:
        return self._answer(method, X, *args, **params)

    call.__name__, call.__qualname__ = method, f"Pipeline.{method}"
    call.__doc__ = parent.__doc__
    call.__signature__ = signature(parent)  # type: ignore[attr-defined]
    return available_if(has_it)(call)


class Pipeline(pipeline.Pipeline):
    """A sequence of transformers with an estimator at the end, computed on one device.

    Steps, parameters, methods and attributes are those of `sklearn.pipeline.Pipeline`. With
    `device` set, each of gridfold's steps that has no device of its own computes there. An array
    that all steps can take there is moved once, at the door; a table, or an array that a step of
    another library must see first, is moved by the steps behind it. The answer comes back in the
    library of the X that was passed.

    Parameters
    ----------
    steps : list of (name, estimator)
    transform_input, memory, verbose
        As in scikit-learn.
    device : {None, "cpu", "cuda", "cuda:N", "auto"}, default=None
        None follows `gridfold.config_context`, and without one stays where X is.

    Examples
    --------
    >>> from gridfold.estimators import Ridge
    >>> from sklearn.preprocessing import StandardScaler
    >>> model = Pipeline([("scale", StandardScaler()), ("model", Ridge(alpha=0.1))], device="cpu")
    >>> model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]).predict([[1.0]])
    array([1.])
    """

    def __init__(
        self,
        steps: list[tuple[str, Any]],
        *,
        transform_input: list[str] | None = None,
        memory: Any = None,
        verbose: bool = False,
        device: str | None = None,
    ) -> None:
        super().__init__(steps, transform_input=transform_input, memory=memory, verbose=verbose)
        self.device = device

    def __getitem__(self, ind: Any) -> Any:
        """Return a step (by position or name), or for a slice a pipeline of these steps."""
        found = super().__getitem__(ind)
        if isinstance(ind, slice):
            found.device = self.device
        return found

    def fit(self, X: Any, y: Any = None, **params: Any) -> Pipeline:
        """Fit all steps, one after the other, on `device`.

        Parameters
        ----------
        X : array-like or table of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), optional
        **params
            As in scikit-learn.

        Raises
        ------
        DeviceError
            When the device is a GPU that cannot be used.
        """
        with self._on_device():
            return super().fit(self._enter(X), y, **params)

    fit_transform = _forwarded("fit_transform")
    fit_predict = _forwarded("fit_predict")
    transform = _forwarded("transform")
    inverse_transform = _forwarded("inverse_transform")
    predict = _forwarded("predict")
    predict_proba = _forwarded("predict_proba")
    predict_log_proba = _forwarded("predict_log_proba")
    decision_function = _forwarded("decision_function")
    score_samples = _forwarded("score_samples")
    score = _forwarded("score")

    def _on_device(self) -> AbstractContextManager[None]:
        """The block in which the steps compute on `device`."""
        return nullcontext() if self.device is None else config_context(device=self.device)

    def _enter(self, X: Any) -> Any:
        """Move an array to where it is computed with, if every step can take it there."""
        place = find_place(self.device, X)
        home = place_of(X)
        if place == home or not is_dense_numbers(X):
            return X
        for name, step in self.steps:
            if why_on_host(step) is not None:
                log.info("X stays where it is: step %r computes on the host.", name)
                return X
        return place.put(X)

    def _answer(self, method: str, X: Any, *args: Any, **params: Any) -> Any:
        with self._on_device():
            answer = getattr(super(), method)(self._enter(X), *args, **params)
        return _home(answer, X)


def _home(answer: Any, X: Any) -> Array:
    """Bring an answer that is an array to the library and device of X."""
    home = place_of(X)
    if is_foreign(answer):
        return home.put(answer)
    if isinstance(answer, np.ndarray) and is_foreign(X):
        return result_place(home, answer).put(answer)
    return answer


def make_pipeline(
    *steps: Any,
    memory: Any = None,
    transform_input: list[str] | None = None,
    verbose: bool = False,
    device: str | None = None,
) -> Pipeline:
    """Return a `Pipeline` of the steps, named after their classes.

    Parameters are those of `Pipeline`.
    """
    named = pipeline.make_pipeline(*steps).steps
    return Pipeline(
        named, transform_input=transform_input, memory=memory, verbose=verbose, device=device
    )
