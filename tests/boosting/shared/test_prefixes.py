"""A model of k rounds is the first k rounds of a longer one, wherever a shared fit claims it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from sklearn.utils.fixes import parse_version

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold.boosting.shared import catboost as cat  # noqa: E402
from gridfold.boosting.shared import lightgbm as lgbm  # noqa: E402
from gridfold.boosting.shared.xgboost import XGBFit  # noqa: E402
from gridfold.boosting.shared.xgboost_params import KEYWORDS  # noqa: E402
from gridfold.estimators.shared import Members, Meta  # noqa: E402

RNG = np.random.default_rng(3)
X = RNG.normal(size=(90, 4))
X[RNG.uniform(size=X.shape) < 0.05] = np.nan
SIGNAL = np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1]) ** 2 + RNG.normal(size=90)
TARGETS = {
    "regression": SIGNAL,
    "positive": np.exp(SIGNAL / 4),
    "binary": (SIGNAL > 1).astype(int),
    "multiclass": np.digitize(SIGNAL, [0.3, 1.6]),
}
NEW = RNG.normal(size=(40, 4))
META = Meta(*X.shape)
ROUNDS = st.lists(st.integers(1, 14), min_size=2, max_size=4, unique=True)
examples = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def check_prefixes(shared, prototype, length: str, rounds: list[int], task: str) -> None:
    """Compare the first rounds of the longest training with trainings of their own."""
    members = Members(prototype, [{length: k} for k in rounds])
    assert shared.declines(members.params(0), META) is None
    y = TARGETS[task]
    alone = [fitted_alone(members.instance(i), y) for i in range(len(rounds))]
    state = shared.fit(members, X, y)
    assert len(state) == 1
    method = "predict_proba" if hasattr(prototype, "predict_proba") else "predict"
    answers = shared.respond(state, NEW, method, range(len(rounds)))
    for i, answer in enumerate(answers):
        assert_array_equal(answer, getattr(alone[i], method)(NEW))
        assert_array_equal(getattr(shared.materialise(state, i), method)(NEW), answer)


def fitted_alone(estimator, y):
    """Fit an estimator; parameters that its library refuses together are no example."""
    try:
        return estimator.fit(X, y)
    except Exception as error:
        if type(error).__name__ not in ("LightGBMError", "CatBoostError", "XGBoostError"):
            raise
        reject()


def some_of(**values: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Draw a few parameters, and a value of each."""
    return st.fixed_dictionaries({}, optional={k: st.sampled_from(v) for k, v in values.items()})


# --- XGBoost -------------------------------------------------------------------------------------

OF_XGBOOST = {
    "colsample_bylevel": [0.5],
    "colsample_bynode": [0.5],
    "colsample_bytree": [0.5],
    "gamma": [0.1],
    "grow_policy": ["depthwise", "lossguide"],
    "interaction_constraints": ["[[0, 1], [2, 3]]"],
    "learning_rate": [0.1, 1.0],
    "max_bin": [8],
    "max_cached_hist_node": [16],
    "max_delta_step": [0.5],
    "max_depth": [1, 3, 6],
    "max_leaves": [3],
    "min_child_weight": [0, 5],
    "monotone_constraints": [(1, 0, 0, -1)],
    "num_parallel_tree": [3],
    "random_state": [0, 5],
    "reg_alpha": [0.3],
    "reg_lambda": [0, 3],
    "sampling_method": ["uniform"],
    "seed_per_iteration": [True],
    "subsample": [0.4, 0.8],
    "tree_method": ["hist", "auto"],
}
OBJECTIVES: list[tuple[str, dict[str, Any]]] = [
    ("regression", {}),
    ("regression", {"objective": "reg:absoluteerror"}),
    ("regression", {"objective": "reg:pseudohubererror", "huber_slope": 0.7}),
    ("regression", {"objective": "reg:quantileerror", "quantile_alpha": 0.3}),
    ("regression", {"disable_default_eval_metric": True, "base_score": 0.2}),
    ("positive", {"objective": "reg:tweedie", "tweedie_variance_power": 1.3}),
    ("positive", {"objective": "count:poisson"}),
    ("positive", {"objective": "reg:gamma"}),
    ("binary", {"scale_pos_weight": 3}),
    ("binary", {"objective": "binary:hinge"}),
    ("multiclass", {}),
    ("multiclass", {"objective": "multi:softmax"}),
]


@examples
@given(params=some_of(**OF_XGBOOST), objective=st.sampled_from(OBJECTIVES), rounds=ROUNDS)
def test_xgboost(params, objective, rounds):
    task, own = objective
    name = "XGBRegressor" if task in ("regression", "positive") else "XGBClassifier"
    prototype = getattr(xgboost, name)(n_jobs=1, **{**params, **own})
    check_prefixes(XGBFit(), prototype, "n_estimators", rounds, task)


