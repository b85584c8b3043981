"""The shared fit of NearestCentroid: class statistics once, a shrinking of them per member."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from ..arrays import HOST, Array, Place, find_place
from ..base import OnDevice
from ..door import open_door
from ..shared import (
    Cost,
    Declined,
    FittedMembers,
    Members,
    Meta,
    SharedFit,
    State,
    register_shared_fit,
)

_PER_NUMBER = 20.0  # operations for each number of X: means, variances, and looking for NaN
_OWN = ("class_prior_", "centroids_", "deviations_")


@dataclass(frozen=True)
class CentroidState:
    """The class statistics that scikit-learn's own fit finds without shrinking.

    Attributes
    ----------
    plain : NearestCentroid
        Fitted with `shrink_threshold=None` and uniform priors.
    centre : array of shape (n_features,) or (1, n_features)
        The mean of all rows.
    counts : array of shape (n_classes,)
    """

    members: Members
    plain: Any
    centre: Any
    counts: np.ndarray

    @cached_property
    def fitted(self) -> list[Any]:
        """All members, as they are without names of columns."""
        return [self.make(i) for i in range(len(self.members))]

    def make(self, i: int) -> Any:
        """Member `i`: centroids drawn to the centre, `centre + ms * soft(deviation, threshold)`.

        `ms` is the deviation that a class mean has by chance, with the median of all columns' added
        to each; the formulas are scikit-learn's own, to the same bits.
        """
        estimator = self.members.instance(i)
        for name, value in vars(self.plain).items():
            if name.endswith("_") and name not in _OWN and name != "feature_names_in_":
                setattr(estimator, name, value)
        estimator.n_features_in_ = self.plain.n_features_in_
        estimator.class_prior_ = self._priors(estimator.priors)
        deviations, estimator.centroids_ = self.plain.deviations_, self.plain.centroids_
        if estimator.shrink_threshold:
            signs = np.sign(deviations)
            deviations = np.abs(deviations) - estimator.shrink_threshold
            np.clip(deviations, 0, None, out=deviations)
            deviations *= signs
            estimator.centroids_ = np.array(self.centre + self._by_chance * deviations)
        estimator.deviations_ = deviations
        return estimator

    @cached_property
    def _by_chance(self) -> np.ndarray:
        deviation = self.plain.within_class_std_dev_
        m = np.sqrt((1.0 / self.counts) - (1.0 / self.counts.sum()))
        return m.reshape(-1, 1) * (deviation + np.median(deviation))

    def _priors(self, priors: Any) -> np.ndarray:
        if isinstance(priors, str):
            n = len(self.counts)
            return self.counts / self.counts.sum() if priors == "empirical" else np.full(n, 1 / n)
        return np.asarray(priors)


class CentroidFit(SharedFit):
    """NearestCentroid for many thresholds and priors, from one set of class statistics.

    Members answer by their own methods, for rows that are checked once.
    """

    varying = frozenset({"shrink_threshold", "priors"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what scikit-learn refuses or warns about."""
        threshold, priors = params.get("shrink_threshold"), params.get("priors", "uniform")
        if threshold is not None and not (
            isinstance(threshold, Real) and 0 < float(threshold) < inf
        ):
            return "shrink_threshold is not a positive number"
        if isinstance(priors, str):
            return None if priors in ("uniform", "empirical") else f"priors={priors!r}"
        try:
            values = np.asarray(priors, dtype=np.float64)
        except (TypeError, ValueError):
            return "priors are no numbers"
        if values.ndim != 1 or (values < 0).any() or not np.isclose(values.sum(), 1.0):
            return "priors are no shares that sum to one"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: one pass of statistics, and one of distances per member."""
        n, p = meta.n_samples, meta.n_features or 100
        answers = n / 4 * p * len(members) * _PER_NUMBER
        return Cost(_PER_NUMBER * n * p + answers, state=8.0 * len(members) * 10 * p)

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> State:
        """Fit without shrinking."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        place = find_place(members.common.get("device"), X)
        if place != HOST:
            return _fit_where_x_is(members, X, y, place)
        plain: Any = members.instance(0).set_params(shrink_threshold=None, priors="uniform")
        plain.fit(X, y)
        # In the form in which scikit-learn takes the mean of it; ours is in float64.
        forms = ["csc"] if plain.metric == "manhattan" else ["csr", "csc"]
        by_ours = plain.metric == "euclidean" and getattr(plain, "fallback_", "theirs") is None
        dtype = np.float64 if by_ours else None
        centre = check_array(X, accept_sparse=forms).mean(axis=0, dtype=dtype)
        codes = np.unique(np.asarray(y).ravel(), return_inverse=True)[1]
        counts = np.bincount(codes).astype(np.float64)
        _check_priors(members, len(counts))
        return CentroidState(members, plain, centre, counts)

    def respond(
        self, state: State, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer predict, predict_proba, predict_log_proba or decision_function."""
        if isinstance(state, FittedMembers):
            return state.respond(X, method, members)
        rows = validate_data(state.plain, X, accept_sparse="csr", reset=False)
        return [getattr(state.fitted[i], method)(rows) for i in members]

    def materialise(self, state: State, i: int) -> BaseEstimator:
        """Return member `i` with arrays of its own."""
        if isinstance(state, FittedMembers):
            return state.member(i)
        estimator: BaseEstimator = state.make(i)
        for name, value in vars(estimator).items():
            if isinstance(value, np.ndarray) and name.endswith("_"):
                setattr(estimator, name, value.copy())
        return estimator


def _check_priors(members: Members, n_classes: int) -> None:
    for priors in members.values("priors"):
        if not isinstance(priors, str) and len(priors) != n_classes:
            raise Declined("there are more or fewer priors than classes")


def _fit_where_x_is(members: Members, X: Array, y: Array | None, place: Place) -> FittedMembers:
    """Take the class statistics once off the host, and shrink them for each member."""
    first: Any = members.instance(0)
    if not isinstance(first, OnDevice):
        raise Declined("X is an array of another library")
    if hasattr(X, "tocsr"):
        raise Declined("X is sparse, and a device is asked for")
    first._validate_params()
    data = open_door(first, X, y, None, place, task="classification", multi_output=False)
    seen = first._seen(data)
    _check_priors(members, len(first.classes_))
    params = first.get_params(deep=False)
    known = {name: value for name, value in vars(first).items() if name not in params}
    estimators: list[Any] = [members.instance(i) for i in range(len(members))]
    for estimator in estimators:
        vars(estimator).update(known, fallback_=None)
        estimator._take(seen)
    return FittedMembers(estimators)


for _home in ("sklearn.neighbors", "gridfold.estimators"):
    register_shared_fit(f"{_home}:NearestCentroid", CentroidFit())
