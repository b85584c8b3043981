"""The shared fits of support vector machines: SVC, NuSVC, SVR and NuSVR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn import config_context
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils import assert_all_finite
from sklearn.utils.validation import check_array

from ..arrays import Array, is_foreign
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from .libsvm_answers import Bank, Machine
from .libsvm_kernel import KERNELS, LibsvmKernel, fill_kernel, row_squares

_MOST_ROWS = 15_000  # of which a kernel matrix, of four folds in five, takes 1.2 GB


@dataclass(frozen=True)
class MachinesState:
    """Fitted machines, which lack only their support vectors.

    Attributes
    ----------
    X : array of shape (n_samples, n_features)
        Training rows of weight above 0.
    order : array of shape (n_samples,)
        Their numbers in libsvm's order: by class, then as they come.
    ends : array of shape (n_classes,)
        Where the rows of each class end in that order; one end if there are no classes.
    """

    members: Members
    estimators: Sequence[Any]
    kernels: Sequence[LibsvmKernel]
    X: np.ndarray
    order: np.ndarray
    ends: np.ndarray

    def bank(self, members: Sequence[int]) -> Bank:
        """Gather members of one kernel."""
        ranks = np.empty_like(self.order)
        ranks[self.order] = np.arange(len(ranks))
        machines = [
            Machine(ranks[one.support_], one._dual_coef_, one._intercept_)
            for one in (self.estimators[i] for i in members)
        ]
        return Bank.of(machines, self.kernels[members[0]], self.X[self.order], self.ends)

    def by_kernel(self, members: Sequence[int]) -> list[list[int]]:
        """Sort members by their kernel."""
        return list(_by_kernel(self.kernels, members).values())


class MachinesFit(SharedFit):
    """Support vector machines on one kernel matrix for all that have the same kernel.

    libsvm finds each member's solution, on entries that are its own: all fitted attributes and
    all answers are those of a fit on the rows, to the last bit.
    """

    varying = frozenset(
        {"C", "nu", "epsilon", "class_weight", "tol", "shrinking", "max_iter", "cache_size"}
        | {"kernel", "gamma", "degree", "coef0", "decision_function_shape", "break_ties"}
    )

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X, too many rows, other kernels, and probabilities."""
        if meta.sparse:
            return "X is sparse"
        if meta.n_samples > _MOST_ROWS:
            return f"the kernel matrix of more than {_MOST_ROWS:,} rows would take gigabytes"
        kernel = params["kernel"]
        if kernel not in KERNELS:
            return f"kernel={kernel!r}" if isinstance(kernel, str) else "kernel is a function"
        if params.get("probability") is True:
            return "probability=True: each member cross-validates inside libsvm"
        if params["verbose"]:
            return "verbose=True"
        if params.get("break_ties") and params["decision_function_shape"] == "ovo":
            return "break_ties=True goes with decision_function_shape='ovr' alone"
        return _declines_settings(params)

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the kernel matrices, one at a time, and the steps of each member."""
        n, p, m = float(meta.n_samples), meta.n_features or 100, len(members)
        work = n * n * (len(set(_settings(members))) * (p + 100) + 100 * m)
        return Cost(work, state=8 * n * n + 100 * n * m, responses=8 * n * m * (p + 2))

    def order(self, members: Members) -> Sequence[int]:
        """Return the members sorted by kernel."""
        settings = _settings(members)
        return sorted(range(len(members)), key=settings.__getitem__)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> MachinesState:
        """Fit all members, kernel by kernel, each kernel in the place of the one before."""
        X, rows, order, ends = _training_rows(members, X, y, fit_params)
        gammas = [_gamma_of(gamma, X) for gamma in members.values("gamma")]
        kernels = [_kernel_of(members.params(i), gammas[i]) for i in range(len(members))]
        K, squares = np.empty((len(X), len(X))), row_squares(X)
        fitted: dict[int, Any] = {}
        refused: dict[int, str] = {}
        for kernel, same in _by_kernel(kernels, range(len(members))).items():
            fill_kernel(K, X, squares, kernel)
            for i in same:
                try:
                    fitted[i] = _fit_on_kernel(members.instance(i), K, y, fit_params)
                except ValueError as error:
                    refused[i] = f"libsvm refuses: {error}"
                    continue
                fitted[i]._gamma = gammas[i]
                fitted[i].n_features_in_ = X.shape[1]
                fitted[i].shape_fit_ = X.shape
        if refused:
            raise Declined(next(iter(refused.values())), refused)
        estimators = [fitted[i] for i in range(len(members))]
        return MachinesState(members, estimators, kernels, X[rows], order, ends)

    def respond(
        self, state: MachinesState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer predict or decision_function: for all members of a kernel together."""
        X = check_array(X, dtype=np.float64, order="C")
        answers: dict[int, np.ndarray] = {}
        for same in state.by_kernel(members):
            answers.update(zip(same, self._answers(state, X, method, same), strict=True))
        return [answers[i] for i in members]

    def _answers(
        self, state: MachinesState, X: np.ndarray, method: str, same: list[int]
    ) -> Sequence[np.ndarray]:
        classes = getattr(state.estimators[0], "classes_", None)
        if classes is None:
            return list(state.bank(same).values(X))
        if method == "decision_function" and len(classes) == 2:
            return [-values for values in state.bank(same).values(X)]
        broken = len(classes) > 2 and any(state.estimators[i].break_ties for i in same)
        if method != "predict" or broken:
            return [getattr(self.materialise(state, i), method)(X) for i in same]
        answers = []
        for i, votes, doubtful in zip(same, *state.bank(same).votes(X), strict=True):
            labels = classes.take(votes)
            if doubtful.any():
                labels[doubtful] = self.materialise(state, i).predict(X[doubtful])
            answers.append(labels)
        return answers

    def materialise(self, state: MachinesState, i: int) -> BaseEstimator:
        """Return member `i` with its support vectors."""
        estimator = copy(state.estimators[i])
        estimator.support_vectors_ = state.X[estimator.support_]
        return estimator


