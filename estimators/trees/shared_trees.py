"""The shared fit of decision trees: one tree, and all that pruning or stopping makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..arrays import Array
from ..shared import Cost, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import pruned_tree, rows_for_tree
from .growth import first_splits, growth
from .nodes import NEVER, Shrinking
from .tree_cost import tree_cost
from .weakest_link import weakest_links


@dataclass(frozen=True)
class Member:
    """What one member is: a fitted estimator whose tree has shrunk by some steps.

    Attributes
    ----------
    whole : estimator
        Its `tree_` is that of `shrinking`, or one that begins with it.
    n_splits : int or None
        How many splits there are, for a tree that is the beginning of a larger one.
    """

    whole: Any
    shrinking: Shrinking
    n_steps: int
    n_splits: int | None = None


@dataclass(frozen=True)
class TreeState:
    """The members, unfitted and as parts of fitted trees."""

    members: Members
    parts: Sequence[Member]


class TreeFit(SharedFit):
    """Trees for many `ccp_alpha` and `max_leaf_nodes`, from the largest.

    Pruning begins with the whole tree, whatever `ccp_alpha`; and a tree of at most so many leaves
    is grown best node first, and is the beginning of any larger one. Answers are read off the
    nodes of the whole tree, where its rows are looked up once.
    """

    varying = frozenset({"ccp_alpha", "max_leaf_nodes"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what scikit-learn refuses."""
        alpha, limit = params.get("ccp_alpha"), params.get("max_leaf_nodes")
        if not isinstance(alpha, Real) or not float(alpha) >= 0:
            return f"ccp_alpha={alpha!r} is not a number of at least 0"
        if limit is not None and not (isinstance(limit, Integral) and int(limit) >= 2):
            return f"max_leaf_nodes={limit!r} is not a whole number of at least 2"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the largest tree, and the largest of those with a limit."""
        limits = members.values("max_leaf_nodes")
        work = state = 0.0
        for limit in {None if limit is None else max(_numbers(limits)) for limit in limits}:
            params = {**members.common, "max_leaf_nodes": limit}
            tree = tree_cost(params, meta, tries=params.get("max_features"))
            work, state = work + tree[0], state + 4 * tree[1]
        answers = 8.0 * meta.n_samples * meta.n_outputs * len(members)
        return Cost(work, state=state, responses=answers)

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> TreeState:
        """Fit the largest tree, and find the step at which each member is reached."""
        limits, parts = members.values("max_leaf_nodes"), {}
        for limit in {None if limit is None else max(_numbers(limits)) for limit in limits}:
            whole: Any = members.instance(limits.index(limit)).set_params(ccp_alpha=0.0)
            whole.fit(X, y, **fit_params)
            same = [i for i, one in enumerate(limits) if (one is None) == (limit is None)]
            parts.update(_parts(members, same, whole))
        return TreeState(members, [parts[i] for i in range(len(members))])

    def respond(
        self, state: TreeState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer for many members; rows are looked up once in each tree that was fitted."""
        if method not in ("predict", "predict_proba"):
            return [getattr(self.materialise(state, i), method)(X) for i in members]
        answers: dict[int, Any] = {}
        together: dict[int, list[int]] = {}
        for i in members:
            together.setdefault(id(state.parts[i].shrinking), []).append(i)
        for same in together.values():
            parts = {i: state.parts[i] for i in same}
            found = _answers(parts[same[0]], {part.n_steps for part in parts.values()}, X, method)
            answers.update({i: found[part.n_steps] for i, part in parts.items()})
        return [answers[i] for i in members]

    def materialise(self, state: TreeState, i: int) -> BaseEstimator:
        """Return member `i` with a tree of its own."""
        part, estimator = state.parts[i], state.members.instance(i)
        params = estimator.get_params(deep=False)
        fitted = {name: v for name, v in vars(part.whole).items() if name not in params}
        vars(estimator).update(fitted)
        tree = part.shrinking.tree
        if part.n_splits is not None:
            tree = first_splits(tree, part.n_splits)
        elif estimator.ccp_alpha != 0:
            tree = pruned_tree(tree, part.shrinking.leaves(part.n_steps).astype(np.uint8))
        estimator.tree_ = tree
        return estimator


def _numbers(limits: Sequence[int | None]) -> list[int]:
    return [int(limit) for limit in limits if limit is not None]


def _parts(members: Members, same: Sequence[int], whole: Any) -> dict[int, Member]:
    """Return the parts of one fitted tree that some members are."""
    parts: dict[int, Member] = {}
    if members.values("max_leaf_nodes")[same[0]] is None:
        tree = whole.tree_
        never = Shrinking(tree, np.full(tree.node_count, NEVER))
        parts = {i: Member(whole, never, 0) for i in same}
    else:
        shrinking, most = growth(whole.tree_)
        for i in same:
            n_splits = min(int(members.params(i)["max_leaf_nodes"]) - 1, most)
            parts[i] = Member(whole, shrinking, most - n_splits, n_splits)
    return {**parts, **_pruned(members, parts)}


def _pruned(members: Members, parts: Mapping[int, Member]) -> dict[int, Member]:
    """Return the members that are pruned: each size of tree has steps of its own."""
    alphas = {i: float(members.params(i)["ccp_alpha"]) for i in parts}
    sizes: dict[int | None, list[int]] = {}
    for i, part in parts.items():
        if alphas[i] > 0:
            sizes.setdefault(part.n_splits, []).append(i)
    found = {}
    for n_splits, same in sizes.items():
        whole = parts[same[0]].whole
        tree = whole.tree_ if n_splits is None else first_splits(whole.tree_, n_splits)
        links, strengths = weakest_links(tree, max(alphas[i] for i in same))
        for i in same:
            n_steps = int(np.searchsorted(strengths, alphas[i], side="right"))
            found[i] = Member(whole, links, n_steps)
    return found


def _answers(part: Member, steps: set[int], X: Array, method: str) -> dict[int, Array]:
    """Return what a tree answers after each of some numbers of steps."""
    rows = rows_for_tree(part.whole, X)
    tree = part.shrinking.tree
    leaves, place = np.unique(tree.apply(rows), return_inverse=True)
    stand_in = object.__new__(type(part.whole))
    vars(stand_in).update(vars(part.whole))
    found, ascending = {}, sorted(steps)
    for n_steps, ends in zip(ascending, part.shrinking.ends(leaves, ascending), strict=True):
        values = tree.value[ends][place]
        stand_in.tree_ = _Known(values[:, 0, :] if tree.n_outputs == 1 else values)
        found[n_steps] = getattr(stand_in, method)(rows, check_input=False)
    return found


@dataclass(frozen=True)
class _Known:
    """Stands for a compiled tree that has looked up the rows already."""

    values: np.ndarray

    def predict(self, rows: Any) -> np.ndarray:
        return self.values


for _name in ("DecisionTree", "ExtraTree"):
    register_shared_fit(f"sklearn.tree:{_name}Classifier", TreeFit())
    register_shared_fit(f"sklearn.tree:{_name}Regressor", TreeFit())
