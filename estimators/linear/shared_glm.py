"""The shared fits of PoissonRegressor, GammaRegressor and TweedieRegressor: a path over alpha."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array

from ..arrays import HOST, Array, is_foreign, is_sparse, place_of, to_numpy
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import check_sample_weight
from .decision import set_linear
from .glm_losses import GammaLoss, PoissonLoss, SquaredLoss, TweedieLoss
from .glm_path import Solution, path_work, solve_members
from .glm_scales import check_correlation, check_scales
from .ridge_path import LinearCoefficients
from .shared_ridge import LinearState, linear_outputs
from .targets import float_rows

_MIN_STEPS, _MAX_TOL = 50, 1e-3  # scikit-learn's own fit stops well short of the minimum beyond


@dataclass(frozen=True)
class GlmState(LinearState):
    """Fitted members, the Newton steps of each, whether mean is `e^z` or z, and X was sparse."""

    n_iter: Sequence[int] = field(kw_only=True)
    log_link: bool = field(kw_only=True)
    sparse: bool = field(kw_only=True)


class GlmFit(SharedFit):
    """Generalised linear models for many alphas: each minimum starts from those before it.

    Members are taken to the minimum, whatever their `tol` and `max_iter`: scikit-learn's own fit
    stops earlier, and its scores differ from those of its minimum by that much.
    """

    varying = frozenset({"alpha", "fit_intercept"})
    exact = False

    def __init__(self, power: float | None) -> None:
        self.power = power  # of the deviance; None where it is a parameter

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse losses that are not convex, and fits that stop on purpose."""
        for name, default in (("alpha", 1.0), ("max_iter", 100), ("tol", 1e-4)):
            if not isinstance(params.get(name, default), Real):
                return f"{name} is not one number"
        if not 0 <= params["alpha"] < float("inf"):
            return "alpha is not a finite number of at least 0"
        if params["solver"] not in ("lbfgs", "newton-cholesky"):
            return f"solver={params['solver']!r} is another algorithm"
        if params["max_iter"] < _MIN_STEPS:
            return f"max_iter={params['max_iter']} stops short of the minimum"
        if not 0 < params["tol"] <= _MAX_TOL:
            return f"tol={params['tol']} stops short of the minimum"
        if params["warm_start"]:
            return "warm_start=True goes on from the last fit"
        if self._loss(params) is None:
            return f"power={params['power']} with link={params['link']!r} has no shared fit"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: about six products with the rows for each member, and its answers."""
        n, p, m = meta.n_samples, meta.n_features or 100, len(members)
        return Cost(path_work(n, p, m), state=16.0 * m * p, responses=16.0 * n * m)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> GlmState:
        """Fit all members along one path."""
        others = set(fit_params) - {"sample_weight"}
        if others:
            raise Declined(f"the fit parameter {sorted(others)[0]!r} is given")
        X = float_rows(X, sparse=True)
        if _is_float32(X) and members.common["solver"] == "newton-cholesky":
            raise Declined("X is float32, which solver='newton-cholesky' may turn into float64")
        check_scales(X, members.common["solver"])
        place = place_of(X)
        if not is_sparse(X) and place == HOST:
            check_correlation(X)
        y = _targets(y, X)
        weight = _weights(fit_params.get("sample_weight"), y)
        loss = self._loss(members.common)
        _check_range(loss, y, weight)
        pairs = [
            (1.0 / alpha if alpha > 0 else float("inf"), bool(b))
            for alpha, b in zip(
                members.values("alpha"), members.values("fit_intercept"), strict=True
            )
        ]
        # Here the mean loss is minimised: weights that add up to 1 make C of it 1 / alpha.
        found = solve_members(
            X, place.put(y), place.put((weight / np.sum(weight))[None, :]), loss, pairs
        )
        return _state(members, found, X, not isinstance(loss, SquaredLoss))

    def respond(
        self, state: GlmState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer `predict` for many members by one matrix product."""
        outputs = linear_outputs(state, X, members)[:, :, 0]
        return place_of(outputs).xp.exp(outputs) if state.log_link else outputs

    def materialise(self, state: GlmState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        estimator = state.members.instance(i)
        coef = state.found.coef[i, ...]
        xp = place_of(coef).xp
        set_linear(estimator, coef, state.found.intercept[i, ...], 1, state.dtype, xp)
        estimator.n_iter_ = state.n_iter[i]
        estimator.n_features_in_ = coef.shape[1]
        estimator._base_loss = estimator._get_loss()
        if hasattr(type(estimator), "_fit_arrays"):  # gridfold's class leaves sparse rows to others
            estimator.fallback_ = "sparse X" if state.sparse else None
        return estimator

    def _loss(self, params: Mapping[str, Any]) -> Any:
        """Return the loss, or None where it is not convex or has no start."""
        if self.power is not None:
            return PoissonLoss() if self.power == 1 else GammaLoss()
        power, link = params["power"], params["link"]
        if not isinstance(power, (int, float, np.number)):
            return None
        if link == "auto":
            link = "identity" if power <= 0 else "log"
        if link == "identity":
            return SquaredLoss() if power == 0 else None
        if link != "log" or not 1 <= power <= 2:
            return None
        known = {1.0: PoissonLoss(), 2.0: GammaLoss()}
        return known.get(float(power), TweedieLoss(float(power)))


def _is_float32(X: Array) -> bool:
    return bool(X.dtype == place_of(X).xp.float32)


def _targets(y: Any, X: Array) -> np.ndarray:
    """Return targets (n_samples,), rounded to the dtype of X, in float64."""
    y = to_numpy(y)
    if y.ndim != 1 or y.dtype.kind not in "biuf":
        raise Declined("y is not one column of numbers")
    dtype = np.float32 if _is_float32(X) else np.float64
    return check_array(y, ensure_2d=False, dtype=dtype).astype(np.float64)


def _weights(weight: Any, y: np.ndarray) -> np.ndarray:
    if weight is None:
        return np.ones(len(y))
    weight = to_numpy(weight) if is_foreign(weight) else weight
    weight = check_sample_weight(weight, y, dtype=np.float64)
    if not (np.all(weight >= 0) and np.sum(weight) > 0):
        raise Declined("a weight is negative, or all are zero")
    return weight


def _check_range(loss: Any, y: np.ndarray, weight: np.ndarray) -> None:
    if isinstance(loss, SquaredLoss):
        return
    lowest = float(np.min(y))
    if lowest < 0 or (lowest == 0 and isinstance(loss, GammaLoss)):
        raise Declined("a target is out of the valid range of the loss")
    if not np.sum(weight * y) > 0:
        raise Declined("all targets are zero")


def _state(members: Members, found: Sequence[Solution], X: Any, log_link: bool) -> GlmState:
    xp = place_of(found[0].coef).xp
    if not all(bool(solution.converged[0]) for solution in found):
        raise Declined("Newton's method has not converged")
    coef = xp.stack([solution.coef[0, ...] for solution in found])
    intercept = xp.stack([solution.intercept[0, ...] for solution in found])
    n_iter = [max(solution.n_iter, 1) for solution in found]
    return GlmState(
        members,
        LinearCoefficients(coef, intercept),
        1,
        X.dtype,
        None,
        n_iter=n_iter,
        log_link=log_link,
        sparse=is_sparse(X),
    )


for _name, _power in (("Poisson", 1.0), ("Gamma", 2.0), ("Tweedie", None)):
    register_shared_fit(f"sklearn.linear_model:{_name}Regressor", GlmFit(_power))
    register_shared_fit(f"gridfold.estimators:{_name}Regressor", GlmFit(_power))
