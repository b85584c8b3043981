"""What a group of MLPs is trained from: its members, checked, and their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import is_classifier
from sklearn.preprocessing import LabelBinarizer

from ..arrays import HOST, find_place, is_foreign
from ..door import Opened, open_door
from ..shared import Declined, Members
from .engine.batches import Rows
from .labels import loss_name, one_column, output_activation
from .parameters import dtypes


def is_ours(model: Any) -> bool:
    """Whether it is gridfold's class, not scikit-learn's."""
    return hasattr(type(model), "_added")


def new_models(members: Members, fit_params: Mapping[str, Any]) -> list[Any]:
    """Return the members as unfitted estimators, whose parameters have been checked."""
    others = sorted(set(fit_params) - {"sample_weight"})
    if others:
        raise Declined(f"the fit parameter {others[0]!r} is given")
    if getattr(members.prototype, "_skl_callbacks", None):
        raise Declined("callbacks follow the epochs of one network")
    models = [members.instance(i) for i in range(len(members))]
    for i, model in enumerate(models):
        try:
            model._validate_params()
            if hasattr(model, "_check_together"):
                model._check_together(None, None, False)
        except ValueError as error:
            raise Declined(str(error), {i}) from error
    return models


def training_rows(model: Any, X: Any, y: Any, sample_weight: Any) -> tuple[Rows, np.dtype]:
    """Check training data as the model's own fit does, and note on it what is known of them.

    Returns
    -------
    rows : Rows
        In the dtype of the computing; for scikit-learn's classes that of X.
    kept : dtype
        Of the fitted weights.

    Raises
    ------
    Declined
        When X is sparse, or training by scikit-learn would be another.
    """
    if issparse(X):
        raise Declined("X is sparse")
    task = "classification" if is_classifier(model) else "regression"
    if is_ours(model):
        data = open_door(model, X, y, sample_weight, find_place(model.device, X), task=task)
        computing, kept = dtypes(model.dtype, model.solver, np.dtype(_name(data.X.dtype)))
        rows = model._rows(data, computing, False)
        model.out_activation_ = model._out_activation()
        return rows, kept
    if is_foreign(X) or is_foreign(y):
        raise Declined("X or y is no NumPy array")
    rows = _their_rows(model, open_door(model, X, y, sample_weight, HOST, task=task))
    return rows, rows.y.dtype


def _their_rows(model: Any, data: Opened) -> Rows:
    y, dtype = one_column(data.y), data.X.dtype
    if dtype == np.float32:
        raise Declined("rounding to float32 grows in training until scores differ")
    if data.sample_weight is not None and data.sample_weight.min() <= 0:
        raise Declined("scikit-learn refuses a batch whose weights sum to zero")
    if is_classifier(model):
        model._label_binarizer = LabelBinarizer().fit(y)
        model.classes_ = model._label_binarizer.classes_
        model.out_activation_ = output_activation(model._label_binarizer)
        if model.early_stopping and len(model.classes_) < 2:
            raise Declined("y has one class, which scikit-learn always scores as right")
        y = model._label_binarizer.transform(y)
    else:
        model.out_activation_ = "exp" if model.loss == "poisson" else "identity"
        if model.loss == "poisson" and y.min() < 0:
            raise Declined("loss='poisson' and y is below 0")
    return Rows((data.X,), y.reshape(len(y), -1).astype(dtype), data.sample_weight, HOST)


def loss_of_model(model: Any) -> str:
    """Return the name, in losses.py, of the loss of a model whose rows have been checked."""
    if is_classifier(model):
        return loss_name(model.out_activation_)
    return str(model.loss)


def is_multilabel(model: Any) -> bool:
    """Whether a model whose rows have been checked predicts flags."""
    return is_classifier(model) and model._label_binarizer.y_type_.startswith("multilabel")


def n_trained_on(params: Mapping[str, Any], n_rows: int) -> int:
    """Return how many of the rows are left where validation rows are split off."""
    held = np.ceil(params["validation_fraction"] * n_rows) if params["early_stopping"] else 0
    return n_rows - int(held)


def _name(dtype: Any) -> str:
    return str(dtype).rpartition(".")[2]
