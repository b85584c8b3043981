"""What is done with the rows of one partition, on the worker that holds it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ...estimators.base import to_host
from ..columns import Columns
from ..fit_params import checked_weights
from ..training.rows import Rows
from .dask_parts import Parts
from .draw import Draw
from .survey import Levels, Survey

_APART = 2**40  # between the draws of two partitions: more than either has rows


@dataclass(frozen=True)
class DaskRows(Rows):
    """Rows whose arrays are Dask's."""

    n_rows: int = 0

    def __len__(self) -> int:
        return self.n_rows


@dataclass(frozen=True)
class Encode:
    """Codes the rows of partitions.

    Attributes
    ----------
    columns : Columns
    label : callable
        From labels, and a name for messages, to what xgboost fits.
    draw : Draw
    part : int or None
        0 for the rows to train on, 1 for those held out, None for all.
    """

    columns: Columns
    label: Callable[[Any, str], Any]
    draw: Draw
    part: int | None = None

    def __call__(self, X: Any, y: Any, weight: Any, number: int) -> tuple[Any, Any, Any]:
        """Return the rows of partition `number` as xgboost takes them."""
        y, kept = _labels(X, y, number), slice(None)
        if self.part is not None:
            kept = self.draw.held_out(number * _APART, len(y)) == bool(self.part)
        weight = None if weight is None else _weights(weight, number)[kept]
        return self._codes(X[kept]), self.label(y[kept], "y"), weight

    def check(self, X: Any, y: Any, weight: Any, number: int, name: str) -> None:
        """Raise where a partition of the validation set `name` has no such labels or weights.

        In training xgboost would say only that something failed on a worker.
        """
        try:
            self.label(_labels(X, y, number), name)
            if weight is not None:
                _weights(weight, number)
        except ValueError as error:
            if name in str(error):
                raise
            raise ValueError(f"In {name}: {error}") from error

    def _codes(self, X: Any) -> Any:
        """Return numbers, and categories as their codes: a frame where columns have names.

        As categories of pandas, xgboost asks for some of each on every worker.
        """
        coded = self.columns.for_training(X)
        if not isinstance(coded, pd.DataFrame):
            return coded
        return coded.apply(
            lambda c: c.cat.codes.astype(np.float32).where(c.notna()) if hasattr(c, "cat") else c
        )

    def rows(self, parts: Parts, n_rows: Sequence[int] | None) -> DaskRows:
        """Return all partitions, coded on the cluster, as collections that xgboost takes.

        Parameters
        ----------
        n_rows : sequence of int, or None where they are not known
            The rows of each partition in this part; those without any are left out.
        """
        import dask
        import dask.array as da
        import dask.dataframe as dd

        encode = dask.delayed(self, nout=3, pure=False)
        counts = [np.nan] * len(parts.rows) if n_rows is None else n_rows
        coded = [
            (encode(*part, number), n)
            for number, (part, n) in enumerate(zip(parts.rows, counts, strict=True))
            if n != 0
        ]
        meta = self._codes(parts.empty)
        y = da.concatenate([da.from_delayed(each[1], (n,), np.float64) for each, n in coded])
        weight = [da.from_delayed(each[2], (n,), np.float32) for each, n in coded]
        X: Any
        if isinstance(meta, pd.DataFrame):
            X = dd.from_delayed([each[0] for each, _ in coded], meta=meta, verify_meta=False)
        else:
            shape = meta.shape[1]
            X = da.concatenate([da.from_delayed(e[0], (n, shape), meta.dtype) for e, n in coded])
        with_rows = {} if parts.rows[0][2] is None else {"sample_weight": da.concatenate(weight)}
        return DaskRows(X, y, with_rows, n_rows=0 if n_rows is None else sum(n_rows))


def survey_part(
    X: Any, y: Any, weight: Any, number: int, *, chosen: Collection[int], check: Any, draw: Draw
) -> Survey:
    """Return the labels of a partition and the levels of its categories.

    Parameters
    ----------
    chosen : positions of columns that are categories beside those that are by their type
    check : callable, or None where the target has classes
        Called with the numbers.
    """
    found, y = Survey(), _labels(X, y, number)
    if weight is not None and len(_weights(weight, number)) != len(y):
        raise ValueError(f"Partition {number} has {len(y)} rows and {len(weight)} weights.")
    if check is not None and len(y):
        check(y)
    found.add(y, draw.held_out(number * _APART, len(y)), has_classes=check is None)
    frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X)
    for j, name in enumerate(frame.columns):
        if j in chosen or _is_category(frame.dtypes.iloc[j]):
            found.levels[name] = Levels()
            found.levels[name].add(frame.iloc[:, j])
    return found


def _labels(X: Any, y: Any, number: int) -> np.ndarray:
    if len(X) != len(y):
        raise ValueError(
            f"Partition {number} has {len(X)} rows in X and {len(y)} in y: they do not go together."
        )
    y = np.asarray(to_host(y))
    missing = pd.isna(y)
    if missing.any():
        raise ValueError(
            f"Input y contains NaN: it is missing in row {int(np.argmax(missing))} (the first is "
            f"0) of partition {number}. Drop the rows without a label."
        )
    return y


def _weights(weight: Any, number: int) -> np.ndarray:
    where = f"sample_weight of partition {number}"
    return checked_weights(to_host(weight), where).astype(np.float32)


def _is_category(type_: Any) -> bool:
    types = pd.api.types
    return isinstance(type_, pd.CategoricalDtype) or types.is_string_dtype(type_)
