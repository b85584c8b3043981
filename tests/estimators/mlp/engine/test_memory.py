"""Freed memory stays with the process: the next step has no pages to map."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

STEPS = """
import resource
import numpy as np
from gridfold.estimators.mlp.engine.memory import keep_freed_memory

def step():
    arrays = [np.ones(100_000, dtype=np.float32) for _ in range(20)]

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

keep_freed_memory()
step()
before = faults()
for _ in range(20):
    step()
print((faults() - before) // 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that gives memory back")
def test_steps_map_no_pages():
    """A step of 8 MB has 2,000 pages."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    mine["PYTHONPATH"] = os.pathsep.join(sys.path)
    run = subprocess.run(
        [sys.executable, "-c", STEPS], env=mine, capture_output=True, text=True, check=True
    )
    assert int(run.stdout) < 100
