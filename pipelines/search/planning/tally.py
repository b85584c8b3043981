"""Counts of fits: those a plan makes, and those it would take without sharing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from .identity import Identity
from .plan import Group, Plan
from .recipe import Recipe, Recipes, Token


@dataclass
class Node:
    """A group with its counts; those of single steps, times the folds.

    Attributes
    ----------
    shape : int
        Equal for groups that are fitted alike, and have alike groups behind them.
    n_candidates : int
        Candidates that end here or below.
    fits, without : int
        Fits made for this group, and what its candidates would take if each were fitted alone.
    all_fits, all_without, n_groups : int
        The same of this group and all below it.
    steps : int
        Single steps that are fitted for one configuration: 1, or the parts of a transformer with
        branches.
    parts : list of (str, token)
        Path and identity of these parts, where groups side by side have some in common.
    """

    group: Group
    shape: int
    n_candidates: int
    fits: int
    without: int
    all_fits: int
    all_without: int
    n_groups: int
    steps: int
    children: list[Node] = field(default_factory=list)
    parts: list[tuple[str, Token]] = field(default_factory=list)


def nodes_of(plan: Plan) -> list[Node]:
    """Count the fits of the groups of a plan, and of all below them."""
    return _Counter(plan.n_splits, len(plan.repeats)).nodes(plan.groups)


def totals(plan: Plan, nodes: Sequence[Node] | None = None) -> tuple[int, int]:
    """Return the fits of single steps that a plan makes, and those it would take without sharing.

    scikit-learn would fit every step of every candidate on every fold.
    """
    if nodes is None:
        nodes = nodes_of(plan)
    alone = len(plan.alone) * plan.n_splits
    fits = alone + sum(node.all_fits for node in nodes)
    return fits, alone + sum(node.all_without for node in nodes)


def parts_together(nodes: Sequence[Node]) -> list[tuple[Node, list[tuple[str, int, int]]]]:
    """For nodes side by side that have parts in common, say how often each part is fitted.

    Returns
    -------
    found : list of (node, [(path, fits per fold, configurations)])
        One entry, for the first of these nodes, or none.
    """
    several = [node for node in nodes if node.group.recipe is not None]
    tokens: dict[str, list[Token]] = {}
    for node in several:
        for path, token in node.parts:
            tokens.setdefault(path, []).append(token)
    parts = [(path, len(set(found)), len(found)) for path, found in tokens.items()]
    return [(several[0], parts)] if several else []


class _Counter:
    def __init__(self, n_splits: int, n_repeats: int) -> None:
        self.n_splits, self.n_repeats = n_splits, n_repeats
        self._shapes: dict[Hashable, int] = {}
        self._recipes = Recipes(_ByAddress())

    def nodes(self, groups: Sequence[Group]) -> list[Node]:
        seen: set[Token] = set()
        return [self._node(group, seen) for group in groups]

    def _node(self, group: Group, seen: set[Token]) -> Node:
        """Count one group; `seen` are the parts that groups beside it have had fitted."""
        children = [n for member in group.members for n in self.nodes(member.children)]
        ends = sum(len(member.candidates) for member in group.members)
        n_candidates = ends + sum(node.n_candidates for node in children)
        parts = list(_parts(group.recipe)) if group.recipe is not None else []
        steps = len(parts) or self._steps_inside(group)
        tokens = {token for _, token in parts}
        made = len(tokens - seen) if parts else steps
        seen |= tokens
        fits = self.n_repeats if group.across_folds else made * self.n_splits
        without = steps * n_candidates * self.n_splits
        all_fits = fits + sum(node.all_fits for node in children)
        all_without = without + sum(node.all_without for node in children)
        below = sorted(node.shape for node in children)
        own = (group.name, type(group.prototype), group.shared is None, group.across_folds)
        size = (group.reason, len(group.members), ends, steps, group.recipe is None)
        behind = (all_fits - fits, all_without, tuple(below))
        shape = self._shapes.setdefault((own, size, behind), len(self._shapes))
        n_groups = 1 + sum(node.n_groups for node in children)
        return Node(
            group,
            shape,
            n_candidates,
            fits,
            without,
            all_fits,
            all_without,
            n_groups,
            steps,
            children,
            parts,
        )

    def _steps_inside(self, group: Group) -> int:
        """How many single steps are fitted for one configuration of a group."""
        if group.shared is not None:
            return 1
        recipe = self._recipes.of_composite(group.prototype, group.members[0].overrides)
        return max(sum(1 for _ in _parts(recipe)), 1) if recipe is not None else 1


def _parts(recipe: Recipe, path: str = "", source: Token = None) -> Iterator[tuple[str, Token]]:
    """Yield path and identity of every single fit inside a recipe."""
    if not recipe.branches and not recipe.steps:
        yield path, (source, recipe.kin or recipe.key)
    for name, (columns, branch) in recipe.branches.items():
        yield from _parts(branch, _joined(path, name), (source, columns))
    for name, step in recipe.steps.items():
        yield from _parts(step, _joined(path, name), source)
        source = (source, step.key)


def _joined(path: str, name: str) -> str:
    return f"{path}__{name}" if path else name


class _ByAddress(Identity):
    """For recipes of which only the parts are counted: content is never asked for."""

    def key(self, value: object) -> Hashable:
        return id(value)
