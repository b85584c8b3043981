"""Memory: what is expected, what a limit does, and that nothing outlives its turn."""

from __future__ import annotations

import gc
import warnings
import weakref
from math import inf

import numpy as np
import pytest
from helpers.works import work_of
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import make_classification
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from gridfold.estimators.decomposition.shared_pca import PCAFit
from gridfold.estimators.shared import Cost, Meta, SharedFit
from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.cost.memory import expected_bytes, keep_to_limit
from gridfold.pipelines.search.fitting.fold import Fold
from gridfold.pipelines.search.planning.builder import make_plan
from gridfold.pipelines.search.planning.plan import Group, Member
from gridfold.pipelines.search.running import evaluate
from gridfold.pipelines.search.running.walk import Walk
from gridfold.pipelines.search.scoring.blocks import Block, blocks_of, by_slices

X, y = make_classification(300, 8, n_informative=6, n_classes=3, random_state=0)
META = Meta(n_samples=1000, n_features=10, n_bytes=80_000)
SCALED = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())])


def plan_of(estimator, candidates, meta=META):
    return make_plan(estimator, candidates, meta, n_splits=5, repeats=[range(5)])


# What is expected.


def test_a_plan_that_shares_nothing_holds_one_folds_rows():
    plan = plan_of(DecisionTreeClassifier(), [{"max_depth": 1}, {"max_depth": 2}])
    assert expected_bytes(plan) == META.n_bytes
    assert expected_bytes(plan, n_workers=3) == 3 * META.n_bytes


def test_a_step_that_others_follow_adds_its_output():
    grid = [{"model__max_depth": 1}, {"model__max_depth": 2}]
    pipeline = Pipeline([("scale", StandardScaler()), ("model", DecisionTreeClassifier())])
    assert 2 * META.n_bytes <= expected_bytes(plan_of(pipeline, grid)) < 2.2 * META.n_bytes


def test_more_members_and_train_scores_take_more():
    few, many = (plan_of(SCALED, [{"model__C": c} for c in np.logspace(0, 1, n)]) for n in (2, 200))
    assert expected_bytes(many) > expected_bytes(few)
    assert expected_bytes(many, train_scores=True) > expected_bytes(many)


# The limit.


class Known(SharedFit):
    """A shared fit of known bytes: in common, and for each member."""

    def __init__(self, common=0.0, each=0.0, responses=0.0):
        self.common, self.each, self.responses = common, each, responses

    def cost(self, members, meta):
        state = self.common + self.each * len(members)
        return Cost(1.0, state, self.responses * len(members) * meta.n_samples)


def known(shared, n=20, prototype=None):
    members = [Member({"alpha": float(i)}, [i]) for i in range(n)]
    return Group("", prototype or Ridge(), shared, members=members)


def kept(group, limit, n_workers=1):
    plan = plan_of(Ridge(), [{}])
    plan.groups = [group]
    return *keep_to_limit(plan, work_of(Ridge(), [{}]), n_workers, limit), plan.notes


def test_a_state_that_is_too_large_is_split():
    plan, _, _, notes = kept(known(Known(each=1e6)), 2e7)
    assert len(plan.groups) == 4
    assert [m for group in plan.groups for m in group.members] == known(Known()).members
    assert notes == ["memory_limit: Ridge in 4 shared fits, one after the other"]


def test_a_state_in_common_is_not_split():
    plan, _, _, notes = kept(known(Known(common=1e9, each=1.0)), 2e7)
    assert len(plan.groups) == 1
    assert notes == []


def test_a_split_reaches_groups_behind_a_step():
    below = known(Known(each=1e6))
    above = Group("scale", StandardScaler(), None, members=[Member({}, [], [below])])
    plan, _, _, _ = kept(above, 2e7)
    assert len(plan.groups[0].members[0].children) == 4


def test_fewer_workers_run_where_rows_alone_are_too_much():
    _, work, n_workers, notes = kept(known(Known()), 3.5 * META.n_bytes, n_workers=8)
    assert n_workers == 3
    assert notes == ["memory_limit: 3 of 8 workers run at once"]
    assert work.block_bytes < 3.5 * META.n_bytes / 3


def test_fewer_workers_run_where_members_have_a_large_state_in_common():
    common = 10.0 * META.n_bytes
    _, _, n_workers, notes = kept(known(Known(common=common)), 25.0 * META.n_bytes, n_workers=8)
    assert n_workers == 2
    assert notes == ["memory_limit: 2 of 8 workers run at once"]


