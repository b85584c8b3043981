"""The parameters from which EM starts."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import numpy as np
from sklearn import config_context

from ..arrays import Array
from ..cluster.k_means import KMeans
from ..cluster.plus_plus import plus_plus
from ..cluster.rows import Rows
from .em import smallest_mass
from .gaussians import (
    Gaussians,
    covariances_of_factors,
    factors_of_given,
    factors_of_precisions,
)
from .scores import linear_covariances, second_moments, with_floor

Shares = Callable[[slice], Array]


def checked_inits(model: Any, n_features: int) -> Any:
    """Return a copy of the model with its three given parameters checked, on the host.

    Raises
    ------
    ValueError
        When weights, means or precisions have another shape, or are none.
    """
    checked = copy(model)  # which has its arrays on the host
    with config_context(array_api_dispatch=False):
        checked._check_parameters(np.empty((1, n_features)), xp=np)
    return checked


def initial(
    model: Any, given: Any, rows: Rows, random_state: Any, total: Array | None
) -> Gaussians:
    """Return the parameters by `init_params`, but for those that are given.

    Parameters
    ----------
    model : GaussianMixture
    given : GaussianMixture
        Its copy with `weights_init`, `means_init` and `precisions_init` checked.
    total : array of shape (p, p) or None
        The second moment of the rows.
    """
    kind, place = model.covariance_type, rows.place
    parts = (given.weights_init, given.means_init, given.precisions_init)
    weights = means = covariances = None
    if any(part is None for part in parts):
        chosen, shares = responsibilities(model, rows, random_state)
        masses, means, covariances = moments(chosen, shares, kind, smallest_mass(rows), total)
        if kind == "tied" and chosen is not rows:
            covariances = covariances + _of_the_shift(rows, masses, means)
        covariances = with_floor(covariances, kind, model.reg_covar)
        weights = masses / rows.X.shape[0]
    wide = rows.xp.float64
    if parts[0] is not None:
        weights = place.put(parts[0], wide)
    if parts[1] is not None:
        means = place.put(parts[1], wide) - rows.shift
    if parts[2] is None:
        factors = factors_of_precisions(covariances, kind, rows.X.dtype)
    else:
        on_host = factors_of_given(np.asarray(parts[2], dtype=np.float64), kind)
        factors = place.put(np.ascontiguousarray(on_host))
        covariances = place.put(np.ascontiguousarray(covariances_of_factors(on_host, kind)))
    return Gaussians(kind, weights, means, covariances, factors)


def responsibilities(model: Any, rows: Rows, random_state: Any) -> tuple[Rows, Shares]:
    """Return rows, all or the few that are chosen, and a function that gives their shares.

    The shares of the rows of a slice are of shape (k, n_rows).
    """
    xp, k, n_samples = rows.xp, model.n_components, rows.X.shape[0]
    if model.init_params == "kmeans":
        start = KMeans(k, n_init=1, random_state=random_state, device=model.device)
        labels = start.fit(rows.X).labels_
        components = xp.arange(k, dtype=labels.dtype, device=rows.place.device)[:, None]
        return rows, lambda r: xp.astype(labels[None, r] == components, rows.X.dtype)
    if model.init_params == "random":
        drawn = random_state.uniform(size=(n_samples, k))
        drawn /= drawn.sum(axis=1)[:, None]
        shares = rows.place.put(drawn, rows.X.dtype)
        return rows, lambda r: shares[r, :].T
    if model.init_params == "random_from_data":
        indices = random_state.choice(n_samples, size=k, replace=False)
    else:
        indices = plus_plus(Rows(rows.X, rows.shift, xp), k, None, random_state)
    chosen = Rows(rows.take(indices), None, xp)
    own = xp.eye(k, dtype=rows.X.dtype, device=rows.place.device)
    return chosen, lambda r: own[:, r]


def moments(
    rows: Rows, shares: Shares, kind: str, least: float, total: Array | None
) -> tuple[Array, Array, Array]:
    """Return masses, means and covariances of the components, in float64, from shares of rows."""
    xp, k = rows.xp, shares(slice(0, 1)).shape[0]

    def first(block: Array, where: slice) -> tuple[Array, Array, Array]:
        block = xp.astype(block, xp.float64, copy=False)
        part = xp.astype(shares(where), xp.float64, copy=False)
        squares = block * block
        if kind == "spherical":
            squares = xp.sum(squares, axis=1, keepdims=True)
        return xp.sum(part, axis=1), part @ block, part @ squares

    masses, means, seconds = _added(rows.in_blocks(first, 2 * rows.X.shape[1] + 2 * k))
    masses = masses + least
    means = means / masses[:, None]
    if kind != "full":
        return masses, means, linear_covariances(kind, masses, means, seconds, total)
    about = xp.astype(means, rows.X.dtype, copy=False)

    def second(block: Array, where: slice) -> tuple[Array]:
        apart = block.T[None, :, :] - about[:, :, None]
        return (xp.astype(second_moments(apart, shares(where), xp), xp.float64, copy=False),)

    (seconds,) = _added(rows.in_blocks(second, 3 * k * rows.X.shape[1]))
    return masses, means, seconds / masses[:, None, None]


def second_moment(rows: Rows) -> Array:
    """Return the sum of `x x'` over all rows, float64, of shape (p, p)."""
    xp = rows.xp

    def of_block(block: Array, _: slice) -> tuple[Array]:
        block = xp.astype(block, xp.float64, copy=False)
        return (block.T @ block,)

    (total,) = _added(rows.in_blocks(of_block, rows.X.shape[1]))
    return total


def _added(blocks: Any) -> tuple[Array, ...]:
    """Add up what the blocks give, part by part."""
    total: tuple[Array, ...] = ()
    for _, parts in blocks:
        total = tuple(a + b for a, b in zip(total, parts, strict=True)) if total else parts
    return total


def _of_the_shift(rows: Rows, masses: Array, means: Array) -> Array:
    """Return what a common covariance has more of about the origin than about the shift.

    Scikit-learn's start from a few rows takes the second moment of all about the origin, less that
    of the few.
    """
    xp, shift, n_samples = rows.xp, rows.shift, rows.X.shape[0]
    shift = xp.astype(shift, xp.float64, copy=False)
    apart = -(masses @ means)[:, None] * shift[None, :]
    mass = xp.sum(masses)
    return (apart + apart.T + (n_samples - mass) * shift[:, None] * shift[None, :]) / mass
