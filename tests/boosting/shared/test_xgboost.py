"""The shared fit of XGBoost against separate fits: the same bits, on one matrix and few runs."""

from __future__ import annotations

import pickle
import weakref
from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold import boosting  # noqa: E402
from gridfold.boosting.shared.xgboost import XGBFit  # noqa: E402
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for  # noqa: E402

META = Meta(n_samples=240, n_features=6)
RNG = np.random.default_rng(0)
X = RNG.normal(size=(240, 6))
X[RNG.uniform(size=X.shape) < 0.1] = np.nan
SIGNAL = np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1]) ** 2 + RNG.normal(size=240) / 5
NEW = RNG.normal(size=(90, 6))
WEIGHT = RNG.uniform(0.1, 3, 240)
TARGETS = {
    "regression": SIGNAL,
    "binary": (SIGNAL > 1).astype(int),
    "multiclass": np.digitize(SIGNAL, [0.3, 1.2]),
}
GRID = [
    {"n_estimators": n, "max_depth": d, "learning_rate": r}
    for n, d, r in product((1, 2, 7, 12), (2, 4), (0.1, 0.5))
]


def estimator_for(task: str, module=xgboost, **params):
    name = "XGBRegressor" if task == "regression" else "XGBClassifier"
    return getattr(module, name)(n_jobs=1, **params)


def methods_of(estimator) -> list[str]:
    return [name for name in ("predict", "predict_proba") if hasattr(estimator, name)]


def model_bytes(estimator) -> bytes:
    return bytes(estimator.get_booster().save_raw("json"))


def check_equal(prototype, grid, X, y, new, **fit_params):
    """Fit together and one by one, and compare answers and models bit for bit."""
    members = Members(prototype, grid)
    shared = shared_fit_for(type(prototype))
    assert all(shared.declines(members.params(i), META) is None for i in range(len(members)))
    assert {name for params in grid for name in params} <= shared.varying
    state = shared.fit(members, X, y, **fit_params)
    alone = [members.instance(i).fit(X, y, **fit_params) for i in range(len(members))]
    for method in methods_of(prototype):
        answers = shared.respond(state, new, method, range(len(members)))
        for answer, estimator in zip(answers, alone, strict=True):
            expected = getattr(estimator, method)(new)
            assert answer.dtype == expected.dtype
            assert_array_equal(answer, expected)
    for i in (0, len(members) - 1):
        assert model_bytes(shared.materialise(state, i)) == model_bytes(alone[i])
    return state


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("module", [xgboost, boosting])
@pytest.mark.parametrize("task", TARGETS)
def test_equals_separate_fits(task, module, weighted):
    fit_params = {"sample_weight": WEIGHT} if weighted else {}
    state = check_equal(estimator_for(task, module), GRID, X, TARGETS[task], NEW, **fit_params)
    assert len(state) == 4


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_labels_of_any_kind(task):
    labels = np.array(["low", "middle", "high"])[TARGETS[task]]
    state = check_equal(estimator_for(task, boosting), GRID[:4], X, labels, NEW)
    model = shared_fit_for(boosting.XGBClassifier).materialise(state, 1)
    assert_array_equal(model.classes_, np.unique(labels))
    assert set(model.predict(NEW)) <= set(labels)


@pytest.mark.parametrize(
    "params",
    [
        {"max_bin": 16},
        {"missing": 0.0},
        {"subsample": 0.6, "colsample_bytree": 0.7, "random_state": 3},
        {"subsample": 0.6, "colsample_bylevel": 0.5, "colsample_bynode": 0.8},
        {"num_parallel_tree": 3, "subsample": 0.5},
        {"tree_method": "hist", "grow_policy": "lossguide", "max_leaves": 6},
        {"base_score": 0.3},
        {"feature_weights": np.arange(1.0, 7.0), "colsample_bytree": 0.5},
        {"monotone_constraints": "(1,0,0,0,0,-1)"},
        {"max_cached_hist_node": 64, "seed_per_iteration": True, "subsample": 0.5},
    ],
    ids=lambda params: "-".join(params),
)
@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_equals_separate_fits_with_these_parameters(task, params):
    grid = [{"n_estimators": n, "max_depth": d} for n, d in product((3, 8), (2, 4))]
    check_equal(estimator_for(task, **params), grid, X, TARGETS[task], NEW)


@pytest.mark.parametrize(
    "values",
    [
        {"random_state": [None, 0, 5]},
        {"subsample": [0.5, 1.0], "gamma": [0, 1.0], "reg_lambda": [1, 1.0]},
        {"objective": ["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"]},
        {"monotone_constraints": [{}, {"f0": 1}, "(0,1,0,0,0,0)"]},
        {"interaction_constraints": [None, [["f0", "f1"], ["f2", "f3"]]]},
        {"num_parallel_tree": [1, 2], "base_score": [None, 0.2]},
        {"n_estimators": [None, 100, 3]},
    ],
    ids=lambda values: "-".join(values),
)
def test_these_parameters_may_vary_on_one_matrix(values):
    grid = [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]
    table = pd.DataFrame(X, columns=[f"f{j}" for j in range(6)])
    new = pd.DataFrame(NEW, columns=table.columns)
    check_equal(estimator_for("regression", n_estimators=4, max_depth=3), grid, table, SIGNAL, new)


