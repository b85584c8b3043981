"""What a fitted group answers: of a shared fit, or of one estimator fitted the ordinary way."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sklearn import get_config
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from ....estimators.base import to_host
from ....estimators.shared import Members, SharedFit, State
from .copies import private


class SharedFitFailed(BaseException):
    """A shared fit raised: its members are to be fitted alone.

    Not an Exception, so that it passes through the handlers of scorers.
    """


class SharedFitWarning(RuntimeWarning):
    """A shared fit was abandoned and its members were fitted alone."""


def blame(message: str, error: BaseException) -> None:
    """Warn that a shared fit was abandoned where a member alone succeeds.

    In strict mode it is an error: a fallback must not hide our own faults. The tests run so.
    """
    if os.environ.get("GRIDFOLD_STRICT") == "1":
        raise RuntimeError(f"Strict mode: {message}, but a member alone succeeds.") from error
    warnings.warn(f"{message}; its members are fitted alone.", SharedFitWarning, stacklevel=2)


class FittedGroup:
    """A group fitted on one fold: answers for its members, and makes them when asked.

    Attributes
    ----------
    seconds : float
        One member's share of the time of the fit.
    """

    def __init__(self, members: Members, shared: SharedFit, state: State, seconds: float) -> None:
        self._members, self._shared, self._state = members, shared, state
        self.seconds = seconds / len(members)

    def respond(self, method: str, X: Any, members: Sequence[int] | None = None) -> Any:
        """The responses of `members` for `X`; what a member itself raises for `X` is raised."""
        members = range(len(self._members)) if members is None else members
        try:
            return self._shared.respond(self._state, X, method, members)
        except Exception as error:
            getattr(self.materialise(members[0], X), method)(X)
            raise SharedFitFailed(str(error)) from error

    def outputs(self, X: Any, members: Sequence[int]) -> Any:
        """What `members` make of the training rows, as the step behind them is fitted on them."""
        try:
            outputs = self._shared.transform_fitted(self._state, X, members)
        except Exception as error:
            self.materialise(members[0], X).transform(X)
            raise SharedFitFailed(str(error)) from error
        assert len(outputs) == len(members)
        return outputs

    def last(self, i: int) -> BaseEstimator:
        """What tells which methods member `i` has."""
        return self._members.prototype

    def materialise(self, i: int, X_fit: Any) -> BaseEstimator:
        """Member `i` as a fitted estimator, with the names of the columns it was fitted on."""
        try:
            estimator = self._shared.materialise(self._state, i)
        except Exception as error:
            raise SharedFitFailed(str(error)) from error
        _bring_home(estimator)
        # Where it is a property (xgboost's), the estimator knows its columns from its own model.
        if "n_features_in_" in vars(estimator):
            validate_data(estimator, X_fit, skip_check_array=True)
        return estimator

    def on(self, part: str) -> AbstractContextManager[None]:
        """The block in which `respond` is asked for the rows of a part of the fold."""
        return nullcontext()


def _bring_home(estimator: BaseEstimator) -> None:
    """Turn fitted arrays into NumPy where the class would have them so: scikit-learn's own."""
    if type(estimator).__module__.startswith("sklearn.") and not get_config()["array_api_dispatch"]:
        for name, value in vars(estimator).items():
            setattr(estimator, name, to_host(value))


class FittedAlone(FittedGroup):
    """A group of one member, fitted the ordinary way."""

    def __init__(self, estimator: BaseEstimator, seconds: float) -> None:
        self._estimator = estimator
        self.seconds = seconds

    def respond(self, method: str, X: Any, members: Sequence[int] | None = None) -> Any:
        """The member's own answer."""
        return [getattr(self._estimator, method)(private(self._estimator, X))]

    def last(self, i: int) -> BaseEstimator:
        """The fitted member."""
        return self._estimator

    def materialise(self, i: int, X_fit: Any) -> BaseEstimator:
        """The fitted member."""
        return self._estimator
