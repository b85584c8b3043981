"""The work of `fit`: what goes wrong in every candidate is said in one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gridfold.estimators import Ridge
from gridfold.pipelines import GridSearchCV, Pipeline, TabularPreprocessor
from gridfold.pipelines.cli.study import fit_search
from gridfold.pipelines.tables import TableError


def test_what_fails_in_every_candidate_is_said_without_a_traceback():
    pipeline = Pipeline([("prepare", TabularPreprocessor()), ("model", Ridge())])
    search = GridSearchCV(pipeline, {"model__alpha": [1.0, 2.0]}, cv=3)
    with pytest.raises(TableError) as error:
        fit_search(search, pd.DataFrame({"a": [1] * 30}), np.arange(30.0))
    assert str(error.value) == (
        "No candidate could be fitted: No column is of use ('a': the same in every row); the table "
        "has 20 samples."
    )