CONVERT = {
    "float32": lambda X: X.astype(np.float32),
    "fortran": np.asfortranarray,
    "frame": lambda X: pd.DataFrame(X, columns=list("abcdef")),
    "csr": sparse.csr_matrix,
    "csc": sparse.csc_matrix,
    "list": lambda X: X.tolist(),
}


@pytest.mark.parametrize("kind", CONVERT)
def test_every_kind_of_table(kind):
    convert = CONVERT[kind]
    check_equal(
        estimator_for("multiclass"), GRID[::2], convert(X), TARGETS["multiclass"], convert(NEW)
    )


def test_category_columns():
    def table(X):
        frame = pd.DataFrame(X, columns=list("abcdef"))
        frame["g"] = pd.cut(
            frame["a"].fillna(0), [-9, -1, -0.3, 0, 0.5, 1, 9], labels=list("uvwxyz")
        )
        return frame

    grid = [{**params, "max_cat_to_onehot": k} for params, k in zip(GRID, [1, 9] * 8, strict=True)]
    prototype = estimator_for("regression", enable_categorical=True)
    state = check_equal(prototype, grid, table(X), SIGNAL, table(NEW))
    recoded = table(NEW)
    recoded["g"] = recoded["g"].cat.reorder_categories(list("zyxwvu"))
    expected = XGBFit().respond(state, table(NEW), "predict", range(len(grid)))
    for i, answer in enumerate(expected):
        assert_array_equal(XGBFit().materialise(state, i).predict(recoded), answer)


def squared_error(y_true, y_score):
    return y_score - y_true, np.ones_like(y_true)


def test_an_objective_of_the_user():
    grid = [{"n_estimators": n, "objective": o} for n in (2, 5) for o in (squared_error, None)]
    check_equal(estimator_for("regression"), grid, X, SIGNAL, NEW)


@pytest.mark.parametrize("multi_strategy", ["one_output_per_tree", "multi_output_tree"])
def test_many_targets(multi_strategy):
    Y = np.column_stack([SIGNAL, -SIGNAL, SIGNAL**2])
    check_equal(estimator_for("regression", multi_strategy=multi_strategy), GRID, X, Y, NEW)


def test_soft_max_and_many_labels():
    y = TARGETS["multiclass"]
    check_equal(estimator_for("multiclass", objective="multi:softmax"), GRID, X, y, NEW)
    Y = np.column_stack([y > 0, y > 1]).astype(int)
    check_equal(estimator_for("multiclass"), GRID, X, Y, NEW)


def test_one_matrix_is_built_and_not_kept(monkeypatch):
    built = []
    build = xgboost.XGBRegressor._create_dmatrix

    def counted(self, ref, **kwargs):
        matrix = build(self, ref, **kwargs)
        built.append((type(matrix), weakref.ref(matrix)))
        return matrix

    monkeypatch.setattr(xgboost.XGBRegressor, "_create_dmatrix", counted)
    state = XGBFit().fit(Members(estimator_for("regression"), GRID), X, SIGNAL)
    assert len(built) == 1
    assert built[0][0] is xgboost.QuantileDMatrix
    assert built[0][1]() is None
    assert [run.estimator.n_estimators for run in state] == [12] * 4


def test_a_member_is_a_complete_estimator_of_its_own():
    members = Members(estimator_for("binary", boosting), GRID[:8])
    y = np.array(["no", "yes"])[TARGETS["binary"]]
    shared = XGBFit()
    state = shared.fit(members, X, y)
    model, alone = shared.materialise(state, 2), members.instance(2).fit(X, y)
    assert model is not shared.materialise(state, 2)
    assert model.get_params() == pytest.approx(alone.get_params(), nan_ok=True)
    assert vars(model).keys() == vars(alone).keys()
    assert model.get_booster().num_boosted_rounds() == alone.get_booster().num_boosted_rounds()
    assert_array_equal(model.feature_importances_, alone.feature_importances_)
    assert_array_equal(model.apply(NEW), alone.apply(NEW))
    assert model.n_features_in_ == 6
    assert not hasattr(model, "best_iteration")
    with pytest.raises(xgboost.core.XGBoostError, match="eval_set"):
        model.evals_result()
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict(NEW), alone.predict(NEW))
    other = shared.materialise(state, 3)
    assert other.get_booster().num_boosted_rounds() == members.params(3)["n_estimators"]
    model.get_booster().set_attr(mine="1")
    assert shared.materialise(state, 2).get_booster().attributes() == {}


