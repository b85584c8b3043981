"""The shared fit of logistic regression: one path of warm starts over the strengths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets

from ..arrays import HOST, Array, is_foreign, is_sparse, place_of, to_numpy
from ..base import result_place
from ..shared import Affine, Cost, Declined, Folds, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import check_sample_weight
from .decision import labels_of
from .glm_losses import log_loss
from .glm_path import Solution, path_work, solve_members
from .glm_preconditioner import FULL_COLUMNS
from .glm_scales import check_correlation, check_scales
from .logistic import (
    class_numbers,
    log_of,
    logistic_fallback,
    probabilities,
    row_weights,
    set_logistic,
    strength,
)
from .ridge_path import LinearCoefficients
from .shared_ridge import LinearState, linear_outputs
from .targets import affines_at, float_rows, same_labels_in_folds

_MIN_STEPS, _MAX_TOL = 50, 1e-3  # scikit-learn's own fit stops well short of the minimum beyond


@dataclass(frozen=True)
class LogisticState(LinearState):
    """Fitted logistic members, with the classes and the Newton steps of each member."""

    classes: np.ndarray = field(kw_only=True)
    n_iter: Sequence[int] = field(kw_only=True)


@dataclass(frozen=True)
class _Training:
    """Checked training data: rows, labels as given, class numbers and weights (NumPy)."""

    X: Array
    y: np.ndarray
    classes: np.ndarray
    codes: Array
    sample_weight: np.ndarray | None


class LogisticFit(SharedFit):
    """Logistic regression for many C: each minimum starts from those of the stronger penalties.

    Members are taken to the minimum, whatever their `tol` and `max_iter`: scikit-learn's own fit
    stops earlier, and its scores differ from those of its minimum by that much.

    `fit_folds` works, but a search does not ask for it: on a CPU, products with one column per fold
    are no quicker than the folds one by one (measured), and those can run side by side.
    """

    varying = frozenset({"C", "fit_intercept"})
    exact = False
    shares_folds = False

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse other penalties and solvers, and fits that stop on purpose."""
        for name, default in (("C", 1.0), ("max_iter", 100), ("tol", 1e-4)):
            if not isinstance(params.get(name, default), Real):
                return f"{name} is not one number"
        if not params.get("C", 1.0) > 0:
            return "C is not above 0"
        if params.get("max_iter", 100) < _MIN_STEPS:
            return f"max_iter={params['max_iter']} stops short of the minimum"
        if params.get("tol", 1e-4) > _MAX_TOL:
            return f"tol={params['tol']} stops short of the minimum"
        if params.get("l1_ratio"):
            return f"l1_ratio={params['l1_ratio']!r} has no kernel in the shared fit"
        if params.get("solver") == "saga":
            return "solver='saga' is another algorithm"
        reason = logistic_fallback(params)
        return None if reason is None else reason.replace(" here", " in the shared fit")

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: about six products with the rows for each member, and its answers."""
        n, p, m = meta.n_samples, meta.n_features or 100, len(members)
        k = meta.n_classes or 2
        work = path_work(n, p, m) * (k if k > 2 else 1)
        return Cost(work, state=8.0 * m * p * k, responses=16.0 * n * m * k)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> LogisticState:
        """Fit all members along one path."""
        data = _training(members, X, y, fit_params)
        weight = row_weights(
            members.common["class_weight"], data.classes, data.y, data.sample_weight
        )
        return _fit(members, data, weight[None, :], None)[0]

    def fit_folds(
        self,
        members: Members,
        X: Array,
        y: Array,
        folds: Folds,
        affine: Sequence[Affine] | None = None,
        **fit_params: Any,
    ) -> list[LogisticState]:
        """Fit all members on all folds: each fold is one more column of every matrix product.

        Raises
        ------
        Declined
            When a training part lacks a class, or the scaler in front has no place in the penalty.
        """
        same_labels_in_folds(members.prototype, y, folds)
        data = _training(members, X, y, fit_params)
        affine = affines_at(affine, data.X.shape[1], place_of(data.X))
        if affine is not None:
            _check_affine(members, data.X, affine)
        weight = np.zeros((len(folds), len(data.y)))
        for k, (train, _) in enumerate(folds):
            rows = to_numpy(train)
            part = None if data.sample_weight is None else data.sample_weight[rows]
            balance = members.common["class_weight"]
            weight[k, rows] = row_weights(balance, data.classes, data.y[rows], part)
        return _fit(members, data, weight, affine)

    def respond(
        self, state: LogisticState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer for many members by one matrix product; labels where scikit-learn gives labels."""
        scores = linear_outputs(state, X, members)
        if scores.shape[2] == 1:
            scores = scores[:, :, 0]
        if method == "decision_function":
            return scores
        xp = place_of(scores).xp
        if method == "predict":
            answers = [labels_of(state.classes, scores[i, ...], xp) for i in range(len(members))]
            return [result_place(place_of(scores), labels).put(labels) for labels in answers]
        proba = [probabilities(scores[i, ...], xp) for i in range(len(members))]
        return proba if method == "predict_proba" else [log_of(row, xp) for row in proba]

    def materialise(self, state: LogisticState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        estimator = state.members.instance(i)
        coef, intercept = state.found.coef[i, ...], state.found.intercept[i, ...]
        n_iter = max(state.n_iter[i], 1)
        set_logistic(estimator, coef, intercept, n_iter, state.dtype, place_of(coef).xp)
        estimator.classes_ = state.classes
        estimator.n_features_in_ = coef.shape[1]
        if _is_ours(estimator):
            estimator.fallback_ = None
        return estimator


def _training(members: Members, X: Array, y: Array, fit_params: Mapping[str, Any]) -> _Training:
    others = set(fit_params) - {"sample_weight"}
    if others:
        raise Declined(f"the fit parameter {sorted(others)[0]!r} is given")
    if getattr(members.prototype, "_skl_callbacks", None):
        raise Declined("callbacks follow the steps of scikit-learn's solver")
    X, y = float_rows(X, sparse=not _is_ours(members.prototype)), to_numpy(y)
    if not _is_ours(members.prototype):
        check_scales(X, members.common["solver"])
    if not is_sparse(X) and place_of(X) == HOST and min(X.shape) > FULL_COLUMNS:
        # Measured: with a diagonal preconditioner the path is slower than scikit-learn's fits.
        raise Declined(f"X has more than {FULL_COLUMNS} columns")
    if not is_sparse(X) and place_of(X) == HOST and not _is_ours(members.prototype):
        check_correlation(X)
    check_classification_targets(y)
    if y.ndim != 1 or len(np.unique(y)) < 2:
        raise Declined("y is not one column of at least two classes")
    weight = fit_params.get("sample_weight")
    if weight is not None:
        weight = to_numpy(weight) if is_foreign(weight) else weight
        weight = check_sample_weight(weight, y, dtype=np.float64)
    classes, codes = class_numbers(y)
    return _Training(X, y, classes, place_of(X).put(codes.astype(np.float64)), weight)


def _is_ours(estimator: BaseEstimator) -> bool:
    """Whether it is gridfold's class, whose own fit leaves sparse rows to scikit-learn."""
    return hasattr(type(estimator), "_fit_arrays")


def _check_affine(members: Members, X: Array, affine: Sequence[Affine]) -> None:
    if X.shape[0] <= X.shape[1]:
        raise Declined("there are fewer rows than columns behind a scaler")
    xp = place_of(X).xp
    shifted = any(bool(xp.any(shift != 0)) for shift, _ in affine)
    if shifted and not all(members.values("fit_intercept")):
        raise Declined("without intercept, a scaler that shifts is no change of penalty")


def _fit(
    members: Members, data: _Training, weight: np.ndarray, affine: Sequence[Affine] | None
) -> list[LogisticState]:
    """Fit all members for each row of `weight` (n_problems, n_samples)."""
    by_class = weight @ np.eye(len(data.classes))[to_numpy(data.codes).astype(int)]
    if not (np.all(weight >= 0) and np.all(by_class > 0)):
        raise Declined("a weight is negative, or a class has none")
    place = place_of(data.X)
    scale = None if affine is None else place.xp.stack([scale for _, scale in affine])
    strengths = [strength(members.params(i)) for i in range(len(members))]
    pairs = list(zip(strengths, map(bool, members.values("fit_intercept")), strict=True))
    loss = log_loss(len(data.classes))
    found = solve_members(data.X, data.codes, place.put(weight), loss, pairs, scale=scale)
    return [
        _state(members, data, found, k, None if affine is None else affine[k])
        for k in range(weight.shape[0])
    ]


def _state(
    members: Members,
    data: _Training,
    found: Sequence[Solution],
    k: int,
    affine: Affine | None,
) -> LogisticState:
    xp = place_of(data.X).xp
    if not all(bool(solution.converged[k]) for solution in found):
        raise Declined("Newton's method has not converged")
    coef = xp.stack([solution.coef[k, ...] for solution in found])
    intercept = xp.stack([solution.intercept[k, ...] for solution in found])
    if affine is not None:  # to the coordinates behind the scaler, as LinearCoefficients has it
        shift, scale = affine
        intercept = intercept + xp.sum(coef * shift[None, None, :], axis=2)
        coef = coef * scale[None, None, :]
    return LogisticState(
        members,
        LinearCoefficients(coef, intercept, affine),
        1,
        data.X.dtype,
        None,
        classes=data.classes,
        n_iter=[solution.n_iter for solution in found],
    )


register_shared_fit("sklearn.linear_model:LogisticRegression", LogisticFit())
register_shared_fit("gridfold.estimators:LogisticRegression", LogisticFit())
