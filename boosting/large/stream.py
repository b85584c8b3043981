"""Rows of files as xgboost takes them: encoded, batch by batch, quantised into a cache on disk."""

from __future__ import annotations

import errno
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

from ..columns import Columns
from ..xgb import xgboost
from .draw import Draw
from .survey import checked_labels, checked_weight
from .table import ParquetTable


@dataclass(frozen=True, eq=False)
class Streamed:
    """Rows of a table in files, in the place of an estimator's X.

    Attributes
    ----------
    table : ParquetTable
    columns : Columns
        The features, and how they are encoded.
    target : str
    weight : str or None
        The columns of labels and of weights.
    label : callable
        From the labels of some rows, and a name for messages, to what xgboost fits.
    batch_rows, n_rows : int
        How many rows are read at a time, and how many there are in this part.
    draw : Draw or None
        What parts the rows of training from those held out; None for all rows.
    held_out : bool
        Which part this is.
    is_new : bool
        Whether there may be categories that training has not seen.
    """

    table: ParquetTable
    columns: Columns
    target: str
    weight: str | None
    label: Callable[[Any, str], Any]
    batch_rows: int
    n_rows: int
    draw: Draw | None = None
    held_out: bool = False
    is_new: bool = False

    @property
    def has_codes(self) -> bool:
        """Whether categories come as codes, among them those not seen in training.

        Quantised, such a code would count as another category.
        """
        return self.is_new and self.columns.has_categories

    @property
    def shape(self) -> tuple[int, int]:
        """(n_samples, n_features)."""
        return self.n_rows, self.columns.n_features

    def batches(self) -> Iterator[dict[str, Any]]:
        """Read the rows: what xgboost takes of each batch, by name."""
        extra = [self.target] if self.weight is None else [self.target, self.weight]
        features = list(self.columns.names or [])
        categories = [
            name
            for name, kind in zip(features, self.columns.kinds, strict=True)
            if kind.feature_type == "c"
        ]
        read = list(dict.fromkeys([*features, *extra]))
        for batch in self.table.batches(read, self.batch_rows, [*categories, self.target]):
            y, X = checked_labels(batch, self.target), batch.frame[features]
            weight = None if self.weight is None else checked_weight(batch, self.weight)
            if self.draw is not None:
                kept = self.draw.held_out(batch.start, len(X)) == self.held_out
                if not kept.any():
                    continue
                y, X, weight = y[kept], X[kept], None if weight is None else weight[kept]
            taken = {
                "data": self.columns.for_predict(X)
                if self.has_codes
                else self.columns.for_training(X),
                "label": self.label(y, f"the column {self.target!r}"),
            }
            if weight is not None:
                taken["weight"] = weight
            yield taken


class _Batches(xgboost.DataIter):
    """Streamed rows the way xgboost asks for them: several times from the first."""

    def __init__(self, rows: Streamed, folder: str, info: dict[str, Any], most_bytes: float):
        self.rows, self._info, self._folder, self._most_bytes = rows, info, folder, most_bytes
        self._batches: Iterator[dict[str, Any]] = iter(())
        self.interrupt: KeyboardInterrupt | None = None
        super().__init__(cache_prefix=f"{folder}/rows")

    def reset(self) -> None:
        """Begin again with the first rows."""
        self._batches = self.rows.batches()

    def next(self, input_data: Callable[..., None]) -> bool:
        """Hand the next rows to xgboost; False where there are no more."""
        if self.interrupt is not None:
            return False
        try:
            require_disk(self._folder, self._most_bytes)
            batch = next(self._batches, None)
            if batch is not None:
                input_data(**batch, **self._info)
        except KeyboardInterrupt as interrupt:  # which would get lost in the call from C
            self.interrupt, batch = interrupt, None
        return batch is not None


def build_matrix(
    ref: Any,
    *,
    data: Any,
    folder: str,
    page_bytes: float,
    n_jobs: int | None,
    max_bin: int | None,
    feature_weights: Any = None,
    **info: Any,
) -> Any:
    """Build xgboost's matrix of streamed rows, or of others as its estimators do.

    Parameters
    ----------
    ref : matrix or None
        Of the training rows, whose quantiles a validation set takes.
    data : Streamed, or rows in memory
    folder : str
        Where the cache of streamed rows lies.
    page_bytes : float
        Of a batch in the cache.
    info
        What xgboost's estimators say of the rows; of streamed ones, their batches do.
    """
    if not isinstance(data, Streamed):
        return xgboost.QuantileDMatrix(
            data,
            ref=ref,
            nthread=n_jobs,
            max_bin=max_bin,
            feature_weights=feature_weights,
            **info,
        )
    described: dict[str, Any] = {"feature_weights": feature_weights}
    if data.has_codes:
        described["feature_names"] = data.columns.names_for_booster
        described["feature_types"] = data.columns.feature_types
    batches = _Batches(data, folder, described, 2 * page_bytes)
    options = {"missing": info["missing"], "nthread": n_jobs, "enable_categorical": True}
    if data.has_codes:
        return _built(batches, xgboost.DMatrix, **options)
    return _built(batches, xgboost.ExtMemQuantileDMatrix, ref=ref, max_bin=max_bin, **options)


def _built(batches: _Batches, matrix_class: Any, **options: Any) -> Any:
    """Let xgboost read all batches.

    Raises
    ------
    OSError
        When the disk is full. (xgboost itself would end the process.)
    """
    try:
        matrix = matrix_class(batches, **options)
    except xgboost.core.XGBoostError:
        if batches.interrupt is None:
            raise
    if batches.interrupt is not None:
        raise batches.interrupt
    n_rows = batches.rows.n_rows
    if matrix.num_row() != n_rows:
        raise RuntimeError(
            f"Reading ended after {matrix.num_row()} of {n_rows} rows: it was interrupted, or the "
            "files have changed meanwhile."
        )
    return matrix


@contextmanager
def cache_folder(n_bytes: float) -> Iterator[str]:
    """Make a folder for xgboost's cache where temporary files go, and remove it in any case.

    Raises
    ------
    OSError
        When the disk has not `n_bytes` free.
    """
    with TemporaryDirectory(prefix="gridfold-cache-", ignore_cleanup_errors=True) as folder:
        require_disk(folder, n_bytes)
        try:
            yield folder
        except BaseException as error:
            # The calls on the way up hold matrices, and these hold files of the folder.
            traceback.clear_frames(error.__traceback__)
            raise


def require_disk(folder: str, n_bytes: float) -> None:
    """Raise OSError where the disk of `folder` has not `n_bytes` free."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise OSError(
            errno.ENOSPC,
            f"The disk is too full to cache the training rows: {n_bytes / 2**20:.0f} MiB more are "
            f"needed and {free / 2**20:.0f} MiB are free. Set TMPDIR to a folder on a larger disk",
            folder,
        )
