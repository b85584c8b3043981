"""The first pass over files: the levels of categories, the labels, and how many rows hold each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from ...estimators.base import to_host
from .budget import rows_within
from .draw import Draw
from .table import Batch, ParquetTable

_AT_ONCE = 2.0**24  # bytes of rows


@dataclass
class Survey:
    """What is known of a table after one pass over its labels and its categories.

    Attributes
    ----------
    miniature : DataFrame
        A small table with the same types of columns and every level of each category: what is
        learnt of it holds for the whole.
    labels : Series or array
        The distinct values of the target where it has classes, else some of its numbers.
    n_rows : list of two int
        The rows to train on, and the rows held out.
    counts : list of two Counter
        How many of them have each label.
    """

    miniature: pd.DataFrame = field(default_factory=pd.DataFrame)
    labels: Any = None
    n_rows: list[int] = field(default_factory=lambda: [0, 0])
    counts: list[Counter[Any]] = field(default_factory=lambda: [Counter(), Counter()])

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
                    f"validation_fraction={draw.fraction:g}) holds {what}. Each row of a file is "
                    "drawn by itself: change validation_fraction or random_state, or pass X_val "
                    "and y_val to fit."
                )


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
    levels = {
        name: _Levels()
        for name in features
        if table.kinds[name] in ("text", "categories") or name in chosen
    }
    read = [*levels, target]
    n_rows = rows_within(_AT_ONCE, sum(table.cell_bytes[name] for name in read))
    for batch in table.batches(read, n_rows, keep=[target, *chosen]):
        for name, column in levels.items():
            column.add(batch.frame[name])
        _add_labels(found, checked_labels(batch, target), batch.start, draw, check)
    n_rows = max([1, *(len(column) for column in levels.values())])
    found.miniature = pd.DataFrame(
        {
            name: levels[name].column(n_rows)
            if name in levels
            else np.full(n_rows, np.nan, _EMPTY[table.kinds[name]])
            for name in features
        }
    )
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


# The type of a column that is no category, in the miniature.
_EMPTY = {"numbers": "f4", "nothing": "f4", "dates": "M8[us]"}


def _add_labels(found: Survey, y: np.ndarray, start: int, draw: Draw, check: Any) -> None:
    held = draw.held_out(start, len(y))
    for part, mask in enumerate((~held, held)):
        found.n_rows[part] += int(mask.sum())
        if check is None:
            found.counts[part].update(pd.Series(y[mask]).value_counts().to_dict())
    if check is None:
        found.labels = _joined(found.labels, pd.Series(y))
    else:
        check(y)
        found.labels = y


class _Levels:
    """The distinct values of a column, in the order of a category type or as they come."""

    def __init__(self) -> None:
        self._values: Any = None
        self._is_category = False

    def __len__(self) -> int:
        return len(self._values)

    def add(self, column: pd.Series) -> None:
        """Add the values of some rows."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            self._is_category = True
            column = column.cat.categories.to_series()
        self._values = _joined(self._values, column.dropna())

    def column(self, n_rows: int) -> pd.Series:
        """Return a column that has each of the values, and is missing in the other rows."""
        values = self._values.reset_index(drop=True)
        if self._is_category:
            values = values.astype(pd.CategoricalDtype(values))
        return values.reindex(range(n_rows))


def _joined(known: pd.Series | None, more: pd.Series) -> pd.Series:
    more = more.drop_duplicates()
    if known is None or not len(known):
        return more
    return pd.concat([known, more]).drop_duplicates() if len(more) else known
