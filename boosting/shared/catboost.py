"""The shared fit of CatBoost: one pool of rows, and fewer rounds read off the longest run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from sklearn.base import BaseEstimator

from ...estimators.arrays import Array
from ...estimators.shared import Cost, Declined, Members, Meta
from .runs import Params, Run, RunsFit, alike

_DEFAULT_ROUNDS, _DEFAULT_DEPTH = 1000, 6

# CatBoost's names for one thing; it refuses more than one of them.
_ROUNDS = ("iterations", "n_estimators", "num_boost_round", "num_trees")
_RATE = ("learning_rate", "eta")
_DEPTH = ("depth", "max_depth")
_SEED = ("random_seed", "random_state")
_LOSS = ("loss_function", "objective")

# What members of a group may differ in; the pool depends on cat_features and thread_count only.
_OF_THE_TREES = frozenset(
    {
        *_RATE,
        *_DEPTH,
        *_SEED,
        "bagging_temperature",
        "bootstrap_type",
        "border_count",
        "boosting_type",
        "colsample_bylevel",
        "l2_leaf_reg",
        "leaf_estimation_iterations",
        "max_bin",
        "min_child_samples",
        "min_data_in_leaf",
        "one_hot_max_size",
        "random_strength",
        "reg_lambda",
        "rsm",
        "subsample",
    }
)

# Other parameters with which prefixes are tested. Not so are monotone_constraints, langevin and
# whatever else shrinks earlier trees, growing other than symmetric trees (which cannot be cut),
# and metric_period (whose last evaluation depends on where training ends).
_LEAVE_PREFIXES = frozenset(
    {
        *_LOSS,
        "allow_writing_files",
        "auto_class_weights",
        "boost_from_average",
        "cat_features",
        "class_weights",
        "eval_metric",
        "feature_border_type",
        "has_time",
        "logging_level",
        "max_ctr_complexity",
        "nan_mode",
        "scale_pos_weight",
        "silent",
        "thread_count",
        "train_dir",
        "verbose",
    }
)
_LOSSES = frozenset(
    {
        "CrossEntropy",
        "Huber",
        "Logloss",
        "MAE",
        "MultiClass",
        "MultiClassOneVsAll",
        "Poisson",
        "Quantile",
        "RMSE",
        "Tweedie",
    }
)
_OF_THE_POOL = {"cat_features": "cat_features", "sample_weight": "weight"}  # as fit, as Pool has it
_PRINTING = frozenset({"logging_level", "silent", "verbose"})

_PER_CELL = 60.0  # products in the time that a row, feature, level and tree takes


class CatBoostFit(RunsFit):
    """CatBoost with other tree settings on one pool, and all of one run's prefixes.

    Each run is CatBoost's own `fit`; its numbers are those of separate fits, bit for bit.
    """

    varying = _OF_THE_TREES | set(_ROUNDS)

    def declines(self, params: Params, meta: Meta) -> str | None:
        """Refuse what has no prefixes, or is not known to."""
        for names in (_ROUNDS, _RATE, _DEPTH, _SEED, _LOSS):
            if sum(params.get(name) is not None for name in names) > 1:
                return f"{' and '.join(n for n in names if n in params)} are the same parameter"
        rounds = _n_rounds(params)
        if not isinstance(rounds, Integral) or rounds < 1:
            return f"iterations={rounds!r} is not a whole number of at least 1"
        if not isinstance(_value(params, _RATE), Real):
            return "without a learning_rate CatBoost takes one that depends on iterations"
        if not isinstance(_value(params, _SEED), Integral | None):
            return "the seed is not a number"
        loss = _value(params, _LOSS) or "RMSE"
        if not isinstance(loss, str) or loss.partition(":")[0] not in _LOSSES:
            return f"with the loss {loss} fewer rounds may not be the first of more rounds"
        given = {name for name, value in params.items() if value is not None}
        unknown = sorted(given - self.varying - _LEAVE_PREFIXES)
        if unknown:
            return f"with {', '.join(unknown)} fewer rounds may not be the first of more rounds"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a pass over the rows for each level of each tree that is grown."""
        n, p = meta.n_samples, meta.n_features or 100
        k = meta.n_classes if meta.n_classes and meta.n_classes > 2 else 1
        work = state = 0.0
        for run in alike(members, _setting):
            depth = _value(members.params(run[0]), _DEPTH) or _DEFAULT_DEPTH
            trees = max(_n_rounds(members.params(i)) for i in run)
            work += _PER_CELL * n * p * depth * trees * k
            state += 16.0 * 2.0**depth * trees * k
        return Cost(work, state=state, responses=8.0 * n * k * len(members))

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> list[Run]:
        """Train once per run, as far as any of its members goes, all on one pool."""
        given = {name: value for name, value in fit_params.items() if value is not None}
        refused = sorted(given.keys() - _OF_THE_POOL.keys() - _PRINTING)
        if refused:
            raise Declined(f"fit is given {', '.join(refused)}")
        pool = _pool(members.common, X, y, given)
        printing = {name: value for name, value in given.items() if name in _PRINTING}
        state = []
        for run in alike(members, _setting):
            lengths = {i: _n_rounds(members.params(i)) for i in run}
            estimator: Any = members.instance(max(lengths, key=lambda i: lengths[i]))
            estimator.fit(pool, **printing)
            if max(estimator.get_tree_leaf_counts()) < 2:
                raise Declined("no tree has a split, and CatBoost cannot cut such a model", run)
            state.append(Run(estimator, lengths, members))
        return state

    def answers(self, run: Run, X: Array, method: str, rounds: Sequence[int]) -> dict[int, Any]:
        """Answer after each number of rounds: CatBoost's trees take next to no time."""
        from catboost import Pool

        rows = Pool(X, cat_features=run.estimator.get_cat_feature_indices())
        return {k: getattr(run.estimator, method)(rows, ntree_end=k) for k in rounds}

    def cut(self, run: Run, i: int) -> BaseEstimator:
        """Return member `i`: the first rounds, and what was noted of them."""
        estimator: Any = run.members.instance(i)
        model, n_rounds = run.estimator.copy(), run.rounds[i]
        model.shrink(n_rounds)
        notes = model.get_metadata()
        notes["training"] = json.dumps(_first_notes(json.loads(notes["training"]), n_rounds))
        params = json.loads(notes["params"])
        params["boosting_options"]["iterations"] = n_rounds
        notes["params"] = json.dumps(params)
        estimator._load_from_string(model._serialize_model())
        estimator._n_features_in = run.estimator.n_features_in_  # a model that is read has none
        estimator.get_feature_importance()  # what a fit computes, too
        estimator._get_canonized_params()
        return estimator


