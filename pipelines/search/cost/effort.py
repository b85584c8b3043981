"""Estimates of the work in a plan: for the order of tasks and for cutting them, never for results.

Counted in floating-point operations, of which a core does about 1e10 a second.
"""

from __future__ import annotations

from typing import Any

from ....estimators.shared import Meta, affine_step_for
from ..planning.plan import Group, Plan
from ..sklearn_private import BaseScorer, MultimetricScorer, PassthroughScorer

CALL = 1e7  # a call of fit or of a scorer, whatever the data: about a millisecond
_PER_NUMBER = 100.0  # an ordinary fit, for each number in X
_LITTLE = 5e9  # below this starting workers costs more than it saves


def ordinary_fit(meta: Meta) -> float:
    """The work of a fit of which nothing is known."""
    return CALL + _PER_NUMBER * meta.n_samples * (meta.n_features or 1)


def own_effort(group: Group, meta: Meta) -> float:
    """The work of fitting a group on one fold, without scores and without what follows."""
    ordinary = ordinary_fit(meta)
    if group.shared is not None:
        known = group.shared.cost(group.as_members(), meta).work
        # Data have to be prepared, whatever the members take.
        return ordinary + (known or ordinary * len(group.members))
    return CALL if affine_step_for(type(group.prototype)) is not None else ordinary


def effort(group: Group, meta: Meta) -> float:
    """The work of a group and all below it, on one fold."""
    total = own_effort(group, meta)
    for member in group.members:
        total += CALL * bool(member.candidates)
        total += sum(effort(child, meta) for child in member.children)
    return total


def is_little(plan: Plan) -> bool:
    """Whether all fits of the plan are known to be little work, whoever scores them."""
    if plan.alone:
        return False
    work = 0.0
    for _, group in plan.walk():
        if group.shared is None:
            if affine_step_for(type(group.prototype)) is None:
                return False
            continue
        cost = group.shared.cost(group.as_members(), plan.meta).work
        if not cost:
            return False
        work += cost * plan.n_splits
    return work < _LITTLE


def scores_are_little(plan: Plan, scorer: Any) -> bool:
    """Whether scoring is known to be little work: scikit-learn's own metrics, and not too many."""
    several = isinstance(scorer, MultimetricScorer)
    scorers = list(scorer._scorers.values()) if several else [scorer]
    if not all(_is_known(one) for one in scorers):
        return False
    # Most metrics score many members at once, in a fraction of so many calls.
    each = CALL / 5 + _PER_NUMBER * plan.meta.n_samples / plan.n_splits
    return each * len(scorers) * plan.n_candidates * plan.n_splits < _LITTLE


def _is_known(scorer: Any) -> bool:
    if isinstance(scorer, PassthroughScorer):
        return True
    if not isinstance(scorer, BaseScorer):
        return False
    return (scorer._score_func.__module__ or "").partition(".")[0] == "sklearn"
