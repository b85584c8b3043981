"""Trees grown best node first: the first splits of the largest make the smaller ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..shared import Declined
from .nodes import LEAF, NEVER, Shrinking

_NO_SPLIT = -2  # what a leaf has for feature and threshold


def growth(tree: Any) -> tuple[Shrinking, int]:
    """Return how a tree grown with `max_leaf_nodes` shrinks, last split first; and its splits.

    Each split puts two nodes at the end, so their numbers tell when it was made. Which split is
    next depends on those before it alone: `max_leaf_nodes` says where to stop.
    """
    left, right = tree.children_left, tree.children_right
    inner = np.flatnonzero(left != LEAF)
    n_splits = len(inner)
    made = (left[inner] - 1) // 2
    in_order = np.array_equal(np.sort(left[inner]), 2 * np.arange(n_splits) + 1)
    if not in_order or not np.array_equal(right[inner], left[inner] + 1):
        raise Declined("the nodes of the tree are not in the order in which they grew")
    step = np.full(len(left), NEVER)
    step[inner] = n_splits - 1 - made
    return Shrinking(tree, step), n_splits


def first_splits(tree: Any, n_splits: int) -> Any:
    """Return a compiled tree of the first splits, its nodes numbered as in the whole one."""
    make, parameters, state = tree.__reduce__()
    n_nodes = 2 * n_splits + 1
    nodes = state["nodes"][:n_nodes].copy()
    ends = (nodes["left_child"] == LEAF) | (nodes["left_child"] >= n_nodes)
    for name in ("left_child", "right_child"):
        nodes[name][ends] = LEAF
    for name in ("feature", "threshold"):
        nodes[name][ends] = _NO_SPLIT
    part = make(*parameters)
    values = np.ascontiguousarray(state["values"][:n_nodes])
    max_depth = _depth(nodes)
    part.__setstate__(
        {**state, "max_depth": max_depth, "node_count": n_nodes, "nodes": nodes, "values": values}
    )
    return part


def _depth(nodes: np.ndarray) -> int:
    """Return the number of levels below the root."""
    level, depth = np.zeros(1, dtype=np.intp), 0
    while len(level := level[nodes["left_child"][level] != LEAF]):
        level = np.concatenate([nodes["left_child"][level], nodes["right_child"][level]])
        depth += 1
    return depth
