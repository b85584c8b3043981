"""The grids: parameters that the estimators have, and no more neighbours than rows."""

from __future__ import annotations

import pytest
from sklearn.model_selection import ParameterGrid

from gridfold.pipelines.cli.arguments import FAMILIES
from gridfold.pipelines.cli.candidates import choose_families, make_grids


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_candidate_can_be_made(task):
    pytest.importorskip("xgboost", reason="xgboost is not installed")
    grids = make_grids(FAMILIES, task, n_train=1000, seed=7)
    for params in ParameterGrid(grids):
        own = {k.removeprefix("model__"): v for k, v in params.items() if k != "model"}
        model = params["model"].set_params(**own)
        assert own.items() <= model.get_params().items()


def test_there_are_no_more_neighbours_than_rows():
    (grid,) = make_grids(["neighbors"], "classification", n_train=12, seed=0)
    assert max(grid["model__n_neighbors"]) == 10
    (grid,) = make_grids(["neighbors"], "classification", n_train=1_000_000, seed=0)
    assert grid["model__n_neighbors"] == [10, 40]
    (grid,) = make_grids(["neighbors"], "regression", n_train=2, seed=0)
    assert grid["model__n_neighbors"] == [1]


def test_neighbours_are_left_out_of_large_tables_and_that_is_said(capsys):
    assert choose_families(None, 1000) == list(FAMILIES)
    assert capsys.readouterr().err == ""
    assert choose_families(None, 1_000_000) == ["linear", "boosting"]
    assert "neighbors is left out" in capsys.readouterr().err
    assert choose_families(["neighbors"], 1_000_000) == ["neighbors"]