# Blocks of responses.


def test_responses_are_cut_into_blocks_of_members():
    blocks = blocks_of(known(Known()), np.zeros(1000), 1000, 5 * 8 * 1000)
    assert blocks == [Block(range(i, i + 5)) for i in range(0, 20, 5)]
    assert blocks_of(known(Known()), np.zeros(1000), 1000, inf) == [Block(range(20))]


def test_classes_count():
    group = known(Known(), prototype=RidgeClassifier())
    assert len(blocks_of(group, np.arange(1000) % 4, 1000, 8.0 * 1000 * 20)) == 4


def test_rows_are_cut_where_answering_takes_more_than_the_answers():
    blocks = blocks_of(known(Known(responses=80.0)), np.zeros(9000), 9000, 20 * 8.0 * 9000)
    assert blocks == [Block(range(20), 9)]  # ten times as much, but no slice of under 1,000 rows


@pytest.mark.parametrize("table", [False, True])
def test_slices_give_what_the_whole_gives(table):
    pd = pytest.importorskip("pandas")
    rows = pd.DataFrame(X) if table else X
    models = [RidgeClassifier(alpha=a).fit(rows, y) for a in (1.0, 9.0)]
    asked = []

    def respond(method, X):
        asked.append(len(X))
        return [getattr(model, method)(X) for model in models]

    for method in ("predict", "decision_function"):
        for found, whole in zip(by_slices(respond, 7)(method, rows), respond(method, rows)):  # noqa: B905
            assert_array_equal(found, whole)
    assert max(asked[:7]) == 43


@pytest.mark.parametrize(
    ("model", "grid"),
    [
        (KNeighborsClassifier(), {"model__n_neighbors": [1, 3, 5, 9, 20]}),
        (LogisticRegression(), {"model__C": [0.1, 1.0, 10.0]}),
        (RidgeClassifier(), {"model__alpha": [0.1, 1.0, 10.0, 100.0]}),
    ],
    ids=["neighbours", "logistic", "ridge"],
)
def test_a_small_limit_changes_no_score(model, grid, monkeypatch):
    pipeline = Pipeline([("scale", StandardScaler()), ("model", model)])
    options = {"return_train_score": True, "refit": False}
    free = GridSearchCV(pipeline, grid, **options).fit(X, y)
    tight = GridSearchCV(pipeline, grid, memory_limit=60_000, **options)
    blocks = []

    def spy(*arguments):
        blocks.extend(blocks_of(*arguments))
        return blocks_of(*arguments)

    monkeypatch.setattr("gridfold.pipelines.search.scoring.group.blocks_of", spy)
    tight.fit(X, y)
    assert len(blocks) > 5
    for key, found in tight.cv_results_.items():
        if "score" in key and "time" not in key:
            np.testing.assert_allclose(found, free.cv_results_[key], atol=1e-12, err_msg=key)


def test_a_shared_transformer_answers_in_blocks(monkeypatch):
    pipeline = Pipeline([("pca", PCA(svd_solver="full")), ("model", RidgeClassifier())])
    grid = {"pca__n_components": [1, 2, 4, 6, 8], "model__alpha": [1.0, 9.0]}
    free = GridSearchCV(pipeline, grid, refit=False).fit(X, y)
    asked = []
    respond = PCAFit.respond

    def spy(shared, state, X, method, members):
        asked.append(list(members))
        return respond(shared, state, X, method, members)

    monkeypatch.setattr(PCAFit, "respond", spy)
    tight = GridSearchCV(pipeline, grid, refit=False, memory_limit=40_000).fit(X, y)
    assert max(len(members) for members in asked) < 5
    assert {i for members in asked for i in members} == set(range(5))
    key = "mean_test_score"
    assert_array_equal(tight.cv_results_[key], free.cv_results_[key])


# Nothing outlives its turn.


class Tracked(TransformerMixin, BaseEstimator):
    """A step whose outputs can be followed; says how many others are alive when it is fitted."""

    alive: list[weakref.ref] = []  # noqa: RUF012
    seen: list[int] = []  # noqa: RUF012

    def __init__(self, shift=0.0, fail=False):
        self.shift, self.fail = shift, fail

    def fit(self, X, y=None):
        self.seen.append(sum(ref() is not None for ref in self.alive))
        return self

    def transform(self, X):
        output = X + self.shift
        self.alive.append(weakref.ref(output))
        if self.fail:
            raise ValueError("no")
        return output


