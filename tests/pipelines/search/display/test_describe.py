"""A plan as text: what it says of each step, and that its numbers add up."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.plans_to_show import BOTH, GRIDS, NAMED, SCALED, plan_of
from sklearn.decomposition import PCA
from sklearn.linear_model import LassoLars, LogisticRegression, Ridge
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from gridfold.estimators.shared import Meta
from gridfold.pipelines.search.display.describe import fits_planned, fits_without_sharing
from gridfold.pipelines.search.display.outline import outline


def lines_of(estimator, grid, **options):
    return str(plan_of(estimator, grid, **options)).splitlines()


def rows_of(plan):
    """Every row of a plan's outline."""

    def walk(rows):
        for row in rows:
            yield row
            yield from walk(row.children)

    return list(walk(outline(plan).rows))


def test_what_is_shared_over_folds_and_what_each_step_saves():
    assert lines_of(SCALED, {"ridge__alpha": [1.0, 2.0, 3.0]}) == [
        "3 candidates x 5 folds: 30 fits of single steps become 6, 24 saved",
        "└─ StandardScaler: one fit per fold, 5 fits instead of 15",
        "   └─ Ridge: 3 members in one shared fit for all 5 folds, 1 fit instead of 15 "
        "(differ in alpha)",
    ]


def test_members_of_a_shared_fit_with_steps_behind_them():
    pipeline = make_pipeline(PCA(), Ridge())
    grid = {"pca__n_components": [1, 2, 3], "ridge__alpha": [1.0, 2.0]}
    assert lines_of(pipeline, grid) == [
        "6 candidates x 5 folds: 60 fits of single steps become 20, 40 saved",
        "└─ PCA: 3 members in one shared fit per fold, 5 fits instead of 30 "
        "(differ in n_components)",
        "   └─ 3 x Ridge: 2 members in one shared fit per fold each, 15 fits instead of 30 "
        "(differ in alpha)",
    ]


def test_steps_alike_are_one_line_that_says_in_what_they_differ():
    grid = {"scale__with_mean": [True, False], "scale__with_std": [True, False]}
    lines = lines_of(NAMED, {**grid, "model__alpha": [1.0, 2.0]})
    assert lines[1:] == [
        "└─ 4 x scale: StandardScaler: one fit per fold each, 20 fits instead of 40 "
        "(differ in with_mean, with_std)",
        "   └─ model: Ridge: 2 members in one shared fit for all 5 folds, 4 fits instead of 40 "
        "(differ in alpha)",
    ]


def test_shared_fits_that_differ_in_what_cannot_be_shared():
    grid = {"alpha": [1.0, 2.0], "solver": ["auto", "svd", "cholesky"]}
    assert lines_of(Ridge(), grid)[1:] == [
        "└─ 3 x Ridge: 2 members in one shared fit for all 5 folds each, 3 fits instead of 30 "
        "(differ in alpha; each of the 3 in solver)"
    ]


def test_what_is_fitted_alone_says_why():
    grid = [
        {"model": [LassoLars()], "model__alpha": [1.0, 2.0]},
        {"model": [DecisionTreeRegressor()]},
    ]
    assert lines_of(NAMED, grid)[2:] == [
        "   ├─ 2 x model: LassoLars: one fit per fold each (differ in alpha; "
        "alone: no shared fit is registered for LassoLars)",
        "   └─ model: DecisionTreeRegressor: one fit per fold "
        "(alone: no other candidate differs from it only in what can be shared)",
    ]


def test_candidates_that_scikit_learn_fits_are_counted_by_reason():
    grid = [
        {"alpha": [1.0, 2.0], "solver": ["lsqr"]},
        {"alpha": [3.0, 4.0, 5.0], "positive": [True]},
    ]
    assert lines_of(Ridge(), grid) == [
        "5 candidates x 5 folds: 25 fits of single steps become 25, 0 saved",
        "└─ 5 candidates fitted by scikit-learn's routine",
        "   · 3 because positive=True",
        "   · 2 because solver='lsqr' is another algorithm",
    ]


