"""Ridge regression on labels coded as -1 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import linear_model
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ..arrays import place_of
from ..base import OnDevice, result_place
from ..door import Opened
from .decision import decision_scores, decoded_labels, set_linear
from .ridge import ridge_fallback, solver_of
from .ridge_path import RidgeMember, fit_ridge


class RidgeClassifier(OnDevice, linear_model.RidgeClassifier):
    """Classifier by ridge regression on targets in {-1, 1}, one column per class.

    Minimises `sum_i w_i |Y_i - x_i'B - b0|^2 + alpha |B|^2`, and predicts the class of the
    largest output. Parameters are those of `sklearn.linear_model.RidgeClassifier`, and `device`.

    Attributes
    ----------
    coef_ : array of shape (n_features,) for two classes or (n_classes, n_features), dtype of X
    intercept_ : array of shape (1,) or (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "classification"
    _numbers_only = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> RidgeClassifier:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or (n_samples, n_outputs) for multilabel
        sample_weight : array-like of shape (n_samples,) or float, optional
        """
        return self._fit_on_device(X, y, sample_weight)

    def decision_function(self, X: Any) -> Any:
        """Return scores of shape (n_samples,) or (n_samples, n_classes), where X is."""
        return self._answer("decision_function", X, "coef_", lambda X, xp: decision_scores(self, X))

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_samples,); numeric ones where X is, others as NumPy."""
        check_is_fitted(self)
        scores = self.decision_function(X)
        home = place_of(scores)
        labels = decoded_labels(self._label_binarizer, scores, home.xp)
        return result_place(home, labels).put(labels)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        return ridge_fallback(self)

    def _fit_arrays(self, data: Opened) -> None:
        self._label_binarizer = LabelBinarizer(pos_label=1, neg_label=-1)
        Y = self._label_binarizer.fit_transform(data.y).astype(np.float64)
        self.classes_ = self._label_binarizer.classes_
        weight = self._class_weighted(data)
        member = RidgeMember(float(self.alpha), self.fit_intercept)
        found = fit_ridge(data.X, data.place.put(Y), weight, [member], data.xp, solver=self.solver)
        set_linear(self, found.coef[0, ...], found.intercept[0, ...], 2, data.X.dtype, data.xp)
        self.n_iter_, self.solver_ = None, solver_of(self)

    def _class_weighted(self, data: Opened) -> Any:
        y = data.y
        if not self._label_binarizer.y_type_.startswith("multilabel"):
            y = column_or_1d(y, warn=True)
        if not self.class_weight:
            return data.sample_weight
        balance = data.place.put(compute_sample_weight(self.class_weight, y), data.X.dtype)
        return balance if data.sample_weight is None else data.sample_weight * balance
