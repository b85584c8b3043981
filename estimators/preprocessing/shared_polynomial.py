"""The shared fit of PolynomialFeatures: the columns of lower degrees are among those of higher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator

from ..arrays import Array, is_foreign, place_of
from ..base import OnDevice
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import get_output_config


@dataclass(frozen=True)
class PolynomialState:
    """Fitted members, and for each highest degree the one that has all columns up to it."""

    members: Members
    fitted: Sequence[Any]
    wholes: Mapping[int, Any]


class PolynomialFit(SharedFit):
    """Polynomials of several degrees, with a constant column and without, from the largest.

    scikit-learn's columns go up in degree, so those of a lower one come first; each is the same
    product in the same order.
    """

    varying = frozenset({"degree", "include_bias"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X, and degrees that scikit-learn refuses."""
        if meta.sparse:
            return "X is sparse"
        degree = params.get("degree", 2)
        if _range_of(degree) is None:
            return f"degree={degree!r} is out of range"
        if _range_of(degree) == (0, 0) and not params.get("include_bias", True):
            return "it has no columns"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: each column is a product, and is copied to each member."""
        p, simple = meta.n_features or 100, members.common["interaction_only"]
        widths = [_count(p, _range_of(d)[1], simple) for d in members.values("degree")]  # type: ignore[index]
        n_bytes = 8.0 * meta.n_samples * (sum(widths) + max(widths))
        return Cost(2.0 * meta.n_samples * max(widths), state=1.0, responses=n_bytes)

    def fit(
        self, members: Members, X: Array, y: Array | None = None, **fit_params: Any
    ) -> PolynomialState:
        """Count the columns of each member."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        if sparse.issparse(X):
            raise Declined("X is sparse")
        if is_foreign(X) and not isinstance(members.prototype, OnDevice):
            raise Declined("X is an array of another library")
        if get_output_config("transform", members.prototype)["dense"] != "default":
            raise Declined("set_output asks for tables")
        fitted: list[Any] = [members.instance(i) for i in range(len(members))]
        wholes: dict[int, Any] = {}
        for degree in members.values("degree"):
            most = _range_of(degree)[1]  # type: ignore[index]
            wholes[most] = members.instance(0).set_params(degree=most, include_bias=True)
        fitted[0].fit(X)
        with config_context(assume_finite=True):
            for each in (*fitted[1:], *wholes.values()):
                each.fit(X[:1, :] if is_foreign(X) else X)
        return PolynomialState(members, fitted, wholes)

    def respond(
        self, state: PolynomialState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Multiply the columns once, for the highest degree; copy to each member what it has."""
        if len(members) == 1:
            return [state.fitted[members[0]].transform(X)]
        degrees = state.members.values("degree")
        most = max(_range_of(degrees[i])[1] for i in members)  # type: ignore[index]
        whole = state.wholes[most].transform(X)
        return [self._part(state, whole, i) for i in members]

    def _part(self, state: PolynomialState, whole: Array, i: int) -> Array:
        params = state.members.params(i)
        found = _range_of(params["degree"])
        assert found is not None
        first, last = found
        p, simple = state.fitted[i].n_features_in_, params["interaction_only"]
        start = _count(p, first - 1, simple) if first > 1 else 1
        stop = _count(p, last, simple)
        bias = int(params["include_bias"])
        if bias and start == 1 and stop == whole.shape[1]:
            return whole
        if is_foreign(whole):
            part = whole[:, start:stop]
            return place_of(whole).xp.concat([whole[:, :bias], part], axis=1)
        # A copy costs less than what slower reading of every so many columns costs later.
        part = np.empty((len(whole), stop - start + bias), whole.dtype, order=params["order"])
        part[:, :bias] = 1
        part[:, bias:] = whole[:, start:stop]
        return part

    def materialise(self, state: PolynomialState, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        fitted: BaseEstimator = state.fitted[i]
        return fitted


def _range_of(degree: Any) -> tuple[int, int] | None:
    """Return the lowest and the highest degree that a parameter asks for; None if it is invalid."""
    found = (0, degree) if isinstance(degree, Integral) else degree
    if not isinstance(found, tuple | list) or len(found) != 2:
        return None
    if not all(isinstance(one, Integral) for one in found):
        return None
    first, last = (int(one) for one in found)
    return (first, last) if 0 <= first <= last else None


def _count(n_features: int, degree: int, interaction_only: bool) -> int:
    """How many columns there are up to a degree, the constant one included."""
    if interaction_only:
        return sum(comb(n_features, i) for i in range(min(degree, n_features) + 1))
    return comb(n_features + degree, degree)


register_shared_fit("sklearn.preprocessing:PolynomialFeatures", PolynomialFit())
register_shared_fit("gridfold.estimators:PolynomialFeatures", PolynomialFit())
