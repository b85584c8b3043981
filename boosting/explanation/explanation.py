"""What `explain` returns: SHAP values with the names and cells of their columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from ...estimators.arrays import Array
from ...estimators.base import to_host
from .plots.bar import plot_bar
from .plots.dependence import plot_dependence
from .plots.row import plot_row
from .plots.summary import plot_summary


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """What each column adds to the margin of each row.

    `values.sum(axis=1) + base_values` is the margin (log-odds of a binary classifier, logarithm of
    the prediction for a Poisson objective, ...) to float32 rounding, before any calibration and,
    of several bagged models, their mean. Arrays are in the library and on the device of X.

    Attributes
    ----------
    values : float32 array of shape (n_samples, n_features)
        SHAP values, or (n_samples, n_features, n_outputs) where the model has several outputs:
        classes, targets or quantiles. Those of a binary classifier speak for `classes_[1]`.
    base_values : float32 array of shape (n_samples,) or (n_samples, n_outputs)
        The margin that the model expects of a row it knows nothing of; rows differ where
        `base_margin` was given.
    data : array of shape (n_samples, n_features)
        The rows as the model sees them, float32: categories as codes, dates as days, missing
        cells NaN. It is X itself where X is that already.
    feature_names : tuple of str
    output_names : tuple or None
        The labels of a classifier (of a binary one the second), else the numbers of the outputs;
        None for a single output without a label.
    interactions : float32 array of shape (n_samples, n_features, n_features[, n_outputs]), or None
        SHAP interaction values; their sum over the second column is `values`.
    cells : mapping from column names to object arrays of shape (n_samples,)
        The columns that are not numbers, as they were given.
    categorical : frozenset of str
        The columns of `data` that hold codes of categories, which have no order.
    index : pandas.Index or None
        The row labels of X, where it is a pandas table.
    """

    values: Array
    base_values: Array
    data: Array
    feature_names: tuple[str, ...]
    output_names: tuple[Any, ...] | None = None
    interactions: Array | None = None
    cells: Mapping[str, np.ndarray] = field(default_factory=dict)
    categorical: frozenset[str] = frozenset()
    index: pd.Index | None = None

    plot_bar = plot_bar
    plot_dependence = plot_dependence
    plot_row = plot_row
    plot_summary = plot_summary

    def __repr__(self) -> str:
        """Say how much is in it; the arrays are many lines long."""
        outputs = "" if self.values.ndim == 2 else f", {self.values.shape[2]} outputs"
        pairs = "" if self.interactions is None else ", with interactions"
        n, p = self.values.shape[:2]
        return f"Explanation({n} rows, {p} columns{outputs}{pairs})"

    def output(self, name: Any) -> Explanation:
        """Return the explanation of one output, its arrays without the last axis.

        Parameters
        ----------
        name : one of `output_names`

        Raises
        ------
        ValueError
            When there is no such output.
        """
        if self.output_names is None or name not in self.output_names:
            raise ValueError(f"There is no output {name!r}; {_choices(self.output_names)}.")
        if self.values.ndim == 2:
            return self
        k = self.output_names.index(name)
        interactions = None if self.interactions is None else self.interactions[..., k]
        return replace(
            self,
            values=self.values[..., k],
            base_values=self.base_values[:, k],
            interactions=interactions,
            output_names=(name,),
        )

    def only_output(self, name: Any = None) -> Explanation:
        """Return the explanation of the output `name`, or of the only one.

        Raises
        ------
        ValueError
            When there are several and `name` is None, or there is no such output.
        """
        if name is not None:
            return self.output(name)
        if self.values.ndim == 3:
            raise ValueError(f"Choose one output; {_choices(self.output_names)}.")
        return self

    def to_frame(self) -> pd.DataFrame:
        """Return the SHAP values as a table: a row per row of X, a column per column of X.

        With several outputs the columns have two levels, the output and the column.
        """
        values, names = to_host(self.values), list(self.feature_names)
        if values.ndim == 2:
            return pd.DataFrame(values, index=self.index, columns=names)
        n, p, k = values.shape
        columns = pd.MultiIndex.from_product([self.output_names, names], names=["output", None])
        flat = values.transpose(0, 2, 1).reshape(n, k * p)
        return pd.DataFrame(flat, index=self.index, columns=columns)

    def mean_abs(self) -> pd.DataFrame:
        """Return the mean of |values| over the rows: how much each column moves the margin.

        Returns
        -------
        table : DataFrame of shape (n_features, n_outputs)
            A row per column of X, the most important (by the sum over the outputs) first.
        """
        means = np.abs(to_host(self.values)).mean(axis=0, dtype=np.float64)
        if means.ndim == 1:
            means = means[:, None]
        outputs = list(self.output_names) if self.output_names else ["mean_abs"]
        table = pd.DataFrame(means, index=list(self.feature_names), columns=outputs)
        return table.iloc[np.argsort(-means.sum(axis=1), kind="stable")]

    def column(self, name: str) -> int:
        """Return the number of a column.

        Raises
        ------
        ValueError
            When there is no such column.
        """
        if name not in self.feature_names:
            raise ValueError(f"There is no column {name!r}; {_choices(self.feature_names)}.")
        return self.feature_names.index(name)

    def to_shap(self) -> Any:
        """Return a `shap.Explanation`, for the plots of the shap package, which must be installed.

        Interactions are left out: its plots take them as `values` of their own.
        """
        import shap

        data = to_host(self.data)
        display = None
        if self.cells:
            display = data.astype(object)
            for name, cells in self.cells.items():
                display[:, self.column(name)] = cells
        several = self.values.ndim == 3
        return shap.Explanation(
            to_host(self.values),
            base_values=to_host(self.base_values),
            data=data,
            display_data=display,
            feature_names=list(self.feature_names),
            output_names=list(self.output_names or ()) if several else None,
        )


def _choices(names: Sequence[Any] | None, limit: int = 20) -> str:
    """Say which names there are."""
    if not names:
        return "the model has one output, without a name"
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"there are {', '.join(map(repr, names[:limit]))}{more}"
