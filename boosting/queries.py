"""Queries of a ranking: which rows belong together, and rows brought into their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils import check_consistent_length

from ..estimators.base import to_host
from .training.rows import taken

_MOST_RELEVANT = 31  # xgboost counts a gain of 2^relevance - 1 in 32 bits


@dataclass(frozen=True)
class Queries:
    """The queries of a table.

    Attributes
    ----------
    codes : int array of shape (n_samples,)
        The query of each row, numbered 0, 1, ... in the order of their ids, and never descending.
    order : int array of shape (n_samples,), or None
        The rows as they were given, query by query; None where they were in order.
    are_told : bool
        Whether anything told the queries: else the table is one.
    """

    codes: np.ndarray
    order: np.ndarray | None = None
    are_told: bool = True

    @property
    def n_queries(self) -> int:
        """How many queries there are."""
        return int(self.codes[-1]) + 1

    def sorted(self, rows: Any) -> Any:
        """Return what goes with the rows, query by query."""
        return rows if self.order is None else taken(rows, self.order)

    def as_given(self, rows: np.ndarray) -> np.ndarray:
        """Return what was made query by query in the order of the rows as they were given."""
        if self.order is None:
            return rows
        restored = np.empty_like(rows)
        restored[self.order] = rows
        return restored

    def groups(self, groups: Any = None) -> np.ndarray:
        """Return for each sorted row a group that is not to be divided, its query by default.

        Raises
        ------
        ValueError
            When the `groups` given divide a query.
        """
        if groups is None:
            return self.codes
        found = np.unique(self.sorted(np.asarray(to_host(groups))), return_inverse=True)[1]
        divided = found != found[first_rows(self.codes)][self.codes]
        if divided.any():
            raise ValueError(
                "groups divides a query: its rows are in more than one group. Rows of a query are "
                "held out together."
            )
        return found

    def weight_of_rows(self, weight: Any, name: str = "sample_weight") -> np.ndarray | None:
        """Return for each sorted row the weight of its query.

        Parameters
        ----------
        weight : array of shape (n_queries,) or (n_samples,), or None
            For each query, in the order of their ids; or for each row as it was given, the same in
            all rows of a query.

        Raises
        ------
        ValueError
            When rows of one query have different weights, or there are too few or too many.
        """
        if weight is None:
            return None
        weight = np.asarray(to_host(weight), dtype=float).ravel()
        if len(weight) == self.n_queries:
            return weight[self.codes]
        if len(weight) != len(self.codes):
            raise ValueError(
                f"{name} has {len(weight)} values for {self.n_queries} queries of "
                f"{len(self.codes)} rows: give one for each query, or one for each row."
            )
        weight = self.sorted(weight)
        of_query = weight[first_rows(self.codes)]
        differs = weight != of_query[self.codes]
        if differs.any():
            row = int(np.argmax(differs))
            raise ValueError(
                f"{name} differs within a query ({weight[row]:g} and "
                f"{of_query[self.codes[row]]:g}): a ranking weighs queries, not rows."
            )
        return weight


def read_queries(X: Any, qid: Any = None, group: Any = None, name: str = "") -> tuple[Any, Queries]:
    """Return X without its column "qid", and the queries of its rows.

    Parameters
    ----------
    X : array, sparse matrix or DataFrame of shape (n_samples, n_features)
        A DataFrame may have a column "qid".
    qid : array of shape (n_samples,), optional
        An id for each row, of any type that can be sorted; rows of a query need not be adjacent.
    group : int array of shape (n_queries,), optional
        How many rows each query has, where the rows lie query by query.
    name : str
        What goes before the names of the parameters in messages.

    Raises
    ------
    ValueError
        When queries are given in more than one way, an id is missing, or the sizes do not add up
        to the number of rows.
    """
    X, column = split_off_ids(X)
    given = [each for each in (qid, group, column) if each is not None]
    if len(given) > 1:
        raise ValueError(
            f"Queries are given twice: pass one of {name}qid, {name}group and a column 'qid' of X."
        )
    n_samples = X.shape[0] if hasattr(X, "shape") else len(np.asarray(X))
    if group is not None:
        return X, Queries(_codes_of_sizes(group, n_samples, f"{name}group"))
    if not given:
        return X, Queries(np.zeros(n_samples, dtype=np.int64), are_told=False)
    ids = np.asarray(to_host(given[0]))
    check_consistent_length(X, ids)
    return X, _sorted_queries(ids, f"{name}qid")


def split_off_ids(X: Any) -> tuple[Any, Any]:
    """Return X without its column "qid", and that column; None where X has none."""
    if not hasattr(X, "columns") or "qid" not in X.columns:
        return X, None
    rest = [column for column in X.columns if column != "qid"]
    return X[rest], X["qid"]


def first_rows(codes: np.ndarray) -> np.ndarray:
    """Return the number of the first row of each query, of codes that never descend."""
    return np.flatnonzero(np.diff(codes, prepend=codes[0] - 1))


def with_query_weights(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of xgboost's matrix with a weight per query in place of one per row."""
    if info.get("qid") is None or info.get("weight") is None:
        return dict(info)
    return {**info, "weight": info["weight"][first_rows(info["qid"])]}


def check_relevance(y: Any, objective: str, name: str = "y", *, exp_gain: bool = True) -> None:
    """Make sure that a ranking objective takes the relevances `y`.

    Parameters
    ----------
    y : array of shape (n_samples,)
    objective : str
        xgboost's name. "rank:map" takes 0 and 1; "rank:ndcg" whole numbers from 0 to 31;
        "rank:ndcg" with `ndcg_exp_gain=False` and "rank:pairwise" any numbers.
    name : str
        What messages call `y`.

    Raises
    ------
    ValueError
        When it does not; the message names the first such value and its row.
    """
    y = np.asarray(y)
    if objective == "rank:map":
        refused, words = (y != 0) & (y != 1), "0 or 1"
    elif objective == "rank:ndcg" and exp_gain:
        refused = (y < 0) | (y > _MOST_RELEVANT) | (y != np.floor(y))
        words = f"whole numbers from 0 to {_MOST_RELEVANT} (or set ndcg_exp_gain=False)"
    else:
        return
    if refused.any():
        row = int(np.argmax(refused))
        raise ValueError(
            f"objective={objective!r} needs relevances that are {words}; row {row} of {name} has "
            f"{y[row]:g}."
        )


def _codes_of_sizes(group: Any, n_samples: int, name: str) -> np.ndarray:
    sizes = np.asarray(to_host(group))
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        raise ValueError(f"{name} must be a list of how many rows each query has, 1 or more.")
    if sizes.sum() != n_samples:
        raise ValueError(f"{name} adds up to {sizes.sum()} rows, and X has {n_samples}.")
    return np.repeat(np.arange(len(sizes)), sizes)


def _sorted_queries(ids: np.ndarray, name: str) -> Queries:
    missing = pd.isna(ids)
    if missing.any():
        raise ValueError(f"{name} has no id for row {int(np.argmax(missing))}.")
    try:
        codes = np.unique(ids, return_inverse=True)[1].reshape(len(ids))
    except TypeError as error:
        raise ValueError(f"{name} has ids of types that cannot be compared: {error}.") from error
    if (np.diff(codes) >= 0).all():
        return Queries(codes)
    order = np.argsort(codes, kind="stable")
    return Queries(codes[order], order)
