"""An estimator behind row numbers: scikit-learn cuts these, and we the rows that they stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from ....estimators.arrays import Array, place_of
from ....estimators.base import inherited_score, to_host
from ..sklearn_private import BaseScorer, MultimetricScorer, PassthroughScorer


class ByRows(BaseEstimator):
    """Fits and asks an estimator on the rows of an array that scikit-learn cannot cut.

    Where scikit-learn passes X, this takes row numbers of shape (n_rows, 1); answers come back as
    NumPy's, as scikit-learn's metrics want them.

    Parameters
    ----------
    estimator : estimator
    X : array of another library than NumPy, shape (n_samples, n_features)
    """

    def __init__(self, estimator: Any, X: Array) -> None:
        self.estimator, self.X = estimator, X

    def __sklearn_clone__(self) -> ByRows:
        return ByRows(clone(self.estimator), self.X)

    @property
    def numbers(self) -> np.ndarray:
        """The number of each row."""
        return np.arange(self.X.shape[0])[:, None]

    def rows(self, numbers: np.ndarray) -> Array:
        """The rows of these numbers."""
        place = place_of(self.X)
        return place.xp.take(self.X, place.put(numbers[:, 0]), axis=0)

    def set_params(self, **params: Any) -> ByRows:
        """Set parameters of the estimator."""
        self.estimator.set_params(**params)
        return self

    def fit(self, numbers: np.ndarray, *target: Any, **params: Any) -> ByRows:
        """Fit the estimator on the rows."""
        self.estimator.fit(self.rows(numbers), *target, **params)
        return self

    @property
    def score(self) -> Callable[..., float]:
        """The estimator's own score; where that is inherited, of the answers on the host."""
        inherited = inherited_score(type(self.estimator))
        if inherited is not None:
            return lambda numbers, *y, **params: inherited(self, numbers, *y, **params)
        own = self.estimator.score
        return lambda numbers, *y, **params: float(own(self.rows(numbers), *y, **params))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in ("estimator", "X"):
            raise AttributeError(name)
        found = getattr(self.estimator, name)
        if not callable(found):
            return found

        def answer(numbers: np.ndarray, **params: Any) -> Any:
            return to_host(found(self.rows(numbers), **params))

        answer.__name__ = name  # scorers know methods by it
        return answer

    def __sklearn_tags__(self) -> Any:
        return self.estimator.__sklearn_tags__()


def check_scorer(scoring: Any) -> None:
    """Refuse a scorer that would be given row numbers for rows, and might look at them.

    Raises
    ------
    NotImplementedError
        When it is a function of the user's, and not one of scikit-learn's scorers.
    """
    if isinstance(scoring, MultimetricScorer):
        scoring = scoring._scorers
    if isinstance(scoring, dict | list | tuple):
        for one in scoring.values() if isinstance(scoring, dict) else scoring:
            check_scorer(one)
    elif callable(scoring) and not isinstance(scoring, BaseScorer | PassthroughScorer):
        raise NotImplementedError(
            "A candidate that shares no fit is scored by a function of its estimator and X, and "
            "X is on a device: give a scorer made by sklearn.metrics.make_scorer."
        )
