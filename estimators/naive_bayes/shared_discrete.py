"""The shared fits of discrete naive Bayes: counts of the classes once, for every smoothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_non_negative, validate_data

from ..arrays import HOST, Array, Place, find_place, is_foreign
from ..discriminant.rows import rows_to_answer
from ..shared import Cost, Declined, Members, Meta, SharedFit, State, register_shared_fit
from ..sklearn_private import smoothed_anew
from .discrete import DiscreteModels
from .together import Joint, Together, check_shared


@dataclass(frozen=True)
class DiscreteState:
    """Fitted members, which have their counts in common."""

    members: Members
    models: Sequence[Any]


class DiscreteNBFit(SharedFit):
    """A discrete naive Bayes for many alpha: to the last bit the models of separate fits.

    All members together are one linear model: labels come from one matrix product, where rounding
    leaves no doubt, and probabilities from the same products as scikit-learn's.
    """

    varying = frozenset({"alpha", "fit_prior", "force_alpha", "norm"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse one alpha per feature, and what scikit-learn refuses."""
        alpha = params.get("alpha", 1.0)
        if not isinstance(alpha, Real) or not 0 <= float(alpha) < float("inf"):
            return "alpha is not one number of at least 0"
        for name in ("fit_prior", "force_alpha", "norm"):
            if not isinstance(params.get(name, True), bool | np.bool_):
                return f"{name} is neither True nor False"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: one count, coefficients for each member, and products."""
        n, p, m, k = meta.n_samples, meta.n_features or 100, len(members), max(meta.n_outputs, 2)
        work = 2.0 * n * p * k + m * k * (20.0 * p + n * (p + 10.0) / 2)
        return Cost(work, state=8.0 * m * k * p, responses=16.0 * n * m * k)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> State:
        """Count once, and smooth the counts for each member."""
        place = find_place(members.common.get("device"), X)
        if place != HOST:
            return _fit_together(members, X, y, place, fit_params)
        return self.fit_on_host(members, X, y, **fit_params)

    def fit_on_host(self, members: Members, X: Array, y: Array, **fit_params: Any) -> DiscreteState:
        """Count once, and smooth the counts for each member."""
        counted = self.counted(members.instance(0), X, y, **fit_params)
        others = (members.params(i) for i in range(1, len(members)))
        return DiscreteState(members, [counted, *(smoothed_anew(counted, **one) for one in others)])

    def respond(
        self, state: State, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer predict, predict_proba or predict_log_proba; in doubt a member is asked itself."""
        if isinstance(state, Together):
            return state.respond(X, method, members)
        chosen = [state.models[i] for i in members]
        answers: list[Any] = [None] * len(chosen)
        linear = [self.linear(model) for model in chosen]
        clear = [i for i, (coef, intercept) in enumerate(linear) if _is_clear(coef, intercept)]
        if clear and method in ("predict", "predict_proba", "predict_log_proba"):
            rows = self.columns(chosen[0], X)
            models = DiscreteModels(*zip(*(linear[i] for i in clear), strict=True))
            found = _answers(models, rows, method, chosen[0].classes_)
            for i, answer in zip(clear, found, strict=True):
                answers[i] = answer
        return [
            getattr(model, method)(X) if answer is None else answer
            for model, answer in zip(chosen, answers, strict=True)
        ]

    def counted(self, model: Any, X: Array, y: Array, **fit_params: Any) -> Any:
        """Fit one member, and with it the counts of all."""
        return model.fit(X, y, **fit_params)

    def linear(self, model: Any) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients (n_classes, n_columns) and intercept (n_classes,) of a model."""
        return model.feature_log_prob_, model.class_log_prior_

    def columns(self, model: Any, X: Any) -> Any:
        """Check rows as a model does, and return what its coefficients belong to."""
        if hasattr(X, "tocsr"):
            return validate_data(model, X, accept_sparse="csr", reset=False)
        return rows_to_answer(model, X).astype(np.float64, copy=False)

    def materialise(self, state: State, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes, of its own."""
        if isinstance(state, Together):
            return state.member(i)
        estimator: Any = state.members.instance(i)
        params = estimator.get_params(deep=False)
        for name, value in vars(state.models[i]).items():
            if name not in params:
                setattr(estimator, name, deepcopy(value))
        return estimator


