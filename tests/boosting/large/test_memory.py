"""A table four times the limit of memory: what a fit adds to a process stays below the limit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("xgboost", reason="xgboost is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")

LIMIT = 96 * 2**20
N_FEATURES, ROWS_OF_A_GROUP = 48, 8192
N_GROUPS = -(-4 * LIMIT // (ROWS_OF_A_GROUP * N_FEATURES * 8))

# Anonymous memory, which leaves out what the system holds of files, is looked at every few
# milliseconds while a model is fitted; a small fit before has loaded the libraries.
MEASURED = """
import sys, threading, time
from gridfold.boosting import XGBRegressor

def anonymous():
    lines = open("/proc/self/status").read().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon"))

def watch():
    while True:
        peak[0] = max(peak[0], anonymous())
        time.sleep(0.005)

model = XGBRegressor(n_estimators=3, max_depth=4, max_bin=32, n_jobs=2)
model.fit(sys.argv[1], "y", memory_limit=int(sys.argv[3]))
before = anonymous()
peak = [before]
threading.Thread(target=watch, daemon=True).start()
model.fit(sys.argv[2], "y", memory_limit=int(sys.argv[3]))
print(peak[0] - before, model.get_booster().num_boosted_rounds())
"""


def write(path: Path, n_groups: int) -> None:
    """Write groups of rows one after the other: the table is never whole here either."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [f"x{j}" for j in range(N_FEATURES - 1)] + ["y"]
    schema = pa.schema([(name, pa.float64()) for name in names])
    rng = np.random.default_rng(0)
    with pq.ParquetWriter(path, schema, compression="none", use_dictionary=False) as writer:
        for _ in range(n_groups):
            x = rng.random((N_FEATURES - 1, ROWS_OF_A_GROUP))
            writer.write_table(pa.table([*x, x[0] + x[1]], names=names))


@pytest.mark.skipif(sys.platform != "linux", reason="anonymous memory is read from /proc of Linux")
def test_a_table_four_times_the_limit(tmp_path):
    write(tmp_path / "small.parquet", 1)
    write(tmp_path / "large.parquet", N_GROUPS)
    assert (tmp_path / "large.parquet").stat().st_size > 4 * LIMIT
    source = f"import sys; sys.path[:0] = {[p for p in sys.path if p]!r}\n"
    files = [str(tmp_path / name) for name in ("small.parquet", "large.parquet")]
    found = subprocess.run(
        [sys.executable, "-c", source + MEASURED, *files, str(LIMIT)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert found.returncode == 0, found.stderr
    added, n_rounds = map(int, found.stdout.split())
    assert n_rounds == 3
    assert 0 < added < LIMIT
