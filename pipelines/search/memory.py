"""Memory: what a plan is expected to hold, and how its work keeps to a limit."""

from __future__ import annotations

from ...estimators.shared import Meta
from .plan import Group, Plan

_FLOAT = 8.0


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
    rows = data_bytes(plan.meta)
    asked = 1.0 if train_scores else 1.0 / plan.n_splits
    peaks = [rows + _peak(group, plan, rows, asked) for group in plan.groups]
    if plan.alone:
        peaks.append(rows)
    return round(max(peaks, default=0.0) * n_workers)


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


def response_bytes(group: Group, meta: Meta) -> float:
    """What the answers of all members to one method take, for `meta.n_samples` rows."""
    plain = _FLOAT * meta.n_samples * len(group.members) * meta.n_outputs
    if group.shared is None:
        return plain
    return group.shared.cost(group.as_members(), meta).responses or plain


def _peak(group: Group, plan: Plan, rows: float, asked: float) -> float:
    """The most that is held at once while a group and all below it are visited.

    `rows` is what its input takes: the output of a transformer is taken to be as large.
    """
    state = state_bytes(group, plan.meta)
    if group.across_folds:
        # A copy of X to make products of, and every fold's state.
        return rows + plan.n_splits * state + asked * response_bytes(group, plan.meta)
    ends = any(member.candidates for member in group.members)
    peak = asked * response_bytes(group, plan.meta) if ends else 0.0
    below = [_peak(child, plan, rows, asked) for m in group.members for child in m.children]
    if below:
        peak = max(peak, rows + max(below))
    return state + peak