def test_many_reasons_are_cut_short():
    plan = plan_of(Ridge(), {"alpha": [1.0]})
    plan.alone = {i: f"reason {i // 2}" for i in range(60)}
    lines = str(plan).splitlines()
    assert "   · 2 because reason 0" in lines
    assert lines[-1] == "   · 36 for 18 other reasons"


def test_the_same_candidate_several_times():
    plan = plan_of(NAMED, {"model": [LassoLars(), LassoLars(alpha=1.0)]})
    assert str(plan).endswith(
        "model: LassoLars: one fit per fold for 2 candidates, 5 fits instead of 10"
    )


def test_an_optimum_to_tolerance_is_marked():
    text = str(plan_of(LogisticRegression(), {"C": [0.1, 1.0]}))
    assert "2 members in one shared fit per fold, same optimum to tolerance, 5 fits" in text


def test_branches_say_which_is_refitted_for_how_many():
    pipeline = make_pipeline(BOTH, Ridge())
    grid = {
        "columntransformer__low__feature_range": [(0, 1), (0, 2), (0, 3)],
        "columntransformer__num__standardscaler__with_mean": [True, False],
        "ridge__alpha": [1.0, 2.0],
    }
    plan = plan_of(pipeline, grid)
    # Per fold: one imputer, two scalers and three of the other kind, and a ridge behind each of 6.
    assert str(plan).splitlines() == [
        "12 candidates x 5 folds: 240 fits of single steps become 60, 180 saved",
        "└─ 6 x ColumnTransformer: parts that are alike are fitted once per fold, "
        "30 fits instead of 180 (differ in low__feature_range, num__standardscaler__with_mean)",
        "   │  · num__simpleimputer: one fit per fold for 6 configurations",
        "   │  · num__standardscaler: 2 fits per fold for 6 configurations",
        "   │  · low: 3 fits per fold for 6 configurations",
        "   └─ Ridge: 2 members in one shared fit per fold, 30 fits instead of 60 "
        "(differ in alpha)",
    ]


def test_a_branch_that_some_configurations_drop():
    pipeline = make_pipeline(BOTH, Ridge())
    grid = {"columntransformer__low": ["drop", MinMaxScaler(), StandardScaler()]}
    text = str(plan_of(pipeline, grid))
    assert (
        "· num__simpleimputer, num__standardscaler: one fit per fold for 3 configurations" in text
    )
    assert "· low: 2 fits per fold for 2 configurations" in text


def test_one_configuration_with_branches_counts_its_parts():
    union = FeatureUnion([("scaled", StandardScaler()), ("squares", PolynomialFeatures())])
    lines = lines_of(make_pipeline(union, Ridge()), {"ridge__alpha": [1.0, 2.0]})
    assert lines[:2] == [
        "2 candidates x 5 folds: 30 fits of single steps become 15, 15 saved",
        "└─ FeatureUnion: one fit per fold of its 2 parts, 10 fits instead of 20",
    ]


def test_steps_of_a_pipeline_in_a_pipeline():
    inner = make_pipeline(StandardScaler(), Ridge())
    outer = Pipeline([("poly", PolynomialFeatures()), ("model", inner)])
    lines = lines_of(outer, {"model__ridge__alpha": [1.0, 2.0]})
    assert lines[2:] == [
        "   └─ model__standardscaler: StandardScaler: one fit per fold, 5 fits instead of 10",
        "      └─ model__ridge: Ridge: 2 members in one shared fit per fold, 5 fits instead of 10 "
        "(differ in alpha)",
    ]


def test_the_memory_is_said_from_a_megabyte_on():
    grid = {"ridge__alpha": [1.0, 2.0]}
    assert "expects" not in str(plan_of(SCALED, grid))
    large = Meta(n_samples=1_000_000, n_features=100)
    headline = str(plan_of(SCALED, grid, meta=large)).splitlines()[0]
    assert headline.split("; ")[1].startswith("expects about ")
    assert headline.endswith(" GB beside the data")


