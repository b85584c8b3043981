"""Principal components of members with a decomposition each: random ones share one matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import svd_flip
from sklearn.utils.validation import validate_data

from ..arrays import HOST, Array, find_place, place_of
from ..base import OnDevice
from ..door import open_door
from ..shared import Members
from .centred import SharedRows, column_means
from .components import Components, set_components, solver_for
from .randomized import n_products_of
from .truncated import Random, Sketch, decompose_randomly, gram_of, pays, sketch_for


@dataclass(frozen=True)
class Own:
    """A fitted member, and what its `fit_transform` made of the training rows."""

    estimator: Any
    projected: Array


def fit_alone(estimator: Any, X: Array) -> Own:
    """Fit a member the ordinary way."""
    projected = estimator.fit_transform(X)
    return Own(estimator, projected)


def fit_random(members: Members, X: Array, which: Sequence[int]) -> dict[int, Own]:
    """Fit random members from one Gram matrix; leave out whom that would cost time or digits."""
    if not which or sparse.issparse(X):
        return {}
    if find_place(members.common.get("device"), X) != HOST:
        if not isinstance(members.prototype, OnDevice):
            return {}
        return fit_where_x_is(members, X, which, centred=True, n_iter="iterated_power")
    named: Any = members.instance(which[0])
    X = validate_data(named, X, dtype=[np.float64, np.float32])
    estimators = {i: members.instance(i) for i in which}
    sketches = _sketches(estimators, X.shape)
    if X.dtype != np.float64 or not pays(list(sketches.values()), X.shape, X.size):
        return {}
    mean = X.mean(axis=0)
    centred = X - mean
    gram = gram_of(centred)
    total = np.trace(gram) / (X.shape[0] - 1)
    found = {}
    for i, sketch in sketches.items():
        random = decompose_randomly(gram, sketch)
        if random is not None:
            found[i] = _member(estimators[i], named, random, centred, mean, total)
    return found


def fit_where_x_is(
    members: Members, X: Array, which: Sequence[int], *, centred: bool, n_iter: str
) -> dict[int, Own]:
    """Fit random members of gridfold's class off the host, as each alone, from the same rows.

    Parameters
    ----------
    centred : bool
        Whether the rows less their mean are decomposed.
    n_iter : str
        The parameter that says how many power iterations there are.
    """
    models: dict[int, Any] = {i: members.instance(i) for i in which}
    first, home = models[which[0]], place_of(X)
    data = open_door(first, X, None, None, find_place(first.device, X))
    known = {name: value for name, value in vars(first).items() if name.endswith("_in_")}
    n_products = 0
    for model in models.values():
        model._validate_params()
        params = model.get_params(deep=False)
        params["n_components"] = params["n_components"] or min(data.X.shape)
        n_products += n_products_of(data.X.shape, params, params[n_iter])
    mean = column_means(data.X, data.xp) if centred else None
    rows = SharedRows(data.X, mean, data.xp, n_products)
    found = {}
    for i, model in models.items():
        vars(model).update(known)
        found[i] = Own(model, home.put(model._find_and_project(data, rows)))
    return found


def _sketches(estimators: dict[int, Any], shape: tuple[int, int]) -> dict[int, Sketch]:
    """The members that have a random decomposition, and how each is made."""
    found = {}
    for i, estimator in estimators.items():
        params = estimator.get_params(deep=False)
        count = params["n_components"]
        if solver_for(params, shape) == "randomized" and isinstance(count, Integral):
            sketch = sketch_for(params, params["iterated_power"], shape)
            if int(count) > 0 and sketch is not None:
                found[i] = sketch
    return found


def _member(
    estimator: Any, named: Any, random: Random, centred: np.ndarray, mean: np.ndarray, total: float
) -> Own:
    """Set the attributes of a member, and project the training rows as its decomposition does."""
    n_samples, n_features = centred.shape
    singular = random.singular
    scale = sqrt(n_samples - 1) if estimator.whiten else singular
    if n_samples >= n_features:
        back, axes = svd_flip(random.back, random.right, u_based_decision=False)
        projected = centred @ (back * scale)
    else:
        left, axes = random.right.T, (centred.T @ random.back).T
        left, axes = svd_flip(left, axes, u_based_decision=False)
        projected = left * scale
    estimator.n_features_in_ = n_features
    if hasattr(named, "feature_names_in_"):
        estimator.feature_names_in_ = named.feature_names_in_
    variance = singular**2 / (n_samples - 1)
    found = Components(mean, axes, variance, singular, n_samples, n_features, total)
    set_components(estimator, found, len(singular), "randomized", np)
    if isinstance(estimator, OnDevice):
        estimator.fallback_ = None
    return Own(estimator, projected)
