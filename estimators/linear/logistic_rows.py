"""Logistic regression of two classes: Newton's method over blocks of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import Array, to_numpy
from ..door import Opened
from .centring import centre_of
from .glm_path import Solution
from .row_losses import Logistic
from .row_newton import minimise_rows
from .row_objective import RowObjective


def fit_two_classes(data: Opened, y: Array, weight: np.ndarray, C: float, model: Any) -> Solution:
    """Minimise `C sum_i w_i loss(y_i, x_i'b + c) + 1/2 |b|^2`.

    Parameters
    ----------
    y : array of shape (n_samples,), float64
        Class numbers 0 and 1.
    weight : ndarray of shape (n_samples,), float64
    C : float
        Finite: without penalty classes that can be separated have no minimum.
    model : estimator
        With `fit_intercept`, `tol` and `max_iter`.
    """
    xp, put, p = data.xp, data.place.put, data.X.shape[1]
    total, alike = float(weight.sum()) or 1.0, bool(np.all(weight == weight[0]))
    part = None if alike else put(weight / total)
    mean = centre_of(data.X) if model.fit_intercept else None
    penalty = np.diag([1.0 / (C * total)] * p + [0.0] * model.fit_intercept)
    rows = RowObjective(data.X, y, part, mean, Logistic(), penalty)
    start = np.zeros(len(penalty))
    if model.fit_intercept:
        start[p] = rows.loss.start(float(xp.mean(y) if part is None else xp.sum(part * y)))
    found = minimise_rows(rows, start, warm=False, tol=float(model.tol), max_iter=model.max_iter)
    offset = found.w[p] if model.fit_intercept else 0.0
    offset -= 0.0 if mean is None else to_numpy(mean) @ found.w[:p]
    return Solution(
        put(np.ascontiguousarray(found.w[:p])[None, None, :]),
        put(np.asarray([[offset]])),
        found.n_iter,
        put(np.asarray([found.converged])),
    )
