"""What the discriminants' shared fits refuse for their parameters."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np

from ..shared import Meta


def reason_to_decline(
    params: Mapping[str, Any], meta: Meta, solvers: tuple[str, ...]
) -> str | None:
    """Say why a discriminant with these parameters must be fitted alone, or None."""
    if meta.sparse:
        return "X is sparse"
    if params.get("covariance_estimator") is not None:
        return "covariance_estimator estimates from the rows"
    solver, shrinkage = params.get("solver", "svd"), params.get("shrinkage")
    if solver not in solvers:
        return f"solver={solver!r} is unknown"
    if shrinkage is not None and solver == "svd":
        return "solver='svd' takes no shrinkage"
    if isinstance(shrinkage, str):
        return f"shrinkage={shrinkage!r} is estimated from the rows"
    if shrinkage is not None and not _is_number(shrinkage, 0.0, 1.0):
        return "shrinkage is not one number from 0 to 1"
    if not _is_number(params.get("tol", 1e-4), 0.0, float("inf")):
        return "tol is not one number of at least 0"
    if not isinstance(params.get("store_covariance", False), bool | np.bool_):
        return "store_covariance is neither True nor False"
    return None


def _is_number(value: Any, least: float, most: float) -> bool:
    return isinstance(value, Real) and least <= float(value) <= most
