"""The shared fit of principal components: one decomposition, each member its first so many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array

from ..arrays import Array, is_foreign, place_of
from ..door import float_matrix
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import get_output_config
from .components import (
    Components,
    count_for,
    set_components,
    shares_of,
    solver_for,
    whitening_scale,
)

_EXACT = ("full", "covariance_eigh")


@dataclass(frozen=True)
class PCAState:
    """Fitted members.

    Attributes
    ----------
    found : Components
        All components of the training rows.
    solver : str
    counts : dict of int to int
        How many components each member has that shares.
    alone : dict of int to estimator
        Members for which "auto" takes another solver, fitted by themselves.
    """

    members: Members
    found: Components
    solver: str
    counts: Mapping[int, int]
    fitted: BaseEstimator
    alone: Mapping[int, Any] = field(default_factory=dict)


class PCAFit(SharedFit):
    """Principal components for many counts, whitened and not, from one decomposition.

    It is the class's own fit of all components, so members have the numbers of separate fits.
    """

    varying = frozenset({"n_components", "whiten"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X, solvers that find some components only, and counts that are none."""
        if meta.sparse:
            return "X is sparse"
        solver, n_components = params.get("svd_solver", "auto"), params.get("n_components")
        if solver not in ("auto", *_EXACT):
            return f"svd_solver={solver!r} finds only the components asked for"
        if n_components is None:
            return None
        if isinstance(n_components, str):
            return f"n_components={n_components!r} depends on the rows"
        if isinstance(n_components, Integral):
            valid = 0 <= int(n_components) <= meta.n_samples
        else:
            valid = isinstance(n_components, Real) and 0 < float(n_components) < 1
        return None if valid else f"n_components={n_components!r} is out of range"

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the covariance, its decomposition, and one projection."""
        n, p = meta.n_samples, meta.n_features or 100
        return Cost(2.0 * n * p * p + 10.0 * p**3, state=8.0 * p * p, responses=8.0 * n * p)

    def fit(
        self, members: Members, X: Array, y: Array | None = None, **fit_params: Any
    ) -> PCAState:
        """Find all components once; fit by themselves the members that "auto" randomises."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        if get_output_config("transform", members.prototype)["dense"] != "default":
            raise Declined("set_output asks for tables")
        shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
        solvers = [solver_for(members.params(i), shape) for i in range(len(members))]
        sharing = [i for i, solver in enumerate(solvers) if solver in _EXACT]
        if len(sharing) < 2:
            raise Declined("svd_solver='auto' takes 'randomized'")
        solver = solvers[sharing[0]]
        if solver == "covariance_eigh" and shape[0] < shape[1]:
            raise Declined("the covariance matrix has more columns than there are rows")
        sizes = [members.params(i)["n_components"] for i in sharing]
        if any(size is not None and size > min(shape) for size in sizes):
            raise Declined("n_components is more than there are rows or columns")
        whole = members.instance(sharing[0]).set_params(
            n_components=None, svd_solver=solver, whiten=False, copy=True
        )
        found = _components(whole.fit(X), shape)
        ratio = shares_of(found, place_of(found.axes).xp)
        counts = {i: count_for(n, ratio, min(shape)) for i, n in zip(sharing, sizes, strict=True)}
        alone = {i: members.instance(i).fit(X) for i in range(len(members)) if i not in counts}
        return PCAState(members, found, solver, counts, whole, alone)

    def respond(
        self, state: PCAState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Project on the axes of the largest member; the others are slices of that."""
        projected = self._projected(state, X, [i for i in members if i in state.counts])
        whitened: dict[str, Array] = {}
        answers = []
        for i in members:
            if i in state.alone:
                answers.append(state.alone[i].transform(X))
                continue
            source = projected
            if state.members.values("whiten")[i]:
                if not whitened:
                    xp = place_of(projected).xp
                    variance = place_of(projected).put(state.found.variance)
                    scale = whitening_scale(variance[: projected.shape[1]], xp)
                    whitened["all"] = projected / scale
                source = whitened["all"]
            answers.append(source[:, : state.counts[i]])
        return answers

    def _projected(self, state: PCAState, X: Array, sharing: Sequence[int]) -> Any:
        if not sharing:
            return None
        if is_foreign(X):
            X = float_matrix(state.fitted, X)
        else:
            X = check_array(X, dtype=[np.float64, np.float32])
        place = place_of(X)
        axes, mean = place.put(state.found.axes), place.put(state.found.mean)
        axes = axes[: max(state.counts[i] for i in sharing), :]
        return X @ axes.T - mean[None, :] @ axes.T

    def materialise(self, state: PCAState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        if i in state.alone:
            return state.alone[i]
        estimator = state.members.instance(i)
        for name in ("n_features_in_", "feature_names_in_", "fallback_"):
            if hasattr(state.fitted, name):
                setattr(estimator, name, getattr(state.fitted, name))
        xp = place_of(state.found.axes).xp
        set_components(estimator, state.found, state.counts[i], state.solver, xp)
        return estimator


def _components(fitted: Any, shape: tuple[int, ...]) -> Components:
    """Read all components off an estimator that has them all."""
    return Components(
        fitted.mean_,
        fitted.components_,
        fitted.explained_variance_,
        fitted.singular_values_,
        shape[0],
        shape[1],
    )


register_shared_fit("sklearn.decomposition:PCA", PCAFit())
register_shared_fit("gridfold.estimators:PCA", PCAFit())
