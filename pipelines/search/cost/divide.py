"""Cuts trees into pieces that can run side by side; what stands in front is fitted in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import pairwise
from math import ceil
from typing import TypeVar

from ....estimators.shared import Meta
from ..planning.plan import Group, Member
from .effort import effort, own_effort

_REPEATED = 0.1  # the part of a piece that may be work done in other pieces too
_MOST_PIECES = 16  # of one shared fit on one fold

Part = TypeVar("Part")


def divide(groups: Sequence[Group], limit: float, meta: Meta) -> list[list[Group]]:
    """Cut the groups on one stage into pieces of about `limit` work, or less.

    Groups that share branches stay together. A group is cut between the steps behind it, or
    between its members, where fitting it again is little beside what each piece does itself; the
    members of a shared fit only where results are the same however it is cut.

    Returns
    -------
    pieces : list of list of Group
    """
    together = [group for group in groups if group.recipe is not None]
    pieces = [together] if together else []
    for group in groups:
        if group.recipe is None:
            pieces.extend([piece] for piece in _cut(group, limit, meta))
    return pieces


def _cut(group: Group, limit: float, meta: Meta) -> list[Group]:
    follows = any(member.children for member in group.members)
    own = own_effort(group, meta)
    if follows:
        limit = max(limit, own / _REPEATED)
    if effort(group, meta) <= limit or not (group.exact or _is_independent(group)):
        return [group]
    if not follows:
        return _cut_members(group, limit, meta)
    parts = [part for member in group.members for part in _cut_member(member, limit - own, meta)]
    sizes = [sum(effort(child, meta) for child in part.children) for part in parts]
    return [replace(group, members=_joined(bundle)) for bundle in pack(parts, sizes, limit - own)]


def _is_independent(group: Group) -> bool:
    return group.shared is not None and group.shared.independent


def _cut_member(member: Member, limit: float, meta: Meta) -> Iterator[Member]:
    """Deal out what follows a member to several of the same configuration."""
    candidates = member.candidates
    for piece in divide(member.children, limit, meta):
        yield replace(member, candidates=candidates, children=piece)
        candidates = []
    if candidates:
        yield replace(member, children=[])


def _joined(parts: Sequence[Member]) -> list[Member]:
    """Make parts of the same member one again, so that it is fitted once."""
    joined: dict[int, Member] = {}
    for part in parts:
        key = id(part.overrides)
        known = joined.get(key)
        if known is None:
            joined[key] = part
        else:
            candidates = [*known.candidates, *part.candidates]
            joined[key] = replace(
                known, candidates=candidates, children=[*known.children, *part.children]
            )
    return list(joined.values())


def _cut_members(group: Group, limit: float, meta: Meta) -> list[Group]:
    """Cut a shared fit at the end of a branch into several, unless that repeats much."""
    if group.shared is None:
        return [group]
    whole = effort(group, meta)
    members = [group.members[i] for i in group.shared.order(group.as_members())]
    most = min(ceil(whole / limit), len(members) // 2, _MOST_PIECES)
    for n_pieces in range(most, 1, -1):
        pieces = [replace(group, members=part) for part in even(members, n_pieces)]
        repeated = sum(effort(piece, meta) for piece in pieces) - whole
        if repeated <= _REPEATED * whole:
            return pieces
    return [group]


def even(items: Sequence[Part], n_parts: int) -> list[list[Part]]:
    """Cut a sequence into runs of about equal length."""
    return [list(items[run.start : run.stop]) for run in runs(len(items), n_parts)]


def runs(n: int, n_parts: int) -> list[range]:
    """Cut the numbers below `n` into runs of about equal length; none is empty."""
    bounds = [n * i // n_parts for i in range(n_parts + 1)]
    return [range(a, b) for a, b in pairwise(bounds) if b > a]


def pack(items: Sequence[Part], sizes: Sequence[float], limit: float) -> list[list[Part]]:
    """Deal items into bundles as equal as may be, of about `limit`; order is kept in each."""
    n_bundles = max(1, min(len(items), ceil(sum(sizes) / limit)))
    bundles: list[list[int]] = [[] for _ in range(n_bundles)]
    filled = [(0.0, place) for place in range(n_bundles)]
    for i in sorted(range(len(items)), key=lambda i: -sizes[i]):
        size, place = heappop(filled)
        bundles[place].append(i)
        heappush(filled, (size + sizes[i], place))
    return [[items[i] for i in sorted(bundle)] for bundle in bundles]
