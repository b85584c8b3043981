"""Memory: what a plan is expected to hold, and how its work keeps to a limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import inf

from ....estimators.shared import Meta
from ..fitting.work import Work
from ..planning.plan import Group, Member, Plan
from .divide import even

_FLOAT = 8.0
# Of what a task may hold: the state of a group, and the responses of a block of members. The rest
# is for rows.
_PART = 0.25
# Responses of more members at a time save no time, whatever the limit.
_BLOCK = 2.0**25


def expected_bytes(plan: Plan, *, n_workers: int = 1, train_scores: bool = False) -> int:
    """Return the bytes a search is expected to hold at its peak, beside the user's own data.

    One worker holds one fold's rows, what the steps on the way made of them, and the state and
    the responses of the group at hand. What models that are fitted alone take is not known.

    Parameters
    ----------
    plan : Plan
    n_workers : int, default=1
        How many workers run at once; each holds as much.
    train_scores : bool, default=False
        Whether training rows are scored too.
    """
    asked = 1.0 if train_scores else 1.0 / plan.n_splits
    block = max(_BLOCK, data_bytes(plan.meta))
    return round(_peak_of(plan, asked, inf, block) * n_workers)


def keep_to_limit(plan: Plan, work: Work, n_workers: int, limit: float) -> tuple[Plan, Work, int]:
    """Cut the work so that it is not expected to hold more than `limit` bytes at once.

    A shared fit whose state would be too large becomes several; responses are asked for in blocks
    of members; and fewer workers run at once where each one's rows alone would be too much.

    Returns
    -------
    plan : Plan
        With the notes of the one given.
    work : Work
        With the limits for one worker.
    n_workers : int
    """
    least = _peak_of(plan, 1.0 / plan.n_splits, 0.0, 0.0)
    if n_workers > 1 and n_workers * least > limit:
        before, n_workers = n_workers, max(1, int(limit / least))
        plan.notes.append(f"memory_limit: {n_workers} of {before} workers run at once")
    part = _PART * limit / n_workers
    groups = [piece for group in plan.groups for piece in _with_small_states(group, plan, part)]
    block = min(part, max(_BLOCK, data_bytes(plan.meta)))
    return replace(plan, groups=groups), replace(work, block_bytes=block), n_workers


def data_bytes(meta: Meta) -> float:
    """The bytes of X, cut into the parts of one fold."""
    if meta.n_bytes is not None:
        return float(meta.n_bytes)
    return _FLOAT * meta.n_samples * (meta.n_features or 1)


def state_bytes(group: Group, meta: Meta) -> float:
    """What a fitted group is expected to hold on one fold; 0 where it is fitted alone."""
    if group.shared is None:
        return 0.0
    state = group.shared.cost(group.as_members(), meta).state
    return state or _FLOAT * len(group.members) * (meta.n_features or 1) * meta.n_outputs


def plain_response_bytes(group: Group, meta: Meta) -> float:
    """What the answers of all members to one method are, for `meta.n_samples` rows."""
    return _FLOAT * meta.n_samples * len(group.members) * meta.n_outputs


def response_bytes(group: Group, meta: Meta) -> float:
    """The same, and what is held beside the answers until they are made."""
    plain = plain_response_bytes(group, meta)
    if group.shared is None:
        return plain
    return max(plain, group.shared.cost(group.as_members(), meta).responses)


def _peak_of(plan: Plan, asked: float, most_state: float, most_responses: float) -> float:
    """The most a worker holds, where states and responses are kept to at most so much.

    A state is no smaller than that of one member: members may have all of it in common.
    `asked` is the part of the rows that models answer for.
    """
    rows = data_bytes(plan.meta)

    def peak(group: Group) -> float:
        """The most that is held at once on the way through a group, beside its input.

        The output of a transformer is taken to be as large as its input.
        """
        state = state_bytes(group, plan.meta)
        if state > most_state:
            one = replace(group, members=group.members[:1])
            state = min(state, max(most_state, state_bytes(one, plan.meta)))
        responses = min(asked * response_bytes(group, plan.meta), most_responses)
        if group.across_folds:
            # A copy of X to make products of, and every fold's state.
            return rows + folds_at_once(plan) * state + responses
        below = [rows + peak(child) for member in group.members for child in member.children]
        return state + max(below, default=responses)

    return rows + max((peak(group) for group in plan.groups), default=0.0)


def _with_small_states(group: Group, plan: Plan, limit: float) -> Iterator[Group]:
    """Yield a group as several where that makes states smaller that are above `limit`."""
    folds = folds_at_once(plan) if group.across_folds else 1
    members = [_below(member, plan, limit) for member in group.members]
    pieces = [replace(group, members=members)]
    while folds * max(state_bytes(piece, plan.meta) for piece in pieces) > limit:
        halves = [
            replace(group, members=half)
            for piece in pieces
            for half in even(piece.members, min(2, len(piece.members)))
        ]
        before, after = (max(state_bytes(p, plan.meta) for p in each) for each in (pieces, halves))
        if after > 0.75 * before:
            break  # members have their state in common, or there is one left in each piece
        pieces = halves
    if len(pieces) > 1:
        name = type(group.prototype).__name__
        plan.notes.append(f"memory_limit: {name} in {len(pieces)} shared fits, one after the other")
    yield from pieces


def folds_at_once(plan: Plan) -> int:
    """The number of folds that are fitted at once where folds are shared."""
    return max(len(repeat) for repeat in plan.repeats)


def _below(member: Member, plan: Plan, limit: float) -> Member:
    children = [piece for c in member.children for piece in _with_small_states(c, plan, limit)]
    return replace(member, children=children)
