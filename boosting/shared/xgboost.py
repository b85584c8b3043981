"""The shared fit of XGBoost: one quantised matrix, and fewer rounds read off the longest run."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from .xgboost_params import LENGTHS, OF_THE_TREES, n_rounds, patience, trains_once, why_no_runs

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
    endings : dict of int to Ending
        Empty where a member is of several trainings: all of them end alike.
    """

    endings: Mapping[int, Ending]


class XGBFit(RunsFit):
    """XGBoost with other tree settings on one quantised matrix, and all of one run's prefixes.

    The numbers are those of separate fits, bit for bit: each run is xgboost's own `fit`, handed
    the matrices that the first one built. Early stopping is replayed, for each member by xgboost's
    own rule, on the evaluations of the run. Where gridfold's classes train several times in a fit
    (bags, a refit on all rows), the matrices are shared and no prefixes are.
    """

    varying = OF_THE_TREES | LENGTHS

    def declines(self, params: Params, meta: Meta) -> str | None:
        """Refuse what has no prefixes or builds no quantised matrix."""
        return why_no_runs(params)

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: a pass over the rows for each level of each tree that is grown."""
        n, p = meta.n_samples, meta.n_features or 100
        k = meta.n_classes if meta.n_classes and meta.n_classes > 2 else meta.n_outputs
        work = state = 0.0
        for run in _runs(members):
            params = members.params(run[0])
            depth = params.get("max_depth") or 6
            trees = k * max(n_rounds(members.params(i)) for i in run)
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
            state.append(_ended(longest, run, members))
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
        vars(estimator).update(_lengths(run.members.params(i)))
        estimator._Booster = first_rounds(run.estimator.get_booster(), end.trained)
        if end.attributes:
            estimator._Booster.set_attr(**end.attributes)
        if "evals_result_" in vars(estimator):
            estimator.evals_result_ = cut_history(estimator.evals_result_, end.trained)
        vars(estimator).pop("best_iteration_", None)
        if "_columns" in vars(estimator) and end.attributes:  # ours
            estimator.best_iteration_ = end.rounds - 1
        return estimator


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
    patient = [i for i in range(len(members)) if patience(members.params(i)) < inf]
    if patient:
        raise Declined("early_stopping_rounds without an eval_set", patient)


def _length(params: Params) -> tuple[float, int]:
    """What orders members by where they end, if no two of them cross."""
    return patience(params), n_rounds(params)


def _runs(members: Members) -> list[list[int]]:
    """Group members so that one of each group goes at least as far as the others."""
    if not trains_once(members.common):
        return alike(members, lambda params: {k: params[k] for k in XGBFit.varying & params.keys()})
    runs = []
    for run in alike(members, _training):
        most = max(n_rounds(members.params(i)) for i in run)
        longest = max(_length(members.params(i)) for i in run)
        if longest[1] == most:
            runs.append(run)
        else:  # the most patient has fewer rounds than another: neither serves for both
            runs += alike(members, lambda params: {"": patience(params), **_training(params)}, run)
    return runs


def _training(params: Params) -> Params:
    """Return what members of one training have in common."""
    found = {name: value for name, value in params.items() if name in OF_THE_TREES}
    if "validation_fraction" in params:  # gridfold's classes may hold out rows to stop by
        found["stops"] = patience(params) < inf
    return found


def _drawn_by(estimator: Any, fit_params: Params) -> Any:
    """Return what tells apart the rows that estimators train on, of the rows they are given.

    gridfold's classes draw folds, and a validation part where they need one and have none.
    """
    params = estimator.get_params(deep=False)
    stops = params.get("early_stopping_rounds") is not None
    given = any(fit_params.get(name) is not None for name in ("eval_set", "X_val"))
    needs_part = stops and "validation_fraction" in params and not given
    if trains_once(params) and not needs_part:
        return None
    return stops, params["random_state"] or 0


def _ended(estimator: Any, run: Sequence[int], members: Members) -> XGBRun:
    """Return the run of a fitted estimator, with where each of its members ends."""
    if not trains_once(members.common):
        return XGBRun(estimator, dict.fromkeys(run, 0), members, {})
    history = vars(estimator).get("evals_result_") or {}
    endings = {}
    for i in run:
        params = members.params(i)
        endings[i] = ending(n_rounds(params), params.get("early_stopping_rounds"), history)
    return XGBRun(estimator, {i: end.rounds for i, end in endings.items()}, members, endings)


def _lengths(params: Params) -> Params:
    return {name: params[name] for name in LENGTHS if name in params}
