"""What xgboost cannot do with categories, said before it trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .kinds import Category, Kind
from .names import listed

# Parameter, value, and what it is; each knows columns of numbers only.
_WITHOUT_CATEGORIES = (
    ("booster", "gblinear", "a linear model"),
    ("tree_method", "exact", "the exact search for splits"),
)


def check_params(params: Mapping[str, Any], kinds: Sequence[Kind], names: Sequence[Any]) -> None:
    """Check that xgboost can do with the categories among the columns what `params` ask for.

    Raises
    ------
    ValueError
        When the booster or the tree method takes no categories, or the number `missing` is also
        one by which xgboost knows a category. The message names the columns.
    """
    categories = {
        name: kind.levels
        for name, kind in zip(names, kinds, strict=True)
        if isinstance(kind, Category) and kind.levels
    }
    if not categories:
        return
    for parameter, value, what in _WITHOUT_CATEGORIES:
        if params.get(parameter) == value:
            raise ValueError(
                f"{parameter}={value!r}, {what}, takes no categories, and X has them in "
                f"{listed(list(categories), 'column')}: use another {parameter}, or make numbers "
                "of them."
            )
    missing = params.get("missing")
    if missing is not None and not np.isnan(missing):
        for name, levels in categories.items():
            _check_missing(missing, name, levels)


def _check_missing(missing: float, name: Any, levels: Sequence[Any]) -> None:
    if not (0 <= missing <= len(levels) and missing == int(missing)):
        return
    level = repr(levels[int(missing)]) if missing < len(levels) else "one not seen"
    raise ValueError(
        f"missing={missing} would also make a category missing: xgboost knows the categories of "
        f"column {name!r} by the numbers 0, 1, ..., and {level} by {int(missing)}. Leave missing "
        f"at NaN and replace {missing} by NaN in X."
    )
