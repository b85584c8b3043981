"""Minimal cost-complexity pruning of a whole tree, every step of it in one pass."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from ..shared import Declined
from .nodes import LEAF, NEVER, Shrinking, parents_of


def weakest_links(tree: Any, most: float = np.inf) -> tuple[Shrinking, np.ndarray]:
    """Prune a compiled tree, the weakest link first, until all links are stronger than `most`.

    With `R(t)` the impurity of node t weighted by its rows, and `R(T_t)` the sum of that over the
    leaves of its branch, the link of t breaks at

        alpha(t) = (R(t) - R(T_t)) / (number of leaves of T_t - 1).

    scikit-learn looks at every node for each step. Here a heap has the smallest alpha on top, and
    the same sums in the same order, so that nodes are pruned in the same order, ties included.

    Returns
    -------
    shrinking : Shrinking
        Whose steps are those of the pruning.
    alphas : ndarray of shape (n_steps,)
        The largest alpha up to each step: pruning with `ccp_alpha` takes all steps up to it.

    References
    ----------
    L. Breiman, J. Friedman, R. Olshen, C. Stone: Classification and Regression Trees, chapter 3.
    """
    weighted = tree.weighted_n_node_samples * tree.impurity / tree.weighted_n_node_samples[0]
    if not np.isfinite(weighted).all():
        raise Declined("the tree has impurities that are not finite")
    order, alphas = _prune(tree, most, weighted, *_branches(tree, weighted))
    step = np.full(tree.node_count, NEVER)
    step[order] = np.arange(len(order))
    return Shrinking(tree, step), np.maximum.accumulate(alphas) if len(alphas) else alphas


def _branches(tree: Any, weighted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the impurity and the number of leaves of each branch, summed leaf after leaf."""
    parent = parents_of(tree)
    leaves = np.flatnonzero(tree.children_left == LEAF)
    above, below, current = [], [], leaves
    while len(leaves):
        current = parent[current]
        leaves, current = leaves[current >= 0], current[current >= 0]
        above.append(current)
        below.append(leaves)
    ancestors, leaves = np.concatenate(above), np.concatenate(below)
    by_leaf = np.argsort(leaves, kind="stable")
    ancestors, leaves = ancestors[by_leaf], leaves[by_leaf]
    n = tree.node_count
    return np.bincount(ancestors, weighted[leaves], n), np.bincount(ancestors, minlength=n)


def _prune(
    tree: Any, most: float, weighted: np.ndarray, branch_sums: np.ndarray, leaf_counts: np.ndarray
) -> tuple[list[int], np.ndarray]:
    """Return the nodes in the order in which they are pruned, and the alpha of each."""
    left, right = tree.children_left.tolist(), tree.children_right.tolist()
    parent, own = parents_of(tree).tolist(), weighted.tolist()
    branch, n_leaves = branch_sums.tolist(), leaf_counts.tolist()
    is_branch = [child != LEAF for child in left]

    def alpha_of(node: int) -> float:
        return (own[node] - branch[node]) / (n_leaves[node] - 1)

    known = [alpha_of(i) if is_branch[i] else 0.0 for i in range(len(left))]
    # Each branch has an entry at most as large as its alpha; equal ones go by their number.
    heap = [(known[i], i) for i in range(len(left)) if is_branch[i]]
    heapify(heap)
    order, alphas = [], []
    while is_branch[0]:
        alpha, node = heappop(heap)
        if not is_branch[node]:
            continue
        current = alpha_of(node)
        if current != alpha:
            known[node] = current
            heappush(heap, (current, node))
            continue
        if alpha > most:
            break
        order.append(node)
        alphas.append(alpha)
        _cut_off(node, is_branch, left, right)
        n_fewer, change = n_leaves[node] - 1, own[node] - branch[node]
        above = parent[node]
        while above >= 0:
            n_leaves[above] -= n_fewer
            branch[above] += change
            new = (own[above] - branch[above]) / (n_leaves[above] - 1)
            if new < known[above]:  # by rounding only: alphas grow
                known[above] = new
                heappush(heap, (new, above))
            above = parent[above]
    return order, np.array(alphas)


def _cut_off(node: int, is_branch: list[bool], left: list[int], right: list[int]) -> None:
    """Note that a node and all below it are branches no more."""
    stack = [node]
    while stack:
        below = stack.pop()
        if is_branch[below]:
            is_branch[below] = False
            stack += (left[below], right[below])