def test_a_step_that_holds_much_says_so():
    wide = Meta(n_samples=1_000, n_features=10_000)
    rows = rows_of(plan_of(SCALED, {"ridge__alpha": list(range(1, 51))}, meta=wide))
    # Coefficients of 50 members on 5 folds, 8 bytes each.
    assert rows[1].aside == "differ in alpha; holds about 20 MB"
    assert rows[0].aside == ""


def test_notes_come_last_and_not_too_many():
    plan = plan_of(SCALED, {"ridge__alpha": [1.0, 2.0]})
    plan.notes += [f"note {i}\nin two lines" for i in range(30)]
    lines = str(plan).splitlines()
    assert lines[3] == "note: note 0 in two lines"
    assert lines[-1] == "note: and 20 more notes"


@pytest.mark.parametrize("name", GRIDS)
def test_the_counts_of_the_rows_add_up_to_the_headlines(name):
    plan = plan_of(*GRIDS[name])
    rows = rows_of(plan)
    assert sum(row.fits for row in rows) == fits_planned(plan) == outline(plan).fits
    assert sum(row.without for row in rows) == fits_without_sharing(plan) == outline(plan).without


def unlike_steps(n):
    """Return `n` transformers no two of which are described alike."""
    return [type(f"Scaler{i}", (StandardScaler,), {})() for i in range(n)]


def test_a_very_wide_tree_is_cut_short_and_still_adds_up():
    models = [type(f"LassoLars{i}", (LassoLars,), {})() for i in range(40)]
    plan = plan_of(NAMED, {"scale": unlike_steps(40), "model": models})
    lines = str(plan).splitlines()
    assert len(lines) < 110
    assert lines[-1].startswith("└─ and 1,189 more steps: ")
    rows = rows_of(plan)
    assert sum(row.fits for row in rows) == fits_planned(plan)
    assert sum(row.without for row in rows) == fits_without_sharing(plan) == 16_000


def test_a_very_deep_tree_is_cut_short_and_still_adds_up():
    steps = [(f"s{i}", PolynomialFeatures()) for i in range(200)]
    plan = plan_of(Pipeline([*steps, ("model", LassoLars())]), {"model__alpha": [1.0, 2.0]})
    lines = str(plan).splitlines()
    assert len(lines) < 100
    assert "more steps: " in lines[-1]
    assert sum(row.fits for row in rows_of(plan)) == fits_planned(plan) == 5 * 202


def test_names_are_one_line_and_nothing_a_terminal_acts_on():
    pipeline = Pipeline([("a\nb\x1b[31m", StandardScaler()), ("m" * 500, Ridge())])
    lines = lines_of(pipeline, {f"{'m' * 500}__alpha": [1.0, 2.0]})
    assert len(lines) == 3
    assert lines[1].startswith("└─ a b?[31m: StandardScaler: one fit")
    assert max(len(line) for line in lines) < 500


def test_ten_thousand_candidates_alike_are_one_line():
    grid = {"model": [DecisionTreeRegressor()], "model__max_depth": range(1, 101)}
    plan = plan_of(NAMED, {**grid, "model__min_samples_leaf": range(1, 101)})
    assert str(plan).splitlines()[2] == (
        "   └─ 10,000 x model: DecisionTreeRegressor: one fit per fold each (differ in max_depth, "
        "min_samples_leaf; alone: no other candidate differs from it only in what can be shared)"
    )


def test_differing_arrays_and_functions():
    grid = {"scale": [StandardScaler()], "model__alpha": [np.array([1.0]), np.array([2.0])]}
    text = str(plan_of(NAMED, grid))
    assert "2 x model: Ridge: one fit per fold each (differ in alpha; alone: alpha is not" in text
