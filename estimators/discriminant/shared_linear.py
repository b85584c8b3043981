"""The shared fit of linear discriminants: one decomposition for every shrinkage and tolerance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.multiclass import unique_labels
from sklearn.utils.validation import validate_data

from ..arrays import Array, is_foreign
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import get_output_config
from .classes import Classes
from .linear import LinearModels, answers_from
from .linear_shrunk import ShrunkSolver
from .linear_svd import SvdSolver
from .params import reason_to_decline
from .rows import rows_to_answer

_NOISE = 1e-6  # of scores at worst; it is a thousandth of that as a rule


@dataclass(frozen=True)
class LinearState:
    """Fitted members: what all have in common, and what each is solved from.

    Attributes
    ----------
    keys : sequence of n_members keys
        Members of equal keys are the same model, but for n_components.
    solutions : dict
        Fitted attributes by key, as far as they were needed.
    """

    members: Members
    common: Any
    dtype: Any
    solver: SvdSolver | ShrunkSolver
    keys: Sequence[Any]
    solutions: dict[Any, dict[str, Any]] = field(default_factory=dict, repr=False)

    def solution(self, key: Any) -> dict[str, Any]:
        """The fitted attributes of a model, solved as scikit-learn does."""
        if key not in self.solutions:
            self.solutions[key] = self.solver.solution(key)
        return self.solutions[key]

    def is_near(self, key: Any) -> bool:
        """Whether answers may come from the eigenvalues in place of scikit-learn's own steps."""
        near = isinstance(self.solver, ShrunkSolver) and self.solver.is_near(key)
        return near and self.dtype == np.float64


