"""Fit on a Dask cluster by `xgboost.dask`, to an ordinary estimator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd

from ..columns import Columns
from ..columns.choice import chosen_positions
from ..fit_params import with_validation_set
from ..objectives import xgboost_objective
from ..on_device import place_for_fit
from ..parameters import check_own
from ..training.one_model import needs_part, train, train_parts
from ..training.strategy import Trained
from .cluster import client_here, on_cluster, run_watched
from .dask_parts import Parts
from .dask_rows import Encode, survey_part
from .draw import Draw, seed_of
from .limits import check_estimator, check_given, has_classes
from .survey import Survey

_TAKEN = ("sample_weight", "eval_set", "sample_weight_eval_set", "verbose")
_OF_CLASSES = ("binary:logistic", "multi:softprob")


def fit_dask(estimator: Any, X: Any, y: Any, **fit_params: Any) -> Any:
    """Fit a boosting estimator on the Dask cluster where its rows are.

    One pass finds the labels and the levels of categories; `xgboost.dask` trains. The estimator is
    then an ordinary one: it predicts without a cluster, and of Dask collections lazily.

    Where `early_stopping_rounds` is set and no validation set is given, each row is drawn into the
    validation part by itself. A preset's number of bags is not taken: there is one model.

    Parameters
    ----------
    estimator : XGBClassifier or XGBRegressor of gridfold
    X : Dask DataFrame or Array of shape (n_samples, n_features)
    y : Dask Series or Array of shape (n_samples,), or the name of a column of X
    fit_params
        sample_weight (as y), X_val and y_val or eval_set (Dask collections, or tables in memory),
        verbose.

    Raises
    ------
    ValueError
        When there is no Dask client, partitions do not go together, labels are missing, or the
        estimator asks for what needs all rows in one memory.
    ClusterLostError
        When the cluster is gone in mid-training; the estimator is as it was before.
    """
    client = client_here()
    check_own(estimator.get_params(deep=False))
    check_estimator(estimator, "on a cluster")
    _check_objective(estimator)
    given = with_validation_set({k: v for k, v in fit_params.items() if v is not None})
    check_given(given, _TAKEN, "on a cluster")
    place = place_for_fit(estimator.device, None)
    draw = Draw(estimator.validation_fraction, seed_of(estimator.random_state))
    parts = Parts.of(X, y, given.pop("sample_weight", None))
    found, surveys = _look(client, estimator, parts, draw)
    columns = _columns(estimator, parts, found)
    target = estimator._read_target(found.labels)
    recipe = estimator._recipe(columns, target, place, sum(found.n_rows))
    recipe = replace(
        recipe,
        n_bags=1,
        cls=partial(on_cluster, client, has_classes(estimator)),
        params={**recipe.params, "feature_types": columns.feature_types},
    )
    encode = Encode(columns, estimator._label_of_set(target), draw)
    whole = encode.rows(parts, [sum(each.n_rows) for each in surveys])
    given = _with_sets(encode, given, client)
    if needs_part(recipe, given):
        found.check_parts(target.names, draw)
        part, held = (
            replace(encode, part=k).rows(parts, [each.n_rows[k] for each in surveys])
            for k in (0, 1)
        )
        final, stopped = train_parts(recipe, whole, part, held, given)
    else:
        final = stopped = train(recipe, whole, given)
    final.get_booster().set_param({"nthread": estimator.n_jobs or 0})  # was that of a worker
    trained = Trained([final], stopped)
    estimator._keep(estimator._state(trained, whole, recipe, columns, target, place))
    return estimator


def _check_objective(estimator: Any) -> None:
    objective = xgboost_objective(estimator.objective, estimator._task)
    if has_classes(estimator) and isinstance(objective, str) and objective not in _OF_CLASSES:
        raise ValueError(
            f"objective={estimator.objective!r}: on a cluster xgboost trains classifiers by "
            f"{' or '.join(_OF_CLASSES)} only."
        )


def _look(client: Any, estimator: Any, parts: Parts, draw: Draw) -> tuple[Survey, list[Survey]]:
    """Find the labels and levels of all parts: together, and of each."""
    names = parts.names
    chosen = chosen_positions(estimator.categorical_features, [str(n) for n in names], len(names))
    check = None if has_classes(estimator) else estimator._read_target
    surveys = _each(client, partial(survey_part, chosen=chosen, check=check, draw=draw), parts)
    found = Survey()
    for each in surveys:
        found.join(each, has_classes=check is None)
    if not sum(found.n_rows):
        raise ValueError("X has no rows in any partition.")
    return found, surveys


def _each(client: Any, function: Callable[..., Any], parts: Parts) -> list[Any]:
    """Return what a function of (X, y, weight, number) says of each part, on the cluster."""
    import dask

    look = dask.delayed(function, pure=False)
    tasks = [look(*part, number) for number, part in enumerate(parts.rows)]
    return run_watched(client, lambda: client.gather(client.compute(tasks), asynchronous=True))


def _columns(estimator: Any, parts: Parts, found: Survey) -> Columns:
    """Learn the columns of a small table with every level of each category."""
    if not hasattr(parts.empty, "columns"):
        empty = dict.fromkeys(parts.names, "float64")
        return estimator._columns_for(found.miniature(empty).to_numpy(), {})
    empty = {
        name: "float32" if pd.api.types.is_numeric_dtype(type_) else type_
        for name, type_ in parts.empty.dtypes.items()
    }
    return estimator._columns_for(found.miniature(empty), {})


def _with_sets(encode: Encode, given: Mapping[str, Any], client: Any) -> dict[str, Any]:
    """Return the fit parameters with validation sets as xgboost takes them."""
    taken = dict(given)
    if "eval_set" not in taken:
        return taken
    n_sets = len(taken["eval_set"])
    weights = taken.get("sample_weight_eval_set") or [None] * n_sets
    sets = []
    for i, ((X, y), weight) in enumerate(zip(taken["eval_set"], weights, strict=True)):
        name = f"eval_set[{i}]"
        parts = Parts.of(X, y, weight, name=name).on(client)
        _each(client, partial(encode.check, name=name), parts)
        sets.append(encode.rows(parts, None))
    taken["eval_set"] = [(rows.X, rows.y) for rows in sets]
    taken["sample_weight_eval_set"] = [rows.with_rows.get("sample_weight") for rows in sets]
    return taken
