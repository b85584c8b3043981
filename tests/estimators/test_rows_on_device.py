"""Rows of another library stay where they are: none pass through the host but labels."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

import gridfold.estimators as estimators
from gridfold.estimators.arrays import to_numpy

N_ROWS = 60
MODELS = [
    estimators.LinearDiscriminantAnalysis(),
    estimators.LinearDiscriminantAnalysis(solver="eigen", shrinkage="auto"),
    estimators.QuadraticDiscriminantAnalysis(),
    estimators.KernelRidge(kernel="rbf"),
    estimators.KernelRidge(),
    estimators.Nystroem(n_components=5),
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_no_table_passes_through_the_host(model, foreign, monkeypatch):
    seen: list[tuple[int, ...]] = []

    def noted(array: Any) -> np.ndarray:
        seen.append(tuple(array.shape))
        return to_numpy(array)

    for name, module in list(sys.modules.items()):
        if name.startswith("gridfold.estimators") and hasattr(module, "to_numpy"):
            monkeypatch.setattr(module, "to_numpy", noted)
    rng = np.random.default_rng(0)
    X, y = foreign.put(rng.normal(size=(N_ROWS, 3))), foreign.put(np.arange(N_ROWS) % 3)
    model.fit(X, y)
    for method in ("predict_proba", "decision_function", "transform"):
        if hasattr(model, method):
            getattr(model, method)(X)
    assert not [shape for shape in seen if len(shape) == 2 and shape[0] >= N_ROWS]
    if hasattr(model, "predict"):
        model.predict(X)
    assert not [shape for shape in seen if shape[:1] == (N_ROWS,) and shape[1:]]
