"""Reading chains of steps off parameters: what is left to scikit-learn's own routine."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV


def test_a_model_in_the_middle_is_scikit_learns_to_report():
    X, y = np.random.default_rng(0).normal(size=(2, 30, 1))
    pipeline = Pipeline([("first", StandardScaler()), ("last", Ridge())])
    grid = {"first": [Ridge()], "last__alpha": [0.1, 1.0]}
    search = GridSearchCV(pipeline, grid, error_score="raise")
    assert "2 because a step in the middle is no transformer" in str(search.plan(X, y[:, 0]))
    with pytest.raises(TypeError, match="All intermediate steps should be transformers"):
        search.fit(X, y[:, 0])
