"""The smallest numbers of each row, found without sorting whole rows where the library can."""

from __future__ import annotations

from ..arrays import Array, Namespace


def smallest(values: Array, k: int, xp: Namespace) -> Array:
    """Return where the `k` smallest numbers of each row are, ascending; of equal ones the first.

    Parameters
    ----------
    values : array of shape (n_rows, n_columns), without NaN, n_columns >= k

    Returns
    -------
    places : array of shape (n_rows, k), int64
    """
    places = xp.sort(_first_of_equals(values, k, xp), axis=1)
    order = xp.argsort(xp.take_along_axis(values, places, axis=1), axis=1, stable=True)
    return xp.take_along_axis(places, order, axis=1)


def _first_of_equals(values: Array, k: int, xp: Namespace) -> Array:
    """Where the `k` smallest are, in no order; of those equal to the largest of them the first."""
    places = some_smallest(values, k, xp)
    edge = xp.max(xp.take_along_axis(values, places, axis=1), axis=1, keepdims=True)
    if not bool(xp.any(xp.sum(xp.astype(values <= edge, xp.int64), axis=1) > k)):
        return places
    n_columns = values.shape[1]
    numbers = xp.arange(n_columns, dtype=values.dtype, device=values.device)[None, :]
    last, first = xp.full_like(numbers, n_columns), xp.full_like(numbers, -1)
    keys = xp.where(values < edge, first, xp.where(values == edge, numbers, last))
    return some_smallest(keys, k, xp)


def some_smallest(values: Array, k: int, xp: Namespace) -> Array:
    """Return where `k` smallest numbers of each row are: in any order, and any of equal ones."""
    if k >= values.shape[1]:
        numbers = xp.arange(values.shape[1], dtype=xp.int64, device=values.device)
        return xp.broadcast_to(numbers[None, :], values.shape)
    if hasattr(xp, "argpartition"):
        return xp.argpartition(values, k - 1, axis=1)[:, :k]
    if hasattr(xp, "topk"):
        return xp.topk(values, k, dim=1, largest=False, sorted=False).indices
    return xp.argsort(values, axis=1)[:, :k]
