"""Ordinary least squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sklearn import linear_model

from ..arrays import Array, Namespace
from ..base import OnDevice
from ..door import Opened
from .decision import linear_output, set_linear
from .moments import Gram, centres, gram, moments
from .solve import solve_gram
from .triangle import few_rows

# Smallest over largest eigenvalue of the Gram matrix below which rows are decomposed instead: the
# rank is then beyond doubt, and the smallest singular value is right to about eps / 1e-8.
# (The coefficients are held to a stricter test, on columns of unit norm: see solve.py.)
_GRAM_LIMIT = 1e-8


class LinearRegression(OnDevice, linear_model.LinearRegression):
    """Linear least squares without penalty, of smallest norm where columns are dependent.

    Minimises `sum_i w_i (y_i - x_i'b - b0)^2`: from the Gram matrix where it is well-conditioned,
    else from the singular values of X, those below `tol` times the largest taken as zero.
    Parameters are those of `sklearn.linear_model.LinearRegression`, and `device`.

    Attributes
    ----------
    coef_ : array of shape (n_features,) or (n_targets, n_features), dtype of X
    intercept_ : float or array of shape (n_targets,)
    rank_ : int
    singular_ : array of shape (min(n_samples, n_features),)
        Singular values of the centred X.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "regression"
    _numbers_only = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearRegression:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array-like of shape (n_samples,) or float, optional

        Raises
        ------
        ValueError
            When a weight is negative.
        """
        return self._fit_on_device(X, y, sample_weight)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,) or (n_samples, n_targets), where X is."""
        return self._answer("predict", X, "coef_", lambda X, xp: linear_output(self, X))

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        return "positive=True has no kernel here" if self.positive else None

    def _fit_arrays(self, data: Opened) -> None:
        y = data.y[:, None] if data.y.ndim == 1 else data.y
        check_no_negative(data.sample_weight, data.xp)
        found = least_squares(
            data.X, y, data.sample_weight, self.fit_intercept, float(self.tol), data.xp
        )
        set_linear(self, found.coef, found.intercept, data.y.ndim, data.X.dtype, data.xp)
        self.rank_, self.singular_ = found.rank, data.xp.astype(found.singular, data.X.dtype)


def check_no_negative(weight: Array | None, xp: Namespace) -> None:
    """Refuse negative weights, with scikit-learn's sentence."""
    if weight is not None and bool(xp.any(weight < 0)):
        raise ValueError("Negative values in data passed to `sample_weight`.")


@dataclass(frozen=True)
class LeastSquares:
    """A solution: coefficients (n_outputs, n_features), intercepts, singular values and rank."""

    coef: Array
    intercept: Array
    singular: Array
    rank: int


def least_squares(
    X: Array, y: Array, weight: Array | None, fit_intercept: bool, tol: float, xp: Namespace
) -> LeastSquares:
    """Solve for `X` (n_samples, n_features) and `y` (n_samples, n_outputs)."""
    if X.shape[0] > X.shape[1]:
        centre_x, centre_y = centres(X, y, weight, xp)
        sums = moments(X, y, weight, centre_x, centre_y, xp)
        found = least_squares_from_gram(gram(sums, centre_x, centre_y, fit_intercept), tol, xp)
        if found is not None:
            return found
    return _by_singular_values(*few_rows(X, y, weight, fit_intercept, xp), tol, xp)


def least_squares_from_gram(matrix: Gram, tol: float, xp: Namespace) -> LeastSquares | None:
    """Solve from a Gram matrix, or return None where it is too ill-conditioned for that."""
    if not bool(xp.isfinite(xp.sum(matrix.xx))):
        return None  # squares overflow; the rows do not
    values = xp.linalg.eigvalsh(matrix.xx)
    if not float(values[0]) > max(_GRAM_LIMIT, tol * tol) * float(values[-1]):
        return None
    coef = solve_gram(matrix, [0.0], xp)
    if coef is None:
        return None
    coef = coef[0, ...].T
    intercept = matrix.y_mean - coef @ matrix.x_mean
    return LeastSquares(coef, intercept, xp.flip(xp.sqrt(values)), int(values.shape[0]))


def _by_singular_values(
    X: Array, y: Array, x_mean: Array, y_mean: Array, tol: float, xp: Namespace
) -> LeastSquares:
    U, s, Vt = xp.linalg.svd(X, full_matrices=False)
    rank = int(xp.sum(xp.astype(s > tol * s[0], xp.int64)))
    projected = (U[:, :rank].T @ y) / s[:rank, None]
    coef = (Vt[:rank, :].T @ projected).T
    return LeastSquares(coef, y_mean - coef @ x_mean, s, rank)