def test_every_keyword_that_xgboost_is_claimed_for_is_tried():
    tried = {*OF_XGBOOST, *(name for _, own in OBJECTIVES for name in own)}
    of_rankers = {name for name in KEYWORDS if name.startswith(("lambdarank_", "ndcg_"))}
    assert tried | of_rankers >= KEYWORDS  # those are tried in test_rankers.py


@pytest.mark.filterwarnings("ignore:.*dart.*is deprecated")
@pytest.mark.filterwarnings("ignore:.*Parameters.*are not used")
@pytest.mark.parametrize("drop", [{"booster": "dart"}, {}])
def test_a_dart_changes_earlier_trees_and_is_declined(drop):
    params = {**drop, "rate_drop": 0.6, "one_drop": True, "random_state": 0, "n_jobs": 1}
    assert XGBFit().declines(xgboost.XGBRegressor(**params).get_params(), META)
    if not drop and parse_version(xgboost.__version__) < parse_version("3.4"):
        return  # there these belong to booster="dart" only
    short, long = (xgboost.XGBRegressor(n_estimators=n, **params).fit(X, SIGNAL) for n in (6, 12))
    first = long.predict(NEW, iteration_range=(0, 6))
    assert not np.array_equal(short.predict(NEW), first)


# --- LightGBM ------------------------------------------------------------------------------------

OF_LIGHTGBM = {
    "cat_l2": [1.0],
    "cat_smooth": [1.0],
    "colsample_bynode": [0.5],
    "colsample_bytree": [0.5],
    "deterministic": [True],
    "enable_bundle": [False],
    "extra_trees": [True],
    "force_col_wise": [True],
    "interaction_constraints": [[[0, 1], [2, 3]]],
    "learning_rate": [0.05, 0.8],
    "max_bin": [15],
    "max_cat_threshold": [4],
    "max_cat_to_onehot": [2],
    "max_delta_step": [0.3],
    "max_depth": [1, 3],
    "metric": ["None"],
    "min_child_weight": [0.5],
    "min_data_in_bin": [5],
    "min_split_gain": [0.5, 5.0, 20.0],  # some rounds find no split, and are not kept
    "monotone_constraints": [[1, 0, 0, -1]],
    "num_leaves": [2, 7, 31],
    "path_smooth": [2.0],
    "random_state": [0, 5],
    "reg_alpha": [0.3],
    "reg_lambda": [3.0],
    "use_missing": [False],
    "use_quantized_grad": [True],
    "verbosity": [-1],
    "zero_as_missing": [True],
}
GROWTHS: list[dict[str, Any]] = [
    {},
    {"subsample": 0.5, "subsample_freq": 1},
    {"subsample": 0.5, "subsample_freq": 3},
    {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1},
    {"boosting_type": "goss"},
    {"data_sample_strategy": "goss", "learning_rate": 0.5},
]
LIGHTGBM_OBJECTIVES: list[tuple[str, dict[str, Any]]] = [
    ("regression", {}),
    ("regression", {"objective": "l1"}),
    ("regression", {"objective": "quantile", "alpha": 0.3}),
    ("regression", {"boost_from_average": False}),
    ("positive", {"objective": "tweedie", "tweedie_variance_power": 1.3}),
    ("positive", {"objective": "poisson"}),
    ("binary", {"scale_pos_weight": 3.0}),
    ("binary", {"is_unbalance": True}),
    ("binary", {"class_weight": "balanced"}),
    ("multiclass", {}),
    ("multiclass", {"objective": "multiclassova"}),
]


def lightgbm_estimator(task, **params):
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed")
    name = "LGBMRegressor" if task in ("regression", "positive") else "LGBMClassifier"
    return getattr(lightgbm, name)(n_jobs=1, verbose=-1, min_child_samples=4, **params)


@examples
@given(
    params=some_of(**OF_LIGHTGBM),
    growth=st.sampled_from(GROWTHS),
    objective=st.sampled_from(LIGHTGBM_OBJECTIVES),
    rounds=ROUNDS,
)
def test_lightgbm(params, growth, objective, rounds):
    task, own = objective
    prototype = lightgbm_estimator(task, **{**params, **growth, **own})
    check_prefixes(lgbm.LGBMFit(), prototype, "n_estimators", rounds, task)


@pytest.mark.parametrize("params", [{"linear_tree": True}, {"force_row_wise": True}])
def test_lightgbm_with_what_does_not_go_with_all_others(params):
    prototype = lightgbm_estimator("regression", **params)
    check_prefixes(lgbm.LGBMFit(), prototype, "n_estimators", [2, 9, 5], "regression")


