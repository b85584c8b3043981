"""Survival times: read in the forms that people have them in, to what xgboost fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from .concordance import concordance_index

COX, AFT = "survival:cox", "survival:aft"

# Named as the parameters of xgboost's matrix that take them.
BOUNDS = np.dtype([("label_lower_bound", np.float32), ("label_upper_bound", np.float32)])

_FORMS = (
    "a structured array with a boolean and a number (event, time), two such columns, two columns "
    "of numbers (lower, upper), or one of times in which a minus stands for censored"
)


def read_times(y: Any, objective: str, name: str = "y") -> np.ndarray:
    """Return survival times as xgboost fits them.

    Parameters
    ----------
    y : structured array, DataFrame or array-like
        One of

        - structured array of shape (n_samples,) with a boolean field (whether the row died) and a
          field of numbers (when, or till when it was watched), as scikit-survival makes them;
        - DataFrame with such two columns;
        - array or DataFrame of shape (n_samples, 2): lower and upper bounds of the time, equal
          where it is known, the upper one infinite where the row was censored;
        - array of shape (n_samples,): times, negative where the row was censored.
    objective : {"survival:cox", "survival:aft"}
    name : str
        What messages call `y`.

    Returns
    -------
    float32 array of shape (n_samples,)
        For Cox: times, negative where the row was censored. For AFT: structured, with the fields
        `label_lower_bound` and `label_upper_bound`.

    Raises
    ------
    ValueError
        When `y` has another form, a time that cannot be, or, for Cox, intervals; the message names
        the row.
    """
    lower, upper = _bounds(y, name)
    _check_bounds(lower, upper, name)
    if objective == COX:
        return _signed(lower, upper, name)
    _check_row(upper <= 0, f"a time in {name} must be above 0", upper)
    bounds = np.empty(len(lower), dtype=BOUNDS)
    bounds["label_lower_bound"], bounds["label_upper_bound"] = lower, upper
    return bounds


def refuse_times(y: Any, objective: Any, name: str = "y") -> None:
    """Raise where `y` has fields, as survival times have, and the objective takes numbers.

    Raises
    ------
    ValueError
        The message names the objectives that take survival times.
    """
    fields = getattr(getattr(y, "dtype", None), "names", None)
    if fields:
        raise ValueError(
            f"{name} has fields ({', '.join(fields)}), and objective={objective!r} takes numbers: "
            "for survival times set objective='cox' or 'aft'."
        )


def bounds_of(times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower and upper bounds, float of shape (n_samples,), of what `read_times` gave."""
    if times.dtype == BOUNDS:
        return times["label_lower_bound"], times["label_upper_bound"]
    return np.abs(times), np.where(times > 0, times, np.inf)


def concordance(
    times: np.ndarray, prediction: np.ndarray, objective: str, sample_weight: Any = None
) -> float:
    """Return the concordance index of predictions: hazard ratios of Cox, or times of AFT."""
    risk = prediction if objective == COX else -prediction
    return concordance_index(*bounds_of(times), risk, sample_weight)


def as_matrix_fields(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of xgboost's matrix, where bounds stand for the label.

    xgboost's estimators know a label only, and would hand the structured array on as it is.
    """
    label = info.get("label")
    if label is None or getattr(label, "dtype", None) != BOUNDS:
        return dict(info)
    fields = {field: np.ascontiguousarray(label[field]) for field in BOUNDS.names or ()}
    return {**info, "label": None, **fields}


def _bounds(y: Any, name: str) -> tuple[np.ndarray, np.ndarray]:
    columns = _columns(y)
    if len(columns) == 1:
        times = _numbers(columns[0], name)
        return np.abs(times), np.where(np.signbit(times), np.inf, np.abs(times))
    if len(columns) != 2:
        raise ValueError(f"{name} has {len(columns)} columns; survival times are {_FORMS}.")
    booleans = [column.dtype.kind == "b" for column in columns]
    if not any(booleans):
        lower, upper = (_numbers(column, name) for column in columns)
        _check_no_events(lower, upper, name)
        return lower, upper
    if all(booleans):
        raise ValueError(f"Both columns of {name} are booleans; survival times are {_FORMS}.")
    died, times = columns[booleans.index(True)], _numbers(columns[booleans.index(False)], name)
    _check_row(~(times >= 0), f"a time in {name} must be a number of at least 0", times)
    return times, np.where(died, times, np.inf)


def _columns(y: Any) -> list[np.ndarray]:
    """Return the fields of a structured array, or the columns of anything else."""
    if hasattr(y, "columns"):  # pandas, polars
        return [_plain(y[column]) for column in y.columns]
    y = np.asarray(y)
    if y.dtype.names is not None:
        return [_plain(y[field]) for field in y.dtype.names]
    return [y] if y.ndim == 1 else list(y.T)


def _plain(column: Any) -> np.ndarray:
    """Return an array; of booleans also where pandas makes them objects."""
    column = np.asarray(column)
    is_boolean = pd.api.types.infer_dtype(column, skipna=False) == "boolean"
    return column.astype(bool) if is_boolean else column


def _numbers(column: np.ndarray, name: str) -> np.ndarray:
    if column.dtype.kind in "mM":
        raise ValueError(f"{name} must hold times as numbers, in any unit, not as {column.dtype}.")
    try:
        return column.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold times: {error}. They are {_FORMS}.") from error


def _check_bounds(lower: np.ndarray, upper: np.ndarray, name: str) -> None:
    _check_row(~np.isfinite(lower), f"a time in {name} must be a finite number", lower)
    _check_row(np.isnan(upper), f"an upper bound in {name} is missing", upper)
    _check_row(lower < 0, f"a lower bound in {name} must be at least 0", lower)
    _check_row(upper < lower, f"an upper bound in {name} is below the lower one", upper)


def _check_no_events(lower: np.ndarray, upper: np.ndarray, name: str) -> None:
    """Refuse a column of 0 and 1 beside one of times: it is hardly a bound."""
    for column in (lower, upper):
        if np.array_equal(np.unique(column), [0.0, 1.0]):
            raise ValueError(
                f"A column of {name} holds 0 and 1 only. If it says who died, make it boolean; "
                f"survival times are {_FORMS}."
            )


def _signed(lower: np.ndarray, upper: np.ndarray, name: str) -> np.ndarray:
    is_interval = (upper > lower) & np.isfinite(upper)
    _check_row(
        is_interval,
        f"Cox regression takes no intervals (objective='aft' does), and {name} has one",
        upper,
    )
    died = upper == lower
    _check_row(
        died & (lower == 0),
        f"Cox regression marks censored times by a minus, and {name} has a death at time 0",
        lower,
    )
    return np.where(died, lower, -lower).astype(np.float32)


def _check_row(refused: np.ndarray, message: str, values: np.ndarray) -> None:
    if refused.any():
        row = int(np.argmax(refused))
        raise ValueError(f"In survival times {message}; row {row} has {values[row]:g}.")