class LinearDiscriminantFit(SharedFit):
    """LinearDiscriminantAnalysis for many shrinkage, tol and n_components.

    Coefficients for all shrinkages come from the eigenvalues of one matrix, where its condition
    allows, and answers from one product. Other members are solved as scikit-learn does, from the
    shared covariances or singular values: to the last bit the models of separate fits.
    """

    varying = frozenset({"shrinkage", "tol", "n_components"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X, estimators of covariances, and what scikit-learn refuses."""
        n_components = params.get("n_components")
        if n_components is not None and (
            not isinstance(n_components, Integral) or int(n_components) < 1
        ):
            return "n_components is not a whole number of at least 1"
        return reason_to_decline(params, meta, ("svd", "lsqr", "eigen"))

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a decomposition, a small solution per member, and products."""
        n, p, m, k = meta.n_samples, meta.n_features or 100, len(members), max(meta.n_outputs, 2)
        work = 6.0 * n * p * p + 10.0 * p**3 + m * k * (2.0 * p * p + n * (p + 10.0) / 2)
        return Cost(work, state=8.0 * (k + m) * p * p, responses=16.0 * n * m * k)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> LinearState:
        """Take the moments of the classes, and decompose what is within them.

        Raises
        ------
        Declined
            When scikit-learn would refuse or warn about some member.
        """
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        if is_foreign(X):
            raise Declined("X is an array of another library")
        common: Any = members.instance(0)
        X, y = validate_data(common, X, y, ensure_min_samples=2, dtype=[np.float64, np.float32])
        common.classes_ = unique_labels(y)
        rows = [X[y == label] for label in common.classes_]
        solver = members.common["solver"]
        _check_sizes(members, rows, X.shape[1], one_row=solver == "svd")
        common.priors_ = _priors(members.common["priors"], rows, X.dtype)
        stored = bool(members.common["store_covariance"])
        moments = Classes.of(rows, common.priors_, solver != "svd" or stored)
        common.means_ = moments.means
        if solver == "svd":
            by_svd = SvdSolver.of(rows, moments, stored)
            keys = _solved(members.values("tol"), by_svd.key)
            return LinearState(members, common, X.dtype, by_svd, keys)
        shrunk = ShrunkSolver.of(moments, _covariance(X) if solver == "eigen" else None)
        shrinkages = members.values("shrinkage")
        state = LinearState(members, common, X.dtype, shrunk, shrinkages)
        _solved(shrinkages, lambda one: shrunk.is_near(one) or state.solution(one))
        return state

    def respond(
        self, state: LinearState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer for many members by one product; in doubt a member is asked itself."""
        answers: dict[Any, Any] = {}
        keys = list(dict.fromkeys(state.keys[i] for i in members))
        if method == "transform":
            return self._transform(state, X, members)
        near = [key for key in keys if state.is_near(key)]
        if near and method in ("predict", "predict_proba", "decision_function"):
            rows = rows_to_answer(state.common, X)
            assert isinstance(state.solver, ShrunkSolver)
            condition = [state.solver.condition(key) for key in near]
            models = LinearModels.of(*state.solver.coefficients(near), np.asarray(condition))
            found = _answers(models, rows, method, state.common.classes_)
            answers = dict(zip(near, found, strict=True))
        for i in members:
            if answers.get(state.keys[i]) is None:
                answers[state.keys[i]] = getattr(self.materialise(state, i), method)(X)
        return [answers[state.keys[i]] for i in members]

    def _transform(self, state: LinearState, X: Array, members: Sequence[int]) -> Sequence[Array]:
        """Project once for each model; n_components takes the first columns."""
        if get_output_config("transform", state.members.prototype)["dense"] != "default":
            return [self.materialise(state, i).transform(X) for i in members]
        projected: dict[Any, Any] = {}
        for i in members:
            if state.keys[i] not in projected:
                whole = self.materialise(state, i)
                whole._max_components = state.common.means_.shape[1]
                projected[state.keys[i]] = whole.transform(X)
        return [projected[state.keys[i]][:, : _n_components(state, i)] for i in members]

    def materialise(self, state: LinearState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes, computed as it does."""
        estimator: Any = state.members.instance(i)
        params = estimator.get_params(deep=False)
        found = {**vars(state.common), **state.solution(state.keys[i])}
        if len(state.common.classes_) == 2:
            coef, intercept = found["coef_"], found["intercept_"]
            found["coef_"] = np.asarray(coef[1, :] - coef[0, :], dtype=state.dtype).reshape(1, -1)
            one = np.asarray(intercept[1] - intercept[0], dtype=state.dtype)
            found["intercept_"] = one.reshape(1)
        n_components = _n_components(state, i)
        if "explained_variance_ratio_" in found:
            found["explained_variance_ratio_"] = found["explained_variance_ratio_"][:n_components]
        for name, value in found.items():
            if name not in params:
                own = value.copy(order="K") if isinstance(value, np.ndarray) else value
                setattr(estimator, name, own)
        estimator._max_components = estimator._n_features_out = n_components
        return estimator


def _answers(models: LinearModels, X: Array, method: str, labels: Array) -> list[Any]:
    """Return what the models answer; None where rounding has too large a part in it."""
    if method == "predict":
        codes, doubtful = models.codes(X)
        left_open = set(np.flatnonzero(doubtful.any(axis=1)).tolist())
        return [None if i in left_open else labels[row] for i, row in enumerate(codes)]
    scores = models.scores(X)
    noise = models.noise(X)
    if method == "decision_function":
        apart = np.ptp(scores, axis=0) if len(scores) > 1 else np.abs(scores[0])
        noise = noise / np.maximum(apart.max(axis=1), 1)
    noisy = set(np.flatnonzero(noise > _NOISE).tolist())
    answers = answers_from(scores, method)
    return [None if i in noisy else answer for i, answer in enumerate(answers)]


def _solved(values: Sequence[Any], solve: Callable[[Any], Any]) -> list[Any]:
    """Return what `solve` makes of the value of each member.

    Raises
    ------
    Declined
        Of the members for which it raises that.
    """
    found, declined, reason = [], [], ""
    for i, value in enumerate(values):
        try:
            found.append(solve(value))
        except Declined as error:
            declined.append(i)
            reason = str(error)
    if declined:
        raise Declined(reason, declined)
    return found


def _n_components(state: LinearState, i: int) -> int:
    n_components = state.members.values("n_components")[i]
    n_classes, n_features = state.common.means_.shape
    return min(n_classes - 1, n_features) if n_components is None else n_components


def _check_sizes(
    members: Members, rows: Sequence[np.ndarray], n_features: int, one_row: bool
) -> None:
    sizes = [len(part) for part in rows]
    if len(rows) < 2 or sum(sizes) == len(rows):
        raise Declined("there is one class, or no class of more than one row")
    if min(sizes) < 2 and not one_row:
        raise Declined("a class has one row")
    most = min(len(rows) - 1, n_features)
    counts = members.values("n_components")
    too_many = [i for i, one in enumerate(counts) if one is not None and one > most]
    if too_many:
        raise Declined("n_components is more than there are columns, or classes less one", too_many)


def _priors(priors: Any, rows: Sequence[np.ndarray], dtype: Any) -> np.ndarray:
    if priors is None:
        counts = np.array([len(part) for part in rows])
        return counts.astype(dtype) / float(counts.sum())
    priors = np.asarray(priors, dtype=dtype)
    if priors.shape != (len(rows),) or not np.all(priors > 0) or abs(np.sum(priors) - 1.0) > 1e-5:
        raise Declined("priors are not one number above 0 for each class, with sum 1")
    return priors


def _covariance(X: np.ndarray) -> np.ndarray:
    from sklearn.covariance import empirical_covariance

    return empirical_covariance(X)


register_shared_fit(
    "sklearn.discriminant_analysis:LinearDiscriminantAnalysis", LinearDiscriminantFit()
)
