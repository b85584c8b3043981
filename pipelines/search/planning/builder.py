"""Makes the plan: puts the candidates, one by one, into a tree of steps."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sklearn.base import BaseEstimator, clone

from ....estimators.shared import Meta, SharedFit, affine_step_for, shared_fit_for
from ..sklearn_private import routing_enabled
from .chain import Chain, Chains, Step
from .identity import Identity
from .plan import Group, Member, Plan
from .recipe import Recipes, recipes_together
from .routing import StepParams

Keys = dict[str, Hashable]

NOTHING_SHARED = "no other candidate differs from it only in what can be shared"


def make_plan(
    estimator: BaseEstimator,
    candidates: Sequence[Mapping[str, Any]],
    meta: Meta,
    *,
    n_splits: int,
    repeats: Sequence[Sequence[int]],
    sharing: str = "all",
    step_params: StepParams | str | None = None,
) -> Plan:
    """Make the plan of a search from parameter dictionaries.

    Parameters
    ----------
    estimator : estimator
        The unfitted estimator or pipeline of the search.
    candidates : sequence of dict
    meta : Meta
        What is known of the data.
    repeats : sequence of sequence of int
        The numbers of the splits in runs, in each of which the test parts split the rows and each
        training part is all rows outside its test part: what sharing across folds needs. Empty
        without it.
    sharing : {"all", "exact", "off"}
        Which shared fits may serve.
    step_params : dict of str to dict, or str
        What is passed to the fit of each step, as `routing.step_params` sorts it.
    """
    chains = Chains(estimator, step_params or {}, routing_enabled())
    builder = _Builder(meta, repeats, sharing)
    for index, params in enumerate(candidates):
        chain = "sharing is off" if sharing == "off" else chains.of(params)
        builder.add(index, chain)
    return builder.plan(len(candidates), n_splits)


class _Builder:
    """Puts chains of steps into a tree, one by one."""

    def __init__(self, meta: Meta, repeats: Sequence[Sequence[int]], sharing: str) -> None:
        self.meta, self.repeats, self.sharing = meta, repeats, sharing
        # Behind a transformer only the number of rows is known to be the same.
        self._behind = replace(meta, n_features=None, sparse=None, n_bytes=None)
        self.identity = Identity()
        self._recipes = Recipes(self.identity, self._sharing_inside)
        self.groups: list[Group] = []
        self.alone: dict[int, str] = {}
        self._found: dict[Hashable, Group] = {}
        self._members: dict[Hashable, Member] = {}
        self._whole: dict[tuple[int, int], tuple[Group, Member]] = {}
        self._defaults: dict[tuple[int, frozenset[str]], tuple[Keys, Keys, Hashable]] = {}

    def add(self, index: int, chain: Chain | str) -> None:
        """Put candidate `index` into the tree, or on the list of those fitted alone."""
        if isinstance(chain, str):
            self.alone[index] = chain
            return
        siblings, affine = self.groups, True
        for position, step in enumerate(chain):
            # A step that sets nothing is the same object in all candidates: found at once.
            found = self._whole.get((id(siblings), id(step)))
            if found is None:
                last = position == len(chain) - 1
                found = self._put(siblings, step, affine, last)
                if not step.overrides:
                    self._whole[id(siblings), id(step)] = found
            member = found[1]
            siblings = member.children
            affine = affine and _is_affine(step)
        member.candidates.append(index)

    def _put(
        self, siblings: list[Group], step: Step, plain: bool, last: bool
    ) -> tuple[Group, Member]:
        """Find or make the group and the member of a step among `siblings`.

        `plain` says that in front of it there are scalers at most.
        """
        meta = self.meta if plain else self._behind
        shared, reason = self._sharing_of(step, meta)
        varying = shared.varying if shared is not None else frozenset()
        fixed, free = self._keys_of(step, varying)
        place = (id(siblings), step.name, type(step.prototype), shared is None, fixed)
        group = self._found.get(place)
        if group is None:
            shares_folds = shared is not None and shared.shares_folds
            across = shares_folds and plain and last and bool(self.repeats)
            exact = shared is None or shared.is_exact({**step.common, **step.overrides}, meta)
            group = Group(step.name, step.prototype, shared, across, reason, exact=exact)
            group.only_exact = self.sharing == "exact"
            self._found[place] = group
            siblings.append(group)
        member = self._members.get((id(group), free))
        if member is None:
            member = self._members[id(group), free] = Member(_overrides_on(group.prototype, step))
            group.members.append(member)
        return group, member

    def _sharing_of(self, step: Step, meta: Meta) -> tuple[SharedFit | None, str | None]:
        shared = shared_fit_for(type(step.prototype))
        if shared is None:
            return None, f"no shared fit is registered for {type(step.prototype).__name__}"
        params = {**step.common, **step.overrides}
        shared = shared.for_params(params)
        if self.sharing == "exact" and not shared.is_exact(params, meta):
            return None, "its shared fit is not exact"
        reason = shared.declines(params, meta)
        return (None, reason) if reason is not None else (shared, None)

    def _sharing_inside(self, estimator: Any, overrides: Mapping[str, Any]) -> SharedFit | None:
        """Return what fits a transformer inside a branch together with others, or None."""
        shared = shared_fit_for(type(estimator))
        if shared is None or any("__" in name for name in overrides):
            return None
        params = {**estimator.get_params(deep=False), **overrides}
        shared = shared.for_params(params)
        if self.sharing == "exact" and not shared.is_exact(params, self._behind):
            return None
        declined = shared.declines(params, self._behind)
        return shared if declined is None and shared.varying <= params.keys() else None

    def _keys_of(self, step: Step, varying: frozenset[str]) -> tuple[Hashable, Hashable]:
        """Return the identity of a step's parameters: of those that are alike in its group, and
        of those in which members may differ."""
        known = self._defaults.get((id(step.prototype), varying))
        if known is None:
            keys = {name: self.identity.key(value) for name, value in step.common.items()}
            fixed = {name: key for name, key in keys.items() if name not in varying}
            free = {name: key for name, key in keys.items() if name in varying}
            known = (fixed, free, frozenset(fixed.items()))
            self._defaults[id(step.prototype), varying] = known
        fixed, free, all_fixed = known
        own = {name: self.identity.key(value) for name, value in step.overrides.items()}
        members = {**free, **{name: key for name, key in own.items() if name in varying}}
        if own.keys() <= varying:
            return all_fixed, frozenset(members.items())
        others = {name: key for name, key in own.items() if name not in varying}
        return frozenset({**fixed, **others}.items()), frozenset(members.items())

    def plan(self, n_candidates: int, n_splits: int) -> Plan:
        """Return the plan; what shares nothing goes to scikit-learn's own routine."""
        kept = []
        self._find_common_branches(self.groups)
        for group in self.groups:
            across = any(g.across_folds for _, g in group.walk())
            if group.n_candidates == 1 and not across and group.recipe is None:
                below = [g for _, g in group.walk()][-1]
                self.alone[below.members[0].candidates[0]] = below.reason or NOTHING_SHARED
            else:
                kept.append(group)
        for group in kept:
            for _, below in group.walk():
                _drop_needless_sharing(below)
                _give_prototype_what_is_alike(below)
        return Plan(n_candidates, n_splits, kept, self.alone, self.meta, self.repeats)

    def _find_common_branches(self, siblings: Sequence[Group]) -> None:
        """Give their recipes to those of some groups side by side that have parts in common."""
        found = []
        for group in siblings:
            for member in group.members:
                self._find_common_branches(member.children)
            first = group.members[0]
            if group.shared is None and first.children:
                recipe = self._recipes.of_composite(group.prototype, first.overrides)
                if recipe is not None:
                    found.append((group, recipe))
        together = recipes_together([recipe for _, recipe in found])
        for (group, recipe), has_parts_in_common in zip(found, together, strict=True):
            group.recipe = recipe if has_parts_in_common else None


