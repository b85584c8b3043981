"""xgboost's quantised matrices, built by the first of many fits and lent to the others."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from typing import Any


class Matrices:
    """The matrices of the training rows and the validation sets, the same for many fits."""

    def __init__(self) -> None:
        self._built: list[Any] = []

    def fit(self, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        """Fit on these matrices; the first estimator builds them the way it does by itself."""
        build, places = estimator._create_dmatrix, count()

        def build_once(ref: Any, **kwargs: Any) -> Any:
            place = next(places)  # every fit asks for them in the same order
            if place == len(self._built):
                self._built.append(build(ref, **kwargs))
            return self._built[place]

        estimator._create_dmatrix = build_once
        try:
            estimator.fit(X, y, **fit_params)
        finally:
            del estimator._create_dmatrix
