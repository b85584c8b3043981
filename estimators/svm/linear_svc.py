"""Linear support vector classification."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import svm
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import column_or_1d

from ..arrays import place_of, to_numpy
from ..base import result_place
from ..door import Opened
from ..linear.decision import decision_scores, labels_of
from ..linear.logistic import class_numbers
from ..linear.row_losses import SquaredHinge
from .compiled import Compiled
from .squared import FEWEST_STEPS, solve_squared, suits_newton, warn_unless_converged


class LinearSVC(Compiled, svm.LinearSVC):
    """Linear support vector classifier, one-vs-rest.

    Minimises `1/2 |b|^2 + 1/2 (b0 / s)^2 + C sum_i w_i max(0, 1 - y_i (x_i'b + b0))^2` for each
    class, s being `intercept_scaling` (Fan et al. 2008, liblinear), by Newton's method: it starts
    from the minimum over a part of the rows, and takes second derivatives of all rows only where
    they save more than they cost.

    Parameters are those of `sklearn.svm.LinearSVC`, and `device`. `dual` has no effect on the
    minimum. The fit ends where the objective is estimated to be within a part of 1e-6 `tol` of its
    minimum; `max_iter` counts Newton steps, of which a handful is usual. `verbose` and
    `random_state` have no effect. The l1 penalty, the hinge loss and "crammer_singer" are
    liblinear's to fit, on the host, as are `max_iter` below 20, and X of more columns than rows or
    of 1,000 columns there; sparse X is scikit-learn's. `fallback_` says so where X is elsewhere.

    Attributes
    ----------
    coef_ : array of shape (1, n_features) or (n_classes, n_features), float64
    intercept_ : array of shape (1,) or (n_classes,); 0.0 without intercept
    classes_ : ndarray of shape (n_classes,)
    n_iter_ : int
        Newton steps of the class that took the most.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "classification"
    _multi_output = False
    _is_double = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearSVC:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Labels of at least two classes.
        sample_weight : array-like of shape (n_samples,) or float, optional
        """
        self._validate_params()
        reason = self._fallback_reason(X, y)
        if reason is not None or (place_of(X).on_host and not suits_newton(X)):
            return self._fit_compiled(X, y, sample_weight, reason or "X is as wide as it is long")
        return self._fit_on_device(X, y, sample_weight)

    def decision_function(self, X: Any) -> Any:
        """Return scores of shape (n_samples,) or (n_samples, n_classes), where X is."""
        return self._answer("decision_function", X, "coef_", lambda X, xp: decision_scores(self, X))

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_samples,); numeric ones where X is, others as NumPy."""
        scores = self.decision_function(X)
        home = place_of(scores)
        labels = labels_of(self.classes_, scores, home.xp)
        return result_place(home, labels).put(labels)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if self.penalty != "l2":
            return f"penalty={self.penalty!r} has no kernel here"
        if self.multi_class != "ovr":
            return f"multi_class={self.multi_class!r} has no kernel here"
        if self.loss != "squared_hinge":
            return f"loss={self.loss!r} has no kernel here"
        if self.max_iter < FEWEST_STEPS:
            return f"max_iter={self.max_iter} stops liblinear's steps before the minimum"
        return None

    def _fit_arrays(self, data: Opened) -> None:
        y = column_or_1d(data.y, warn=True)
        weight = None if data.sample_weight is None else to_numpy(data.sample_weight)
        classes, codes = class_numbers(y)
        by_class = compute_class_weight(
            self.class_weight, classes=classes, y=y, sample_weight=weight
        )
        # liblinear leaves out rows of negative weight.
        weight = np.ones(len(y)) if weight is None else np.maximum(weight.astype(np.float64), 0)
        put, solved = data.place.put, []
        for k in [1] if len(classes) == 2 else range(len(classes)):
            # Of several classes, the others have the weight 1 each time, as in liblinear.
            other = by_class[0] if len(classes) == 2 else 1.0
            sign, own = np.where(codes == k, 1.0, -1.0), np.where(codes == k, by_class[k], other)
            solved.append(solve_squared(self, data.X, put(sign), put(weight * own), SquaredHinge()))
        self.classes_ = classes
        self.coef_ = put(np.stack([coef for coef, _, _ in solved]))
        intercept = put(np.asarray([offset for _, offset, _ in solved]))
        self.intercept_ = intercept if self.fit_intercept else 0.0
        self.n_iter_ = max(found.n_iter for _, _, found in solved)
        warn_unless_converged([found for _, _, found in solved])