def test_answers_come_in_the_order_asked_for():
    shared, members = XGBFit(), Members(estimator_for("regression"), GRID)
    state = shared.fit(members, X, SIGNAL)
    every = shared.respond(state, NEW, "predict", range(len(GRID)))
    some = shared.respond(state, NEW, "predict", [13, 2, 7, 2])
    for answer, i in zip(some, [13, 2, 7, 2], strict=True):
        assert_array_equal(answer, every[i])


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"booster": "dart"}, "dart"),
        ({"booster": "gblinear"}, "gblinear"),
        ({"tree_method": "exact"}, "exact"),
        ({"tree_method": "approx"}, "approx"),
        ({"early_stopping_rounds": 0}, "early_stopping_rounds=0"),
        ({"early_stopping_rounds": 1.5}, "early_stopping_rounds=1.5"),
        ({"rate_drop": 0.5}, "rate_drop"),
        ({"num_boost_round": 3, "skip_drop": 0.5}, "num_boost_round, skip_drop"),
        ({"callbacks": [xgboost.callback.EvaluationMonitor()]}, "callbacks"),
        ({"process_type": "update"}, "process_type"),
        ({"updater": "grow_quantile_histmaker,prune"}, "updater"),
        ({"n_estimators": 0}, "n_estimators=0"),
        ({"n_estimators": 2.5}, "n_estimators=2.5"),
    ],
)
def test_what_cannot_be_shared_is_declined_with_the_reason(params, word):
    for task in ("regression", "binary"):
        prototype = estimator_for(task, **params)
        assert word in XGBFit().declines(prototype.get_params(deep=False), META)


def test_a_generator_as_random_state_is_declined():
    shared, generator = XGBFit(), np.random.RandomState(0)
    assert "generator" in shared.declines({"random_state": generator}, META)
    with pytest.raises(Declined, match="generator"):
        shared.fit(Members(xgboost.XGBRegressor(random_state=generator), GRID), X, SIGNAL)


@pytest.mark.parametrize("name", ["xgb_model", "feature_weights"])
def test_fit_parameters_that_change_the_training_are_declined(name):
    given = {name: np.ones(6), "verbose": False}
    with pytest.raises(Declined, match=f"fit is given {name}"):
        XGBFit().fit(Members(xgboost.XGBRegressor(), GRID), X, SIGNAL, **given)
    grid = [{"n_estimators": n} for n in (1, 3)]
    check_equal(estimator_for("regression"), grid, X, SIGNAL, NEW, **{name: None})


@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_a_base_margin(task):
    shape = (len(X), 3) if task == "multiclass" else len(X)
    margin = np.random.default_rng(7).normal(size=shape).astype(np.float32)
    check_equal(estimator_for(task), GRID[:6], X, TARGETS[task], NEW, base_margin=margin)


def test_a_preset_is_declined():
    assert "preset" in XGBFit().declines({"preset": "tabular"}, META)


def test_what_changes_the_matrix_may_not_vary():
    fixed = {"max_bin", "tree_method", "enable_categorical", "feature_types", "missing", "n_jobs"}
    fixed |= {"max_cat_threshold", "feature_weights", "device", "booster"}
    assert not fixed & XGBFit.varying
    assert set(xgboost.XGBRegressor().get_params()) >= XGBFit.varying


def test_exact_classes_only():
    class Mine(xgboost.XGBRegressor):
        pass

    assert shared_fit_for(Mine) is None
    assert shared_fit_for(xgboost.XGBRFRegressor) is None
    for module in (xgboost, boosting):
        assert isinstance(shared_fit_for(module.XGBRanker), XGBFit)
        assert isinstance(shared_fit_for(module.XGBClassifier), XGBFit)
        assert isinstance(shared_fit_for(module.XGBRegressor), XGBFit)


def test_the_longer_run_costs_more():
    short, long = (
        XGBFit().cost(Members(xgboost.XGBRegressor(), [{"n_estimators": n}]), META)
        for n in (10, 100)
    )
    assert 0 < short.work < long.work
    both = XGBFit().cost(
        Members(xgboost.XGBRegressor(), [{"n_estimators": n} for n in (10, 100)]), META
    )
    assert both.work == long.work
    assert both.responses == 2 * long.responses


@pytest.mark.parametrize("module", [xgboost, boosting])
def test_a_search_gives_the_scores_of_scikit_learn(module):
    from sklearn.model_selection import GridSearchCV

    from gridfold.pipelines import search

    grid = {"n_estimators": [2, 5, 9], "max_depth": [2, 3], "max_bin": [16, 64]}
    table = pd.DataFrame(X, columns=list("abcdef"))
    options = {"cv": 3, "scoring": ["roc_auc", "neg_log_loss"], "refit": "roc_auc"}
    ours, theirs = (
        cls(estimator_for("binary", module), grid, **options, return_train_score=True)
        for cls in (search.GridSearchCV, GridSearchCV)
    )
    ours.fit(table, TARGETS["binary"])
    theirs.fit(table, TARGETS["binary"])
    for key, expected in theirs.cv_results_.items():
        if "_test_" in key or "_train_" in key:
            assert_allclose(ours.cv_results_[key], expected, atol=1e-15)
    assert_array_equal(ours.predict_proba(table), theirs.predict_proba(table))
