"""A Dask cluster of two worker processes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Start a local cluster of two processes, and return its client.

    Dask leaves settings of threads and of malloc for its workers in the environment: they are
    taken back, or processes that later tests start would have them.
    """
    pytest.importorskip("dask.dataframe", reason="dask[dataframe] is not installed")
    distributed = pytest.importorskip("distributed", reason="distributed is not installed")
    with (
        mock.patch.dict(os.environ),
        warnings.catch_warnings(),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",  # None is a port that others may use, and a warning
        ) as workers,
        distributed.Client(workers) as client,
    ):
        yield client
