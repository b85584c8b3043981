"""The shared fit of quadratic discriminants: one decomposition per class, for every strength."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ..arrays import Array, is_foreign
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from .params import reason_to_decline
from .quadratic import QuadraticModels
from .rows import rows_to_answer

_CONDITION = 1e8  # beyond, probabilities of two ways of computing them differ by 1e-9 and more


@dataclass(frozen=True)
class QuadraticClass:
    """One class of the training rows, and the axes of its covariance.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
    variance : ndarray of shape (n_axes,)
        Along the axes, before any shrinking; descending.
    rotation : ndarray of shape (n_features, n_axes)
    covariance : ndarray of shape (n_features, n_features), or None
        As estimated; only for solver="eigen".
    """

    mean: np.ndarray
    variance: np.ndarray
    rotation: np.ndarray
    covariance: np.ndarray | None

    def scaling(self, params: Mapping[str, Any]) -> np.ndarray:
        """The variances along the axes for one member, as scikit-learn shrinks them."""
        if self.covariance is None:
            reg_param = params["reg_param"]
            return ((1 - reg_param) * self.variance) + reg_param
        shrinkage = params["shrinkage"]
        if shrinkage is None:
            return self.variance
        mean = np.trace(self.covariance) / len(self.covariance)
        return (1.0 - shrinkage) * self.variance + shrinkage * mean


@dataclass(frozen=True)
class QuadraticState:
    """Fitted members: the classes, and a model that has what all members have in common."""

    members: Members
    common: Any
    classes: Sequence[QuadraticClass]
    models: QuadraticModels


class QuadraticFit(SharedFit):
    """QuadraticDiscriminantAnalysis for many reg_param or shrinkage: the axes stay the same.

    Shrinking towards a multiple of the identity changes the variances along the axes of a class,
    and not the axes.
    """

    varying = frozenset({"reg_param", "shrinkage", "tol"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X, estimators of covariances, and what scikit-learn refuses."""
        reason = reason_to_decline(params, meta, ("svd", "eigen"))
        if reason is not None:
            return reason
        reg_param = params.get("reg_param", 0.0)
        if not isinstance(reg_param, Real) or not 0 <= float(reg_param) <= 1:
            return "reg_param is not one number from 0 to 1"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a decomposition of the rows of each class, and products for answers."""
        n, p, m, k = meta.n_samples, meta.n_features or 100, len(members), max(meta.n_outputs, 2)
        work = 8.0 * n * p * p + k * n * (p * p + p * m + 10.0 * m) / 2
        return Cost(work, state=8.0 * k * p * (p + m), responses=16.0 * n * m * k)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> QuadraticState:
        """Decompose every class once, and shrink its variances for each member.

        Raises
        ------
        Declined
            When some members' covariances have not full rank: scikit-learn raises for those.
        """
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        if is_foreign(X):
            raise Declined("X is an array of another library")
        common: Any = members.instance(0)
        X, y = validate_data(common, X, y)
        check_classification_targets(y)
        if X.dtype.kind == "f" and X.dtype not in (np.float32, np.float64):
            raise Declined(f"X is of dtype {X.dtype}")
        labels, counts = np.unique(y, return_counts=True)
        if len(labels) < 2 or counts.min() < 2:
            raise Declined("there is one class, or a class of one row")
        common.classes_ = labels
        common.priors_ = _priors(members.common["priors"], counts)
        solve = _by_svd if members.common["solver"] == "svd" else _by_eigenvalues
        classes = [solve(X[y == label, :]) for label in labels]
        common.means_ = np.asarray([one.mean for one in classes])
        scalings = _scalings(members, classes, X.shape[1])
        rotations = [one.rotation for one in classes]
        models = QuadraticModels(common.means_, rotations, scalings, common.priors_)
        return QuadraticState(members, common, classes, models)

    def respond(
        self, state: QuadraticState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer for many members by one product per class; in doubt a member is asked itself."""
        rows = X
        X = rows_to_answer(state.common, rows)
        chosen = np.asarray(members, dtype=np.int64)
        models = replace(state.models, scalings=state.models.scalings[chosen])
        dtype = np.result_type(X.dtype, models.means.dtype, models.scalings.dtype)
        # In float32 the answers of two ways of computing them differ too much to be scored.
        limit = _CONDITION if dtype == np.float64 else 0.0
        is_near = np.less(models.condition, np.inf if method == "predict" else limit)
        answers: list[Any] = [None] * len(chosen)
        if is_near.any():
            models = replace(models, scalings=models.scalings[is_near])
            found = _answers(models, X, method, state.common.classes_)
            for place, answer in zip(np.flatnonzero(is_near), found, strict=True):
                answers[place] = answer
        return [
            getattr(self.materialise(state, i), method)(rows) if answer is None else answer
            for i, answer in zip(members, answers, strict=True)
        ]

    def materialise(self, state: QuadraticState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes, computed as it does."""
        estimator: Any = state.members.instance(i)
        params = estimator.get_params(deep=False)
        for name, value in vars(state.common).items():
            if name not in params:
                setattr(estimator, name, value.copy() if isinstance(value, np.ndarray) else value)
        found = [_solved(one, params) for one in state.classes]
        estimator.scalings_ = [scaling for scaling, _, _ in found]
        estimator.rotations_ = [rotation for _, rotation, _ in found]
        if params["store_covariance"]:
            estimator.covariance_ = [covariance for _, _, covariance in found]
        return estimator


def _answers(models: QuadraticModels, X: Array, method: str, labels: Array) -> Any:
    """Return what the models answer; None for labels that rounding leaves open."""
    if method == "predict":
        codes, doubtful = models.codes(X)
        left_open = set(np.flatnonzero(doubtful.any(axis=1)).tolist())
        return [None if i in left_open else labels[row] for i, row in enumerate(codes)]
    answers: Any = None
    for rows, scores in models.score_blocks(X):
        if method != "decision_function":
            scores -= scores.max(axis=0)
            scores -= np.log(np.exp(scores).sum(axis=0))
            if method == "predict_proba":
                np.exp(scores, out=scores)
        elif len(scores) == 2:
            scores = scores[1:] - scores[:1]
        if answers is None:
            answers = np.empty((*scores.shape[:2], len(X)), dtype=scores.dtype)
        answers[:, :, rows] = scores
    if len(answers) == 1:
        return answers[0]
    return np.transpose(answers, (1, 2, 0))


def _priors(priors: Any, counts: np.ndarray) -> np.ndarray:
    if priors is None:
        return counts / float(counts.sum())
    priors = np.array(priors)
    if priors.shape != counts.shape or priors.dtype.kind not in "iuf" or not np.all(priors > 0):
        raise Declined("priors are not one number above 0 for each class")
    return priors


def _by_svd(X: np.ndarray) -> QuadraticClass:
    mean = X.mean(0)
    _, values, axes = np.linalg.svd(X - mean, full_matrices=False)
    return QuadraticClass(mean, (values**2) / len(X), axes.T, None)


def _by_eigenvalues(X: np.ndarray) -> QuadraticClass:
    from sklearn.covariance import empirical_covariance

    covariance = empirical_covariance(X)
    return QuadraticClass(X.mean(0), *_descending(covariance), covariance)


def _descending(covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.linalg import eigh

    values, axes = eigh(covariance)
    order = np.argsort(values)[::-1]
    return values[order], axes[:, order]


def _scalings(members: Members, classes: Sequence[QuadraticClass], n_features: int) -> np.ndarray:
    """The scalings of all members, of shape (n_members, n_classes, n_features)."""
    found, deficient = [], []
    for i in range(len(members)):
        params = members.params(i)
        scalings = [one.scaling(params) for one in classes]
        if min(len(scaling) for scaling in scalings) < n_features:
            raise Declined("a class has fewer rows than there are columns")
        # The eigenvalues of shrunk matrices, as scikit-learn finds them, differ by rounding.
        unit = 0.0 if params["shrinkage"] is None else 1e-13
        if not all(np.all(one > params["tol"] + unit * one.max()) for one in scalings):
            deficient.append(i)
        found.append(np.stack(scalings))
    if deficient:
        raise Declined("the covariance matrix of a class is not full rank", deficient)
    if len({scalings.dtype for scalings in found}) > 1:
        raise Declined("members compute in different precision")
    return np.stack(found)


def _solved(
    one: QuadraticClass, params: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Scaling, rotation and covariance of a class, by scikit-learn's own steps."""
    if one.covariance is None:
        scaling, rotation = one.scaling(params), one.rotation.copy(order="K")
        covariance = scaling * rotation @ rotation.T if params["store_covariance"] else None
        return scaling, rotation, covariance
    covariance = one.covariance.copy()
    if params["shrinkage"] is not None:
        from sklearn.covariance import shrunk_covariance

        covariance = shrunk_covariance(covariance, params["shrinkage"])
    return *_descending(covariance), covariance


register_shared_fit("sklearn.discriminant_analysis:QuadraticDiscriminantAnalysis", QuadraticFit())
