"""What `fit` and `score` of a ranker are given, brought into the order of the queries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length

from ..estimators.base import to_host
from .fit_params import with_validation_set
from .queries import Queries, first_rows, read_queries
from .xgb import xgboost

# Of xgboost's parameters those that a metric depends on.
_OF_METRICS = ("objective", "eval_metric", "ndcg_exp_gain", "n_jobs", "verbosity")

# What a validation set is given: the sizes of its queries become their ids.
_KEPT = ("eval_qid", "sample_weight_eval_set", "base_margin_eval_set")
_OF_SETS = ("eval_group", *_KEPT)


def query_by_query(
    X: Any, y: Any, fit_params: Mapping[str, Any], read: Callable[[Any, str], np.ndarray]
) -> tuple[Queries, Any, Any, dict[str, Any]]:
    """Return the queries, X, y and the other parameters of `fit`, with the rows of each together.

    Weights, which are given for queries or for rows, become one for each row; queries that are
    told by sizes or a column become a `qid`, and where `groups` are not given, these too.

    Parameters
    ----------
    read : callable
        From a y, and a name for it in messages, to its numbers.

    Raises
    ------
    ValueError
        When the queries of the training rows are told and those of a validation set are not, or
        either cannot be.
    """
    taken = _with_ids_of_set(fit_params)
    X, queries = read_queries(X, taken.pop("qid", None), taken.pop("group", None))
    check_consistent_length(X, y)
    y = read(y, "y")
    taken.update(qid=queries.codes, groups=queries.groups(taken.get("groups")))
    if "base_margin" in taken:
        taken["base_margin"] = queries.sorted(np.asarray(to_host(taken["base_margin"])))
    if "sample_weight" in taken:
        taken["sample_weight"] = queries.weight_of_rows(taken["sample_weight"])
    if "eval_set" in taken:
        taken.update(_sets_by_query(taken, read, must_tell=queries.are_told))
    return queries, queries.sorted(X), queries.sorted(y), taken


def ranking_score(
    params: Mapping[str, Any],
    queries: Queries,
    margin: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray | None,
) -> float:
    """Return the last metric of xgboost's, a mean over queries, of given predictions.

    A booster without trees does it, whose predictions are the margins that it begins with.

    Parameters
    ----------
    params : dict
        xgboost's parameters; `eval_metric` may be a function of y and predictions of one query.
    margin, y : arrays of shape (n_samples,)
        Query by query.
    weight : array of shape (n_samples,), or None
        The same in all rows of a query.
    """
    matrix = xgboost.DMatrix(
        np.zeros((len(y), 1), dtype=np.float32),
        y,
        qid=queries.codes,
        base_margin=margin,
        weight=None if weight is None else weight[first_rows(queries.codes)],
    )
    params = {name: params[name] for name in _OF_METRICS if params.get(name) is not None}
    metric = params.get("eval_metric")
    if callable(metric):
        params["disable_default_eval_metric"] = True
        del params["eval_metric"]
        metric = xgboost.sklearn.ltr_metric_decorator(metric, params.get("n_jobs"))
    elif isinstance(metric, list | tuple):
        params["eval_metric"] = [each for each in metric if isinstance(each, str)]
        metric = None
    booster = xgboost.train(params, matrix, 0)
    told = booster.eval_set([(matrix, "")], feval=metric if callable(metric) else None)
    return float(told.rsplit(":", 1)[1])


def _with_ids_of_set(fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """Return fit parameters in which X_val, y_val and qid_val are a set of xgboost's."""
    taken = dict(fit_params)
    qid_val = taken.pop("qid_val", None)
    if qid_val is not None and "X_val" not in taken:
        raise ValueError("qid_val is given without X_val and y_val.")
    taken = with_validation_set(taken)
    return taken if qid_val is None else {**taken, "eval_qid": [qid_val]}


def _sets_by_query(
    given: dict[str, Any], read: Callable[[Any, str], np.ndarray], *, must_tell: bool
) -> dict[str, Any]:
    """Return the parameters of validation sets, each set query by query."""
    n_sets = len(given["eval_set"])
    told = {name: _one_each(given.pop(name, None), name, n_sets) for name in _OF_SETS}
    sets: dict[str, list[Any]] = {"eval_set": [], **{name: [] for name in _KEPT}}
    for i, (X, y) in enumerate(given["eval_set"]):
        of_set = {name: values[i] for name, values in told.items()}
        X, queries = read_queries(X, of_set["eval_qid"], of_set["eval_group"], "eval_")
        if must_tell and not queries.are_told:
            raise ValueError(f"eval_set[{i}] has no queries: pass eval_qid or eval_group.")
        check_consistent_length(X, y)
        margin = of_set["base_margin_eval_set"]
        sets["eval_set"].append((queries.sorted(X), queries.sorted(read(y, f"eval_set[{i}]"))))
        sets["eval_qid"].append(queries.codes)
        sets["sample_weight_eval_set"].append(
            queries.weight_of_rows(of_set["sample_weight_eval_set"], "sample_weight_eval_set")
        )
        sets["base_margin_eval_set"].append(
            None if margin is None else queries.sorted(np.asarray(to_host(margin)))
        )
    return sets


def _one_each(values: Any, name: str, n_sets: int) -> list[Any]:
    if values is None:
        return [None] * n_sets
    if len(values) != n_sets:
        raise ValueError(f"{name} has {len(values)} entries, and eval_set has {n_sets}.")
    return list(values)
