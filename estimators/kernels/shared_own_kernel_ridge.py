"""The shared fit of gridfold's own KernelRidge: one kernel for all alphas, where X is."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator

from ..arrays import Array, find_place, place_of
from ..base import to_host
from ..door import check_rows
from ..shared import Declined, Members, register_shared_fit
from .shared_kernel_ridge import KernelRidgeFit, Kernels


@dataclass(frozen=True)
class OwnKernelRidgeState:
    """The members, each fitted; they hold the same rows."""

    estimators: Sequence[Any]
    kernels: Kernels


class OwnKernelRidgeFit(KernelRidgeFit):
    """Members solved from kernels computed as for each alone; rows stay on their device.

    What gridfold's KernelRidge leaves to scikit-learn is shared as scikit-learn's.
    """

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> Any:
        """Fit all members, kernel by kernel."""
        prototype: Any = members.instance(0)
        if issparse(X) or not prototype._has_kernel():
            return super().fit(members, X, y, **fit_params)
        others = sorted(set(fit_params) - {"sample_weight"})
        if others:
            raise Declined(f"the fit parameter {others[0]!r} is given")
        weight = fit_params.get("sample_weight")
        if weight is not None and np.any(np.asarray(to_host(weight)) < 0):
            raise Declined("a sample weight is below 0")
        data = prototype._opened(X, y, weight, find_place(prototype.device, X))
        known = {n: v for n, v in vars(prototype).items() if n.endswith("_in_")}
        kernels, estimators = (
            Kernels.of(members),
            [members.instance(i) for i in range(len(members))],
        )
        alphas = [float(alpha) for alpha in members.values("alpha")]
        for _, same in kernels.among(range(len(members))):
            first: Any = estimators[same[0]]
            coefs = first._solved(data, [alphas[i] for i in same])
            for i, coef in zip(same, coefs, strict=True):
                member: Any = estimators[i]
                vars(member).update(known, fallback_=None)
                member._set_fitted(data, coef)
        return OwnKernelRidgeState(estimators, kernels)

    def respond(self, state: Any, X: Array, method: str, members: Sequence[int]) -> Sequence[Array]:
        """Answer predict for many members: each kernel of X is computed once."""
        if not isinstance(state, OwnKernelRidgeState):
            return super().respond(state, X, method, members)
        if issparse(X):
            return [state.estimators[i].predict(X) for i in members]
        home = place_of(X)
        answers: dict[int, Array] = {}
        for _, same in state.kernels.among(members):
            first = state.estimators[same[0]]
            place = place_of(first.dual_coef_)
            rows = place.put(check_rows(first, X))
            coefs = [state.estimators[i].dual_coef_ for i in same]
            found = first._predictions(rows, coefs, place.xp)
            answers.update(zip(same, map(home.put, found), strict=True))
        return [answers[i] for i in members]

    def materialise(self, state: Any, i: int) -> BaseEstimator:
        """Return member `i`, with coefficients of its own."""
        if not isinstance(state, OwnKernelRidgeState):
            return super().materialise(state, i)
        member = copy(state.estimators[i])
        member.dual_coef_ = place_of(member.dual_coef_).xp.asarray(member.dual_coef_, copy=True)
        return member


register_shared_fit("gridfold.estimators:KernelRidge", OwnKernelRidgeFit())
