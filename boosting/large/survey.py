"""The first pass over files: the levels of categories, the labels, and how many rows hold each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ...estimators.base import to_host
from ..fit_params import checked_weights
from .budget import rows_within
from .draw import Draw
from .table import Batch, ParquetTable

_AT_ONCE = 2.0**24  # bytes of rows


@dataclass
class Survey:
    """What is known of a table after one pass over its labels and its categories.

    Attributes
    ----------
    labels : Series or array
        The distinct values of the target where it has classes, else some of its numbers.
    n_rows : list of two int
        The rows to train on, and the rows held out.
    counts : list of two Counter
        How many of them have each label.
    levels : dict
        The distinct values of each column of categories, by its name.
    """

    labels: Any = None
    n_rows: list[int] = field(default_factory=lambda: [0, 0])
    counts: list[Counter[Any]] = field(default_factory=lambda: [Counter(), Counter()])
    levels: dict[Any, Levels] = field(default_factory=dict)

    def add(self, y: np.ndarray, held: np.ndarray, *, has_classes: bool) -> None:
        """Count the labels of some rows, of which those where `held` is true are held out."""
        for part, mask in enumerate((~held, held)):
            self.n_rows[part] += int(mask.sum())
            if has_classes:
                self.counts[part].update(pd.Series(y[mask]).value_counts().to_dict())
        self.labels = _joined(self.labels, pd.Series(y)) if has_classes else y

    def join(self, other: Survey, *, has_classes: bool) -> None:
        """Add what is known of other rows."""
        for part in (0, 1):
            self.n_rows[part] += other.n_rows[part]
            self.counts[part].update(other.counts[part])
        self.labels = _joined(self.labels, other.labels) if has_classes else other.labels
        for name, levels in other.levels.items():
            self.levels.setdefault(name, Levels()).join(levels)

    def miniature(self, empty: Mapping[Any, Any]) -> pd.DataFrame:
        """Return a small table with the same columns and every level of each category.

        What is learnt of it holds for the whole.

        Parameters
        ----------
        empty : dict
            The type of each column, in order, that has no levels here: all cells are missing.
        """
        n_rows = max([1, *(len(levels) for levels in self.levels.values())])
        columns = {
            name: self.levels[name].column(n_rows)
            if name in self.levels
            else pd.Series(np.full(n_rows, np.nan)).astype(type_)
            for name, type_ in empty.items()
        }
        return pd.DataFrame(columns)

    def check_parts(self, classes: Sequence[Any], draw: Draw) -> None:
        """Raise ValueError where the rows held out, or the others, lack a class or are none."""
        for name, n_rows, counts in zip(
            ("training", "validation"), self.n_rows, self.counts, strict=True
        ):
            lacking = [label for label in classes if not counts[label]]
            if lacking or not n_rows:
                what = f"no row of class {lacking[0]!r}" if lacking else "no row"
                raise ValueError(
                    f"The {name} part ({n_rows} of {sum(self.n_rows)} rows, "
                    f"validation_fraction={draw.fraction:g}) holds {what}. Where rows are not in "
                    "memory, each is drawn by itself: change validation_fraction or random_state, "
                    "or pass X_val and y_val to fit."
                )


class Levels:
    """The distinct values of a column, in the order of a category type or as they come."""

    def __init__(self) -> None:
        self._values = pd.Series(dtype=object)
        self._is_category = False

    def __len__(self) -> int:
        return len(self._values)

    def add(self, column: pd.Series) -> None:
        """Add the values of some rows."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            self._is_category = True
            column = column.cat.categories.to_series()
        self._values = _joined(self._values, column.dropna())

    def join(self, other: Levels) -> None:
        """Add the values of other rows."""
        self._is_category |= other._is_category
        self._values = _joined(self._values, other._values)

    def column(self, n_rows: int) -> pd.Series:
        """Return a column that has each of the values, and is missing in the other rows."""
        values = self._values.reset_index(drop=True)
        if self._is_category:
            values = values.astype(pd.CategoricalDtype(values))
        return values.reindex(range(n_rows))


def survey(
    table: ParquetTable,
    features: Sequence[str],
    target: str,
    *,
    chosen: Collection[str],
    check: Callable[[np.ndarray], Any] | None,
    draw: Draw,
) -> Survey:
    """Read the target and the columns of categories once.

    Parameters
    ----------
    chosen : names of columns that are categories beside those that are by their type
    check : callable, or None where the target has classes
        Called with the numbers of each batch.

    Raises
    ------
    ValueError
        When a label is missing; the message names the file and the row.
    """
    found = Survey()
    for name in features:
        if table.kinds[name] in ("text", "categories") or name in chosen:
            found.levels[name] = Levels()
    read = [*found.levels, target]
    n_rows = rows_within(_AT_ONCE, sum(table.cell_bytes[name] for name in read))
    for batch in table.batches(read, n_rows, keep=[target, *chosen]):
        for name, levels in found.levels.items():
            levels.add(batch.frame[name])
        y = checked_labels(batch, target)
        if check is not None:
            check(y)
        found.add(y, draw.held_out(batch.start, len(y)), has_classes=check is None)
    return found


def checked_labels(batch: Batch, target: str) -> np.ndarray:
    """Return the target of a batch; a missing value is an error that names its file and row."""
    column = batch.frame[target]
    missing = column.isna().to_numpy()
    if missing.any():
        raise ValueError(
            f"Input {target} contains NaN: it is missing in row "
            f"{batch.row + int(missing.argmax())} (the first is 0) of {str(batch.file)!r}. "
            "Drop the rows without one."
        )
    return np.asarray(to_host(column))


def checked_weight(batch: Batch, name: str) -> np.ndarray:
    """Return the weights of a batch; one that is none is an error that names its file and row."""
    where = f"The weights in column {name!r} of {str(batch.file)!r}"
    return checked_weights(batch.frame[name], where, first=batch.row).astype(np.float32)


def _joined(known: pd.Series | None, more: pd.Series) -> pd.Series:
    more = more.drop_duplicates()
    if known is None or not len(known):
        return more
    return pd.concat([known, more]).drop_duplicates() if len(more) else known
