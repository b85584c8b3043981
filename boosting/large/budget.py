"""How much memory and disk xgboost needs to train on a stream, and the batches that fit a limit.

The formulas follow xgboost's code (common/quantile.h, tree/hist, data/gradient_index.h), with
constants rounded up from measurements of versions 3.2 and 3.4.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...estimators.free_memory import limit_bytes
from ..targets import Target
from ..training.recipe import Recipe
from .table import ParquetTable

_MIB = 2.0**20
_LEAST_ROWS, _MOST_ROWS = 1024, 2**20
# Of a batch: decoded, cast, as a frame, encoded, quantised, being written, and what pyarrow keeps.
_COPIES = 8.0
_PAGES = 2.0  # of each column: as it is stored, and decoded


@dataclass(frozen=True)
class Load:
    """The size of a training on a stream.

    Attributes
    ----------
    n_rows, n_features : int
    n_outputs : int
        Trees of a round: the classes, where there are more than two.
    row_bytes : float
        Of a row in memory.
    page_bytes : float
        What the reader of the files holds while it decodes.
    max_bin, max_nodes, n_threads : int
        Of xgboost; `max_nodes` of a tree.
    """

    n_rows: int
    n_features: int
    n_outputs: int
    row_bytes: float
    page_bytes: float
    max_bin: int = 256
    max_nodes: int = 64
    n_threads: int = 1

    def batch_rows(self, memory_limit: Any) -> int:
        """Return how many rows to read at a time, so that a fit needs at most `memory_limit`.

        Parameters
        ----------
        memory_limit : number of bytes, text such as "2 GiB", or None
            What the fit may take beside what the process holds already; None for half of the
            memory that is free.

        Raises
        ------
        ValueError
            When no batch is small enough; the message says what is needed.
        """
        limit = limit_bytes(memory_limit)
        rest = limit - max(self.sketch_bytes + _PAGES * self.page_bytes, self.training_bytes)
        found = int(min(rest / (_COPIES * self.row_bytes), _MOST_ROWS))
        least = min(_LEAST_ROWS, self.n_rows)
        if found < least:
            needed = limit - rest + least * _COPIES * self.row_bytes
            raise ValueError(
                f"memory_limit={memory_limit!r} ({limit / _MIB:.0f} MiB) is too small for "
                f"{self.n_rows} rows and {self.n_features} features: xgboost needs at least "
                f"{needed / _MIB:.0f} MiB ({self.training_bytes / _MIB:.0f} MiB to train, "
                f"{self.sketch_bytes / _MIB:.0f} MiB for quantiles; less with a smaller max_bin)."
            )
        return found

    @property
    def sketch_bytes(self) -> float:
        """Bytes of the sketches from which quantiles are read, one for each feature."""
        levels, size = 1, self.n_rows
        while True:
            size = min(self.n_rows, levels * self.max_bin * 8 + 1)
            if (2**levels) * size >= self.n_rows:
                break
            levels += 1
        return 16.0 * self.n_features * size * (levels + 6)

    @property
    def training_bytes(self) -> float:
        """Bytes for each row (its label, weight, place in the tree, gradients), and histograms."""
        rows = self.n_rows * (32.0 + 16.0 * self.n_outputs)
        histogram = 16.0 * self.n_features * self.max_bin
        return rows + histogram * self.max_nodes * (1 + self.n_threads / 2)

    @property
    def disk_bytes(self) -> float:
        """Bytes of the cache: the bins of the cells by row and by column, at their widest."""
        bins = self.n_features * self.max_bin
        by_row = 2 if bins <= 2**16 else 4
        by_column = 1 if self.max_bin <= 256 else 2
        return self.n_rows * (8.0 + self.n_features * (by_row + by_column + 0.125))


def load_of(table: ParquetTable, target: Target, recipe: Recipe) -> Load:
    """Return the size of a training on the rows of a table."""
    params, n_classes = recipe.params, len(target.names)
    return Load(
        n_rows=table.n_rows,
        n_features=len(table.kinds),
        n_outputs=n_classes if n_classes > 2 else 1,
        row_bytes=sum(table.cell_bytes.values()),
        page_bytes=sum(table.page_bytes.values()),
        max_bin=params["max_bin"] or 256,
        max_nodes=_nodes_of_a_tree(params),
        n_threads=params["n_jobs"] if (params["n_jobs"] or 0) > 0 else os.cpu_count() or 1,
    )


def rows_within(n_bytes: float, row_bytes: float) -> int:
    """Return how many rows of so many bytes to read at a time."""
    return int(min(max(n_bytes / row_bytes, 1), _MOST_ROWS))


def _nodes_of_a_tree(params: Mapping[str, Any]) -> int:
    """Return how many nodes of a tree have a histogram."""
    depth = 6 if params["max_depth"] is None else params["max_depth"]
    return int(min(params["max_leaves"] or 2**16, 2 ** (depth or 16)))