class ComplementNBFit(DiscreteNBFit):
    """ComplementNB: the classes' priors have no part in its scores."""

    def linear(self, model: Any) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients and intercept of a model."""
        return model.feature_log_prob_, np.zeros(len(model.classes_))


class BernoulliNBFit(DiscreteNBFit):
    """BernoulliNB: a feature that is absent counts too."""

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what scikit-learn refuses."""
        threshold = params.get("binarize", 0.0)
        if threshold is not None and not (isinstance(threshold, Real) and float(threshold) >= 0):
            return "binarize is not one number of at least 0"
        return super().declines(params, meta)

    def counted(self, model: Any, X: Array, y: Array, **fit_params: Any) -> Any:
        """Fit one member, and cut dense rows at its threshold by one comparison."""
        threshold = model.binarize
        if threshold is None or hasattr(X, "tocsr"):
            return super().counted(model, X, y, **fit_params)
        X, y = validate_data(model, X, y)
        names = getattr(model, "feature_names_in_", None)
        model.binarize = None
        model.fit(np.greater(X, threshold).astype(np.float64), y, **fit_params)
        model.binarize = threshold
        if names is not None:
            model.feature_names_in_ = names
        return model

    def linear(self, model: Any) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients and intercept of a model."""
        with np.errstate(divide="ignore", invalid="ignore"):
            absent = np.log(1 - np.exp(model.feature_log_prob_))
            coef = model.feature_log_prob_ - absent
            return coef, model.class_log_prior_ + absent.sum(axis=1)

    def columns(self, model: Any, X: Any) -> Any:
        """Check rows, and cut them at the threshold."""
        X = super().columns(model, X)
        if model.binarize is None:
            return X
        if not hasattr(X, "tocsr"):
            return np.greater(X, model.binarize).astype(np.float64)
        from sklearn.preprocessing import binarize

        return binarize(X, threshold=model.binarize)


class CategoricalNBFit(DiscreteNBFit):
    """CategoricalNB: each category of a feature is a column of zeros and ones."""

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X too."""
        return "X is sparse" if meta.sparse else super().declines(params, meta)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> State:
        """Count on the host, where scikit-learn does, whatever device is asked for."""
        if is_foreign(X):
            raise Declined("X is not on the host, where categories are counted")
        return self.fit_on_host(members, X, y, **fit_params)

    def linear(self, model: Any) -> tuple[np.ndarray, np.ndarray]:
        """Coefficients and intercept of a model."""
        return np.concatenate(model.feature_log_prob_, axis=1), model.class_log_prior_

    def columns(self, model: Any, X: Any) -> Any:
        """Check rows, and mark the category of each feature in a sparse matrix."""
        from scipy.sparse import csr_array

        X = validate_data(model, X, dtype="int", accept_sparse=False, reset=False)
        check_non_negative(X, "CategoricalNB (input X)")
        sizes = [table.shape[1] for table in model.feature_log_prob_]
        if np.greater_equal(X, sizes).any():
            raise IndexError("A category is not among those of the training rows.")
        n_samples, n_features = X.shape
        indices = (X + np.concatenate([[0], np.cumsum(sizes)[:-1]])).reshape(-1)
        starts = np.arange(0, n_samples * n_features + 1, n_features)
        return csr_array((np.ones(len(indices)), indices, starts), (n_samples, sum(sizes)))


def _fit_together(
    members: Members, X: Array, y: Array, place: Place, fit_params: Mapping[str, Any]
) -> Together:
    """Count where X is, and smooth the counts, which are few, on the host."""
    check_shared(members, X, fit_params)
    counted: Any = members.instance(0).fit(X, y, **fit_params)
    counted._bring_to_host()
    others = (members.params(i) for i in range(1, len(members)))
    models = [counted, *(smoothed_anew(counted, **one) for one in others)]
    for model in models:
        model._put(place)
    return Together(models, _joint_of)


def _joint_of(models: Sequence[Any], place: Place) -> Joint:
    """Return the likelihoods of several models, which are one linear model together."""
    xp = place.xp
    coefs, intercepts = zip(*(model._linear(place, xp) for model in models), strict=True)
    coef = xp.concat(coefs)
    intercept = None if intercepts[0] is None else xp.concat(intercepts)

    def joint(X: Array) -> Array:
        found = X @ coef.T
        if intercept is not None:
            found += intercept[None, :]
        found = xp.reshape(found, (X.shape[0], len(models), -1))
        return xp.permute_dims(found, (1, 0, 2))

    return joint


def _is_clear(coef: np.ndarray, intercept: np.ndarray) -> bool:
    """Whether a model has several classes and no probability of 0."""
    return len(coef) > 1 and bool(np.isfinite(coef).all() and np.isfinite(intercept).all())


def _answers(models: DiscreteModels, X: Any, method: str, labels: np.ndarray) -> Any:
    """Return what the models answer; None for labels that rounding leaves open."""
    if method == "predict":
        return [None if codes is None else labels[codes] for codes in models.codes(X)]
    found = models.log_probabilities(X)
    if method == "predict_proba":
        np.exp(found, out=found)
    return np.transpose(found, (1, 2, 0))


for _name, _shared in {
    "MultinomialNB": DiscreteNBFit(),
    "ComplementNB": ComplementNBFit(),
    "BernoulliNB": BernoulliNBFit(),
    "CategoricalNB": CategoricalNBFit(),
}.items():
    register_shared_fit(f"sklearn.naive_bayes:{_name}", _shared)
    register_shared_fit(f"gridfold.estimators:{_name}", _shared)
