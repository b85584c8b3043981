"""Memory of models: what training needs is gone when fit returns."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor  # noqa: E402

KEPT = """
import sys
import numpy as np
from gridfold.boosting import XGBRegressor

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

rng = np.random.default_rng(0)
X, y = rng.normal(size=(50_000, 20)).astype(np.float32), rng.normal(size=50_000)
def fit():
    return XGBRegressor(n_estimators=2, max_depth=3, n_jobs=1).fit(X, y)

models = [fit() for _ in range(5)]
before = resident()
models += [fit() for _ in range(25)]
print((resident() - before) / 2**20)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells it here")
def test_models_that_are_kept_keep_no_training_matrix():
    """A quantised matrix of these rows takes a megabyte; 25 models would hold 25."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", KEPT], env=environment, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 15


@pytest.mark.parametrize("cls", [XGBRegressor, XGBClassifier])
@pytest.mark.parametrize("n_bags", [1, 2])
def test_a_model_that_is_not_needed_is_freed_at_once(cls, n_bags, monkeypatch):
    """Without waiting for the garbage collector: a GPU would fill up before it runs."""
    freed = []
    monkeypatch.setattr(
        xgboost.Booster, "__del__", counted(xgboost.Booster.__del__, freed), raising=True
    )
    X = np.random.default_rng(0).normal(size=(100, 3))
    gc.collect()
    gc.disable()
    try:
        model = cls(n_estimators=2, n_jobs=1, n_bags=n_bags).fit(X, X[:, 0] > 0)
        kept = {id(booster) for booster in model.boosters_}
        before = len(freed)
        del model
        assert set(freed[before:]) == kept
    finally:
        gc.enable()


def counted(delete, freed: list[int]):
    def __del__(self):
        freed.append(id(self))
        delete(self)

    return __del__