def _is_affine(step: Step) -> bool:
    """Whether a step is a scaler whose map is plain algebra: one that does not clip."""
    clips = {**step.common, **step.overrides}.get("clip", False)
    return not clips and affine_step_for(type(step.prototype)) is not None


def _overrides_on(prototype: BaseEstimator, step: Step) -> dict[str, Any]:
    """What to set on `prototype` to get `step`, which may come from another, equal prototype."""
    if step.prototype is prototype:
        return dict(step.overrides)
    return {**step.common, **step.overrides}


def _drop_needless_sharing(group: Group) -> None:
    """Fit a group of one member the ordinary way, unless its folds are shared."""
    if group.shared is not None and len(group.members) == 1 and not group.across_folds:
        group.shared, group.reason = None, NOTHING_SHARED


def _give_prototype_what_is_alike(group: Group) -> None:
    """Let the prototype of a shared fit have every parameter in which its members do not differ."""
    if group.shared is None:
        return
    varying = group.shared.varying
    alike = {k: v for k, v in group.members[0].overrides.items() if k not in varying}
    if alike:
        alike = {name: clone(value, safe=False) for name, value in alike.items()}
        group.prototype = clone(group.prototype).set_params(**alike)
    for member in group.members:
        member.overrides = {k: v for k, v in member.overrides.items() if k in varying}
