"""What `fit` is given beside X and y, sorted by what is done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature, signature
from typing import Any

import numpy as np
from sklearn.utils import check_consistent_length

from ..estimators.base import to_host

# Beside those of xgboost's fit; X_val and y_val are scikit-learn's names.
_OWN = ("X_val", "y_val", "sample_weight_val", "groups", "memory_limit")
_WITH_ROWS = ("sample_weight", "base_margin", "qid")
_WITH_SETS = ("sample_weight_eval_set", "base_margin_eval_set", "eval_qid", "eval_group")

Encode = Callable[[Any], Any]
Label = Callable[[Any, str], Any]


def fit_signature(xgboost_class: Any, *more: str) -> Signature:
    """Return the signature of `fit` with gridfold's parameters; metadata routing reads it."""
    theirs = signature(xgboost_class.fit)
    own = [Parameter(name, Parameter.KEYWORD_ONLY, default=None) for name in (*_OWN, *more)]
    return theirs.replace(parameters=[*theirs.parameters.values(), *own])


def checked_names(estimator: Any, fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fit parameters that are given; one that `fit` does not know is a TypeError."""
    known = signature(type(estimator).fit).parameters
    unknown = [name for name in fit_params if name not in known]
    if unknown:
        raise TypeError(
            f"{type(estimator).__name__}.fit() got an unexpected keyword argument {unknown[0]!r}."
        )
    return {name: value for name, value in fit_params.items() if value is not None}


def with_validation_set(fit_params: Mapping[str, Any]) -> dict[str, Any]:
    """Return fit parameters in which X_val and y_val are an `eval_set` of xgboost's.

    Raises
    ------
    ValueError
        When only one of the two is given, or an `eval_set` besides.
    """
    taken = dict(fit_params)
    if "eval_set" in taken:
        _check_pairs(taken["eval_set"])
        if not len(taken["eval_set"]):
            del taken["eval_set"]  # none is given, as with xgboost's own
    X_val, y_val = taken.pop("X_val", None), taken.pop("y_val", None)
    weight = taken.pop("sample_weight_val", None)
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val go together: pass both or neither.")
    if X_val is None:
        if weight is not None:
            raise ValueError("sample_weight_val is given without X_val and y_val.")
        return taken
    if "eval_set" in taken:
        raise ValueError("Pass either X_val and y_val or eval_set, not both.")
    taken["eval_set"] = [(X_val, y_val)]
    if weight is not None:
        taken["sample_weight_eval_set"] = [weight]
    taken.setdefault("verbose", False)  # scikit-learn's names, and its silence
    return taken


def _check_pairs(eval_set: Any) -> None:
    if not all(isinstance(each, tuple | list) and len(each) == 2 for each in eval_set):
        raise ValueError("eval_set must be a list of pairs: eval_set=[(X_val, y_val)].")


def with_encoded_sets(
    fit_params: Mapping[str, Any], encode: Encode, label: Label
) -> dict[str, Any]:
    """Return fit parameters whose validation sets are encoded as the training rows are.

    Parameters
    ----------
    encode : callable
        From the X of a set to what xgboost takes.
    label : callable
        From the y of a set, and a name for it in messages, to what xgboost fits.
    """
    taken = dict(fit_params)
    if "eval_set" in taken:
        taken["eval_set"] = [
            _encoded_set(X, y, f"eval_set[{i}]", encode, label)
            for i, (X, y) in enumerate(taken["eval_set"])
        ]
    for name in _WITH_SETS:
        if name in taken:
            taken[name] = [to_host(part) for part in taken[name]]
    if "sample_weight_eval_set" in taken:
        taken["sample_weight_eval_set"] = [
            None if weight is None else checked_weights(weight, f"sample_weight_eval_set[{i}]")
            for i, weight in enumerate(taken["sample_weight_eval_set"])
        ]
    if "feature_weights" in taken:
        taken["feature_weights"] = to_host(taken["feature_weights"])
    return taken


def _encoded_set(X: Any, y: Any, name: str, encode: Encode, label: Label) -> tuple[Any, Any]:
    check_consistent_length(X, y)
    try:
        return encode(X), label(y, name)
    except ValueError as error:
        if name in str(error):
            raise
        raise ValueError(f"In {name}: {error}") from error


def split_off_rows(fit_params: dict[str, Any], n_samples: int) -> tuple[dict[str, Any], Any]:
    """Take what goes with each row out of `fit_params`: a dict of arrays, and the groups."""
    with_rows = {}
    for name in _WITH_ROWS:
        if name in fit_params:
            with_rows[name] = _per_row(fit_params.pop(name), name, n_samples)
    if "sample_weight" in with_rows:
        with_rows["sample_weight"] = checked_weights(with_rows["sample_weight"], "sample_weight")
    groups = fit_params.pop("groups", None)
    return with_rows, None if groups is None else _per_row(groups, "groups", n_samples)


def _per_row(values: Any, name: str, n_samples: int) -> np.ndarray:
    values = np.asarray(to_host(values))
    if values.ndim == 0 or len(values) != n_samples:
        raise ValueError(
            f"{name} must have a value for each of the {n_samples} rows; its shape is "
            f"{values.shape}."
        )
    return values


def checked_weights(weight: Any, name: str, first: int = 0) -> np.ndarray:
    """Return weights as an array; what is no number of at least 0 is a ValueError.

    The message has `name` and the row, of which the first has the number `first`.
    """
    weight = np.asarray(weight)
    if weight.dtype.kind not in "fiub":
        try:
            weight = weight.astype(float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} must be numbers: {error}.") from error
    refused = ~((weight >= 0) & np.isfinite(weight))
    if refused.any():
        row = int(np.argwhere(refused)[0, 0])
        raise ValueError(
            f"{name} must be finite numbers of at least 0; row {first + row} has {weight[row]}."
        )
    return weight
