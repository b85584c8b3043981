"""The shared fit of XGBoost: one quantised matrix, and fewer rounds read off the longest run."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from math import inf
from numbers import Integral
from typing import Any

from sklearn.base import BaseEstimator

from ...estimators.arrays import Array
from ...estimators.shared import Cost, Declined, Members, Meta
from .first_rounds import answers_after, first_rounds
from .matrices import Matrices
from .runs import Params, Run, RunsFit, alike
from .stopping import Ending, cut_history, ending

_DEFAULT_ROUNDS = 100  # what xgboost takes for n_estimators=None
_LENGTHS = frozenset({"n_estimators", "early_stopping_rounds"})

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

# Keywords beside the parameters of the constructor with which prefixes are tested; any other may
# be one with which they are not: `rate_drop` makes a dart of the default booster in xgboost 3.4.
_KEYWORDS = frozenset(
    {
        "disable_default_eval_metric",
        "huber_slope",
        "lambdarank_normalization",
        "lambdarank_num_pair_per_sample",
        "lambdarank_pair_method",
        "max_cached_hist_node",
        "ndcg_exp_gain",
        "quantile_alpha",
        "seed_per_iteration",
        "tweedie_variance_power",
    }
)

# With which gridfold's classes train once in a fit.
_ONE_TRAINING = {"refit_full": False, "n_bags": 1, "calibration": None, "conformal": None}
_OWN = frozenset(
    {*_ONE_TRAINING, "categorical_features", "keep_oof", "preset", "validation_fraction"}
)

# What `fit` may be given: it goes into the matrices, or is printed.
_FIT_PARAMS = frozenset(
    {
        "X_val",
        "base_margin",
        "base_margin_eval_set",
        "eval_group",
        "eval_qid",
        "eval_set",
        "group",
        "groups",
        "qid",
        "qid_val",
        "sample_weight",
        "sample_weight_eval_set",
        "sample_weight_val",
        "verbose",
        "y_val",
    }
)

# For each row, feature, level and tree: a few nanoseconds, in which a core does so many products.
_PER_CELL = 50.0


@dataclass(frozen=True)
class XGBRun(Run):
    """Members that differ in where they end only.

    Attributes
    ----------
    lengths : dict of int to dict
        `n_estimators` and `early_stopping_rounds` of each member.
    endings : dict of int to Ending
        Empty where a member is of several trainings: all of them end alike.
    """

    lengths: Mapping[int, Params]
    endings: Mapping[int, Ending]


class XGBFit(RunsFit):
    """XGBoost with other tree settings on one quantised matrix, and all of one run's prefixes.

    The numbers are those of separate fits, bit for bit: each run is xgboost's own `fit`, handed
    the matrices that the first one built. Early stopping is replayed, for each member by xgboost's
    own rule, on the evaluations of the run. Where gridfold's classes train several times in a fit
    (bags, a refit on all rows), the matrices are shared and no prefixes are.
    """

    varying = _OF_THE_TREES | _LENGTHS

    def declines(self, params: Params, meta: Meta) -> str | None:
        """Refuse what has no prefixes or builds no quantised matrix."""
        if params.get("preset") is not None:
            return f"preset={params['preset']!r} may choose another matrix"
        return _why_no_rounds(params) or _why_no_prefix(params)

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a pass over the rows for each level of each tree that is grown."""
        n, p, k = meta.n_samples, meta.n_features or 100, meta.n_outputs
        work = state = 0.0
        for run in _runs(members):
            params = members.params(run[0])
            depth = params.get("max_depth") or 6
            trees = k * max(_n_rounds(members.params(i)) for i in run)
            trees *= params.get("num_parallel_tree") or 1
            work += _PER_CELL * n * p * depth * trees
            state += 64.0 * trees * min(2.0**depth, n)
        return Cost(work, state=state, responses=4.0 * n * k * len(members))

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> list[XGBRun]:
        """Train once per run, as far as any of its members may go, on the same matrices."""
        _check_fit(members, fit_params)
        matrices: dict[Any, Matrices] = defaultdict(Matrices)
        state = []
        for run in _runs(members):
            longest = members.instance(max(run, key=lambda i: _length(members.params(i))))
            matrices[_drawn_by(longest, fit_params)].fit(longest, X, y, fit_params)
            state.append(_ended(longest, {i: members.params(i) for i in run}))
        return state

    def answers(self, run: XGBRun, X: Array, method: str, rounds: Sequence[int]) -> dict[int, Any]:
        """Answer after each number of rounds; each tree is asked once, or twice at an end."""
        if not run.endings:
            return dict.fromkeys(rounds, getattr(run.estimator, method)(X))
        return answers_after(run.estimator, X, method, rounds)

    def cut(self, run: XGBRun, i: int) -> BaseEstimator:
        """Return member `i`: the first rounds, and what was noted of them."""
        if not run.endings:
            return copy.deepcopy(run.estimator)
        estimator, end = copy.copy(run.estimator), run.endings[i]
        vars(estimator).update(run.lengths[i])
        estimator._Booster = first_rounds(run.estimator.get_booster(), end.trained)
        if end.attributes:
            estimator._Booster.set_attr(**end.attributes)
        if "evals_result_" in vars(estimator):
            estimator.evals_result_ = cut_history(estimator.evals_result_, end.trained)
        vars(estimator).pop("best_iteration_", None)
        if "_columns" in vars(estimator) and end.attributes:  # ours
            estimator.best_iteration_ = end.rounds - 1
        return estimator


