"""Ridge for many members at once: one pass over the rows, then small matrices only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..arrays import Array, Namespace
from ..shared import Affine, Declined, Folds
from .moments import Gram, Moments, centres, fold_moments, gram, moments
from .solve import solve_dual, solve_gram, solve_svd
from .targets import LinearProblem
from .triangle import few_rows


@dataclass(frozen=True)
class RidgeMember:
    """The parameters that ridge members may differ in."""

    alpha: float
    fit_intercept: bool


@dataclass(frozen=True)
class LinearCoefficients:
    """The solutions of many linear models.

    Attributes
    ----------
    coef : array of shape (n_members, n_outputs, n_features), float64
    intercept : array of shape (n_members, n_outputs), float64
    affine : (shift, scale) or None
        The scaler in front: `coef` is in its coordinates, the rows to answer for are not.
    """

    coef: Array
    intercept: Array
    affine: Affine | None = None

    def unscaled(self) -> Array:
        """Return coefficients for rows from which the shift of the scaler is taken off."""
        return self.coef if self.affine is None else self.coef / self.affine[1][None, None, :]


def fit_ridge(
    X: Array,
    y: Array,
    weight: Array | None,
    members: Sequence[RidgeMember],
    xp: Namespace,
    *,
    solver: str = "auto",
) -> LinearCoefficients:
    """Minimise `sum_i w_i (y_i - x_i'b - b0)^2 + alpha |b|^2` for every member.

    Parameters
    ----------
    X : array of shape (n_samples, n_features)
    y : array of shape (n_samples, n_outputs)
    weight : array of shape (n_samples,) or None
    solver : {"auto", "cholesky", "svd"}
        "svd" decomposes the rows themselves, once for all members; the others their Gram matrix.
    """
    if X.shape[0] < X.shape[1] or solver == "svd":

        def solve_rows(fit_intercept: bool, alphas: list[float]) -> tuple[Array, Array, Array]:
            return _fit_rows(X, y, weight, fit_intercept, alphas, xp, dual=solver != "svd")

        return _collect(members, xp, solve_rows)
    centre_x, centre_y = centres(X, y, weight, xp)
    sums = moments(X, y, weight, centre_x, centre_y, xp)

    def solve(fit_intercept: bool, alphas: list[float]) -> tuple[Array, Array, Array]:
        matrix = gram(sums, centre_x, centre_y, fit_intercept)
        coef = solve_gram(matrix, alphas, xp)
        if coef is None:
            return _fit_rows(X, y, weight, fit_intercept, alphas, xp, dual=False)
        return coef, matrix.x_mean, matrix.y_mean

    return _collect(members, xp, solve)


def _fit_rows(
    X: Array,
    y: Array,
    weight: Array | None,
    fit_intercept: bool,
    alphas: list[float],
    xp: Namespace,
    *,
    dual: bool,
) -> tuple[Array, Array, Array]:
    """Solve from the rows: by the Gram matrix of the rows (`dual`) where that will do, or SVD."""
    n_samples = X.shape[0]
    X, y, x_mean, y_mean = few_rows(X, y, weight, fit_intercept, xp)
    coef = solve_dual(X, y, alphas, xp) if dual else None
    if coef is None:
        coef = solve_svd(X, y, alphas, xp, n_samples)
    return coef, x_mean, y_mean


def fit_ridge_folds(
    problem: LinearProblem,
    members: Sequence[RidgeMember],
    folds: Folds,
    affine: Sequence[Affine] | None,
) -> list[LinearCoefficients]:
    """Fit all members on every fold from one pass: a training Gram is the sum of the other blocks.

    Raises
    ------
    Declined
        When a fold has fewer rows than columns or is too ill-conditioned for its Gram matrix.
    """
    X, y, weight, xp = problem.X, problem.Y, problem.weight, problem.place.xp
    centre_x, centre_y, fold_sums = fold_moments(X, y, weight, folds, xp)
    results = []
    for k, sums in enumerate(fold_sums):
        scaler = None if affine is None else affine[k]

        def solve(
            fit_intercept: bool, alphas: list[float], sums: Moments = sums, scaler: Any = scaler
        ) -> tuple[Array, Array, Array]:
            matrix: Gram = gram(sums, centre_x, centre_y, fit_intercept, scaler)
            coef = solve_gram(matrix, alphas, xp)
            if coef is None:
                raise Declined("a fold's Gram matrix is too ill-conditioned")
            return coef, matrix.x_mean, matrix.y_mean

        found = _collect(members, xp, solve)
        results.append(LinearCoefficients(found.coef, found.intercept, scaler))
    return results


def _collect(members: Sequence[RidgeMember], xp: Namespace, solve: Any) -> LinearCoefficients:
    """Solve each distinct penalty once, with and without intercept, and put them in order."""
    coefs: list[Array] = [None] * len(members)
    intercepts: list[Array] = [None] * len(members)
    for fit_intercept in {m.fit_intercept for m in members}:
        alphas = sorted({m.alpha for m in members if m.fit_intercept == fit_intercept})
        coef, x_mean, y_mean = solve(fit_intercept, alphas)
        intercept = y_mean[None, :] - xp.sum(coef * x_mean[None, :, None], axis=1)
        position = {alpha: j for j, alpha in enumerate(alphas)}
        for i, member in enumerate(members):
            if member.fit_intercept == fit_intercept:
                coefs[i] = coef[position[member.alpha], ...].T
                intercepts[i] = intercept[position[member.alpha], ...]
    return LinearCoefficients(xp.stack(coefs), xp.stack(intercepts))
