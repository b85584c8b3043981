"""The shared fit of principal components: one decomposition, each member its first so many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy import sparse

from ..arrays import Array, place_of
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import get_output_config
from .components import set_components, solver_for
from .prefix import Prefix, fit_prefix
from .random_pca import Own, fit_alone, fit_random


@dataclass(frozen=True)
class PCAState:
    """Fitted members: those of a common decomposition, and those with one of their own."""

    members: Members
    prefix: Prefix | None
    own: Mapping[int, Own]


class PCAFit(SharedFit):
    """Principal components for many counts, whitened and not, from one decomposition.

    It is the class's own fit of the most components, so members have the numbers of separate fits.
    Random decompositions are made from one matrix of covariances.
    """

    varying = frozenset({"n_components", "whiten"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse solvers without sparse products, and counts that are none."""
        solver, n_components = params.get("svd_solver", "auto"), params.get("n_components")
        if meta.sparse and solver not in ("auto", "arpack", "covariance_eigh"):
            return f"X is sparse, for which svd_solver={solver!r} does not serve"
        if n_components is None:
            return None
        if isinstance(n_components, str):
            return f"n_components={n_components!r} depends on the rows"
        if isinstance(n_components, Integral):
            valid = 0 <= int(n_components) <= meta.n_samples
        else:
            valid = isinstance(n_components, Real) and 0 < float(n_components) < 1
        return None if valid else f"n_components={n_components!r} is out of range"

    def is_exact(self, params: Mapping[str, Any], meta: Meta) -> bool:
        """Whether the solver is known to be no random or iterated one."""
        solver = params.get("svd_solver", "auto")
        known = solver in ("full", "covariance_eigh") or (solver == "auto" and not meta.sparse)
        return self.exact and known

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the covariance, its decomposition, and one projection."""
        n, p = meta.n_samples, meta.n_features or 100
        return Cost(2.0 * n * p * p + 10.0 * p**3, state=8.0 * p * p, responses=8.0 * n * p)

    def fit(
        self, members: Members, X: Array, y: Array | None = None, **fit_params: Any
    ) -> PCAState:
        """Find the most components once, and random ones from one matrix."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        shape = X.shape if hasattr(X, "shape") else np.asarray(X).shape
        is_sparse = sparse.issparse(X)
        solvers = [
            solver_for(members.params(i), shape, is_sparse=is_sparse) for i in range(len(members))
        ]
        alike = [i for i, solver in enumerate(solvers) if solver != "randomized"]
        if members.only_exact and "arpack" in solvers:
            raise Declined("svd_solver='arpack' iterates to a tolerance")
        prefix = None
        if len(alike) > 1:
            prefix = fit_prefix(members, X, shape, alike, solvers[alike[0]])
        rest = [i for i in range(len(members)) if prefix is None or i not in alike]
        plain = members.only_exact or _asks_for_tables(members)
        own = {} if plain else fit_random(members, X, rest)
        if prefix is None and not own:
            raise Declined("svd_solver='randomized' finds only the components asked for")
        alone = {i: fit_alone(members.instance(i), X) for i in rest if i not in own}
        return PCAState(members, prefix, {**own, **alone})

    def respond(
        self, state: PCAState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Project on the axes of the largest member; the others are slices of that."""
        prefix, found = state.prefix, {}
        if prefix is not None and not _asks_for_tables(state.members):
            strong = [i for i in members if i in prefix.counts and i not in prefix.weak]
            if strong:
                projected = prefix.project(X, max(prefix.counts[i] for i in strong))
                found = prefix.sliced(projected, _whitening(state, strong))
        return [
            found[i] if i in found else self.materialise(state, i).transform(X) for i in members
        ]

    def transform_fitted(
        self, state: PCAState, X: Array, members: Sequence[int]
    ) -> Sequence[Array]:
        """Return what the decomposition makes of the rows: U S, where the solver finds U."""
        found = {i: own.projected for i, own in state.own.items()}
        prefix = None if _asks_for_tables(state.members) else state.prefix
        if prefix is not None and prefix.projected is not None:
            alike = [i for i in members if i in prefix.counts]
            found.update(prefix.sliced(prefix.projected, _whitening(state, alike)))
        rest = [i for i in members if i not in found]
        found.update(zip(rest, self.respond(state, X, "transform", rest), strict=True))
        return [found[i] for i in members]

    def materialise(self, state: PCAState, i: int) -> Any:
        """Return member `i` with scikit-learn's fitted attributes."""
        if i in state.own:
            return state.own[i].estimator
        prefix = state.prefix
        assert prefix is not None
        estimator = state.members.instance(i)
        for name in ("n_features_in_", "feature_names_in_", "fallback_"):
            if hasattr(prefix.fitted, name):
                setattr(estimator, name, getattr(prefix.fitted, name))
        xp = place_of(prefix.found.axes).xp
        set_components(estimator, prefix.found, prefix.counts[i], prefix.solver, xp)
        return estimator


def _asks_for_tables(members: Members) -> bool:
    return bool(get_output_config("transform", members.prototype)["dense"] != "default")


def _whitening(state: PCAState, members: Sequence[int]) -> dict[int, bool]:
    whiten = state.members.values("whiten")
    return {i: whiten[i] for i in members}


register_shared_fit("sklearn.decomposition:PCA", PCAFit())
register_shared_fit("gridfold.estimators:PCA", PCAFit())
