"""Which nodes a tree is left with when its branches turn into leaves, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

LEAF = -1
NEVER = np.iinfo(np.int64).max  # a step that is not made


def parents_of(tree: Any) -> np.ndarray:
    """Return the parent of each node of a compiled tree, of shape (n_nodes,); -1 for the root."""
    parent = np.full(tree.node_count, -1, dtype=np.intp)
    for children in (tree.children_left, tree.children_right):
        inner = np.flatnonzero(children != LEAF)
        parent[children[inner]] = inner
    return parent


@dataclass(frozen=True)
class Shrinking:
    """A compiled tree whose branches turn into leaves, one at each step.

    Attributes
    ----------
    tree : Tree
        The whole one.
    step : ndarray of shape (n_nodes,), int64
        The step at which a node turns into a leaf; NEVER for a leaf.
    """

    tree: Any
    step: np.ndarray

    @cached_property
    def parent(self) -> np.ndarray:
        """The parent of each node."""
        return parents_of(self.tree)

    @cached_property
    def gone(self) -> np.ndarray:
        """The step at which each node is no longer in the tree: the first of a node above it."""
        left, right = self.tree.children_left, self.tree.children_right
        gone = np.full(len(left), NEVER)
        level = np.zeros(1, dtype=np.intp)
        while len(level := level[left[level] != LEAF]):
            above = np.minimum(gone[level], self.step[level])
            gone[left[level]] = gone[right[level]] = above
            level = np.concatenate([left[level], right[level]])
        return gone

    def leaves(self, n_steps: int) -> np.ndarray:
        """Return which nodes are leaves after so many steps, of shape (n_nodes,)."""
        is_leaf = (self.tree.children_left == LEAF) | (self.step < n_steps)
        return is_leaf & (self.gone >= n_steps)

    def ends(self, leaves: np.ndarray, steps: Sequence[int]) -> Iterator[np.ndarray]:
        """Yield where rows that end in these leaves of the whole tree end after so many steps.

        `steps` ascend: each leaf moves up to the root at most once, over all of them.
        """
        ends = leaves.copy()
        for n_steps in steps:
            moving = np.flatnonzero(self.gone[ends] < n_steps)
            while len(moving):
                ends[moving] = self.parent[ends[moving]]
                moving = moving[self.gone[ends[moving]] < n_steps]
            yield ends
