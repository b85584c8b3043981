"""The shared fits of least squares: Ridge, RidgeClassifier and LinearRegression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..arrays import Array, is_sparse, place_of
from ..base import result_place
from ..shared import (
    Affine,
    Cost,
    Declined,
    Folds,
    Members,
    Meta,
    SharedFit,
    register_shared_fit,
)
from .decision import decoded_labels, has_flat_coef, set_linear
from .ridge import solver_of
from .ridge_path import LinearCoefficients, RidgeMember, fit_ridge, fit_ridge_folds
from .ridge_sparse import BySteps, Steps, fit_sparse, fit_sparse_folds
from .targets import LinearProblem, affines_at, float_rows, linear_problem, same_labels_in_folds


@dataclass(frozen=True)
class LinearState:
    """Fitted linear members: the coefficients of all, and the problem without its rows."""

    members: Members
    found: LinearCoefficients
    y_ndim: int
    dtype: Any
    binarizer: Any

    @classmethod
    def of(cls, members: Members, found: LinearCoefficients, problem: LinearProblem) -> LinearState:
        """Keep what answering needs; the training rows are not kept."""
        return cls(members, found, problem.y_ndim, problem.X.dtype, problem.binarizer)


class RidgeFit(SharedFit):
    """Ridge for many penalties: one Gram matrix, and one decomposition of it where that pays."""

    varying = frozenset({"alpha", "fit_intercept"})
    shares_folds = True

    def is_exact(self, params: Mapping[str, Any], meta: Meta) -> bool:
        """Sparse rows are solved in steps, and rounding grows with each."""
        return not meta.sparse

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse positive coefficients, other solvers and one alpha per target."""
        if params.get("positive"):
            return "positive=True"
        solvers = ("auto", "sparse_cg") if meta.sparse else ("auto", "cholesky", "svd")
        if params.get("solver", "auto") not in solvers:
            return f"solver={params['solver']!r} is another algorithm"
        alpha = params.get("alpha", 0.0)
        if not isinstance(alpha, Real) or not 0 <= float(alpha) < float("inf"):
            return "alpha is not one number of at least 0"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the Gram matrix, a solution per member, and the answers."""
        n, p, m = meta.n_samples, meta.n_features or 100, len(members)
        k = meta.n_outputs
        work = n * p * p + m * (p**3 / 3 + 2 * p * p * k) + 2 * n * p * m * k
        return Cost(work, state=8 * m * p * k, responses=8 * n * m * k)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> LinearState:
        """Fit all members from one Gram matrix."""
        problem = self._problem(members, X, y, fit_params)
        found: LinearCoefficients
        if is_sparse(problem.X):

            def alone(i: int) -> tuple[np.ndarray, np.ndarray]:
                plain = members.instance(i).fit(X, y, **fit_params)
                return np.atleast_2d(plain.coef_), np.atleast_1d(plain.intercept_)

            found = fit_sparse(problem, _ridge_members(members), _steps(members), alone)
            return LinearState.of(members, found, problem)
        found = fit_ridge(
            problem.X,
            problem.Y,
            problem.weight,
            _ridge_members(members),
            problem.place.xp,
            solver=members.common["solver"],
        )
        return LinearState.of(members, found, problem)

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
        same_labels_in_folds(members.prototype, y, folds)
        if members.common["solver"] == "svd":
            raise Declined("solver='svd' decomposes the rows of each fold")
        if getattr(members.prototype, "class_weight", None) == "balanced":
            raise Declined("balanced class weights differ from fold to fold")
        problem = self._problem(members, X, y, fit_params)
        affine = affines_at(affine, problem.X.shape[1], problem.place)
        fitted: Sequence[LinearCoefficients]
        if is_sparse(problem.X):
            steps = _steps(members)
            fitted = fit_sparse_folds(problem, _ridge_members(members), steps, folds, affine)
        else:
            fitted = fit_ridge_folds(problem, _ridge_members(members), folds, affine)
        return [LinearState.of(members, found, problem) for found in fitted]

    @staticmethod
    def _problem(
        members: Members, X: Array, y: Array, fit_params: Mapping[str, Any]
    ) -> LinearProblem:
        problem = linear_problem(members.prototype, X, y, fit_params, sparse=True)
        if is_sparse(problem.X) and members.common["solver"] not in ("auto", "sparse_cg"):
            raise Declined(f"solver={members.common['solver']!r} on sparse X")
        return problem

    def respond(
        self, state: LinearState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer for many members by one matrix product; labels where scikit-learn gives labels."""
        outputs = linear_outputs(state, X, members)
        if state.binarizer is None:
            flat = state.y_ndim == 1 or has_flat_coef(state.members.prototype, outputs.shape[2])
            return outputs[:, :, 0] if flat else outputs
        scores = outputs[:, :, 0] if outputs.shape[2] == 1 else outputs
        if method == "decision_function":
            return scores
        place = place_of(outputs)
        rows = [scores[i, ...] for i in range(len(members))]
        answers = [decoded_labels(state.binarizer, row, place.xp) for row in rows]
        return [result_place(place, labels).put(labels) for labels in answers]

    def materialise(self, state: LinearState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        estimator = state.members.instance(i)
        xp = place_of(state.found.coef).xp
        y_ndim = state.y_ndim if state.binarizer is None else 2
        set_linear(
            estimator,
            state.found.coef[i, ...],
            state.found.intercept[i, ...],
            y_ndim,
            state.dtype,
            xp,
        )
        estimator.n_features_in_ = state.found.coef.shape[2]
        if hasattr(estimator, "solver"):  # LinearRegression has none
            solver = "sparse_cg" if isinstance(state.found, BySteps) else solver_of(estimator)
            estimator.n_iter_, estimator.solver_ = None, solver
        if state.binarizer is not None:
            estimator._label_binarizer = state.binarizer
            estimator.classes_ = state.binarizer.classes_
        if hasattr(type(estimator), "_fit_arrays"):
            estimator.fallback_ = "sparse X" if isinstance(state.found, BySteps) else None
        return estimator


def linear_outputs(state: LinearState, X: Array, members: Sequence[int]) -> Array:
    """Return `X coef' + intercept` for the members, of shape (n_members, n_samples, n_outputs)."""
    X = float_rows(X, state.dtype, sparse=True)
    if is_sparse(X):
        return _sparse_outputs(state, X, members)
    if state.found.affine is not None:
        X = _less(X, state.found.affine[0])
    place = place_of(X)
    xp = place.xp
    chosen = place.put(np.asarray(members, dtype=np.int64))
    coef, intercept = (
        xp.take(place.put(array), chosen, axis=0)
        for array in (state.found.unscaled(), state.found.intercept)
    )
    m, k, p = coef.shape
    flat = xp.astype(xp.reshape(coef, (m * k, p)), state.dtype)
    outputs = X @ flat.T + xp.astype(xp.reshape(intercept, (m * k,)), state.dtype)
    return xp.permute_dims(xp.reshape(outputs, (X.shape[0], m, k)), (1, 0, 2))


def _sparse_outputs(state: LinearState, X: Any, members: Sequence[int]) -> np.ndarray:
    """The same for CSR rows, from which nothing can be taken off: the intercept makes up for it."""
    coef, intercept = state.found.unscaled()[members], state.found.intercept[members]
    if state.found.affine is not None:
        intercept = intercept - coef @ state.found.affine[0]
    m, k, p = coef.shape
    flat = coef.reshape(m * k, p).astype(state.dtype)
    outputs = X @ flat.T + intercept.reshape(m * k).astype(state.dtype)
    return outputs.reshape(X.shape[0], m, k).transpose(1, 0, 2)


def _less(X: Array, shift: Array) -> Array:
    """Return `X - shift` in the dtype of `X` (n_samples, n_features), and to its rounding.

    A float64 `shift` (n_features,) of float32 rows is taken off in two parts: its own rounding
    would be an error common to all rows.
    """
    xp = place_of(X).xp
    shift = place_of(X).put(shift)
    if X.dtype == shift.dtype:
        return X - shift
    first = xp.astype(shift, X.dtype)
    rest = shift - xp.astype(first, shift.dtype)
    return X - first - xp.astype(rest, X.dtype)


def _ridge_members(members: Members) -> list[RidgeMember]:
    alphas, intercepts = members.values("alpha"), members.values("fit_intercept")
    return [RidgeMember(float(a), bool(b)) for a, b in zip(alphas, intercepts, strict=True)]


def _steps(members: Members) -> Steps:
    return Steps(float(members.common["tol"]), members.common["max_iter"])


register_shared_fit("sklearn.linear_model:Ridge", RidgeFit())
register_shared_fit("sklearn.linear_model:RidgeClassifier", RidgeFit())
register_shared_fit("gridfold.estimators:Ridge", RidgeFit())
register_shared_fit("gridfold.estimators:RidgeClassifier", RidgeFit())
