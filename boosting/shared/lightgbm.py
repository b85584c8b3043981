"""The shared fit of LightGBM: one binned dataset, and fewer rounds read off the longest run."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

from sklearn.base import BaseEstimator

from ...estimators.arrays import Array
from ...estimators.shared import Cost, Declined, Members, Meta
from .leaves import answers_after
from .runs import Params, Run, RunsFit, alike

_LENGTH = "n_estimators"

# What the binned dataset does not depend on, as it does on subsample_for_bin, min_child_samples
# (columns that cannot be split so are left out), class_weight and random_state (rows to bin by).
_OF_THE_TREES = frozenset(
    {
        "colsample_bytree",
        "importance_type",
        "learning_rate",
        "max_depth",
        "min_child_weight",
        "min_split_gain",
        "num_leaves",
        "reg_alpha",
        "reg_lambda",
        "subsample",
        "subsample_freq",
    }
)
_OF_THE_CONSTRUCTOR = _OF_THE_TREES | {
    "boosting_type",
    "class_weight",
    "min_child_samples",
    "n_estimators",
    "n_jobs",
    "objective",
    "random_state",
    "subsample_for_bin",
}

# Keywords with which prefixes are tested. Any other may change the first rounds, as a number of
# rounds under another name does, or one to stop by.
_KEYWORDS = frozenset(
    {
        "alpha",
        "boost_from_average",
        "cat_l2",
        "cat_smooth",
        "colsample_bynode",
        "data_sample_strategy",
        "deterministic",
        "enable_bundle",
        "extra_trees",
        "force_col_wise",
        "force_row_wise",
        "interaction_constraints",
        "is_unbalance",
        "linear_tree",
        "max_bin",
        "max_cat_threshold",
        "max_cat_to_onehot",
        "max_delta_step",
        "metric",
        "min_data_in_bin",
        "monotone_constraints",
        "path_smooth",
        "scale_pos_weight",
        "tweedie_variance_power",
        "use_missing",
        "use_quantized_grad",
        "verbose",
        "verbosity",
        "zero_as_missing",
    }
)
_FIT_PARAMS = frozenset({"categorical_feature", "feature_name", "init_score", "sample_weight"})

_PER_CELL = 20.0  # products in the time that a row, feature, level and tree takes


@dataclass
class _Notes:
    """A callback that notes the dataset, and how many rounds are kept after each."""

    dataset: Any = None
    kept: list[int] = field(default_factory=list)

    def __call__(self, env: Any) -> None:
        self.dataset = env.model.train_set
        self.kept.append(env.model.current_iteration())

    __hash__ = object.__hash__  # LightGBM keeps callbacks in a set


class LGBMFit(RunsFit):
    """LightGBM with other tree settings on one dataset, and all of one run's prefixes.

    The first run is LightGBM's own `fit`; the others train on the dataset that it made, with the
    parameters that their own `fit` would pass on. The numbers are those of separate fits, bit for
    bit, where LightGBM's own are the same in each fit.
    """

    varying = _OF_THE_TREES | {_LENGTH}
    independent = True

    def is_exact(self, params: Params, meta: Meta) -> bool:
        """With several threads LightGBM tries by the clock in which order to sum."""
        forced = params.get("force_col_wise") or params.get("force_row_wise")
        return params.get("n_jobs") == 1 or bool(forced)

    def declines(self, params: Params, meta: Meta) -> str | None:
        """Refuse what has no prefixes, or is not known to."""
        rounds = params.get(_LENGTH)
        if not isinstance(rounds, Integral) or rounds < 1:
            return f"{_LENGTH}={rounds!r} is not a whole number of at least 1"
        if params.get("boosting_type") not in ("gbdt", "rf", "goss"):
            kind = params.get("boosting_type")
            return f"boosting_type={kind!r}: fewer rounds are not the first of more rounds"
        if not isinstance(params.get("random_state"), Integral | None):
            return "random_state is a generator, and draws another seed at each fit"
        if callable(params.get("objective")):
            return "objective is a function"
        unknown = sorted(params.keys() - _OF_THE_CONSTRUCTOR - _KEYWORDS)
        if unknown:
            return f"with {', '.join(unknown)} fewer rounds may not be the first of more rounds"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a pass over half of the rows for each level of each tree."""
        n, p, k = meta.n_samples, meta.n_features or 100, max(meta.n_classes or 1, 1)
        k = 1 if k == 2 else k
        work = state = 0.0
        for run in alike(members, _trees):
            params = members.params(run[0])
            trees = k * max(members.params(i)[_LENGTH] for i in run)
            leaves = max(2, params["num_leaves"])
            work += _PER_CELL * n * p * leaves.bit_length() / 2 * trees
            state += 100.0 * trees * leaves
        return Cost(work, state=state, responses=16.0 * n * k * len(members))

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> list[Run]:
        """Train once per run, as far as any of its members goes, all on one dataset."""
        refused = sorted(k for k, v in fit_params.items() if k not in _FIT_PARAMS and v is not None)
        if refused:
            raise Declined(f"fit is given {', '.join(refused)}")
        first, notes, state = None, _Notes(), []
        for run in alike(members, _trees):
            lengths = {i: int(members.params(i)[_LENGTH]) for i in run}
            longest = max(lengths, key=lambda i: lengths[i])
            notes = _Notes(notes.dataset)
            if first is None:
                first = estimator = members.instance(longest)
                estimator.fit(X, y, callbacks=[notes], **fit_params)
            else:
                estimator = _trained(members.instance(longest), first, notes)
            kept = {i: notes.kept[n - 1] for i, n in lengths.items()}
            state.append(Run(estimator, kept, members))
        return state

    def answers(self, run: Run, X: Array, method: str, rounds: Sequence[int]) -> dict[int, Any]:
        """Answer after each number of rounds; each tree is asked once."""
        return answers_after(run.estimator, X, method, rounds)

    def cut(self, run: Run, i: int) -> BaseEstimator:
        """Return member `i`: the first rounds in a booster of its own."""
        estimator = _like(run.members.instance(i), run.estimator)
        estimator._Booster = _first_rounds(
            run.estimator.booster_, run.rounds[i], estimator.n_estimators
        )
        estimator._best_score = copy.copy(run.estimator._best_score)
        estimator._evals_result = {}
        return estimator


