"""The shared fit of KernelRidge: a kernel for all alphas, distances for all gammas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from ..arrays import HOST, Array, find_place, is_foreign
from ..base import OnDevice
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import check_sample_weight
from .dual_ridge import is_safe, solve_factored, solve_kernel
from .kernel_matrices import Settings, is_definite, kernel_matrices, own_settings

_SPARSE = ("csr", "csc")


@dataclass(frozen=True)
class KernelRidgeState:
    """Fitted members: the rows they were fitted on, and the dual coefficients of each.

    Attributes
    ----------
    kernels : Kernels
    coefs : sequence of arrays of shape (n_samples,) or (n_samples, n_targets)
    alone : set of int
        Members whose coefficients may be so large that their predictions want scikit-learn's own
        order of sums.
    """

    members: Members
    X: Any
    kernels: Kernels
    coefs: Sequence[np.ndarray]
    alone: set[int]


@dataclass(frozen=True)
class Kernels:
    """The different kernels of a group, and which of them is each member's.

    Attributes
    ----------
    settings : list of dict
        Each kernel's own settings.
    which : list of int
        For each member the number of its kernel.
    """

    kernel: Any
    settings: list[dict[str, Any]]
    which: list[int]

    @classmethod
    def of(cls, members: Members) -> Kernels:
        """Sort members by those settings that their kernel heeds."""
        settings: list[dict[str, Any]] = []
        which = []
        for i in range(len(members)):
            params = members.params(i)
            own = own_settings(params["kernel"], params)
            if own not in settings:
                settings.append(own)
            which.append(settings.index(own))
        return cls(members.common["kernel"], settings, which)

    def among(self, members: Sequence[int]) -> list[tuple[Settings, list[int]]]:
        """Return the kernels of some members, each with the members that have it."""
        sorted_out: dict[int, list[int]] = {}
        for i in members:
            sorted_out.setdefault(self.which[i], []).append(i)
        return [(self.settings[kernel], same) for kernel, same in sorted_out.items()]


@dataclass(frozen=True)
class Problem:
    """Training data as kernel ridge takes them.

    Attributes
    ----------
    X : array or sparse matrix of shape (n_samples, n_features)
    Y : array of shape (n_samples, n_targets)
        Times `root`, where that is there.
    root : array of shape (n_samples,) or None
        Square roots of the sample weights.
    flat : bool
        Whether the target was a single column.
    """

    X: Any
    Y: np.ndarray
    root: np.ndarray | None
    flat: bool

    @classmethod
    def of(cls, prototype: BaseEstimator, X: Any, y: Any, fit_params: Mapping[str, Any]) -> Problem:
        """Check training data as KernelRidge does.

        Raises
        ------
        Declined
            For fit parameters other than `sample_weight`, weights below 0, foreign arrays.
        """
        others = sorted(set(fit_params) - {"sample_weight"})
        if others:
            raise Declined(f"the fit parameter {others[0]!r} is given")
        if is_foreign(X) or is_foreign(y):
            raise Declined("X or y is no NumPy array")
        X, y = validate_data(
            prototype, X, y, accept_sparse=_SPARSE, multi_output=True, y_numeric=True
        )
        Y = y.reshape(len(y), -1)
        weight = fit_params.get("sample_weight")
        if weight is None:
            return cls(X, Y, None, y.ndim == 1)
        weight = check_sample_weight(weight, X)
        if (weight < 0).any():
            raise Declined("a sample weight is below 0")
        root = np.sqrt(weight)
        return cls(X, Y * root[:, None], root, y.ndim == 1)

    def weighted(self, K: np.ndarray) -> np.ndarray:
        """Return a kernel matrix, which is overwritten, times the roots on both sides."""
        if self.root is not None:
            for row, root in zip(K, self.root, strict=True):
                row *= root * self.root
        return K

    def factor(self) -> np.ndarray | None:
        """Return F of few columns with `K = F F'` for the linear kernel; None where it has many."""
        if issparse(self.X) or self.X.dtype == np.float32 or 4 * self.X.shape[1] > len(self.X):
            return None
        F = self.X.astype(np.float64)
        return F if self.root is None else F * self.root[:, None]

    def unweighted(self, coef: np.ndarray) -> np.ndarray:
        """Return dual coefficients as KernelRidge holds them."""
        if self.root is not None:
            coef = coef * self.root[:, None]
        return np.ravel(coef) if self.flat else np.ascontiguousarray(coef)


class KernelRidgeFit(SharedFit):
    """Kernel ridge for many penalties and kernel settings.

    One matrix of distances or products serves all gammas, one kernel all alphas.
    """

    varying = frozenset({"alpha", "gamma", "degree", "coef0"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse one alpha per target, and settings that scikit-learn refuses itself."""
        if not _is_number(params["alpha"]) or params["alpha"] < 0:
            return "alpha is not one number of at least 0"
        gamma = params["gamma"]
        if gamma is None:
            return "kernel='chi2' needs a gamma" if params["kernel"] == "chi2" else None
        if not _is_number(gamma) or gamma < 0:
            return "gamma is not a number of at least 0"
        if gamma == 0 and params["kernel"] in ("laplacian", "chi2"):
            return "gamma=0"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: kernels, their reductions, and each kernel twice in memory."""
        n, p, k = float(meta.n_samples), meta.n_features or 100, meta.n_outputs
        m, kernels = len(members), len(Kernels.of(members).settings)
        solved = min(4 * kernels, m) * n**3 / 3
        work = kernels * n * n * (p + 20) + solved + m * n * (2e4 + n * k)
        # For some rows models want a kernel that is as wide as all of them: about four times.
        return Cost(work, state=16 * n * n + 8 * n * m * k, responses=8 * n * (4 * n + m * k))

    def order(self, members: Members) -> Sequence[int]:
        """Return the members sorted by kernel."""
        which = Kernels.of(members).which
        return sorted(range(len(members)), key=which.__getitem__)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> KernelRidgeState:
        """Fit all members, kernel by kernel."""
        prototype: Any = members.instance(0)
        if hasattr(prototype, "device") and find_place(prototype.device, X) != HOST:
            raise Declined("kernels of several members have no kernel off the host")
        problem = Problem.of(prototype, X, y, fit_params)
        kernels = Kernels.of(members)
        alphas = [float(alpha) for alpha in members.values("alpha")]
        found = _without_kernel(problem, kernels.kernel, alphas)
        left = kernels.among([i for i in range(len(members)) if i not in found])
        matrices = kernel_matrices(kernels.kernel, [own for own, _ in left], problem.X)
        alone: set[int] = set()
        for (own, same), K in zip(left, matrices, strict=True):
            some, definite = [alphas[i] for i in same], is_definite(kernels.kernel, own)
            solved, others = solve_kernel(problem.weighted(K), problem.Y, some, definite)
            found.update(zip(same, solved, strict=True))
            alone.update(same[place] for place in others)
        coefs = [problem.unweighted(found[i]) for i in range(len(members))]
        return KernelRidgeState(members, problem.X, kernels, coefs, alone)

    def respond(
        self, state: KernelRidgeState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer predict for many members: one product for each kernel."""
        X = check_array(X, accept_sparse=_SPARSE)
        asked = state.kernels.among(members)
        kernels = kernel_matrices(state.kernels.kernel, [own for own, _ in asked], X, state.X)
        answers: dict[int, np.ndarray] = {}
        for (_, same), K in zip(asked, kernels, strict=True):
            answers.update((i, np.dot(K, state.coefs[i])) for i in same if i in state.alone)
            together = [i for i in same if i not in state.alone]
            if together:
                coefs = np.stack([state.coefs[i] for i in together], axis=1)
                outputs = K @ coefs.reshape(len(coefs), -1)
                outputs = outputs.reshape(len(outputs), *coefs.shape[1:])
                answers.update((i, outputs[:, place]) for place, i in enumerate(together))
        return [answers[i] for i in members]

    def materialise(self, state: KernelRidgeState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        estimator: Any = state.members.instance(i)
        if isinstance(estimator, OnDevice):
            alone = estimator._fallback_reason(None, None)
            estimator.fallback_ = "sparse X" if issparse(state.X) else alone
        estimator.dual_coef_, estimator.X_fit_ = state.coefs[i], state.X
        estimator.n_features_in_ = state.X.shape[1]
        return estimator


def _without_kernel(
    problem: Problem, kernel: Any, alphas: Sequence[float]
) -> dict[int, np.ndarray]:
    """Solve for those alphas where no kernel is needed: of a linear one with few columns."""
    F = problem.factor() if kernel == "linear" else None
    norm = 0.0 if F is None else float(np.linalg.norm(F)) ** 2
    safe = [i for i, alpha in enumerate(alphas) if alpha > 0 and is_safe(alpha, norm)]
    if F is None or not safe:
        return {}
    return dict(zip(safe, solve_factored(F, problem.Y, [alphas[i] for i in safe]), strict=True))


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and np.isfinite(float(value))


register_shared_fit("sklearn.kernel_ridge:KernelRidge", KernelRidgeFit())
