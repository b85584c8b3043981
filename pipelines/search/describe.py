"""A plan as text: a tree of steps, what each shares, and the count of fits saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Any

from .identity import Identity
from .plan import Group, Plan


def as_text(plan: Plan) -> str:
    """Return the plan as lines of text, at most about 100 columns wide."""
    lines = [_headline(plan)]
    for i, group in enumerate(plan.groups):
        last = i == len(plan.groups) - 1 and not plan.alone
        lines.extend(_branch(group, plan.n_splits, "", last))
    if plan.alone:
        lines.append(f"└─ {_count(len(plan.alone), 'candidate')} fitted by scikit-learn's routine")
        for reason, n in Counter(plan.alone.values()).most_common():
            lines.append(f"   · {n} because {reason}")
    lines.extend(f"note: {note}" for note in plan.notes)
    return "\n".join(lines)


def fits_without_sharing(plan: Plan) -> int:
    """How many steps scikit-learn would fit: every step of every candidate on every fold."""
    steps = len(plan.alone)
    for depth, group in plan.walk():
        steps += (depth + 1) * sum(len(member.candidates) for member in group.members)
    return steps * plan.n_splits


def fits_planned(plan: Plan) -> int:
    """How many fits the plan makes: one per group and fold, or one for all folds."""
    fits = len(plan.alone) * plan.n_splits
    for _, group in plan.walk():
        fits += 1 if group.across_folds else plan.n_splits
    return fits


def _headline(plan: Plan) -> str:
    before, after = fits_without_sharing(plan), fits_planned(plan)
    return (
        f"{_count(plan.n_candidates, 'candidate')} x {_count(plan.n_splits, 'fold')}: "
        f"{before:,} fits of single steps become {after:,}, {before - after:,} saved"
    )


def _branch(group: Group, n_splits: int, indent: str, last: bool) -> list[str]:
    lines = [f"{indent}{'└─' if last else '├─'} {_label(group, n_splits)}"]
    indent += "   " if last else "│  "
    children = [child for member in group.members for child in member.children]
    alike = _alike(children)
    for i, (child, n) in enumerate(alike):
        branch = _branch(child, n_splits, indent, i == len(alike) - 1)
        if n > 1:
            branch[0] += f"  (and {n - 1} more like it)"
        lines.extend(branch)
    return lines


def _alike(groups: list[Group]) -> list[tuple[Group, int]]:
    """Put groups that would print the same below one another into one line with a count."""
    shown: dict[Any, list[Any]] = {}
    for group in groups:
        key = tuple(
            (depth, g.name, type(g.prototype), g.shared is None, g.reason, len(g.members))
            for depth, g in group.walk()
        )
        shown.setdefault(key, [group, 0])[1] += 1
    return [(group, n) for group, n in shown.values()]


def _label(group: Group, n_splits: int) -> str:
    name = type(group.prototype).__name__
    title = f"{group.name}: {name}" if group.name and group.name != name.lower() else name
    if group.shared is None:
        n = len(group.members[0].candidates)
        ends = f", {_count(n, 'candidate')}" if n > 1 else ""
        reason = f" ({group.reason})" if group.reason and not group.members[0].children else ""
        return f"{title}: one fit per fold{ends}{reason}"
    varying = ", ".join(_varying(group)) or "nothing"
    how = (
        f"one shared fit for all {n_splits} folds"
        if group.across_folds
        else ("one shared fit per fold")
    )
    exact = "" if group.shared.exact else ", same optimum to tolerance"
    if len(group.members) == 1:
        return f"{title}: {how}{exact}"
    return f"{title}: {len(group.members):,} members in {how}{exact} (differ in {varying})"


def _varying(group: Group) -> list[str]:
    """Names of the parameters in which the members of a group differ."""
    identity, common = Identity(), group.as_members().common
    names = {name for member in group.members for name in member.overrides}

    def keys(name: str) -> set[Hashable]:
        values = (member.overrides.get(name, common.get(name)) for member in group.members)
        return {identity.key(value) for value in values}

    return sorted(name for name in names if len(keys(name)) > 1)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
