"""The shared fit of Lasso and ElasticNet: one Gram matrix, one path of penalties."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..arrays import Array
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
from .decision import set_linear
from .elastic_net import bring_to, dtype_on_host
from .lasso_gram import Effort
from .lasso_path import LassoCoefficients, LassoMember, fit_lasso, fit_lasso_folds
from .shared_ridge import LinearState, linear_outputs
from .targets import LinearProblem, affines_at, linear_problem

_FEWEST_ROUNDS = 100  # of coordinate descent: with fewer, where it stops is the answer
_LOOSEST = 1e-3  # tolerance: with more, likewise


class LassoFit(SharedFit):
    """Lasso and elastic net for many penalties, from the Gram matrix or the columns in use."""

    varying = frozenset({"alpha", "l1_ratio", "fit_intercept"})
    exact = False
    shares_folds = True

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what stops far from the optimum, and what is not this optimum at all."""
        alpha, l1_ratio = params.get("alpha"), params.get("l1_ratio", 1.0)
        if not isinstance(alpha, Real) or not 0 < float(alpha) < float("inf"):
            return "alpha is not one number above 0"
        if not isinstance(l1_ratio, Real) or not 0 <= float(l1_ratio) <= 1:
            return "l1_ratio is not a number from 0 to 1"
        if params.get("selection", "cyclic") != "cyclic":
            return "selection='random' draws the order of its steps"
        if not isinstance(params.get("precompute", False), bool):
            return "precompute is a Gram matrix of its own"
        if params.get("positive") and float(l1_ratio) == 0:
            return "positive=True without an l1 penalty"
        return _stops_early(params)

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the Gram matrix, a few hundred rounds per member, and the answers."""
        n, p, m = meta.n_samples, meta.n_features or 100, len(members)
        k, q = meta.n_outputs, min(p, 1000)
        work = n * p * min(p, 1000) + 300 * m * k * q * q + 2 * n * p * m * k
        return Cost(work, state=8 * m * p * k, responses=8 * n * m * k)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> LinearState:
        """Fit all members from one Gram matrix."""
        problem = _problem(members, X, y, fit_params)
        found = fit_lasso(problem, _members(members), _effort(members))
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
        problem = _problem(members, X, y, fit_params)
        affine = affines_at(affine, problem.X.shape[1], problem.place)
        fitted = fit_lasso_folds(problem, _members(members), _effort(members), folds, affine)
        return [LinearState.of(members, found, problem) for found in fitted]

    def respond(
        self, state: LinearState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Predict for many members by one matrix product."""
        outputs = linear_outputs(state, X, members)
        return outputs[:, :, 0] if outputs.shape[2] == 1 else outputs

    def materialise(self, state: LinearState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        estimator = state.members.instance(i)
        found = state.found
        assert isinstance(found, LassoCoefficients)
        dtype = dtype_on_host(state.dtype)
        set_linear(estimator, found.coef[i], found.intercept[i], state.y_ndim, dtype, np)
        gap, n_iter = found.gap[i].astype(dtype), found.n_iter[i].tolist()
        if len(n_iter) == 1:
            estimator.coef_ = estimator.coef_.reshape(-1)
            gap, n_iter = gap[0], n_iter[0]
        estimator.dual_gap_, estimator.n_iter_ = gap, n_iter
        estimator.n_features_in_ = found.coef.shape[2]
        if hasattr(type(estimator), "_fit_arrays"):
            bring_to(estimator, found.home)
            estimator.fallback_ = found.reason
        return estimator


class JointLassoFit(LassoFit):
    """Lasso and elastic net of several targets, which share their columns."""

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what `LassoFit` does, and members without an l1 penalty."""
        if params.get("l1_ratio") == 0:
            return "l1_ratio is 0"
        return super().declines(params, meta)

    def respond(
        self, state: LinearState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Predict all targets for many members by one matrix product."""
        return linear_outputs(state, X, members)

    def materialise(self, state: LinearState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        estimator, found = state.members.instance(i), state.found
        assert isinstance(found, LassoCoefficients)
        dtype = dtype_on_host(state.dtype)
        set_linear(estimator, found.coef[i], found.intercept[i], 2, dtype, np)
        estimator.coef_ = np.asfortranarray(estimator.coef_)
        estimator.dual_gap_, estimator.n_iter_ = float(found.gap[i, 0]), int(found.n_iter[i, 0])
        estimator.eps_ = float(found.tolerance[i, 0])
        estimator.n_features_in_ = found.coef.shape[2]
        return estimator


def _stops_early(params: Mapping[str, Any]) -> str | None:
    max_iter, tol = params.get("max_iter"), params.get("tol")
    if not isinstance(max_iter, Integral) or int(max_iter) < _FEWEST_ROUNDS:
        return f"max_iter is below {_FEWEST_ROUNDS}: it may stop before the optimum"
    if not isinstance(tol, Real) or not 0 <= float(tol) <= _LOOSEST:
        return f"tol is above {_LOOSEST}: it stops before the optimum"
    return None


def _problem(members: Members, X: Any, y: Any, fit_params: Mapping[str, Any]) -> LinearProblem:
    """Check the training data.

    Raises
    ------
    Declined
        When they do not go with joint targets, and where `linear_problem` does.
    """
    problem = linear_problem(members.prototype, X, y, fit_params, sparse=True)
    if _is_joint(members) and problem.y_ndim == 1:
        raise Declined("the target is one column")
    if _is_joint(members) and problem.weight is not None:
        raise Declined("there are sample weights")
    return problem


def _is_joint(members: Members) -> bool:
    return type(members.prototype).__name__.startswith("MultiTask")


def _effort(members: Members) -> Effort:
    common = members.common
    positive, joint = bool(common.get("positive")), _is_joint(members)
    return Effort(float(common["tol"]), int(common["max_iter"]), positive, joint)


def _members(members: Members) -> list[LassoMember]:
    ratios = members.values("l1_ratio") if "l1_ratio" in members.common else [1.0] * len(members)
    values = zip(members.values("alpha"), ratios, members.values("fit_intercept"), strict=True)
    return [LassoMember(float(a), float(r), bool(b)) for a, r, b in values]


register_shared_fit("sklearn.linear_model:Lasso", LassoFit())
register_shared_fit("sklearn.linear_model:ElasticNet", LassoFit())
register_shared_fit("gridfold.estimators:Lasso", LassoFit())
register_shared_fit("gridfold.estimators:ElasticNet", LassoFit())
register_shared_fit("sklearn.linear_model:MultiTaskLasso", JointLassoFit())
register_shared_fit("sklearn.linear_model:MultiTaskElasticNet", JointLassoFit())
