"""Tasks for workers: all of the plan once, the longest first, cut where workers would be idle."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.works import work_of
from sklearn.compose import make_column_transformer
from sklearn.decomposition import PCA, FastICA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import ParameterGrid
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeRegressor

from gridfold.estimators.shared import Cost, Meta, SharedFit
from gridfold.pipelines.search.cost.divide import divide, pack, runs
from gridfold.pipelines.search.cost.effort import effort
from gridfold.pipelines.search.planning.builder import make_plan
from gridfold.pipelines.search.planning.plan import Group, Member
from gridfold.pipelines.search.running.tasks import tasks_of

META = Meta(n_samples=500, n_features=8)
TREE, SCALED = (
    DecisionTreeRegressor(),
    Pipeline([("scale", StandardScaler()), ("model", DecisionTreeRegressor())]),
)
DEPTHS = {"model__max_depth": list(range(1, 25))}


def plan_of(estimator, grid, meta=META):
    candidates = list(ParameterGrid(grid))
    return make_plan(estimator, candidates, meta, n_splits=5, repeats=[range(5)]), candidates


def tasks(estimator, grid, n_workers, meta=META):
    plan, candidates = plan_of(estimator, grid, meta)
    return tasks_of(plan, work_of(estimator, candidates), n_workers)


def pairs(task):
    """The candidates and splits that a task was sent."""
    work = task.arguments[0]
    return [(c, k) for c in work.candidates for k in work.splits]


CASES = {
    "one scaler": (SCALED, DEPTHS),
    "two scalers": (SCALED, {"scale": [StandardScaler(), MinMaxScaler()], **DEPTHS}),
    "folds shared": (
        SCALED,
        [{"model": [Ridge()], "model__alpha": [0.1, 1.0, 10.0]}, DEPTHS],
    ),
    "nothing shared": (TREE, {"max_depth": [1, 2, 3]}),
    "a shared transformer": (
        Pipeline([("pca", PCA(svd_solver="full")), ("model", SVR())]),
        {"pca__n_components": [2, 3, 4], "model__C": np.logspace(-2, 2, 9)},
    ),
    "neighbours": (KNeighborsRegressor(), {"n_neighbors": [1, 3, 5, 7]}),
}


@pytest.mark.parametrize("n_workers", [1, 2, 8, 64])
@pytest.mark.parametrize("case", CASES)
def test_tasks_cover_every_candidate_and_split_once_the_longest_first(case, n_workers):
    found = tasks(*CASES[case], n_workers)
    sent = [pair for task in found for pair in pairs(task)]
    n_candidates = len(plan_of(*CASES[case])[1])
    assert sorted(sent) == [(c, k) for c in range(n_candidates) for k in range(5)]
    efforts = [task.effort for task in found]
    assert efforts == sorted(efforts, reverse=True)


@pytest.mark.parametrize("n_workers", [2, 8])
def test_one_scaler_in_front_of_many_models_keeps_all_workers_busy(n_workers):
    found = tasks(SCALED, DEPTHS, n_workers)
    assert len(found) >= 2 * n_workers
    assert max(task.effort for task in found) < 1.5 * min(task.effort for task in found)


def test_a_step_is_not_fitted_in_every_task_where_that_is_most_of_the_work():
    costly = Pipeline([("ica", FastICA()), ("model", DecisionTreeRegressor())])
    found = tasks(costly, {"model__max_depth": [1, 2, 3]}, 64)
    assert len(found) == 5


def test_what_shares_branches_stays_in_one_task():
    columns = make_column_transformer((StandardScaler(), [0, 1]), (MinMaxScaler(), [2]))
    pipeline = Pipeline([("columns", columns), ("model", SVR())])
    grid = {
        "columns__minmaxscaler__clip": [True, False],
        "model__C": list(np.logspace(-2, 2, 20)),
    }
    assert len(tasks(pipeline, grid, 64)) == 5


class Cutting(SharedFit):
    """A shared fit of known cost: `common` work, and `each` for every member."""

    def __init__(self, common, each, exact=True, independent=False):
        self.common, self.each, self.exact = common, each, exact
        self.independent = independent

    def cost(self, members, meta):
        return Cost(self.common + self.each * len(members))


@pytest.mark.parametrize(
    ("shared", "n_pieces"),
    [
        (Cutting(0, 1e9), 4),
        (Cutting(1e10, 1e3), 1),
        (Cutting(0, 1e9, exact=False), 1),
        (Cutting(0, 1e9, exact=False, independent=True), 4),
    ],
    ids=["cheap to begin", "all in common", "not exact", "not exact, but independent"],
)
def test_a_shared_fit_is_cut_where_that_repeats_little_and_changes_nothing(shared, n_pieces):
    members = [Member({"alpha": float(i)}, [i]) for i in range(20)]
    group = Group("", Ridge(), shared, members=members, exact=shared.exact)
    pieces = divide([group], effort(group, META) / 4, META)
    assert len(pieces) == n_pieces
    found = [member for (piece,) in pieces for member in piece.members]
    assert found == members


def test_logistic_paths_are_not_cut():
    pipeline = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())])
    assert len(tasks(pipeline, {"model__C": np.logspace(-2, 2, 30)}, 64)) == 5


def test_bundles_are_about_equal():
    sizes = [5.0, 1.0, 1.0, 1.0, 1.0, 1.0, 4.0]
    bundles = pack(list(range(7)), sizes, 7.0)
    assert sorted(i for bundle in bundles for i in bundle) == list(range(7))
    assert [sum(sizes[i] for i in bundle) for bundle in bundles] == [7.0, 7.0]
    assert [list(run) for run in runs(7, 3)] == [[0, 1], [2, 3], [4, 5, 6]]
    assert runs(2, 5) == [range(0, 1), range(1, 2)]
