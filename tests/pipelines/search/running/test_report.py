"""What a search prints: scikit-learn's lines."""

from __future__ import annotations

import re

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV


@pytest.mark.parametrize("scoring", [None, ["r2", "neg_max_error"]], ids=["one", "several"])
@pytest.mark.parametrize("verbose", [2, 3, 10])
def test_lines_are_scikit_learns(verbose, scoring, capsys):
    X, y = np.random.default_rng(0).normal(size=(2, 40, 3))
    pipeline, grid = make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 10.0]}
    options = {"verbose": verbose, "scoring": scoring, "refit": False, "cv": 3}
    lines = []
    for cls in (model_selection.GridSearchCV, GridSearchCV):
        cls(pipeline, grid, return_train_score=True, **options).fit(X, y[:, 0])
        printed = [line for line in capsys.readouterr().out.splitlines() if line[:3] == "[CV"]
        lines.append(sorted(re.sub(r"\.{2,}|total time=.*", "", line) for line in printed))
    assert lines[0] == lines[1]