def _value(params: Params, names: Sequence[str]) -> Any:
    """Return the value of a parameter of several names, or None."""
    return next((params[name] for name in names if params.get(name) is not None), None)


def _n_rounds(params: Params) -> Any:
    found = _value(params, _ROUNDS)
    return _DEFAULT_ROUNDS if found is None else found


def _setting(params: Params) -> Params:
    return {name: value for name, value in params.items() if name not in _ROUNDS}


def _pool(params: Params, X: Any, y: Any, given: Mapping[str, Any]) -> Any:
    """Return the rows as CatBoost's `fit` would take them."""
    from catboost import Pool

    categories = [each["cat_features"] for each in (params, given) if "cat_features" in each]
    if len(categories) > 1:
        raise Declined("cat_features is given twice")
    options = {_OF_THE_POOL[name]: given[name] for name in _OF_THE_POOL if name in given}
    if categories:
        options["cat_features"] = categories[0]
    return Pool(X, y, **options)


def _first_notes(training: dict[str, Any], n_rounds: int) -> dict[str, Any]:
    """Return what CatBoost has noted of a training, as if it had ended earlier."""
    metrics = training["metrics"]
    history = metrics["learn_metrics_history"]
    kept = history[:n_rounds]
    for name, best in metrics["learn_best_error"].items():
        scores = [scores[name] for scores in history if name in scores]
        choose = max if best == max(scores) else min
        metrics["learn_best_error"][name] = choose(scores[:n_rounds])
    metrics["learn_metrics_history"] = kept
    return training