def _trees(params: Params) -> Params:
    return {name: value for name, value in params.items() if name in _OF_THE_TREES}


def _like(estimator: Any, fitted: Any) -> Any:
    """Give an unfitted estimator what a fit of another on the same rows has left behind."""
    own = {*estimator.get_params(), "_other_params"}
    vars(estimator).update({k: v for k, v in vars(fitted).items() if k not in own})
    return estimator


def _trained(estimator: Any, first: Any, notes: _Notes) -> Any:
    """Return an unfitted estimator trained on the dataset that `first` was trained on."""
    from lightgbm import train

    _like(estimator, first)._evals_result = {}
    passed = estimator._process_params(stage="fit")
    metric = passed["metric"]
    passed["metric"] = [metric] if isinstance(metric, str) else [m for m in metric or () if m]
    booster = train(
        passed, notes.dataset, num_boost_round=estimator.n_estimators, callbacks=[notes]
    )
    estimator._Booster = booster.free_dataset()
    estimator._best_iteration, estimator._best_score = booster.best_iteration, booster.best_score
    return estimator


def _first_rounds(booster: Any, kept: int, n_estimators: int) -> Any:
    """Return a booster of the first rounds, as if training had been asked for `n_estimators`."""
    text = booster.model_to_string(num_iteration=kept)
    text = re.sub(
        r"^\[num_iterations: \d+\]$", f"[num_iterations: {n_estimators}]", text, flags=re.MULTILINE
    )
    part = type(booster)(model_str=text)
    part.params = {**booster.params, "num_iterations": n_estimators}
    part.best_iteration, part.best_score = booster.best_iteration, copy.copy(booster.best_score)
    return part