def _why_no_rounds(params: Params) -> str | None:
    for name, default in (("n_estimators", _DEFAULT_ROUNDS), ("early_stopping_rounds", 1)):
        value = params.get(name)
        number = default if value is None else value
        if not isinstance(number, Integral) or number < 1:
            return f"{name}={value!r} is not a whole number of at least 1"
    return None


def _why_no_prefix(params: Params) -> str | None:
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
    unknown = sorted(params.keys() - _known())
    if unknown:
        return f"with {', '.join(unknown)} fewer rounds may not be the first of more rounds"
    return None


def _known() -> frozenset[str]:
    """The parameters that are known to leave the first rounds as they are, or are looked at."""
    from ..xgb import xgboost

    looked_at = {"process_type", "updater"}
    return _KEYWORDS | _OWN | looked_at | signature(xgboost.XGBModel.__init__).parameters.keys()


def _check_fit(members: Members, fit_params: Params) -> None:
    """Decline what the plan cannot see."""
    given = {name for name, value in fit_params.items() if value is not None}
    refused = sorted(given - _FIT_PARAMS)
    if refused:
        raise Declined(f"fit is given {', '.join(refused)}")
    if not isinstance(getattr(members.prototype, "random_state", None), Integral | None):
        raise Declined("random_state is a generator, and draws another seed at each fit")
    if "eval_set" in given or hasattr(members.prototype, "validation_fraction"):
        return
    patient = [i for i in range(len(members)) if _patience(members.params(i)) < inf]
    if patient:
        raise Declined("early_stopping_rounds without an eval_set", patient)


def _n_rounds(params: Params) -> int:
    found = params["n_estimators"]
    return _DEFAULT_ROUNDS if found is None else int(found)


def _patience(params: Params) -> float:
    found = params.get("early_stopping_rounds")
    return inf if found is None else int(found)


def _length(params: Params) -> tuple[float, int]:
    """What orders members by where they end, if no two of them cross."""
    return _patience(params), _n_rounds(params)


def _runs(members: Members) -> list[list[int]]:
    """Group members so that one of each group goes at least as far as the others."""
    if not _trains_once(members.common):
        return alike(members, lambda params: {k: params[k] for k in XGBFit.varying & params.keys()})
    runs = []
    for run in alike(members, _training):
        most = max(_n_rounds(members.params(i)) for i in run)
        longest = max(_length(members.params(i)) for i in run)
        if longest[1] == most:
            runs.append(run)
        else:  # the most patient has fewer rounds than another: neither serves for both
            runs += alike(members, lambda params: {"": _patience(params), **_training(params)}, run)
    return runs


def _training(params: Params) -> Params:
    """Return what members of one training have in common."""
    found = {name: value for name, value in params.items() if name in _OF_THE_TREES}
    if "validation_fraction" in params:  # gridfold's classes may hold out rows to stop by
        found["stops"] = _patience(params) < inf
    return found


def _trains_once(params: Params) -> bool:
    return all(params.get(name, value) == value for name, value in _ONE_TRAINING.items())


def _drawn_by(estimator: Any, fit_params: Params) -> Any:
    """Return what tells apart the rows that estimators train on, of the rows they are given.

    gridfold's classes draw folds, and a validation part where they need one and have none.
    """
    params = estimator.get_params(deep=False)
    stops = params.get("early_stopping_rounds") is not None
    given = any(fit_params.get(name) is not None for name in ("eval_set", "X_val"))
    needs_part = stops and "validation_fraction" in params and not given
    if _trains_once(params) and not needs_part:
        return None
    return stops, params["random_state"] or 0


def _ended(estimator: Any, members: Mapping[int, Params]) -> XGBRun:
    """Return the run of a fitted estimator, with where each of its members ends."""
    if not _trains_once(estimator.get_params(deep=False)):
        return XGBRun(estimator, dict.fromkeys(members, 0), {}, {})
    history = vars(estimator).get("evals_result_") or {}
    endings = {
        i: ending(_n_rounds(params), params.get("early_stopping_rounds"), history)
        for i, params in members.items()
    }
    lengths = {
        i: {name: params[name] for name in _LENGTHS if name in params}
        for i, params in members.items()
    }
    return XGBRun(estimator, {i: end.rounds for i, end in endings.items()}, lengths, endings)
