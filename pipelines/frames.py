"""X as a pandas table, whatever it came as; and lists of column names for messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
from sklearn.utils.validation import check_array

from ..estimators.base import to_host


def as_table(X: Any, user: str) -> pd.DataFrame:
    """Return X as a table that may be renamed without touching X; its cells are not copied.

    Parameters
    ----------
    X : DataFrame (pandas, or one with `to_pandas`) or array-like of shape (n_samples, n_features)
    user : str
        The estimator that asks, for messages.

    Raises
    ------
    ValueError
        When X is no table of at least one row and column, or two columns have one name.
    """
    if hasattr(X, "to_pandas"):
        X = X.to_pandas()
    if not isinstance(X, pd.DataFrame):
        checked = check_array(to_host(X), dtype=None, ensure_all_finite=False, estimator=user)
        return pd.DataFrame(checked)
    if 0 in X.shape:
        raise ValueError(
            f"Found a table with {X.shape[0]} sample(s) and {X.shape[1]} feature(s) "
            f"(shape={X.shape}) while a minimum of 1 is required by {user}."
        )
    twice = X.columns[X.columns.duplicated()].unique()
    if len(twice):
        raise ValueError(f"Two columns of X have one name: {listed(twice)}.")
    return X.copy(deep=False)


def has_names(table: pd.DataFrame) -> bool:
    """Whether the columns have names (texts), not numbers."""
    return all(isinstance(name, str) for name in table.columns)


def listed(names: Iterable[Any], limit: int = 10) -> str:
    """Return "column 'a'" or "columns 'a', 'b'", at most `limit` names."""
    names = list(names)
    shown = ", ".join(repr(str(name)) for name in names[:limit])
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"column{'' if len(names) == 1 else 's'} {shown}{more}"
