"""Newton's method for linear machines with squared losses, exactly liblinear's objective."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..arrays import Array, place_of, to_numpy
from ..linear.centring import centre_of
from ..linear.row_losses import RowLoss
from ..linear.row_newton import Minimum, minimise_rows
from ..linear.row_objective import RowObjective

FEWEST_STEPS = 20  # a fit that is stopped before is meant to follow liblinear's own steps
_MOST_COLUMNS = 1000  # of X, or rows where these are fewer: a Hessian has so many


def suits_newton(X: Any) -> bool:
    """Whether Newton's method is the quicker one on the host for this X."""
    shape = getattr(X, "shape", None)
    return shape is None or (len(shape) == 2 and shape[1] < min(shape[0], _MOST_COLUMNS))


def solve_squared(
    estimator: Any, X: Array, y: Array, weight: Array, loss: RowLoss
) -> tuple[np.ndarray, float, Minimum]:
    """Minimise `1/2 |b|^2 + 1/2 (b0 / s)^2 + C sum_i weight_i loss(y_i, x_i'b + b0)`.

    s is `intercept_scaling`: as in liblinear the intercept is penalised. Where rows are fewer than
    columns, the minimum is looked for in their span.

    Parameters
    ----------
    estimator : Any
        Has C, tol, max_iter, fit_intercept and intercept_scaling.
    X : array of shape (n_samples, n_features), float32 or float64
    y, weight : arrays of shape (n_samples,), float64

    Returns
    -------
    coef : ndarray of shape (n_features,)
    intercept : float
    found : Minimum
    """
    xp, q, basis = place_of(X).xp, X.shape[1], None
    scale = float(estimator.intercept_scaling) if estimator.fit_intercept else 0.0
    if X.shape[0] <= X.shape[1]:
        X = xp.astype(X, xp.float64, copy=False)
        if scale:
            X = xp.concat([X, xp.full_like(X[:, :1], scale)], axis=1)
        basis, R = xp.linalg.qr(X.T)
        X = R.T
    mean = centre_of(X) if scale and basis is None else None
    total = float(xp.sum(weight))
    penalty = np.eye(X.shape[1])
    if scale and basis is None:
        penalty = _with_intercept(q, mean, scale)
    objective = RowObjective(X, y, weight / total, mean, loss, penalty / (estimator.C * total))
    found = minimise_rows(
        objective,
        np.zeros(len(penalty)),
        warm=False,
        tol=float(estimator.tol),
        flat=math.inf,
        max_iter=estimator.max_iter,
    )
    w = found.w if basis is None else to_numpy(basis) @ found.w
    if not scale:
        return w, 0.0, found
    offset = scale * w[q] if basis is not None else w[q]
    return w[:q], offset - (0.0 if mean is None else to_numpy(mean) @ w[:q]), found


def _with_intercept(q: int, mean: Array | None, scale: float) -> np.ndarray:
    """Return the penalty of coefficients and of an intercept that belongs to centred rows."""
    penalty = np.diag([1.0] * q + [0.0])
    intercept = np.append(np.zeros(q) if mean is None else -to_numpy(mean), 1.0) / scale
    return penalty + intercept[:, None] * intercept


def warn_unless_converged(found: list[Minimum]) -> None:
    """Warn in scikit-learn's words where some fit has not come to its minimum."""
    if not all(one.converged for one in found):
        warnings.warn(
            "Liblinear failed to converge, increase the number of iterations.",
            ConvergenceWarning,
            stacklevel=5,
        )
