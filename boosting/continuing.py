"""The earlier model that training goes on from: `xgb_model` of `fit`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .columns import Columns
from .columns.kinds import Category, Kind
from .columns.levels import is_text, stored_levels
from .model_file import labels_in, own_columns_in
from .xgb import xgboost


def with_model_read(fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """Return fit parameters in which an earlier model that is a file is read, to a booster."""
    taken = dict(fit_params)
    if not isinstance(taken.get("xgb_model"), xgboost.XGBModel | xgboost.Booster | None):
        taken["xgb_model"] = xgboost.Booster(model_file=taken["xgb_model"])
    return taken


def booster_before(xgb_model: Any) -> Any:
    """Return the booster of an estimator, or `xgb_model` itself, a booster or None."""
    return xgb_model.get_booster() if isinstance(xgb_model, xgboost.XGBModel) else xgb_model


def rounds_before(xgb_model: Any) -> int:
    """Return how many rounds the earlier model has, 0 without one."""
    booster = booster_before(xgb_model)
    return 0 if booster is None else booster.num_boosted_rounds()


def columns_before(booster: Any, columns: Columns) -> Columns:
    """Return the columns of X by which rows are coded as the booster knows them.

    Parameters
    ----------
    booster : xgboost.Booster
    columns : Columns
        Those of X. Categories take the levels of the booster, if it keeps levels.
    """
    told = own_columns_in(booster)
    if told is not None:
        return told
    known = Columns.of_booster(booster)
    if known.n_features != columns.n_features:
        return columns  # xgboost says that they differ
    kinds = [_kind(*each) for each in zip(known.kinds, columns.kinds, strict=True)]
    return Columns(tuple(kinds), columns.names)


def _kind(before: Kind, now: Kind) -> Kind:
    if not (isinstance(before, Category) and isinstance(now, Category)):
        return now
    # The booster may hold fractions as text, and text that is not ASCII escaped.
    if is_text(before.levels) and not is_text(now.levels):
        return Category(tuple(map(float, before.levels)))
    if stored_levels(now.levels).tolist() != list(now.levels):
        return Category(tuple(_unescaped(str(level)) for level in before.levels))
    return before


def _unescaped(level: str) -> str:
    return level.encode("ascii").decode("unicode_escape") if level.isascii() else level


def check_labels(xgb_model: Any, labels: np.ndarray | None) -> None:
    """Make sure that the earlier model, as far as it tells, has the same labels.

    Raises
    ------
    ValueError
        When it has others: its trees would speak for other classes.
    """
    if xgb_model is None or labels is None:
        return
    before = getattr(xgb_model, "_labels", None)
    if before is None:
        before = labels_in(booster_before(xgb_model))
    if before is None or before.tolist() == labels.tolist():
        return
    raise ValueError(
        f"y has the labels {labels.tolist()}, and the model given as xgb_model has "
        f"{before.tolist()}: training can go on with the same labels only."
    )
