"""Audit: some candidates fitted alone after all, and compared with what the shared fits gave."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..fitting.work import Result, Work
from ..planning.plan import Plan
from .walk import run_candidate

# Iterative solvers stop within a tolerance of the optimum: scores of two of them differ so much.
_EXACT, _TO_TOLERANCE = 1e-6, 1e-2


class AuditError(AssertionError):
    """A shared fit gave another score than the candidate fitted alone."""


def audit(plan: Plan, work: Work, out: Sequence[Result], n_pairs: int) -> None:
    """Fit random candidates alone, each on a random fold, and compare the test scores.

    Parameters
    ----------
    plan : Plan
        Says which candidates were shared, and gets a note of what was compared.
    work : Work
    out : sequence of dict
        The results, candidate by candidate, split by split.
    n_pairs : int
        How many pairs of candidate and fold; those that nothing was shared for are left out.

    Raises
    ------
    AuditError
        When a score differs by more than 1e-6 (relative to values above 1), or by more than 1e-2
        where the shared fit reaches the optimum only to a tolerance.
    """
    tolerances = _tolerances(plan)
    pairs = [(c, k) for c in sorted(tolerances) for k in range(work.n_splits)]
    chosen = np.random.default_rng(0).permutation(len(pairs))[:n_pairs]
    for candidate, split in (pairs[i] for i in sorted(chosen)):
        alone = run_candidate(work, candidate, split).results[candidate, split]
        shared = out[candidate * work.n_splits + split]
        if not _alike(shared["test_scores"], alone["test_scores"], tolerances[candidate]):
            raise AuditError(
                f"Candidate {candidate} ({dict(work.candidates[candidate])}) scores "
                f"{shared['test_scores']} on split {split} in a shared fit, and "
                f"{alone['test_scores']} fitted alone. Search with sharing='off', and please "
                "report this."
            )
    plan.notes.append(f"audit: {len(chosen)} fits repeated alone, with equal scores")


def _tolerances(plan: Plan) -> dict[int, float]:
    """By how much the scores of each shared candidate may differ."""
    found: dict[int, float] = {}
    for _, group in plan.walk():
        tolerance = _EXACT if group.exact else _TO_TOLERANCE
        for candidate in group.candidates():
            found[candidate] = max(found.get(candidate, 0.0), tolerance)
    return found


def _alike(first: Any, second: Any, tolerance: float) -> bool:
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(
            _alike(first[name], second[name], tolerance) for name in first
        )
    if math.isnan(first) or math.isnan(second):
        return math.isnan(first) and math.isnan(second)
    return first == second or abs(first - second) <= tolerance * max(1.0, abs(second))
