"""The shared fit of VarianceThreshold: the variances once, each member those above its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..arrays import Array
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from .chosen import Chosen, choose, materialised, transformed


class VarianceThresholdFit(SharedFit):
    """Selections by variance for many thresholds.

    A threshold of 0 has its own variances: scikit-learn takes the range of a column where that is
    smaller, so that rounding makes no constant column vary.
    """

    varying = frozenset({"threshold"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse a threshold that scikit-learn refuses."""
        threshold = params.get("threshold", 0.0)
        if isinstance(threshold, Real) and float(threshold) >= 0:
            return None
        return f"threshold={threshold!r} is out of range"

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the variances, and at most all columns for each member."""
        p = meta.n_features or 100
        whole = float(meta.n_bytes or 8.0 * meta.n_samples * p)
        state = 9.0 * p * len(members)
        return Cost(20.0 * meta.n_samples * p, state, responses=whole * len(members))

    def fit(self, members: Members, X: Array, y: Array | None = None, **fit_params: Any) -> Chosen:
        """Compute the variances for a threshold of 0 and for others, where there are such."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        thresholds = members.values("threshold")
        fitted: dict[bool, Any] = {}
        for i, threshold in enumerate(thresholds):
            if (threshold == 0) not in fitted:
                least = 0.0 if threshold == 0 else np.finfo(float).tiny
                fitted[threshold == 0] = members.instance(i).set_params(threshold=least).fit(X)
        found = [fitted[threshold == 0].variances_ for threshold in thresholds]
        empty = [
            i
            for i, (variances, threshold) in enumerate(zip(found, thresholds, strict=True))
            if not np.any(np.isfinite(variances) & (variances > threshold))
        ]
        if empty:
            highest = max(thresholds[i] for i in empty)
            raise Declined(f"no column has a variance above threshold={highest!r}", empty)
        attributes = [{"variances_": variances} for variances in found]
        return choose(members, next(iter(fitted.values())), attributes)

    def respond(
        self, state: Chosen, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Take each member's columns."""
        return transformed(state, X, members)

    def materialise(self, state: Chosen, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        return materialised(state, i)


register_shared_fit("sklearn.feature_selection:VarianceThreshold", VarianceThresholdFit())
