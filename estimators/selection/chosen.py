"""Fitted selectors of columns: what each makes of rows that are checked once for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags
from sklearn.utils.validation import validate_data

from ..arrays import Array
from ..shared import Members
from ..sklearn_private import get_output_config


@dataclass(frozen=True)
class Chosen:
    """Fitted members, each of which chooses columns of the same table.

    Attributes
    ----------
    whole : estimator
        The member that was fitted by itself: it knows the names of the columns, if they have any.
    fitted : sequence of estimators
        All members, as if the columns had no names.
    masks : sequence of bool arrays of shape (n_features,)
        The columns that each member chooses.
    """

    members: Members
    whole: Any
    fitted: Sequence[Any]
    masks: Sequence[np.ndarray]


def choose(members: Members, whole: Any, attributes: Sequence[Mapping[str, Any]]) -> Chosen:
    """Make all members of their fitted attributes; scikit-learn's own rules tell their columns."""
    fitted = []
    for i, own in enumerate(attributes):
        member = members.instance(i)
        vars(member).update(own, n_features_in_=whole.n_features_in_)
        fitted.append(member)
    return Chosen(members, whole, fitted, [member.get_support() for member in fitted])


def transformed(state: Chosen, X: Array, members: Sequence[int]) -> list[Array]:
    """Return what `members` make of `X`; those that choose the same columns, the same array.

    The rows are checked once; each member's own `transform` then takes its columns.
    """
    if get_output_config("transform", state.whole)["dense"] != "default":
        return [materialised(state, i).transform(X) for i in members]
    allow_nan = get_tags(state.whole).input_tags.allow_nan
    X = validate_data(
        state.whole,
        X,
        dtype=None,
        accept_sparse="csr",
        ensure_all_finite=not allow_nan,
        reset=False,
    )
    known: dict[bytes, Array] = {}
    answers = []
    with config_context(assume_finite=True):
        for i in members:
            key = state.masks[i].tobytes()
            # One that chooses nothing has a warning to give, each time.
            if key not in known or not state.masks[i].any():
                known[key] = state.fitted[i].transform(X)
            answers.append(known[key])
    return answers


def materialised(state: Chosen, i: int) -> BaseEstimator:
    """Return member `i` with scikit-learn's fitted attributes, none of which another member has."""
    estimator = state.members.instance(i)
    for name, value in vars(state.fitted[i]).items():
        if name.endswith("_"):
            setattr(estimator, name, value.copy() if isinstance(value, np.ndarray) else value)
    if hasattr(state.whole, "feature_names_in_"):
        estimator.feature_names_in_ = state.whole.feature_names_in_
    return estimator
