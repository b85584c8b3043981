"""Linear discriminants from the moments of the classes: three solvers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..arrays import Array
from .axes import WithinAxes, descending, signed
from .class_rows import ClassRows
from .covariances import deviations, within_covariance

_EPS = float(np.finfo(np.float64).eps)


@dataclass
class LinearProblem:
    """Training rows, and the moments that several discriminants have in common.

    Attributes
    ----------
    rows : ClassRows
    priors : ndarray of shape (n_classes,), float64
    tols : list of float
        The tolerances that will be asked for.
    """

    rows: ClassRows
    priors: np.ndarray
    tols: list[float]
    means: Array = field(init=False)
    _covariances: dict[Any, Array] = field(default_factory=dict, repr=False)
    _axes: WithinAxes | None = None

    def __post_init__(self) -> None:
        self.means = self.rows.means()

    def covariance(self, shrinkage: Any) -> Array:
        """The covariance within classes, shrunk."""
        key = "within", shrinkage
        if key not in self._covariances:
            self._covariances[key] = within_covariance(
                self.rows, self.means, self.priors, shrinkage
            )
        return self._covariances[key]

    def total(self, shrinkage: Any) -> Array:
        """The covariance of all rows, shrunk."""
        key = "total", shrinkage
        if key not in self._covariances:
            rows = self.rows.together()
            one = np.ones(1)
            self._covariances[key] = within_covariance(rows, rows.means(), one, shrinkage)
        return self._covariances[key]

    @property
    def axes(self) -> WithinAxes:
        """The axes within classes."""
        if self._axes is None:
            self._axes = WithinAxes.of(self.rows, self.means, self.tols)
        return self._axes


def solve_svd(problem: LinearProblem, tol: float) -> dict[str, Array]:
    """Project on the axes within classes, scaled to variance 1, then on those of the class means.

    With V the axes, S the deviations along them (those above `tol`), D the deviations of the
    columns, `A = D^-1 V S^-1`; the class means times A, weighted by the priors, have the axes W
    (with singular values above `tol` of the largest): scalings are `A W`.
    """
    xp, place = problem.rows.xp, problem.rows.place
    n_rows, n_classes = problem.rows.shape[0], len(problem.priors)
    priors, within = place.put(problem.priors), problem.axes
    xbar = priors @ problem.means
    rank = int(xp.sum(xp.astype(within.values > tol, xp.int64)))
    if not rank:
        raise ValueError("The rows do not vary within classes: all singular values are below tol.")
    scalings = (within.axes[:rank, :] * within.unit).T / within.values[:rank]
    weight = xp.sqrt(priors * (n_rows / max(n_classes - 1, 1)))
    between = weight[:, None] * (problem.means - xbar)
    _, values, axes = xp.linalg.svd(between @ scalings, full_matrices=False)
    kept = int(xp.sum(xp.astype(values > tol * values[0], xp.int64)))
    scalings = signed(scalings @ axes.T[:, :kept], xp)
    coef = (problem.means - xbar) @ scalings
    intercept = -0.5 * xp.sum(coef**2, axis=1) + xp.log(priors)
    coef = coef @ scalings.T
    share = values**2 / xp.sum(values**2) if n_classes > 1 else values[:0]
    return {
        "xbar_": xbar,
        "explained_variance_ratio_": share,
        "scalings_": scalings,
        "coef_": coef,
        "intercept_": intercept - coef @ xbar,
    }


def solve_lsqr(problem: LinearProblem, shrinkage: Any) -> dict[str, Array]:
    """Solve `covariance coef' = means'`, by least squares of smallest norm where it is singular."""
    covariance = problem.covariance(shrinkage)
    values, axes, unit = _scaled_axes(covariance, problem)
    if not _is_positive(values):
        values, axes = descending(covariance, problem.rows.xp)
        unit = 1.0 + 0.0 * values
    xp = problem.rows.xp
    kept = values > _EPS * values.shape[0] * values[0]
    inverse = xp.where(kept, 1.0 / xp.where(kept, values, xp.ones_like(values)), 0.0 * values)
    coef = (((problem.means * unit) @ axes) * inverse) @ axes.T * unit
    return {"covariance_": covariance, **_with_intercept(problem, coef)}


def solve_eigen(problem: LinearProblem, shrinkage: Any) -> dict[str, Array]:
    """Solve `between a = value within a`: the axes of most variance between classes.

    Raises
    ------
    numpy.linalg.LinAlgError
        When the covariance within classes is singular.
    """
    xp, within = problem.rows.xp, problem.covariance(shrinkage)
    between = problem.total(shrinkage) - within
    values, axes, unit = _scaled_axes(within, problem)
    if not _is_positive(values):
        raise np.linalg.LinAlgError(
            "The covariance matrix within classes is not positive definite: use shrinkage, or "
            "solver='svd'."
        )
    white = unit[:, None] * axes / xp.sqrt(values)
    values, axes = descending(white.T @ between @ white, xp)
    scalings = signed(white @ axes, xp)
    return {
        "covariance_": within,
        "explained_variance_ratio_": values / xp.sum(values),
        "scalings_": scalings,
        **_with_intercept(problem, (problem.means @ scalings) @ scalings.T),
    }


def _scaled_axes(covariance: Array, problem: LinearProblem) -> tuple[Array, Array, Array]:
    """Eigenvalues and axes of the correlations: columns of all units keep their digits."""
    xp, n_rows = problem.rows.xp, problem.rows.shape[0]
    unit = deviations(xp.linalg.diagonal(covariance), problem.means, n_rows, xp)[1]
    return *descending(covariance * unit[:, None] * unit[None, :], xp), unit


def _is_positive(values: Array) -> bool:
    return float(values[-1]) > _EPS * values.shape[0] * float(values[0])


def _with_intercept(problem: LinearProblem, coef: Array) -> dict[str, Array]:
    xp, priors = problem.rows.xp, problem.rows.place.put(problem.priors)
    intercept = -0.5 * xp.sum(problem.means * coef, axis=1) + xp.log(priors)
    return {"coef_": coef, "intercept_": intercept}
