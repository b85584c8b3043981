"""The parameters that gridfold's boosting has beside xgboost's, and their checks."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

# In the order of the constructor.
OWN = (
    "categorical_features",
    "validation_fraction",
    "refit_full",
    "preset",
    "n_bags",
    "keep_oof",
    "calibration",
    "conformal",
)

_CHOICES: dict[str, tuple[Any, ...]] = {
    "preset": (None, "tabular"),
    "calibration": (None, "isotonic", "sigmoid", "temperature"),
    "conformal": (None, "split", "cross"),
}


def check_own(params: dict[str, Any]) -> None:
    """Check the values of gridfold's own parameters, of an estimator's `get_params`.

    Raises
    ------
    ValueError
        When one is out of its range; the message names it and says what it may be.
    """
    fraction = params["validation_fraction"]
    if not isinstance(fraction, int | float | np.floating) or not 0 < fraction < 1:
        raise ValueError(
            f"validation_fraction={fraction!r} must be a number between 0 and 1, ends excluded."
        )
    n_bags = params["n_bags"]
    if not isinstance(n_bags, Integral) or isinstance(n_bags, bool) or n_bags < 1:
        raise ValueError(f"n_bags={n_bags!r} must be a whole number of at least 1.")
    for name, choices in _CHOICES.items():
        if name in params and params[name] not in choices:
            listed = ", ".join(repr(choice) for choice in choices)
            raise ValueError(f"{name}={params[name]!r} is not one of {listed}.")
    _check_together(params)


def _check_together(params: dict[str, Any]) -> None:
    stops = params["early_stopping_rounds"] is not None or params["callbacks"]
    if params["refit_full"] and params["n_bags"] > 1:
        raise ValueError(
            "refit_full=True is for one model; with n_bags > 1 every row is trained on by all "
            "models but one. Set one of them back."
        )
    if params["refit_full"] and not stops:
        raise ValueError(
            "refit_full=True needs early stopping, which says how many rounds are best: set "
            "early_stopping_rounds."
        )
    if params["keep_oof"] and params["n_bags"] == 1:
        raise ValueError(
            "keep_oof=True keeps the out-of-fold predictions of n_bags models: set n_bags to 2 "
            "or more."
        )
