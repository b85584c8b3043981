"""xgboost's matrices of encoded rows, where its estimators' own way does not serve."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from ..estimators.base import to_host
from .on_device import rows_at
from .queries import with_query_weights
from .survival import as_matrix_fields
from .xgb import xgboost

if TYPE_CHECKING:
    from ..estimators.arrays import Place
    from .columns import Columns


@dataclass(frozen=True)
class Coded:
    """Rows of a validation set with categories as codes, among them those not seen in training.

    xgboost refuses a table with such a category, and its quantised matrix would count it as
    another; a plain matrix of codes is evaluated as it is predicted.

    Attributes
    ----------
    matrix : float32 array of shape (n_samples, n_features)
    columns : Columns
    """

    matrix: np.ndarray
    columns: Columns

    @property
    def shape(self) -> tuple[int, ...]:
        """(n_samples, n_features)."""
        return self.matrix.shape


def encoded_set(columns: Columns, X: Any, place: Place) -> Any:
    """Return the X of a validation set as xgboost takes it."""
    if columns.has_categories:
        return Coded(to_host(columns.for_predict(X)), columns)
    return rows_at(columns.for_training(X), place)


def make_matrices(estimator: Any, build: Any = None) -> None:
    """Let the xgboost estimator make matrices of `Coded` rows too; `forget_matrices` undoes it.

    Parameters
    ----------
    build : callable, optional
        What makes all others; the estimator's own method by default.
    """
    name = _method(estimator)
    setattr(estimator, name, partial(_matrix, build or getattr(estimator, name)))


def forget_matrices(estimator: Any) -> None:
    """Take back `make_matrices`, which makes a cycle of references."""
    vars(estimator).pop(_method(estimator))


def _method(estimator: Any) -> str:
    return "_create_ltr_dmatrix" if hasattr(estimator, "_create_ltr_dmatrix") else "_create_dmatrix"


def _matrix(build: Any, ref: Any, *, data: Any, **info: Any) -> Any:
    info = with_query_weights(as_matrix_fields(info))
    if not isinstance(data, Coded):
        return build(ref, data=data, **info)
    info.update(feature_types=data.columns.feature_types, enable_categorical=True)
    return xgboost.DMatrix(data.matrix, feature_names=data.columns.names_for_booster, **info)
