"""XGBoost's classifier, with class labels of any kind."""

from __future__ import annotations

import json
from inspect import signature
from typing import Any

import numpy as np

from ..estimators.arrays import Array
from ..estimators.base import to_host
from .labels import encode_known, encode_labels, is_multilabel
from .on_device import XGBOnDevice, at_home, fit_params_at, rows
from .xgb import xgboost

_LABELS_ATTRIBUTE = "gridfold_classes"  # of the booster, in a file of `save_model`


class XGBClassifier(XGBOnDevice, xgboost.XGBClassifier):
    """Gradient boosted trees for classification, by XGBoost (Chen and Guestrin 2016).

    All parameters, methods and attributes are those of `xgboost.XGBClassifier`. Labels may be text,
    booleans or any numbers. `device` also takes "auto" (a GPU where there is one, else the CPU),
    and where it is None the device of `gridfold.config_context` or of X is used. A GPU that cannot
    be used is an error.

    Attributes
    ----------
    classes_ : array of shape (n_classes,), dtype of y

    Examples
    --------
    >>> from gridfold.boosting import XGBClassifier
    >>> model = XGBClassifier(n_estimators=5, min_child_weight=0)
    >>> model.fit([[0], [1], [2]], ["no", "no", "yes"]).predict([[2], [0]]).tolist()
    ['yes', 'no']
    """

    def fit(self, X: Any, y: Any, **fit_params: Any) -> XGBClassifier:
        """Fit the model.

        Parameters
        ----------
        X : array, table or sparse matrix of shape (n_samples, n_features)
            May have missing cells, and columns of pandas' category type (`enable_categorical`).
        y : array-like of shape (n_samples,), or (n_samples, n_labels) of 0 and 1
        **fit_params
            sample_weight, eval_set and the others of `xgboost.XGBClassifier.fit`.

        Raises
        ------
        ValueError
            When y has missing labels or one class only, or a validation set has labels that y
            has not.
        DeviceError
            When a GPU is asked for and there is none, or xgboost was built without GPU support.
        """
        place = self._place_for_fit(X, y)
        classes, codes = (None, to_host(y)) if is_multilabel(y) else encode_labels(y)

        def label(y_eval: Any, name: str) -> Any:
            if y_eval is y:
                return codes
            return to_host(y_eval) if classes is None else encode_known(y_eval, classes, name)

        fit_params = fit_params_at(place, fit_params, label)
        labels = vars(self).get("_labels")
        self._labels = None  # xgboost compares `classes_` with the numbers that it fits
        try:
            super().fit(rows(X, place), codes, **fit_params)
            labels = classes
        finally:
            self._labels = labels
        return self

    def predict(self, X: Any, **params: Any) -> Array:
        """Return labels of shape (n_samples,): where X is if they are numbers, else in NumPy.

        `params` are those of `xgboost.XGBClassifier.predict`.
        """
        answer = self._answer("predict", X, **params)
        labels = vars(self).get("_labels")
        if labels is not None and not params.get("output_margin"):
            answer = labels[answer.astype(int)]
        return at_home(answer, X)

    def predict_proba(self, X: Any, *args: Any, **params: Any) -> Array:
        """Return probabilities of shape (n_samples, n_classes), float32, where X is.

        Columns are in the order of `classes_`; `params` are those of
        `xgboost.XGBClassifier.predict_proba`.
        """
        return at_home(self._answer("predict_proba", X, *args, **params), X)

    @property
    def classes_(self) -> np.ndarray:
        """The labels of y, sorted."""
        labels = vars(self).get("_labels")
        return super().classes_ if labels is None else labels

    def save_model(self, fname: Any) -> None:
        """Save the model in xgboost's own format, its labels with it.

        xgboost's classifier reads the file too, and answers with the numbers 0, 1, ... .
        """
        labels = vars(self).get("_labels")
        if labels is not None:
            content = json.dumps({"dtype": labels.dtype.str, "labels": labels.tolist()})
            self.get_booster().set_attr(**{_LABELS_ATTRIBUTE: content})
        try:
            super().save_model(fname)
        finally:
            self.get_booster().set_attr(**{_LABELS_ATTRIBUTE: None})

    def load_model(self, fname: Any) -> None:
        """Load a model that `save_model` wrote, this class's or xgboost's."""
        super().load_model(fname)
        content = self.get_booster().attr(_LABELS_ATTRIBUTE)
        self.get_booster().set_attr(**{_LABELS_ATTRIBUTE: None})
        found = None if content is None else json.loads(content)
        self._labels = found and np.array(found["labels"], dtype=found["dtype"])

    # Metadata routing reads the names of the parameters here.
    fit.__signature__ = signature(xgboost.XGBClassifier.fit)  # type: ignore[attr-defined]
    predict.__signature__ = signature(xgboost.XGBClassifier.predict)  # type: ignore[attr-defined]
    predict_proba.__signature__ = signature(  # type: ignore[attr-defined]
        xgboost.XGBClassifier.predict_proba
    )
