"""Full-batch training of one network by L-BFGS, SciPy's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize

from ...sklearn_private import check_optimize_result

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]


def minimise(
    objective: Objective, start: np.ndarray, *, max_iter: int, max_fun: int, tol: float
) -> tuple[np.ndarray, float, int]:
    """Minimise a loss over flat weights, with the options and the warning of scikit-learn's MLP.

    Parameters
    ----------
    objective : callable
        From weights (n_weights,), float64, to the loss and its gradient (n_weights,), which may
        be a NumPy array of any float dtype. It must not change the weights.
    start : ndarray of shape (n_weights,)
    max_iter : int
        Iterations at most; each evaluates the objective once or a few times.
    max_fun : int
        Evaluations of the objective at most.
    tol : float
        Where the largest entry of the gradient is at most this, training has converged.

    Returns
    -------
    weights : ndarray of shape (n_weights,), float64
    loss : float
    n_iter : int

    Warns
    -----
    ConvergenceWarning
        When it stops for another reason than convergence.

    References
    ----------
    Byrd, Lu, Nocedal and Zhu 1995, "A limited memory algorithm for bound constrained
    optimization", SIAM Journal on Scientific Computing 16(5).
    """

    def in_float64(weights: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = objective(weights)
        return float(loss), np.asarray(gradient, dtype=np.float64)

    found = minimize(
        in_float64,
        np.asarray(start, dtype=np.float64),
        method="L-BFGS-B",
        jac=True,
        options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
    )
    n_iter = check_optimize_result("lbfgs", found, max_iter)
    return found.x, float(found.fun), int(n_iter)
