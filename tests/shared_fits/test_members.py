"""Members of every shared fit on every hard table: what plain fits are, or declined."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
import pytest

from gridfold.estimators.shared import Declined
from shared_fits.alike import differences, labels_differ, of_estimators
from shared_fits.families import FAMILIES
from shared_fits.family import Family, registered
from shared_fits.fitting import Both, answer, fit_both, last_line, quiet, tables_for
from shared_fits.hard_data import NAMES


def check_answers(both: Both) -> Iterator[str]:
    """Every method answers as plain fits do, on the rows fitted on and on others."""
    for part in ("fitted", "new"):
        X = both.table.rows(part)
        everyone = range(len(both.members))
        for method in both.methods():
            expected = [both.answers(i, method, part) for i in everyone]
            found = respond(both, X, method, everyone)
            if any(isinstance(one, Exception) for one in expected):
                if not isinstance(found, Exception):
                    yield f"{method} on {part} rows: {expected!r}, and ours answers"
            elif isinstance(found, Exception):
                yield f"{method} on {part} rows raised {found!r}"
            else:
                for i in everyone:
                    yield from _answer_differs(both, i, method, part, found[i], expected[i])


def _answer_differs(
    both: Both, i: int, method: str, part: str, found: Any, expected: Any
) -> Iterator[str]:
    if i in both.unfinished:
        return
    name = f"{method} of member {i} on {part} rows"
    row, X = both.row, both.table.rows(part)
    if method == "predict" and row.kind.classifies and both.rtol:
        margin, allowed = _margin(both, i, X)
        found = labels_differ(found, expected, margin, allowed)
        if found:
            yield f"{name}: {found}"
        return
    yield from differences(name, found, expected, both.rtol, partial(_again, both, i, method, part))


def _again(both: Both, i: int, method: str, part: str = "new") -> Any:
    return answer(both.reordered[i], method, deepcopy(both.table.rows(part)))


def _margin(both: Both, i: int, X: Any) -> tuple[np.ndarray | None, float]:
    """How sure plain member `i` is of its label of each row, and what that is of rounding."""
    method = next((m for m in ("decision_function", "predict_proba") if m in both.methods()), None)
    if method is None:
        return None, 0.0
    sure, again = (answer(e, method, deepcopy(X)) for e in (both.alone[i], both.reordered[i]))
    if not isinstance(sure, np.ndarray) or not isinstance(again, np.ndarray):
        return None, 0.0
    with quiet():
        noise = np.nanmax(np.abs(sure - again), initial=0.0)
        largest = np.nanmax(np.abs(sure), initial=0.0)
    several = sure.ndim == 2 and both.table.y.ndim == 1 and sure.shape[1] > 1
    top = np.sort(sure, axis=1) if several else None
    margin = np.abs(sure) if top is None else top[:, -1] - top[:, -2]
    return margin, 2 * (max(both.rtol, 1e-15) * largest + 20 * noise)


def check_attributes(both: Both) -> Iterator[str]:
    """A materialised member has the attributes of a plain fit, and answers and pickles as one."""
    for i, alone in enumerate(both.alone):
        is_flat = both.data in both.row.flat or i in both.unfinished
        skipped = frozenset(dir(alone)) if is_flat else both.row.effort
        with quiet():
            member = both.family.materialise(both.state, i)
            found = of_estimators(
                member, alone, both.rtol, partial(_reordered, both, i), but=skipped
            )
            yield from (f"member {i}: {difference}" for difference in found)
        stored = pickle.loads(pickle.dumps(member))
        for method in both.methods():
            expected = both.answers(i, method, "new")
            if isinstance(expected, Exception):
                continue
            found = answer(stored, method, deepcopy(both.table.rows("new")))
            if isinstance(found, Exception):
                yield f"materialised member {i}: {method} raised {found!r}"
            else:
                for text in _answer_differs(both, i, method, "new", found, expected):
                    yield f"materialised: {text}"


def _reordered(both: Both, i: int) -> Any:
    return both.reordered[i]


def check_order(both: Both) -> Iterator[str]:
    """Members answer alike in any order, some of them or all, and when asked again."""
    X = both.table.rows("new")
    n = len(both.members)
    for method in both.methods():
        first = respond(both, X, method, range(n))
        if isinstance(first, Exception):
            return
        for order in (range(n), [*range(n)][::-1], [n - 1], [0], [n - 1, 0]):
            found = respond(both, X, method, order)
            if isinstance(found, Exception) or len(found) != len(order):
                yield f"{method} of members {list(order)}: {found!r}"
                continue
            for place, i in enumerate(order):
                name = f"{method} of {i} among {list(order)}"
                yield from differences(
                    name, found[place], first[i], both.rtol, partial(_again, both, i, method)
                )


def check_untouched(both: Both) -> Iterator[str]:
    """Data and prototype are as they were before."""
    for name, value in both.passed.items():
        yield from differences(name, value, both.before[name], 0.0)
    prototype = both.row.prototype()
    if set(vars(both.members.prototype)) != set(vars(prototype)):
        yield f"the prototype has {set(vars(both.members.prototype)) - set(vars(prototype))}"
    if pickle.dumps(both.members.prototype) != pickle.dumps(prototype):  # with its generators
        yield f"the prototype is {both.members.prototype} and was {prototype}"
    if any(one not in both.row.members for one in both.members.overrides):
        yield f"members are {both.members.overrides}"


def respond(both: Both, X: Any, method: str, members: Any) -> Any:
    """What the shared fit answers, or the exception that it raises."""
    rows = deepcopy(X)
    with quiet():
        try:
            found = both.family.respond(both.state, rows, method, members)
        except Exception as error:
            return error
    assert not list(differences("X", rows, X, 0.0)), f"{method} has written into X"
    return found


def check_errors(both: Both) -> Iterator[str]:
    """What plain fits refuse is refused, and no more than that, unless it is declined."""
    refused = [one for one in both.alone if isinstance(one, Exception)]
    if both.shared:
        if refused:
            yield f"plain fits raise {refused[0]!r}, and the shared fit answers"
    elif isinstance(both.error, Declined):
        if both.row.must_share(both.data) and not refused:
            yield f"declined: {both.error}"
    elif len(refused) < len(both.alone):
        assert both.error is not None
        if last_line(both.error) not in map(last_line, refused):
            yield f"raised {both.error!r}, and a plain fit does not"


def cases(only: tuple[str, ...] = NAMES) -> Any:
    """Run a test for every row of the table of families, on its tables."""
    return pytest.mark.parametrize(
        ("row", "data"),
        [
            pytest.param(row, data, id=f"{row.name}-{data}")
            for row in FAMILIES
            for data in ([] if row.missing else tables_for(row))
            if data in only
        ],
    )


@cases()
def test_members(row: Family, data: str) -> None:
    both = fit_both(row.name, data)
    found = [*check_errors(both), *check_untouched(both)]
    if both.shared and not found:
        found += [*check_answers(both), *check_attributes(both)]
    assert not found, "\n".join(found)


@cases(("plain", "ties", "outputs", "offset of 1e9", "fewer rows than columns", "float32"))
def test_members_answer_in_any_order(row: Family, data: str) -> None:
    both = fit_both(row.name, data)
    found = list(check_order(both)) if both.shared else []
    assert not found, "\n".join(found)


def test_every_registered_shared_fit_is_in_the_table() -> None:
    assert registered() - {row.path for row in FAMILIES} == set()
