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
        name, places = _maker(estimator), count()
        build = getattr(estimator, name)

        def build_once(ref: Any, **kwargs: Any) -> Any:
            place = next(places)  # every fit asks for them in the same order
            if place == len(self._built):
                self._built.append(build(ref, **kwargs))
            return self._built[place]

        setattr(estimator, name, build_once)
        try:
            estimator.fit(X, y, **fit_params)
        finally:
            delattr(estimator, name)


def _maker(estimator: Any) -> str:
    """Return the name of the method that makes matrices.

    gridfold's classes, rankers too, hand the general one on to what trains for them.
    """
    ours = hasattr(estimator, "validation_fraction")
    ranks = hasattr(estimator, "_create_ltr_dmatrix") and not ours
    return "_create_ltr_dmatrix" if ranks else "_create_dmatrix"
