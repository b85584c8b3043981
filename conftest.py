"""What must hold before any test or doctest runs: the links are there, threads do not pile up."""

import os
import runpy
from pathlib import Path

import pytest

# With `pytest -n 2` each process would start one thread per core, several times over.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_configure() -> None:
    """Stop in a checkout without symbolic links, with the sentence that the build stops with."""
    said = runpy.run_path(str(Path(__file__).with_name("setup.py")))["complaint"]()
    if said:
        raise pytest.UsageError(said)
