"""Splitters for the differential tests: even, shuffled, grouped, overlapping, uneven, masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from sklearn import model_selection as ms

from differential.tables import Table

_SPLITTERS: dict[str, Callable[[int], Any]] = {
    "default": lambda seed: None,
    "2": lambda seed: 2,
    "3": lambda seed: 3,
    "KFold": lambda seed: ms.KFold(3, shuffle=True, random_state=seed),
    "KFold drawing": lambda seed: ms.KFold(
        3, shuffle=True, random_state=np.random.RandomState(seed)
    ),
    "StratifiedKFold": lambda seed: ms.StratifiedKFold(3, shuffle=True, random_state=seed),
    "ShuffleSplit": lambda seed: ms.ShuffleSplit(3, test_size=0.3, random_state=seed),
    "small ShuffleSplit": lambda seed: ms.ShuffleSplit(
        2, train_size=0.5, test_size=0.2, random_state=seed
    ),
    "StratifiedShuffleSplit": lambda seed: ms.StratifiedShuffleSplit(2, random_state=seed),
    "RepeatedKFold": lambda seed: ms.RepeatedKFold(n_splits=2, n_repeats=2, random_state=seed),
    "TimeSeriesSplit": lambda seed: ms.TimeSeriesSplit(3),
    "GroupKFold": lambda seed: ms.GroupKFold(3),
    "LeaveOneGroupOut": lambda seed: ms.LeaveOneGroupOut(),
    "GroupShuffleSplit": lambda seed: ms.GroupShuffleSplit(2, random_state=seed),
}
_LISTS = ("rows", "lists", "overlapping", "uneven", "drawn with repeats", "masks", "iterator")


@dataclass(frozen=True)
class Folds:
    """Splits of `n` rows; `make` makes the splitter anew, as an iterator serves one search only."""

    name: str
    n: int
    seed: int

    def make(self) -> Any:
        """Return what a search takes as `cv`."""
        if self.name in _SPLITTERS:
            return _SPLITTERS[self.name](self.seed)
        if self.name == "LeaveOneOut":
            return ms.LeaveOneOut()
        rng = np.random.default_rng(self.seed)
        if self.name == "PredefinedSplit":
            return ms.PredefinedSplit(rng.integers(-1, 3, self.n))
        splits = _splits(self.name, self.n, rng)
        return iter(splits) if self.name == "iterator" else splits

    def groups(self) -> Any:
        """Return the groups that the splitter needs, or None."""
        if "Group" not in self.name:
            return None
        groups = np.random.default_rng(self.seed).permutation(self.n) % 4
        return groups if self.seed % 2 else [f"group {g}" for g in groups]


@st.composite
def folds(draw: st.DrawFn, table: Table, masks: bool) -> Folds:
    """Draw a splitter for a table, with or without masks among them."""
    lists = tuple(name for name in _LISTS if name != "masks" or masks)
    tiny = ("LeaveOneOut",) * 3 if table.n <= 12 else ()
    name = draw(st.sampled_from((*_SPLITTERS, *lists, "PredefinedSplit", *tiny)))
    return Folds(name, table.n, draw(st.integers(0, 9)))


def _splits(name: str, n: int, rng: np.random.Generator) -> list[tuple[Any, Any]]:
    order = rng.permutation(n)
    if name == "overlapping":  # tested twice, and some rows trained and tested on
        return [(order[: 2 * n // 3], order[n // 2 :]), (order[n // 3 :], order[: n // 2])]
    if name == "uneven":
        return [(order[4:], order[:4]), (order[: n // 2], order[n // 2 :])]
    if name == "drawn with repeats":
        drawn = [rng.integers(0, n, n) for _ in range(2)]
        return [(rows, np.setdiff1d(order, rows)) for rows in drawn]
    parts = [(np.setdiff1d(order, part), part) for part in np.array_split(order, 3)]
    if name == "lists":
        return [(train.tolist(), test.tolist()) for train, test in parts]
    if name == "masks":
        return [(~np.isin(np.arange(n), test), np.isin(np.arange(n), test)) for _, test in parts]
    return parts