def test_every_keyword_that_lightgbm_is_claimed_for_is_tried():
    drawn = [*GROWTHS, *(own for _, own in LIGHTGBM_OBJECTIVES)]
    tried = {*OF_LIGHTGBM, *(name for own in drawn for name in own)}
    assert tried | {"force_row_wise", "linear_tree", "verbose"} >= lgbm._KEYWORDS


def test_a_lightgbm_dart_changes_earlier_trees_and_is_declined():
    short, long = (
        lightgbm_estimator("regression", boosting_type="dart", drop_rate=0.5, n_estimators=n)
        for n in (6, 12)
    )
    assert "dart" in lgbm.LGBMFit().declines(short.get_params(), META)
    first = long.fit(X, SIGNAL).predict(NEW, num_iteration=6)
    assert not np.array_equal(short.fit(X, SIGNAL).predict(NEW), first)


# --- CatBoost ------------------------------------------------------------------------------------

OF_CATBOOST = {
    "boost_from_average": [True],
    "border_count": [16],
    "boosting_type": ["Plain", "Ordered"],
    "feature_border_type": ["Uniform"],
    "has_time": [True],
    "l2_leaf_reg": [1.0, 9.0],
    "leaf_estimation_iterations": [3],
    "max_ctr_complexity": [1],
    "max_depth": [1, 4],
    "min_data_in_leaf": [5],
    "nan_mode": ["Max"],
    "one_hot_max_size": [5],
    "random_seed": [0, 5],
    "random_strength": [0, 4.0],
    "rsm": [0.5],
}
BOOTSTRAPS: list[dict[str, Any]] = [
    {},
    {"bootstrap_type": "Bayesian", "bagging_temperature": 3.0},
    {"bootstrap_type": "Bernoulli", "subsample": 0.5},
    {"bootstrap_type": "MVS", "subsample": 0.5},
    {"bootstrap_type": "No"},
]
LOSSES: list[tuple[str, dict[str, Any]]] = [
    ("regression", {}),
    ("regression", {"loss_function": "MAE", "eval_metric": "R2"}),
    ("regression", {"loss_function": "Quantile:alpha=0.3"}),
    ("regression", {"loss_function": "Huber:delta=0.5"}),
    ("positive", {"loss_function": "Poisson"}),
    ("positive", {"loss_function": "Tweedie:variance_power=1.3"}),
    ("binary", {"scale_pos_weight": 3.0}),
    ("binary", {"auto_class_weights": "Balanced", "eval_metric": "AUC"}),
    ("binary", {"loss_function": "CrossEntropy"}),
    ("multiclass", {}),
    ("multiclass", {"loss_function": "MultiClassOneVsAll"}),
]


def catboost_estimator(task, **params):
    catboost = pytest.importorskip("catboost", reason="CatBoost is not installed")
    name = "CatBoostRegressor" if task in ("regression", "positive") else "CatBoostClassifier"
    fixed = {"thread_count": 1, "verbose": False, "allow_writing_files": False}
    return getattr(catboost, name)(**{"learning_rate": 0.3, **fixed, **params})


@examples
@given(
    params=some_of(**OF_CATBOOST),
    bootstrap=st.sampled_from(BOOTSTRAPS),
    loss=st.sampled_from(LOSSES),
    rounds=ROUNDS,
)
def test_catboost(params, bootstrap, loss, rounds):
    task, own = loss
    if own.get("loss_function") not in (None, "MAE") or task not in ("regression",):
        params.pop("boost_from_average", None)  # of these losses only
    if "Multi" in str(own) or task == "multiclass":
        params.pop("boosting_type", None)
    prototype = catboost_estimator(task, **{**params, **bootstrap, **own})
    check_prefixes(cat.CatBoostFit(), prototype, "iterations", rounds, task)


@pytest.mark.parametrize(
    "params",
    [
        {"langevin": True},
        {"model_shrink_rate": 0.1},
        {"monotone_constraints": [1, 0, 0, 0]},
        {"posterior_sampling": True},
    ],
    ids=lambda params: next(iter(params)),
)
def test_a_catboost_that_shrinks_earlier_trees_is_declined(params):
    short, long = (catboost_estimator("regression", iterations=n, **params) for n in (6, 12))
    assert next(iter(params)) in cat.CatBoostFit().declines(short.get_params(), META)
    first = long.fit(X, SIGNAL).predict(NEW, ntree_end=6)
    assert not np.array_equal(short.fit(X, SIGNAL).predict(NEW), first)