def _settings(members: Members) -> list[tuple[str, ...]]:
    """Return what makes the kernel of each member, as texts: gamma may be one."""
    names = ("kernel", "gamma", "degree", "coef0")
    return list(zip(*([str(v) for v in members.values(name)] for name in names), strict=True))


def _declines_settings(params: Mapping[str, Any]) -> str | None:
    """Refuse what libsvm's kernels cannot be computed with."""
    gamma, degree, coef0 = (params[name] for name in ("gamma", "degree", "coef0"))
    if gamma not in ("scale", "auto") and not (_is_number(gamma) and gamma >= 0):
        return "gamma is neither a number of at least 0 nor 'scale' nor 'auto'"
    if not isinstance(degree, Integral) or degree < 0:
        return "degree is no whole number of at least 0"
    return None if _is_number(coef0) else "coef0 is not a number"


def _training_rows(
    members: Members, X: Any, y: Any, fit_params: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Check training data as the members do.

    Returns
    -------
    X : array of shape (n_samples, n_features), float64
    rows : array
        Rows of weight above 0: the only ones that libsvm counts.
    order, ends : arrays, as in `MachinesState`
    """
    others = sorted(set(fit_params) - {"sample_weight"})
    if others:
        raise Declined(f"the fit parameter {others[0]!r} is given")
    if issparse(X) or is_foreign(X) or is_foreign(y):
        raise Declined("X is sparse" if issparse(X) else "X or y is no NumPy array")
    X, y = check_array(X, dtype=np.float64, order="C"), np.ravel(np.asarray(y))
    if y.dtype.kind == "f":
        assert_all_finite(y)
    weight = fit_params.get("sample_weight")
    rows = np.arange(len(X)) if weight is None else np.flatnonzero(np.asarray(weight) > 0)
    if not is_classifier(members.prototype):
        return X, rows, np.arange(len(rows)), np.array([len(rows)])
    codes = np.unique(y, return_inverse=True)[1]
    counts = np.bincount(codes[rows], minlength=int(codes.max(initial=0)) + 1)
    if not counts.all():
        raise Declined("all rows of a class have weight 0")
    return X, rows, np.argsort(codes[rows], kind="stable"), np.cumsum(counts)


def _fit_on_kernel(
    estimator: Any, K: np.ndarray, y: Any, fit_params: Mapping[str, Any]
) -> BaseEstimator:
    """Fit a member on the kernel matrix in place of its rows."""
    kernel = estimator.kernel
    estimator.kernel = "precomputed"
    with config_context(assume_finite=True):
        estimator.fit(K, y, **fit_params)
    estimator.kernel = kernel
    return estimator


def _kernel_of(params: Mapping[str, Any], gamma: float) -> LibsvmKernel:
    """Return a member's kernel, without the settings that it does not heed."""
    name = params["kernel"]
    coef0 = float(params["coef0"]) if name in ("poly", "sigmoid") else 0.0
    degree = int(params["degree"]) if name == "poly" else 0
    return LibsvmKernel(name, 0.0 if name == "linear" else float(gamma), coef0, degree)


def _gamma_of(gamma: Any, X: np.ndarray) -> Any:
    """Return the number that gamma stands for."""
    if gamma == "scale":
        variance = X.var()
        return 1.0 / (X.shape[1] * variance) if variance != 0 else 1.0
    return 1.0 / X.shape[1] if gamma == "auto" else gamma


def _by_kernel(
    kernels: Sequence[LibsvmKernel], members: Sequence[int]
) -> dict[LibsvmKernel, list[int]]:
    sorted_out: dict[LibsvmKernel, list[int]] = {}
    for i in members:
        sorted_out.setdefault(kernels[i], []).append(i)
    return sorted_out


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and bool(np.isfinite(float(value)))


for _name in ("SVC", "NuSVC", "SVR", "NuSVR"):
    register_shared_fit(f"sklearn.svm:{_name}", MachinesFit())
for _name in ("SVC", "SVR"):
    register_shared_fit(f"gridfold.estimators:{_name}", MachinesFit())
