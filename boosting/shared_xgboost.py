"""The shared fit of XGBoost: one quantised matrix, and fewer trees read off the longest run."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from ..estimators.arrays import Array
from ..estimators.shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit

_DEFAULT_ROUNDS = 100  # what xgboost takes for n_estimators=None

# What the quantised matrix does not depend on, as it does on max_bin, missing, n_jobs, device,
# feature_types, enable_categorical and feature_weights.
_OF_THE_TREES = frozenset(
    {
        "base_score",
        "colsample_bylevel",
        "colsample_bynode",
        "colsample_bytree",
        "gamma",
        "grow_policy",
        "interaction_constraints",
        "learning_rate",
        "max_cat_to_onehot",
        "max_delta_step",
        "max_depth",
        "max_leaves",
        "min_child_weight",
        "monotone_constraints",
        "multi_strategy",
        "num_parallel_tree",
        "objective",
        "random_state",
        "reg_alpha",
        "reg_lambda",
        "sampling_method",
        "scale_pos_weight",
        "subsample",
    }
)


@dataclass(frozen=True)
class Run:
    """Members that differ in `n_estimators` only, read off the fitted estimator of the longest."""

    estimator: Any
    n_estimators: Mapping[int, int | None]  # of each member, by its number

    def rounds(self, i: int) -> int:
        """The number of rounds of member `i`."""
        return _rounds(self.n_estimators[i])


# For each row, feature, level and tree: a few nanoseconds, in which a core does so many products.
_PER_CELL = 50.0


class XGBFit(SharedFit):
    """XGBoost with other tree settings on one quantised matrix, and all of one run's prefixes.

    The numbers are those of separate fits, bit for bit: each run is xgboost's own `fit`, handed
    the matrix that the first one built.
    """

    varying = _OF_THE_TREES | {"n_estimators"}

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what has no prefixes, stops by its own rule or builds no quantised matrix."""
        if params.get("early_stopping_rounds") is not None:
            return "early_stopping_rounds: each member stops by its own rule"
        if params.get("callbacks"):
            return "callbacks may change or stop the training"
        if params.get("booster") not in (None, "gbtree"):
            return f"booster={params['booster']!r}: fewer rounds are not the first of more rounds"
        if params.get("tree_method") not in (None, "auto", "hist"):
            return f"tree_method={params['tree_method']!r} uses no quantised matrix"
        if params.get("process_type", "default") != "default" or params.get("updater"):
            return "process_type or updater: the trees are not grown in the usual way"
        if not isinstance(params.get("random_state"), Integral | None):
            return "random_state is a generator, and draws another seed at each fit"
        rounds = params.get("n_estimators")
        if rounds is not None and not (isinstance(rounds, int | np.integer) and rounds >= 1):
            return f"n_estimators={rounds!r} is not a whole number of at least 1"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a pass over the rows for each level of each tree that is grown."""
        n, p, k = meta.n_samples, meta.n_features or 100, meta.n_outputs
        work = state = 0.0
        for run in _runs(members):
            params = members.params(run[0])
            depth = params.get("max_depth") or 6
            trees = k * max(_rounds(members.params(i)["n_estimators"]) for i in run)
            trees *= params.get("num_parallel_tree") or 1
            work += _PER_CELL * n * p * depth * trees
            state += 64.0 * trees * min(2.0**depth, n)
        return Cost(work, state=state, responses=4.0 * n * k * len(members))

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> list[Run]:
        """Fit one estimator per run, to the most rounds in it, all on one quantised matrix."""
        refused = sorted(set(fit_params) - {"sample_weight"})
        if refused:
            raise Declined(f"fit is given {', '.join(refused)}")
        if not isinstance(getattr(members.prototype, "random_state", None), Integral | None):
            raise Declined("random_state is a generator, and draws another seed at each fit")
        matrix: list[Any] = []
        fitted = []
        for run in _runs(members):
            n_estimators = {i: members.params(i)["n_estimators"] for i in run}
            longest = max((_rounds(value), i) for i, value in n_estimators.items())[1]
            estimator = members.instance(longest)
            _fit_on(matrix, estimator, X, y, fit_params)
            fitted.append(Run(estimator, n_estimators))
        return fitted

    def respond(
        self, state: Sequence[Run], X: Array, method: str, members: Sequence[int]
    ) -> list[Array]:
        """Answer for many members; each tree is asked once, or twice where a member ends."""
        answers = {}
        for run in state:
            asked = {i: run.rounds(i) for i in members if i in run.n_estimators}
            if asked:
                by_rounds = _prefix_answers(run.estimator, X, method, sorted(set(asked.values())))
                answers.update({i: by_rounds[k] for i, k in asked.items()})
        return [answers[i] for i in members]

    def materialise(self, state: Sequence[Run], i: int) -> BaseEstimator:
        """Return member `i` as a fitted estimator with a booster of its own."""
        run = next(run for run in state if i in run.n_estimators)
        estimator = copy.copy(run.estimator)
        estimator.n_estimators = run.n_estimators[i]
        estimator._Booster = _first_rounds(run.estimator.get_booster(), run.rounds(i))
        return estimator


def _rounds(n_estimators: int | None) -> int:
    return _DEFAULT_ROUNDS if n_estimators is None else int(n_estimators)


def _runs(members: Members) -> list[list[int]]:
    """Group members that differ in `n_estimators` only."""
    runs: dict[str, list[int]] = {}
    for i in range(len(members)):
        params = members.params(i)
        # A function is like itself only; anything else is compared by content.
        setting = {
            name: id(value) if callable(value) else value
            for name, value in params.items()
            if name in _OF_THE_TREES
        }
        runs.setdefault(joblib.hash(setting), []).append(i)
    return list(runs.values())


def _fit_on(
    matrix: list[Any], estimator: Any, X: Array, y: Array | None, fit_params: Mapping[str, Any]
) -> None:
    """Fit on the one `matrix`, which the first estimator builds the way it does by itself."""
    build = estimator._create_dmatrix

    def build_once(ref: Any, **kwargs: Any) -> Any:
        if not matrix:
            matrix.append(build(ref, **kwargs))
        return matrix[0]

    estimator._create_dmatrix = build_once
    try:
        estimator.fit(X, y, **fit_params)
    finally:
        del estimator._create_dmatrix


def _prefix_answers(estimator: Any, X: Array, method: str, rounds: Sequence[int]) -> dict[int, Any]:
    """Answer after each of the ascending `rounds`, from the margin that the trees before left.

    xgboost adds the trees to the margin one by one, in float32, so going on from a margin gives
    the bits that starting anew would.
    """
    answer, margin, done, answers = getattr(estimator, method), None, 0, {}
    for k in rounds:
        if k < rounds[-1] and done < k - 1:
            margin = estimator.predict(
                X, output_margin=True, base_margin=margin, iteration_range=(done, k - 1)
            )
            done = k - 1
        answers[k] = answer(X, base_margin=margin, iteration_range=(done, k))
    return answers


def _first_rounds(booster: Any, rounds: int) -> Any:
    """Return a booster of the first rounds, as if training had ended there."""
    part = booster[:rounds]
    if booster.get_categories().empty() or not part.get_categories().empty():
        return part
    # Slicing in xgboost 3.2 drops the categories, by which it reads tables in another coding.
    whole, model = (json.loads(each.save_raw("json")) for each in (booster, part))
    trees = model["learner"]["gradient_booster"]["model"]
    trees["cats"] = whole["learner"]["gradient_booster"]["model"]["cats"]
    restored = type(booster)(model_file=bytearray(json.dumps(model).encode()))
    restored.load_config(part.save_config())
    return restored


# The class's own module: looking it up imports nothing.
register_shared_fit("xgboost:XGBClassifier", XGBFit())
register_shared_fit("xgboost:XGBRegressor", XGBFit())
register_shared_fit("gridfold.boosting.classifier:XGBClassifier", XGBFit())
register_shared_fit("gridfold.boosting.regressor:XGBRegressor", XGBFit())
