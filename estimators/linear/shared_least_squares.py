"""The shared fit of LinearRegression: with and without intercept, and over all folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.base import BaseEstimator

from ..arrays import Array, place_of
from ..shared import Affine, Declined, Folds, Members, Meta, register_shared_fit
from .linear_regression import LeastSquares, least_squares_from_gram
from .moments import Gram, centres, fold_moments, gram, moments
from .ridge_path import LinearCoefficients
from .shared_ridge import LinearState, RidgeFit
from .targets import LinearProblem, affine_at, linear_problem


@dataclass(frozen=True)
class LeastSquaresState(LinearState):
    """Linear members with their singular values and rank."""

    solutions: Sequence[LeastSquares] = ()


class LeastSquaresFit(RidgeFit):
    """Least squares from one Gram matrix; declines where that is too ill-conditioned."""

    varying = frozenset({"fit_intercept", "copy_X", "n_jobs"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X and positive coefficients."""
        if meta.sparse:
            return "X is sparse"
        return "positive=True" if params.get("positive") else None

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> LinearState:
        """Fit all members from one Gram matrix."""
        problem = linear_problem(members.prototype, X, y, fit_params)
        xp = problem.place.xp
        if problem.X.shape[0] <= problem.X.shape[1]:
            raise Declined("there are fewer rows than columns")
        centre_x, centre_y = centres(problem.X, problem.Y, problem.weight, xp)
        sums = moments(problem.X, problem.Y, problem.weight, centre_x, centre_y, xp)
        return _solve(members, problem, lambda b: gram(sums, centre_x, centre_y, b), None)

    def fit_folds(
        self,
        members: Members,
        X: Array,
        y: Array,
        folds: Folds,
        affine: Sequence[Affine] | None = None,
        **fit_params: Any,
    ) -> list[LinearState]:
        """Fit all members on all folds from one Gram matrix per test part."""
        problem = linear_problem(members.prototype, X, y, fit_params)
        place = problem.place
        cx, cy, fold_sums = fold_moments(problem.X, problem.Y, problem.weight, folds, place.xp)
        states: list[LinearState] = []
        for k, sums in enumerate(fold_sums):
            scaler = None if affine is None else affine_at(affine[k], problem.X.shape[1], place)

            def matrix(fit_intercept: bool, sums: Any = sums, scaler: Any = scaler) -> Gram:
                return gram(sums, cx, cy, fit_intercept, scaler)

            states.append(_solve(members, problem, matrix, scaler))
        return states

    def materialise(self, state: LinearState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        estimator = super().materialise(state, i)
        assert isinstance(state, LeastSquaresState)
        found = state.solutions[i]
        xp = place_of(state.found.coef).xp
        estimator.rank_, estimator.singular_ = found.rank, xp.astype(found.singular, state.dtype)
        return estimator


def _solve(
    members: Members, problem: LinearProblem, matrix: Any, scaler: Affine | None
) -> LeastSquaresState:
    xp = problem.place.xp
    by_intercept: dict[bool, LeastSquares] = {}
    for fit_intercept in set(members.values("fit_intercept")):
        found = least_squares_from_gram(matrix(fit_intercept), float(members.common["tol"]), xp)
        if found is None:
            raise Declined("the Gram matrix is too ill-conditioned")
        by_intercept[fit_intercept] = found
    solutions = [by_intercept[b] for b in members.values("fit_intercept")]
    coef, intercept = (xp.stack([getattr(s, n) for s in solutions]) for n in ("coef", "intercept"))
    return LeastSquaresState(
        members,
        LinearCoefficients(coef, intercept, scaler),
        problem.y_ndim,
        problem.X.dtype,
        None,
        solutions,
    )


register_shared_fit("sklearn.linear_model:LinearRegression", LeastSquaresFit())
register_shared_fit("gridfold.estimators:LinearRegression", LeastSquaresFit())
