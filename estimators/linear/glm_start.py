"""Where Newton's method starts on many rows: at the minimum over some of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from ..arrays import Array, place_of
from ..blocks import one_of_each_stretch
from .glm_newton import minimise
from .glm_preconditioner import Curvature
from .glm_problem import Problem, evaluate
from .glm_rows import CentredRows

_PART, _ROWS, _ROWS_PER_COLUMN = 16, 8000, 40  # of the rows, or these where they are more
_ROUGH = 1e-3  # tolerance: the minimum over all rows is as far away
_STEPS = 20


def start_of_some(
    problem: Problem, rows: tuple[Any, Array, Array], W: Array, penalty: Array
) -> tuple[Array, Curvature | None]:
    """Return the minimum over some of the rows and its curvature, or `W` and None.

    These where the rows are few, or where that minimum is no better start for all of them.

    Parameters
    ----------
    rows : (A, y, weight)
        As `Problem.of` takes them.
    W : array of shape (n_problems, n_outputs, n_columns)
        Where to start on some rows.
    penalty : array of shape (n_problems, n_columns)
    """
    n, columns = problem.n_samples, problem.shape[1] * problem.shape[2]
    some = max(n // _PART, _ROWS, _ROWS_PER_COLUMN * columns)
    if 4 * some >= n:
        return W, None
    drawn = one_of_each_stretch(n, some)
    A, y, weight = (_taken(rows[0], drawn, 0), _taken(rows[1], drawn, 0), _taken(rows[2], drawn, 1))
    total = problem.xp.sum(weight, axis=1)
    if not bool(problem.xp.all(total > 0)):
        return W, None
    part = Problem.of(A, y, weight / total[:, None], problem.loss)
    found, curved = minimise(part, W, penalty, None, tol=_ROUGH, max_iter=_STEPS)
    before, after = (evaluate(problem, each, penalty).loss for each in (W, found.W))
    # Some rows may lack a class that the others have.
    return (found.W, curved) if bool(problem.xp.all(after < before)) else (W, None)


def _taken(array: Any, numbers: np.ndarray, axis: int) -> Any:
    if sparse.issparse(array):
        return array[numbers]
    if isinstance(array, CentredRows):
        return replace(array, X=_taken(array.X, numbers, axis))
    place = place_of(array)
    return place.xp.take(array, place.put(numbers), axis=axis)
