"""Linear support vector regression."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import svm

from ..arrays import Array, place_of, to_numpy
from ..door import Opened
from ..linear.decision import linear_output
from ..linear.row_losses import SquaredInsensitive
from .compiled import Compiled
from .squared import FEWEST_STEPS, solve_squared, suits_newton, warn_unless_converged


class LinearSVR(Compiled, svm.LinearSVR):
    """Linear epsilon-insensitive regression.

    Minimises `1/2 |b|^2 + 1/2 (b0 / s)^2 + C sum_i w_i max(0, |y_i - x_i'b - b0| - epsilon)`, s
    being `intercept_scaling` (Fan et al. 2008, liblinear). That is liblinear's to fit, on the host;
    with the squares of the losses ("squared_epsilon_insensitive") Newton's method does it, as for
    `LinearSVC`.

    Parameters are those of `sklearn.svm.LinearSVR`, and `device`. `max_iter` below 20 is
    liblinear's too. `fallback_` says where X is elsewhere and liblinear serves.

    Attributes
    ----------
    coef_ : array of shape (n_features,), float64
    intercept_ : array of shape (1,); 0.0 without intercept
    n_iter_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "regression"
    _multi_output = False
    _is_double = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearSVR:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,) or float, optional
        """
        self._validate_params()
        reason = self._fallback_reason(X, y)
        if reason is not None or (place_of(X).on_host and not suits_newton(X)):
            return self._fit_compiled(X, y, sample_weight, reason or "X is as wide as it is long")
        return self._fit_on_device(X, y, sample_weight)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,), where X is."""
        return self._answer("predict", X, "coef_", lambda X, xp: self._outputs(X))

    def _outputs(self, X: Array) -> Array:
        if self.fit_intercept:
            return linear_output(self, X)
        return X @ self._here("coef_", X)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if self.loss != "squared_epsilon_insensitive":
            return f"loss={self.loss!r} has no kernel here"
        if self.max_iter < FEWEST_STEPS:
            return f"max_iter={self.max_iter} stops liblinear's steps before the minimum"
        return None

    def _fit_arrays(self, data: Opened) -> None:
        if self.epsilon < 0:
            raise ValueError(f"epsilon={self.epsilon!r} must be at least 0.")
        xp, put = data.xp, data.place.put
        y = xp.astype(data.y, xp.float64, copy=False)
        weight = xp.ones_like(y)
        if data.sample_weight is not None:  # liblinear leaves out rows of negative weight
            weight = put(np.maximum(to_numpy(data.sample_weight).astype(np.float64), 0))
        loss = SquaredInsensitive(float(self.epsilon))
        coef, offset, found = solve_squared(self, data.X, y, weight, loss)
        self.coef_ = put(np.ascontiguousarray(coef))
        self.intercept_ = put(np.asarray([offset])) if self.fit_intercept else 0.0
        self.n_iter_ = found.n_iter
        warn_unless_converged([found])
