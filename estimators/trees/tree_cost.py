"""What growing trees takes, for the order of tasks and for memory, never for results."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from numbers import Integral, Real
from typing import Any

from ..shared import Meta

_TREE = 5e6  # a tree whatever the data: about half a millisecond
_PER_SORTED = 500.0  # for each row, feature tried and halving of the rows
_PER_BINNED = 30.0  # for each row, feature and level of a tree on binned columns
_NODE = 64.0


def tree_cost(params: Mapping[str, Any], meta: Meta, *, tries: Any = None) -> tuple[float, float]:
    """Return the work of one tree on sorted columns, and its bytes.

    Parameters
    ----------
    tries : "sqrt", "log2", int, float or None
        How many features each split tries, as the trees' `max_features`.
    """
    n, k = float(max(meta.n_samples, 2)), meta.n_outputs
    levels, most = log2(n), n
    if isinstance(params.get("max_depth"), Integral):
        levels = min(levels, float(params["max_depth"]))
    if isinstance(params.get("max_leaf_nodes"), Integral):
        most = min(most, float(params["max_leaf_nodes"]))
    work = _TREE + _PER_SORTED * n * levels * _features(tries, meta) * k
    return work, min(n, 2.0 * most, 2.0 ** (levels + 1)) * (_NODE + 8.0 * k)


def binned_tree_cost(params: Mapping[str, Any], meta: Meta) -> tuple[float, float]:
    """Return the work of one tree on binned columns, and its bytes."""
    leaves = params.get("max_leaf_nodes")
    leaves = float(leaves) if isinstance(leaves, Integral) else meta.n_samples / 20
    levels = log2(max(leaves, 2.0))
    n, p = meta.n_samples, meta.n_features or 100
    return _TREE + _PER_BINNED * n * p * levels, 2.0 * leaves * _NODE


def _features(tries: Any, meta: Meta) -> float:
    p = float(meta.n_features or 100)
    if tries in ("sqrt", "log2"):
        return float(p**0.5 if tries == "sqrt" else log2(max(p, 2.0)))
    if isinstance(tries, Integral):
        return min(p, float(tries))
    return p * float(tries) if isinstance(tries, Real) else p
