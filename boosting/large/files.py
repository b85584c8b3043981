"""Fit on Parquet files, read in batches and trained from a cache on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sklearn.utils import check_consistent_length

from ..columns.choice import chosen_positions
from ..continuing import check_labels
from ..fit_params import with_validation_set
from ..matrices import encoded_set
from ..on_device import cuda_name, place_for_fit
from ..parameters import check_own
from ..targets import Target
from ..training.one_model import needs_part, train, train_parts
from ..training.recipe import Recipe
from ..training.rows import Rows
from ..training.strategy import Trained
from .arrow import EMPTY
from .budget import Load, load_of
from .draw import Draw, seed_of
from .limits import check_estimator, check_given, has_classes
from .paths import is_files
from .stream import Streamed, build_matrix, cache_folder
from .survey import Survey, survey
from .table import ParquetTable

_TAKEN = (
    "sample_weight",
    "eval_set",
    "sample_weight_eval_set",
    "verbose",
    "xgb_model",
    "feature_weights",
)


def fit_files(
    estimator: Any, X: Any, y: str, *, memory_limit: Any = None, **fit_params: Any
) -> Any:
    """Fit a boosting estimator on Parquet files without holding the table.

    A first pass finds the labels and the levels of categories. xgboost then reads the rows three
    times: to count them, for quantiles, and to write their bins into a cache on disk, in a folder
    for temporary files that is removed afterwards. It trains on that cache.

    Where `early_stopping_rounds` is set and no validation set is given, each row is drawn into the
    validation part by itself: classes have their shares there only on average. A preset's number
    of bags is not taken: there is one model.

    Parameters
    ----------
    estimator : XGBClassifier or XGBRegressor of gridfold
    X : path of a Parquet file or of a folder of them, or list of paths
    y : str
        The column of the target; all columns but this one and the weights are features.
    memory_limit : number of bytes or text such as "2 GiB", default=None
        What the fit may add to the memory of the process; parts of files that the system keeps in
        memory of its own accord do not count. None for half of the memory that is free.
    fit_params
        sample_weight (the name of a column), X_val and y_val or eval_set (each X a table or paths;
        with paths, y and the weights are columns), and others of xgboost's `fit`.

    Raises
    ------
    ValueError
        When the files differ in their columns, labels are missing, the limit is too small, or the
        estimator asks for what needs the whole table at once.
    OSError
        When the disk has no room for the cache.
    """
    check_own(estimator.get_params(deep=False))
    check_estimator(estimator, "from files")
    given = with_validation_set({k: v for k, v in fit_params.items() if v is not None})
    check_given(given, _TAKEN, "from files")
    place = place_for_fit(estimator.device, None)
    if cuda_name(place) is not None:
        raise NotImplementedError(
            f"device={estimator.device!r}: training from files runs on the CPU. Use device='cpu', "
            "or a Dask cluster with GPUs."
        )
    table = _open(X, y, given.get("sample_weight"))
    known = _look(estimator, table, y, given, place)
    rows = _rows(estimator, known, y, given, memory_limit)
    with cache_folder(known.load.disk_bytes) as folder:
        trained = _train(known, rows, _with_sets(known, rows, given, place), folder)
    whole = Rows(rows, known.target.y)
    recipe, target = known.recipe, known.target
    estimator._keep(estimator._state(trained, whole, recipe, rows.columns, target, place))
    return estimator


@dataclass(frozen=True)
class _Known:
    """What the first pass has told of the files and of the training that follows."""

    table: ParquetTable
    found: Survey
    draw: Draw
    columns: Any
    target: Target
    recipe: Recipe
    load: Load


def _open(X: Any, y: Any, weight: Any) -> ParquetTable:
    for name, column in (("y", y), ("sample_weight", weight)):
        if not isinstance(column, str | None) or (name == "y" and column is None):
            raise TypeError(
                f"With X by path, {name} must be the name of a column in the files, and is of "
                f"type {type(column).__name__}."
            )
    table = ParquetTable.open(X)
    table.require([y], "the target")
    if weight is not None:
        table.require([weight], "the weights")
        if table.kinds[weight] not in ("numbers", "nothing"):
            raise ValueError(
                f"The column {weight!r} holds {table.kinds[weight]}, and weights are numbers."
            )
    return table


def _look(
    estimator: Any, table: ParquetTable, y: str, given: Mapping[str, Any], place: Any
) -> _Known:
    """Read the labels and the categories, and settle all parameters."""
    features = [name for name in table.kinds if name not in (y, given.get("sample_weight"))]
    table.require_cells(features)
    if not has_classes(estimator) and table.kinds[y] != "numbers":
        raise ValueError(f"The column {y!r} holds {table.kinds[y]}, and the target is numbers.")
    chosen = chosen_positions(estimator.categorical_features, features, len(features))
    draw = Draw(estimator.validation_fraction, seed_of(estimator.random_state))
    found = survey(
        table,
        features,
        y,
        chosen=[features[j] for j in sorted(chosen)],
        check=None if has_classes(estimator) else estimator._read_target,
        draw=draw,
    )
    empty = {name: EMPTY[table.kinds[name]] for name in features}
    columns = estimator._columns_for(found.miniature(empty), given)
    if columns.names is None:
        raise ValueError(
            "The model given as xgb_model was fitted on an array, and columns of files have names."
        )
    target = estimator._read_target(found.labels)
    check_labels(given.get("xgb_model"), target.labels)
    recipe = replace(estimator._recipe(columns, target, place, table.n_rows), n_bags=1)
    return _Known(table, found, draw, columns, target, recipe, load_of(table, target, recipe))


def _rows(
    estimator: Any, known: _Known, y: str, given: Mapping[str, Any], memory_limit: Any
) -> Streamed:
    return Streamed(
        table=known.table,
        columns=known.columns,
        target=y,
        weight=given.get("sample_weight"),
        label=estimator._label_of_set(known.target),
        batch_rows=known.load.batch_rows(memory_limit),
        n_rows=known.table.n_rows,
    )


def _with_sets(
    known: _Known, rows: Streamed, given: Mapping[str, Any], place: Any
) -> dict[str, Any]:
    """Return the fit parameters with validation sets as xgboost takes them."""
    taken = {name: value for name, value in given.items() if name != "sample_weight"}
    if "eval_set" not in taken:
        return taken
    n_sets = len(taken["eval_set"])
    weights = list(taken.get("sample_weight_eval_set") or [None] * n_sets)
    sets = []
    for i, (X, y) in enumerate(taken["eval_set"]):
        name = f"eval_set[{i}]"
        if is_files(X):
            table = _open(X, y, weights[i])
            table.require(known.columns.names, f"which the model is fitted on (in {name})")
            part = replace(
                rows, table=table, target=y, weight=weights[i], n_rows=table.n_rows, is_new=True
            )
            sets.append((part, known.target.y))
            weights[i] = None
        else:
            check_consistent_length(X, y)
            sets.append((encoded_set(known.columns, X, place), rows.label(y, name)))
    return {**taken, "eval_set": sets, "sample_weight_eval_set": weights}


def _train(known: _Known, rows: Streamed, given: Mapping[str, Any], folder: str) -> Trained:
    params = known.recipe.params
    build = partial(
        build_matrix,
        folder=folder,
        n_jobs=params["n_jobs"],
        max_bin=params["max_bin"],
        page_bytes=known.load.disk_bytes * rows.batch_rows / known.load.n_rows,
    )
    recipe = replace(known.recipe, build_matrix=build)
    y = known.target.y
    if not needs_part(recipe, given):
        final = train(recipe, Rows(rows, y), given)
        return Trained([final], final)
    known.found.check_parts(known.target.names, known.draw)
    part, held = (
        Rows(replace(rows, draw=known.draw, held_out=held, n_rows=known.found.n_rows[held]), y)
        for held in (False, True)
    )
    final, watched = train_parts(recipe, Rows(rows, y), part, held, given)
    return Trained([final], watched)
