"""The shared fit of Gaussian naive Bayes: moments of the classes once, for every smoothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from math import log, pi
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array

from ..arrays import HOST, Array, Place, find_place
from ..discriminant.rows import rows_to_answer, rows_to_fit
from ..shared import Cost, Declined, Members, Meta, SharedFit, State, register_shared_fit
from .base import labels_and_codes
from .gaussian import GaussianModels
from .sums import log_probabilities
from .together import Joint, Together, check_shared


@dataclass(frozen=True)
class GaussianState:
    """Fitted members: an estimator without smoothing, and the variance that each one adds."""

    members: Members
    fitted: Any
    epsilon: Sequence[Any]

    def variances(self, i: int) -> np.ndarray:
        """The smoothed variances of member `i`, of shape (n_classes, n_features)."""
        var = self.fitted.var_.copy()
        var += self.epsilon[i]
        return var


class GaussianNBFit(SharedFit):
    """GaussianNB for many var_smoothing: to the last bit the models of separate fits.

    Labels come from one matrix product per class for all members; probabilities from the same
    operations in the same order as scikit-learn's, on shared squared differences.
    """

    varying = frozenset({"var_smoothing"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X, and smoothings that are no numbers of at least 0."""
        if meta.sparse:
            return "X is sparse"
        smoothing = params.get("var_smoothing", 1e-9)
        if not isinstance(smoothing, Real) or not 0 <= float(smoothing) < float("inf"):
            return "var_smoothing is not one number of at least 0"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a few passes over X, and a product for each class."""
        n, p, m, k = meta.n_samples, meta.n_features or 100, len(members), max(meta.n_outputs, 2)
        work = 20.0 * n * p + k * n * (p + 10.0) * m / 2
        return Cost(work, state=32.0 * k * p, responses=16.0 * n * m * k)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> State:
        """Take the moments of the classes once, without smoothing; all members follow from it."""
        place = find_place(members.common.get("device"), X)
        if place != HOST:
            check_shared(members, X, fit_params)
            return _fit_together(members, X, y, fit_params.get("sample_weight"), place)
        fitted: Any = members.instance(0).set_params(var_smoothing=0.0)
        if fit_params or fitted.priors is not None or hasattr(fitted, "device"):
            fitted.fit(X, y, **fit_params)
            X = check_array(X, ensure_all_finite=False)
        else:
            X = _take_moments(fitted, X, y)
        if fitted.theta_.dtype not in (np.float32, np.float64):
            raise Declined(f"X is of dtype {fitted.theta_.dtype}")
        if not np.all(fitted.class_prior_ > 0):
            raise Declined("a class has prior 0")
        largest = np.max(np.var(X, axis=0))
        epsilon = [smoothing * largest for smoothing in members.values("var_smoothing")]
        return GaussianState(members, fitted, epsilon)

    def respond(
        self, state: State, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer predict, predict_proba or predict_log_proba for many members."""
        if isinstance(state, Together):
            return state.respond(X, method, members)
        given = X
        X = rows_to_answer(state.fitted, given)
        var = np.stack([state.variances(i) for i in members])
        models = GaussianModels(state.fitted.theta_, var, state.fitted.class_prior_)
        classes = state.fitted.classes_
        if len(classes) < 2 or not models.are_plain.any():
            return [self._alone(state, given, method, i) for i in members]
        if models.are_plain.all():
            return _answers(models, X, method, classes)
        found = iter(_answers(replace(models, var=var[models.are_plain]), X, method, classes))
        return [
            next(found) if is_plain else self._alone(state, given, method, i)
            for i, is_plain in zip(members, models.are_plain, strict=True)
        ]

    def _alone(self, state: GaussianState, X: Array, method: str, i: int) -> Array:
        return getattr(self.materialise(state, i), method)(X)

    def materialise(self, state: State, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes, of its own."""
        if isinstance(state, Together):
            return state.member(i)
        estimator: Any = state.members.instance(i)
        params = estimator.get_params(deep=False)
        for name, value in vars(state.fitted).items():
            if name not in params:
                setattr(estimator, name, deepcopy(value))
        estimator.epsilon_ = state.epsilon[i]
        estimator.var_ = state.variances(i)
        return estimator


def _fit_together(members: Members, X: Array, y: Array, weight: Any, place: Place) -> Together:
    """Take the moments once where X is, and smooth them for each member."""
    first: Any = members.instance(0)
    first._validate_params()
    data = first._open(X, y, weight, place, reset=True)
    first.classes_, codes = labels_and_codes(data.y)
    seen = first._seen(data, codes)
    params = first.get_params(deep=False)
    known = {name: value for name, value in vars(first).items() if name not in params}
    models: list[Any] = [members.instance(i) for i in range(len(members))]
    for model in models:
        vars(model).update(known, fallback_=None)
        model._smooth(seen)
    if not bool(place.xp.all(models[0].class_prior_ > 0)):
        raise Declined("a class has prior 0")
    return Together(models, _joint_of)


def _joint_of(models: Sequence[Any], place: Place) -> Joint:
    """Return the likelihoods of several models: each class takes one product for all of them."""
    xp = place.xp
    theta, prior = (
        place.put(getattr(models[0], n), xp.float64) for n in ("theta_", "class_prior_")
    )
    var = xp.stack([place.put(model.var_, xp.float64) for model in models])
    constants = xp.sum(xp.log(var), axis=2) + theta.shape[1] * log(2 * pi)
    constants = xp.log(prior) - 0.5 * constants

    def joint(X: Array) -> Array:
        columns = []
        for c in range(theta.shape[0]):
            squares = X - theta[c, :]
            squares *= squares
            columns.append(constants[:, c][:, None] - (0.5 / var[:, c, :]) @ squares.T)
        return xp.stack(columns, axis=2)

    return joint


def _take_moments(estimator: Any, X: Array, y: Array) -> np.ndarray:
    """Fit an estimator without weights, priors and smoothing as its own fit does; return X.

    Its own fit takes each mean twice, and the variance of all rows, which is needed here too.
    """
    X, y = rows_to_fit(estimator, X, y)
    classes = estimator.classes_
    dtype = X.dtype if X.dtype.kind == "f" else np.float64
    estimator.theta_ = np.zeros((len(classes), X.shape[1]), dtype=dtype)
    estimator.var_ = np.zeros_like(estimator.theta_)
    estimator.class_count_ = np.zeros(len(classes), dtype=dtype)
    for code, label in enumerate(classes):
        rows = X[y == label]
        mean = np.mean(rows, axis=0, keepdims=True)
        estimator.theta_[code, :] = mean[0]
        estimator.var_[code, :] = np.var(rows, axis=0, mean=mean)
        estimator.class_count_[code] += len(rows)
    estimator.class_prior_ = estimator.class_count_ / np.sum(estimator.class_count_)
    return X


def _answers(models: GaussianModels, X: Array, method: str, classes: Array) -> Any:
    """What models with positive variances answer, of shape (n_members, n_samples, ...)."""
    if method == "predict":
        return classes[models.codes(X)]
    answers: Any = None
    for rows, joint in models.joint_blocks(X):
        if answers is None:
            answers = np.empty((*joint.shape[:2], len(X)), dtype=joint.dtype)
        for i in range(joint.shape[1]):  # one at a time: it stays in the cache
            part = log_probabilities(joint[:, i], pairwise=False)
            answers[:, i, rows] = part if method == "predict_log_proba" else np.exp(part)
    return np.transpose(answers, (1, 2, 0))


for _home in ("sklearn.naive_bayes", "gridfold.estimators"):
    register_shared_fit(f"{_home}:GaussianNB", GaussianNBFit())
