"""Which rows are held out: one validation part, or the folds of several models."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
)

from ...estimators.held_out import held_out_rows
from .rows import Indices, Rows

Split = tuple[Indices, Indices]


def validation_part(rows: Rows, fraction: float, seed: int, classes: Sequence[Any]) -> Split:
    """Return the numbers of the training rows and of the validation rows, ascending.

    Every class gives its share of rows; rows of one group stay together.

    Parameters
    ----------
    classes : sequence
        The labels behind `rows.strata`, for messages.

    Raises
    ------
    ValueError
        When the part would be empty or hold no row of some class, or training would.
    """
    train, held = _one_split(rows, fraction, seed)
    if rows.strata is not None:
        _check_classes(rows.strata, train, held, fraction, classes)
    if not len(held) or not len(train):
        raise ValueError(
            f"validation_fraction={fraction:g} of {len(rows)} rows leaves {len(train)} rows for "
            f"training and {len(held)} for validation. Change it, or pass X_val and y_val to fit."
        )
    return np.sort(train), np.sort(held)


def _one_split(rows: Rows, fraction: float, seed: int) -> Split:
    if rows.groups is None:
        return held_out_rows(len(rows), fraction, np.random.RandomState(seed), rows.strata)
    nothing = np.empty(len(rows))
    _check_groups(rows.groups, 2)
    if rows.strata is None:
        splitter = GroupShuffleSplit(n_splits=1, test_size=fraction, random_state=seed)
        return next(splitter.split(nothing, None, rows.groups))
    n_parts = max(2, min(round(1 / fraction), len(np.unique(rows.groups))))
    parts = list(_quiet(StratifiedGroupKFold, n_parts, seed, nothing, rows.strata, rows.groups))
    n_classes = len(np.unique(rows.strata))
    whole = (
        (train, held)
        for train, held in parts
        if len(np.unique(rows.strata[train])) == len(np.unique(rows.strata[held])) == n_classes
    )
    return next(whole, parts[0])


def folds(rows: Rows, n_folds: int, seed: int, classes: Sequence[Any]) -> list[Split]:
    """Return (train, held out) of `n_folds` folds: each row is held out once.

    Raises
    ------
    ValueError
        When there are fewer rows or groups than folds, or no row of some class would be left to
        train on beside a fold.
    """
    if len(rows) < n_folds:
        raise ValueError(f"{n_folds} folds cannot be made of {len(rows)} rows.")
    if rows.strata is not None:
        _check_single_rows(rows.strata, classes)
    nothing, strata, groups = np.empty(len(rows)), rows.strata, rows.groups
    if groups is not None:
        _check_groups(groups, n_folds)
        cls = GroupKFold if strata is None else StratifiedGroupKFold
    elif strata is None:
        cls = KFold
    elif np.bincount(strata).max() < n_folds:  # which StratifiedKFold refuses
        return _folds_of_small_classes(strata, n_folds, seed)
    else:
        cls = StratifiedKFold
    splits = list(_quiet(cls, n_folds, seed, nothing, strata, groups))
    if strata is not None:
        _check_trained_on(strata, splits, classes)
    return splits


def _folds_of_small_classes(strata: np.ndarray, n_folds: int, seed: int) -> list[Split]:
    """Deal out the rows class by class, so that no fold holds two rows of one class."""
    order = np.random.RandomState(seed).permutation(len(strata))
    fold = np.empty(len(strata), dtype=np.int64)
    fold[order[np.argsort(strata[order], kind="stable")]] = np.arange(len(strata)) % n_folds
    return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(n_folds)]


def _quiet(cls: Any, n_folds: int, seed: int, *data: Any) -> Any:
    """Split without the warning that a class has fewer rows than there are folds."""
    splitter = cls(n_folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        yield from splitter.split(*data)


def _check_classes(
    strata: np.ndarray, train: Indices, held: Indices, fraction: float, classes: Sequence[Any]
) -> None:
    counts = np.bincount(strata, minlength=len(classes))
    for name, part in (("validation", held), ("training", train)):
        lacking = np.flatnonzero(np.bincount(strata[part], minlength=len(classes)) == 0)
        if len(lacking):
            first = lacking[0]
            raise ValueError(
                f"The {name} part ({len(part)} of {len(strata)} rows, "
                f"validation_fraction={fraction:g}) holds no row of class {classes[first]!r}, "
                f"which has {counts[first]}. Change validation_fraction, or pass X_val and y_val "
                "to fit."
            )


def _check_single_rows(strata: np.ndarray, classes: Sequence[Any]) -> None:
    single = np.flatnonzero(np.bincount(strata, minlength=len(classes)) == 1)
    if len(single):
        raise ValueError(
            f"Class {classes[single[0]]!r} has one row only: it cannot be trained on and held "
            "out. Leave that row out, or join the class with another."
        )


def _check_trained_on(strata: np.ndarray, splits: list[Split], classes: Sequence[Any]) -> None:
    """Refuse folds beside which no row of a class is left: it is in the groups of one fold."""
    for train, held in splits:
        lacking = np.setdiff1d(strata[held], strata[train])
        if len(lacking):
            raise ValueError(
                f"All rows of class {classes[lacking[0]]!r} are in groups that are held out "
                "together, and no model could be trained on it: groups must leave each class in "
                "several of them."
            )


def _check_groups(groups: np.ndarray, n_needed: int) -> None:
    n_groups = len(np.unique(groups))
    if n_groups < n_needed:
        raise ValueError(f"groups has {n_groups} groups; {n_needed} are needed to hold one out.")
