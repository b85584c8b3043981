"""What a plan has to say, in words: the lines that text, terminal and notebook show alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..cost.memory import expected_bytes, folds_at_once, state_bytes
from ..planning.identity import Identity
from ..planning.notes import shared_draws
from ..planning.plan import Group, Plan
from ..planning.tally import Node, nodes_of, parts_together, totals
from .words import count, line, listed, size

_MAX_ROWS = 80  # of a whole outline, so that any plan fits a screen or two
_MAX_SIBLINGS = 12
_MAX_NOTES = 10
_SAID_FROM = 1e6  # bytes: below this nobody need think of memory


@dataclass(frozen=True)
class Row:
    """One line of an outline, and the lines below it.

    Attributes
    ----------
    kind : {"folds", "shared", "once", "alone", "more"}
        One shared fit for all folds; one shared fit per fold; one fit per fold for all that
        follows; fitted alone; what is left out here.
    title : str
        The step, and how many configurations of it the line stands for.
    how : str
        How it is fitted.
    aside : str
        What its configurations differ in, why it is fitted alone, and what the fitted models hold
        at once where that is much; may be empty.
    fits, without : int
        Fits of single steps that are made, and that would be made without sharing.
    details : tuple of str
    children : tuple of Row
        The steps behind it.
    """

    kind: str
    title: str
    how: str = ""
    aside: str = ""
    fits: int = 0
    without: int = 0
    details: tuple[str, ...] = ()
    children: tuple[Row, ...] = ()

    @property
    def saving(self) -> str:
        """The fits made and those it would take, where there are fewer."""
        if self.fits >= self.without:
            return ""
        return f"{count(self.fits, 'fit')} instead of {self.without:,}"

    @property
    def pieces(self) -> list[tuple[str, str]]:
        """The line in pieces, each with the name of what it says: put together they are `str`."""
        pieces = [("title", self.title)]
        for name, text in (("how", self.how), ("saving", self.saving)):
            if text:
                pieces += [("", ": " if len(pieces) == 1 else ", "), (name, text)]
        return [*pieces, ("", " "), ("aside", f"({self.aside})")] if self.aside else pieces

    def __str__(self) -> str:
        return "".join(text for _, text in self.pieces)


@dataclass(frozen=True)
class Outline:
    """A plan in words.

    Attributes
    ----------
    headline : str
    rows : tuple of Row
        The first steps, each with what follows; then what is fitted by scikit-learn's routine.
    notes : tuple of str
    fits, without : int
        As of Row, of the whole plan.
    """

    headline: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    fits: int
    without: int


def outline(plan: Plan) -> Outline:
    """Put a plan into words; however large it is, into at most about a hundred lines."""
    nodes = nodes_of(plan)
    fits, without = totals(plan, nodes)
    rows = _rows(nodes, plan, 1, _MAX_ROWS)
    if plan.alone:
        rows = (*rows, _alone(plan.alone.values(), len(plan.alone) * plan.n_splits))
    headline = (
        f"{count(plan.n_candidates, 'candidate')} x {count(plan.n_splits, 'fold')}: "
        f"{count(without, 'fit')} of single steps become {fits:,}, {without - fits:,} saved"
    )
    n_bytes = expected_bytes(plan)
    if n_bytes >= _SAID_FROM:
        headline += f"; expects about {size(n_bytes)} beside the data"
    notes = [*shared_draws(plan), *plan.notes]
    return Outline(headline, rows, _first(notes, _MAX_NOTES, "note"), fits, without)


def _rows(nodes: Sequence[Node], plan: Plan, times: int, quota: int) -> tuple[Row, ...]:
    """Put nodes side by side into rows, those alike into one, at most `quota` of them in all.

    `times` is how many configurations the step in front of them stands for.
    """
    alike = _alike(nodes)
    shown = min(len(alike), _MAX_SIBLINGS, quota)
    if shown < len(alike):
        shown = max(shown - 1, 0)
    left = (quota - shown) // max(shown, 1)
    details = {id(first): parts for first, parts in parts_together(nodes)}
    rows = []
    for same in alike[:shown]:
        below = _rows(same[0].children, plan, times * len(same), left)
        parts = next((details[id(node)] for node in same if id(node) in details), None)
        rows.append(_row(same, plan, times, _branches(parts or []), below))
    if shown < len(alike):
        rest = [node for same in alike[shown:] for node in same]
        more = "and " if shown else ""
        title = f"{more}{count(times * sum(node.n_groups for node in rest), 'more step')}"
        fits = times * sum(node.all_fits for node in rest)
        rows.append(
            Row("more", title, "", "", fits, times * sum(node.all_without for node in rest))
        )
    return tuple(rows)


def _alike(nodes: Sequence[Node]) -> list[list[Node]]:
    """Put nodes together that would be described in the same words."""
    found: dict[Hashable, list[Node]] = {}
    for node in nodes:
        found.setdefault(node.shape, []).append(node)
    return list(found.values())


def _row(
    same: Sequence[Node],
    plan: Plan,
    times: int,
    details: tuple[str, ...],
    children: tuple[Row, ...],
) -> Row:
    group = same[0].group
    name = type(group.prototype).__name__
    title = f"{group.name}: {name}" if group.name and group.name != name.lower() else name
    title = f"{len(same):,} x {title}" if len(same) > 1 else title
    kind, how = _how(same[0], plan)
    fits, without = (times * sum(getattr(n, a) for n in same) for a in ("fits", "without"))
    aside = line("; ".join(_asides(group, same, kind, plan)))
    if len(same) > 1 and group.recipe is None:
        how += " each"
    return Row(kind, line(title), how, aside, fits, without, details, children)


def _asides(group: Group, same: Sequence[Node], kind: str, plan: Plan) -> Iterator[str]:
    """Say what members and those alike differ in, why each is fitted alone, and what is held."""
    members = _differing([(group.prototype, member.overrides) for member in group.members])
    if members:
        yield f"differ in {listed(members)}"
    others = _differing([(n.group.prototype, n.group.members[0].overrides) for n in same])
    if others:
        each = f"each of the {len(same):,} in " if members else "differ in "
        yield each + listed(others)
    if kind == "alone" and group.reason:
        yield f"alone: {group.reason}"
    held = state_bytes(group, plan.meta) * (folds_at_once(plan) if group.across_folds else 1)
    if held >= _SAID_FROM:
        yield f"holds about {size(held)}"


def _how(node: Node, plan: Plan) -> tuple[str, str]:
    group = node.group
    if group.shared is None:
        if group.recipe is not None:
            return "once", "parts that are alike are fitted once per fold"
        n = len(group.members[0].candidates)
        ends = f" for {count(n, 'candidate')}" if n > 1 else ""
        inside = f" of its {node.steps} parts" if node.steps > 1 else ""
        return "once" if node.children or n > 1 else "alone", f"one fit per fold{inside}{ends}"
    kind = "folds" if group.across_folds else "shared"
    how = "one shared fit per fold"
    if group.across_folds:
        sizes = [f"{len(repeat)}" for repeat in plan.repeats]
        how = f"one shared fit for all {listed(list(dict.fromkeys(sizes)))} folds"
        if len(sizes) > 1:
            how += f" of each of {len(sizes)} repeats"
    if len(group.members) > 1:
        how = f"{len(group.members):,} members in {how}"
    return kind, how if group.exact else f"{how}, same optimum to tolerance"


def _differing(configurations: Sequence[tuple[Any, Mapping[str, Any]]]) -> list[str]:
    """Names of the parameters in which some (prototype, overrides) differ."""
    if len(configurations) < 2:
        return []
    identity = Identity()
    prototypes = {id(prototype): prototype for prototype, _ in configurations}
    defaults = {key: found.get_params(deep=False) for key, found in prototypes.items()}
    names = {name for _, own in configurations for name in own}
    if len(defaults) > 1:
        names |= set().union(*defaults.values())

    def differs(name: str) -> bool:
        keys = (
            identity.key(own[name] if name in own else defaults[id(prototype)].get(name))
            for prototype, own in configurations
        )
        first = next(keys)
        return any(key != first for key in keys)

    return sorted(name for name in names if differs(name))


def _branches(parts: Sequence[tuple[str, int, int]]) -> tuple[str, ...]:
    """Say which parts of transformers with branches are fitted how often, for how many."""
    together: dict[tuple[int, int], list[str]] = {}
    for path, fits, uses in parts:
        together.setdefault((fits, uses), []).append(path)
    return tuple(
        line(
            f"{listed(paths)}: {'one fit' if fits == 1 else f'{fits:,} fits'} per fold "
            f"for {count(uses, 'configuration')}"
        )
        for (fits, uses), paths in together.items()
    )


def _alone(reasons: Iterable[str], fits: int) -> Row:
    """The row of what is fitted by scikit-learn's own routine, with the reasons counted."""
    counted = Counter(reasons).most_common()
    lines = [line(f"{n:,} because {reason}") for reason, n in counted[:_MAX_SIBLINGS]]
    if len(counted) > _MAX_SIBLINGS:
        rest = counted[_MAX_SIBLINGS:]
        lines.append(f"{sum(n for _, n in rest):,} for {count(len(rest), 'other reason')}")
    title = f"{count(sum(n for _, n in counted), 'candidate')} fitted by scikit-learn's routine"
    return Row("alone", title, "", "", fits, fits, tuple(lines))


def _first(notes: Sequence[str], n: int, noun: str) -> tuple[str, ...]:
    shown = [line(note) for note in notes[:n]]
    if len(notes) > n:
        shown.append(f"and {count(len(notes) - n, f'more {noun}')}")
    return tuple(shown)