@pytest.fixture
def tracked():
    Tracked.alive.clear()
    Tracked.seen.clear()
    gc.collect()
    gc.disable()  # what only the collector of cycles frees is not freed in time
    yield
    gc.enable()


GRIDS = {
    "alone": [{"model": [DecisionTreeClassifier()], "model__max_depth": [1, 2]}],
    "shared": [{"model": [KNeighborsClassifier()], "model__n_neighbors": [1, 2]}],
    "declined": [{"model": [KNeighborsClassifier()], "model__n_neighbors": [1, 270]}],
}


@pytest.mark.parametrize("case", GRIDS)
def test_outputs_of_a_step_are_gone_when_the_next_one_is_fitted(case, tracked):
    pipeline = Pipeline([("step", Tracked()), ("model", DecisionTreeClassifier())])
    grid = [{"step__shift": [0.0, 1.0, 2.0], **part} for part in GRIDS[case]]
    options = {"error_score": 0.0, "refit": False, "return_train_score": True, "cv": 4}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDFOLD_STRICT", "0")
        _quietly(GridSearchCV(pipeline, grid, **options))
    assert Tracked.seen == [0] * len(Tracked.seen)
    assert len(Tracked.seen) >= 12
    assert [ref for ref in Tracked.alive if ref() is not None] == []


def test_outputs_of_a_step_that_fails_are_gone(tracked):
    pipeline = Pipeline([("step", Tracked()), ("model", DecisionTreeClassifier())])
    grid = {"step__fail": [True, False], "model__max_depth": [1, 2]}
    _quietly(GridSearchCV(pipeline, grid, error_score=0.0, refit=False))
    assert set(Tracked.seen) == {0}


def _quietly(search):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X, y)


@pytest.mark.parametrize("train_scores", [False, True])
def test_shared_folds_keep_no_rows(train_scores, monkeypatch):
    folds, held = [], []
    score = Walk.score

    class Watched(Fold):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            folds.append(self)

    def watch(walk, group, fitted, stage):
        held.extend(sorted(fold._parts) for fold in folds)
        return score(walk, group, fitted, stage)

    monkeypatch.setattr(evaluate, "Fold", Watched)
    monkeypatch.setattr(Walk, "score", watch)
    pipeline = Pipeline([("scale", StandardScaler()), ("model", RidgeClassifier())])
    grid = {"model__alpha": [0.1, 1.0]}
    GridSearchCV(pipeline, grid, refit=False, return_train_score=train_scores).fit(X, y)
    assert held == [[]] * 25
    assert [fold._parts for fold in folds] == [{}] * 5


def test_no_fold_is_left_when_candidates_are_fitted_by_themselves(tracked, monkeypatch):
    folds, alive = [], []
    run_candidate = evaluate.run_candidate

    class Watched(Fold):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            folds.append(weakref.ref(self))

    def spy(*arguments):
        alive.append([fold().index for fold in folds if fold() is not None])
        return run_candidate(*arguments)

    monkeypatch.setattr(evaluate, "Fold", Watched)
    monkeypatch.setattr(evaluate, "run_candidate", spy)
    pipeline = Pipeline([("step", Tracked()), ("model", RidgeClassifier())])
    grid = [
        {"model": [DecisionTreeClassifier()], "model__max_depth": [-1, 2]},
        {"model": [KNeighborsClassifier()], "model__n_neighbors": [1, 270]},
        {"step": ["passthrough"], "model": [DecisionTreeClassifier()]},
    ]
    _quietly(GridSearchCV(pipeline, grid, error_score=0.0, refit=False))
    assert alive == [[]] * 5
    assert len(folds) == 5


def test_a_search_keeps_no_rows(tracked):
    rows = []

    class Watching(StandardScaler):
        def fit(self, X, y=None, sample_weight=None):
            rows.append(weakref.ref(X))
            return super().fit(X, y, sample_weight)

    pipeline = Pipeline([("scale", Watching()), ("model", RidgeClassifier())])
    search = GridSearchCV(pipeline, {"model__alpha": [0.1, 1.0]}, refit=False).fit(X, y)
    assert len(rows) == 5
    assert [row for row in rows if row() is not None] == []
    assert search.cv_results_["mean_test_score"].shape == (2,)
