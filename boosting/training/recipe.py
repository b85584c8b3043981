"""What a fit is to do, settled before it runs: xgboost's parameters and gridfold's."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..xgb import xgboost


@dataclass(frozen=True)
class Recipe:
    """The settings of one fit.

    Attributes
    ----------
    cls : type
        xgboost's own estimator.
    params : dict
        All of its parameters; `device` is found, `random_state` is a number or None.
    n_bags : int
        How many models are averaged.
    validation_fraction : float
    refit_full : bool
    calibration : {None, "isotonic", "sigmoid", "temperature"}
    conformal : {None, "split", "cross"}
    keep_oof : bool
    build_matrix : callable or None
        What builds xgboost's matrices, instead of the estimator's own method.
    """

    cls: Any
    params: Mapping[str, Any]
    n_bags: int
    validation_fraction: float
    refit_full: bool
    calibration: str | None = None
    conformal: str | None = None
    keep_oof: bool = False
    build_matrix: Any = None

    @property
    def seed(self) -> int:
        """What the draws of rows begin with: xgboost, too, takes None for 0."""
        return int(self.params["random_state"] or 0) % 2**32  # NumPy takes no others

    @property
    def needs_oof(self) -> bool:
        """Whether out-of-fold predictions are wanted, of models that knew nothing of the fold."""
        return self.calibration is not None or self.conformal == "cross"

    @property
    def stops_early(self) -> bool:
        """Whether training may end before its last round, and so needs a validation set."""
        if self.params["early_stopping_rounds"] is not None:
            return True
        return any(_is_early_stopping(each) for each in self.params["callbacks"] or ())

    def estimator(self, **overrides: Any) -> Any:
        """Return xgboost's estimator, unfitted, with these parameters."""
        params = {**self.params, **overrides}
        if params["callbacks"]:
            params["callbacks"] = [_fresh(each) for each in params["callbacks"]]
        return self.cls(**params)

    def seeded(self, seed: int) -> Recipe:
        """Return the recipe with another `random_state`."""
        return replace(self, params={**self.params, "random_state": seed})

    def without_stop(self) -> dict[str, Any]:
        """Return parameters with which training goes on to its last round."""
        callbacks = self.params["callbacks"]
        kept = [each for each in callbacks or () if not _is_early_stopping(each)]
        return {"early_stopping_rounds": None, "callbacks": kept or None}


def _fresh(callback: Any) -> Any:
    """Return the user's callback itself, but a copy of one that would go on counting."""
    return copy.deepcopy(callback) if _is_early_stopping(callback) else callback


def _is_early_stopping(callback: Any) -> bool:
    return isinstance(callback, xgboost.callback.EarlyStopping)
