"""Says in what two answers or two fitted estimators differ, beyond rounding."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator

# So many times what plain fits differ by among themselves is as good as they are.
_OF_NOISE = 20
Again = Callable[[], Any]


def differences(
    name: str, found: Any, expected: Any, rtol: float, again: Again = lambda: None
) -> Iterator[str]:
    """Yield a sentence for each thing in which `found` is not `expected`.

    `again` gives what is expected once more, from a fit on the rows in another order: it is asked
    where numbers are apart.
    """
    whole = isinstance(expected, int | np.integer) and isinstance(found, int | np.integer)
    if whole and not isinstance(expected, bool):  # which of the two is SciPy's choice of the day
        found, expected = int(found), int(expected)
    if type(found) is not type(expected):
        yield f"{name}: {type(expected).__name__} and ours {type(found).__name__}"
    elif isinstance(expected, BaseEstimator):
        yield from of_estimators(found, expected, rtol, lambda: again(), f"{name}.")
    elif isinstance(expected, dict):
        if list(map(repr, expected)) != list(map(repr, found)):
            yield f"{name}: {list(expected)} and ours {list(found)}"
            return
        for key in expected:
            yield from differences(
                f"{name}[{key!r}]", found[key], expected[key], rtol, _inside(again, key)
            )
    elif isinstance(expected, list | tuple):
        if len(expected) != len(found):
            yield f"{name}: {len(expected)} entries and ours {len(found)}"
            return
        for i, one in enumerate(expected):
            yield from differences(f"{name}[{i}]", found[i], one, rtol, _inside(again, i))
    else:
        yield from _of_values(name, found, expected, rtol, again)


def _of_values(name: str, found: Any, expected: Any, rtol: float, again: Again) -> Iterator[str]:
    if issparse(expected):
        found, expected = found.toarray(), expected.toarray()
    elif hasattr(expected, "iloc"):
        if list(found) != list(expected) or not found.index.equals(expected.index):
            yield f"{name}: other columns or index"
            return
        found, expected = found.to_numpy(), expected.to_numpy()
    if isinstance(expected, np.ndarray):
        yield from _of_arrays(name, found, expected, rtol, again)
    elif isinstance(expected, float | np.floating):
        yield from _of_arrays(name, np.asarray(found), np.asarray(expected), rtol, again)
    elif isinstance(expected, str | int | bool | np.generic | None) and found != expected:
        yield f"{name}: {expected!r} and ours {found!r}"


def _of_arrays(
    name: str, found: np.ndarray, expected: np.ndarray, rtol: float, again: Again
) -> Iterator[str]:
    if found.dtype != expected.dtype or found.shape != expected.shape:
        yield (f"{name}: {expected.dtype}{expected.shape} and ours {found.dtype}{found.shape}")
    elif expected.dtype.kind == "O":
        yield from differences(name, found.tolist(), expected.tolist(), rtol)
    elif expected.dtype.kind != "f":
        if not np.array_equal(found, expected):
            yield f"{name}: {_some(expected, found)}"
    elif not near(found, expected, rtol, again):
        with np.errstate(all="ignore"):
            apart = np.nanmax(np.abs(found - expected), initial=0.0)
        yield f"{name}: {_some(expected, found)}, apart {apart:.2g}"


def near(found: np.ndarray, expected: np.ndarray, rtol: float, again: Again) -> bool:
    """Whether numbers are as close as rounding, or what plain fits show of it, allows."""
    with np.errstate(all="ignore"):
        same = (found == expected) | (np.isnan(found) & np.isnan(expected))
        apart = np.abs(found - expected)
        largest = np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))
        # Sums of float32 in another order are apart by so much.
        allowed = max(rtol, 1e-4 if rtol and expected.dtype == np.float32 else 0.0) * largest
        allowed += rtol**2 if rtol >= 1e-6 else 0.0
        if np.all(same | (apart <= allowed)):
            return True
        other = again() if rtol else None
        if not isinstance(other, np.ndarray | float) or np.shape(other) != expected.shape:
            return False
        noise = np.max(np.abs(other - expected), initial=0.0)
        return bool(np.all(same | (apart <= allowed + _OF_NOISE * noise)))


def _some(expected: np.ndarray, found: np.ndarray) -> str:
    """The first few entries that differ."""
    where = np.flatnonzero(np.ravel(expected != found))
    first = where[:3]
    return (
        f"{len(where)} of {expected.size} entries, at {first.tolist()}"
        f" {np.ravel(expected)[first].tolist()} and ours {np.ravel(found)[first].tolist()}"
    )


def of_estimators(
    found: Any,
    expected: Any,
    rtol: float,
    again: Again = lambda: None,
    prefix: str = "",
    but: frozenset[str] = frozenset(),
) -> Iterator[str]:
    """Compare classes, parameters, fitted attributes and properties; `but` by type only."""
    if type(found) is not type(expected):
        yield f"{prefix}class: {type(expected)} and ours {type(found)}"
        return
    params = expected.get_params(deep=False)
    if _shown(found) != _shown(expected):
        yield f"{prefix}parameters: {expected!r} and ours {found!r}"
    ours, theirs = (set(vars(e)) - set(params) - {"feature_names_in_"} for e in (found, expected))
    if ours != theirs:
        yield f"{prefix}attributes: missing {sorted(theirs - ours)}, more {sorted(ours - theirs)}"
    for name in sorted(ours & theirs) + _properties(expected):
        pair = [_attribute(e, name) for e in (found, expected)]
        if name in but:
            if np.shape(pair[0]) != np.shape(pair[1]) or type(pair[0]) is not type(pair[1]):
                yield f"{prefix}{name}: {pair[1]!r} and ours {pair[0]!r}"
        elif isinstance(pair[1], Exception):
            if type(pair[0]) is not type(pair[1]):
                yield f"{prefix}{name}: {pair[1]!r} and ours {pair[0]!r}"
        else:
            yield from differences(prefix + name, *pair, rtol, _attribute_of(again, name))


def _shown(estimator: Any) -> str:
    """The parameters in words, without the addresses of generators and functions."""
    return re.sub("0x[0-9a-fA-F]+", "", repr(estimator.get_params()))


def _properties(estimator: Any) -> list[str]:
    """The names of public properties that tell of a fit."""
    found = {
        name
        for cls in type(estimator).__mro__
        for name, value in vars(cls).items()
        if isinstance(value, property) and name.endswith("_") and not name.startswith("_")
    }
    return sorted(found)


def _attribute(estimator: Any, name: str) -> Any:
    try:
        return getattr(estimator, name)
    except Exception as error:
        return error


def _attribute_of(again: Again, name: str) -> Again:
    return lambda: getattr(again(), name, None)


def _inside(again: Again, key: Any) -> Again:
    def inner() -> Any:
        whole = again()
        try:
            return None if whole is None else whole[key]
        except (IndexError, KeyError, TypeError):
            return None

    return inner


def labels_differ(
    found: np.ndarray, expected: np.ndarray, margin: np.ndarray | None, allowed: float
) -> str | None:
    """Compare labels; another one is let pass where the plain fit is not sure of its own."""
    if found.dtype != expected.dtype or found.shape != expected.shape:
        return f"{expected.dtype}{expected.shape} and ours {found.dtype}{found.shape}"
    other = np.ravel(found != expected)
    if margin is not None and margin.size == other.size:
        other &= ~(np.ravel(margin) <= allowed)
    return f"labels: {_some(expected, found)}" if other.any() else None
