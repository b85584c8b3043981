"""Regression of counts and of positive targets: Poisson, gamma and Tweedie models."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy.linalg import LinAlgWarning
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from ..arrays import HOST, Array, place_of, to_numpy
from ..base import OnDevice, to_host
from ..door import Opened, open_door
from .centring import centre_of
from .decision import linear_output, set_linear
from .glm_losses import GammaLoss, PoissonLoss, SquaredLoss, TweedieLoss
from .glm_path import Design, solve_path
from .row_losses import Gamma, Poisson, RowLoss, Squared, Tweedie, tweedie_loss
from .row_newton import Minimum, minimise_rows
from .row_objective import RowObjective

MOST_COLUMNS = 1000  # above, a Hessian takes longer than the path's conjugate gradients


class GlmOnDevice(OnDevice):
    """What generalised linear models have in common: fit, answers, and the part explained."""

    _task = "regression"
    _multi_output = False

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Targets in the range of the deviance: at least 0 for Poisson, above 0 for gamma.
        sample_weight : array-like of shape (n_samples,) or float, optional
        """
        return self._fit_on_device(X, y, sample_weight)

    def predict(self, X: Any) -> Any:
        """Return predicted means of shape (n_samples,), where X is."""
        return self._answer("predict", X, "coef_", self._means)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the part of the deviance that is explained (D^2), 1.0 at best.

        Parameters are those of `fit`.
        """
        check_is_fitted(self)
        loss = self._row_loss()
        if loss is None or place_of(X, self.coef_) == HOST:
            return float(self._parent.score(self, to_host(X), to_host(y), to_host(sample_weight)))
        place = place_of(self.coef_, X)
        data = open_door(
            self, X, y, sample_weight, place, task="regression", multi_output=False, reset=False
        )
        self._check_range(data.y)
        xp = data.xp
        y, z = (xp.astype(a, xp.float64) for a in (data.y, linear_output(self, data.X)))
        weight = xp.ones_like(y) if data.sample_weight is None else data.sample_weight
        weight = xp.astype(weight, xp.float64) / xp.sum(xp.astype(weight, xp.float64))
        least = float(xp.sum(weight * loss.lowest(y, xp)))
        alike = xp.full_like(y, loss.start(float(xp.sum(weight * y))))
        left, all_ = (float(xp.sum(weight * loss.at(t, y, xp)[0])) - least for t in (z, alike))
        return float(1.0 - np.float64(left) / all_)  # as scikit-learn where y is all one value

    def _means(self, X: Array, xp: Any) -> Array:
        z = linear_output(self, X)
        return z if self._base_loss.link.inverse(0.0) == 0.0 else xp.exp(z)

    def _row_loss(self) -> RowLoss | None:
        raise NotImplementedError("A model of this kind has a loss.")

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if self.solver not in ("lbfgs", "newton-cholesky"):
            return f"solver={self.solver!r} is another algorithm"
        return None

    def _check_range(self, y: Array) -> None:
        """Refuse targets that the deviance is not defined for, in scikit-learn's words."""
        base, xp = self._get_loss(), place_of(y).xp
        if not base.in_y_true_range(np.asarray([float(xp.min(y)), float(xp.max(y))])):
            raise ValueError(
                "Some value(s) of y are out of the valid range of the loss"
                f" {type(base).__name__!r}."
            )

    def _fit_glm(self, data: Opened) -> None:
        self._check_range(data.y)
        self._base_loss = self._get_loss()
        n, p = data.X.shape
        narrow = p < MOST_COLUMNS and n > p
        coef, intercept, found = (self._by_rows if narrow else self._by_path)(data)
        self._warn_of(found)
        set_linear(self, coef[None, :], intercept, 1, data.X.dtype, data.xp)
        self.n_iter_ = max(found.n_iter, 1)

    def _by_rows(self, data: Opened) -> tuple[Array, Array, Minimum]:
        """Fit by Newton's method on all columns; the intercept is that of centred ones."""
        loss, q = self._row_loss(), data.X.shape[1]
        assert loss is not None
        y, weight, average = _targets(data)
        mean = centre_of(data.X) if self.fit_intercept else None
        penalty = np.diag([float(self.alpha)] * q + [0.0] * self.fit_intercept)
        rows = RowObjective(data.X, y, weight, mean, loss, penalty)
        w, warm = self._start(data, mean, loss.start(average))
        found = minimise_rows(rows, w, warm=warm, tol=float(self.tol), max_iter=self.max_iter)
        return _coefficients(found.w, mean, q, data, found)

    def _start(self, data: Opened, mean: Array | None, alike: float) -> tuple[np.ndarray, bool]:
        """Return the coefficients to start from, and whether they are those of the last fit."""
        warm = self.warm_start and hasattr(self, "coef_")
        w = np.zeros(data.X.shape[1])
        if warm:
            w = to_numpy(self.coef_).astype(np.float64)
            alike = float(self.intercept_) + (0.0 if mean is None else to_numpy(mean) @ w)
        return (np.append(w, alike) if self.fit_intercept else w), warm

    def _by_path(self, data: Opened) -> tuple[Array, Array, Minimum]:
        """Fit many columns by conjugate gradients, in the span of the rows where these are few."""
        xp, (y, weight, _) = data.xp, _targets(data)
        weight = xp.full_like(y, 1.0 / y.shape[0]) if weight is None else weight
        found = solve_path(
            Design.of(data.X, self.fit_intercept, xp),
            y,
            weight[None, :],
            _path_loss(self._row_loss()),
            [1.0 / self.alpha if self.alpha > 0 else float("inf")],
            tol=float(self.tol),
            max_iter=self.max_iter,
        )[0]
        singular = self.alpha == 0 and data.X.shape[0] <= data.X.shape[1]
        minimum = Minimum(np.empty(0), found.n_iter, bool(found.converged[0]), singular)
        return found.coef[0, 0, :], found.intercept[0, :], minimum

    def _warn_of(self, found: Minimum) -> None:
        if found.singular and self.solver == "newton-cholesky":
            warnings.warn(
                "The inner solver of the Newton-Cholesky Solver stumbled upon a singular or very "
                "ill-conditioned Hessian matrix. Its steps are those of smallest norm. Your "
                "options are to remove collinear columns, or to increase the penalty alpha.",
                LinAlgWarning,
                stacklevel=5,
            )
        if not found.converged:
            warnings.warn(
                f"Newton's method failed to converge in max_iter={self.max_iter} steps. Increase "
                "the number of iterations (max_iter), or scale the columns of X.",
                ConvergenceWarning,
                stacklevel=5,
            )


class PoissonRegressor(GlmOnDevice, linear_model.PoissonRegressor):
    """Poisson regression with l2 penalty.

    Minimises `sum_i w_i (mu_i - y_i log mu_i) / sum_i w_i + 1/2 alpha |b|^2` for means
    `mu_i = exp(x_i'b + b0)`. Newton's method starts from the minimum over a part of the rows, and
    takes second derivatives of all rows only where they save more than they cost.

    Parameters are those of `sklearn.linear_model.PoissonRegressor`, and `device`. Both solvers go
    to the same minimum; `max_iter` counts steps, of which a handful is usual. The fit ends where no
    component of the gradient is above `tol` and the objective is estimated to be within a part of
    1e-6 `tol` of its minimum. `verbose` has no effect. Other solvers and sparse X are
    scikit-learn's to fit; `fallback_` says so.

    Attributes
    ----------
    coef_ : array of shape (n_features,), dtype of X
    intercept_ : float
    n_iter_ : int
        Steps on all rows, at least 1.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    def _row_loss(self) -> RowLoss | None:
        return Poisson()

    def _fit_arrays(self, data: Opened) -> None:
        self._fit_glm(data)


class GammaRegressor(GlmOnDevice, linear_model.GammaRegressor):
    """Gamma regression with l2 penalty.

    Minimises `sum_i w_i (log mu_i + y_i / mu_i) / sum_i w_i + 1/2 alpha |b|^2` for means
    `mu_i = exp(x_i'b + b0)`. Method, parameters and attributes are those of `PoissonRegressor`.
    """

    def _row_loss(self) -> RowLoss | None:
        return Gamma()

    def _fit_arrays(self, data: Opened) -> None:
        self._fit_glm(data)


class TweedieRegressor(GlmOnDevice, linear_model.TweedieRegressor):
    """Regression with l2 penalty and the deviance of a Tweedie distribution.

    With `power=0` and the identity link that is least squares, with a power p between 1 and 2 and
    the log link the mean of `mu^(2-p) / (2-p) - y mu^(1-p) / (1-p)`. Method, parameters and
    attributes are those of `PoissonRegressor`, with `power` and `link` of
    `sklearn.linear_model.TweedieRegressor`. Other powers and links, which are not convex, are
    scikit-learn's to fit; `fallback_` says so.
    """

    def _row_loss(self) -> RowLoss | None:
        return tweedie_loss(self.power, self.link)

    def _fit_arrays(self, data: Opened) -> None:
        self._fit_glm(data)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if self._row_loss() is None:
            return f"power={self.power!r} with link={self.link!r} has no kernel here"
        return super()._fallback_reason(X, y)


def _targets(data: Opened) -> tuple[Array, Array | None, float]:
    """Return targets and weights that add up to 1 (or None) in float64, and the mean target.

    Raises
    ------
    ValueError
        When a weight is negative.
    """
    xp = data.xp
    y = xp.astype(data.y, xp.float64, copy=False)
    if data.sample_weight is None:
        return y, None, float(xp.mean(y))
    weight = xp.astype(data.sample_weight, xp.float64, copy=False)
    if float(xp.min(weight)) < 0:
        raise ValueError("Negative values in data passed to `sample_weight`.")
    weight = weight / xp.sum(weight)
    return y, weight, float(xp.sum(weight * y))


def _coefficients(
    w: np.ndarray, mean: Array | None, q: int, data: Opened, found: Minimum
) -> tuple[Array, Array, Minimum]:
    """Return coefficients (q,) and intercept (1,) of rows that are not centred."""
    offset = w[q] if len(w) > q else 0.0
    offset -= 0.0 if mean is None else to_numpy(mean) @ w[:q]
    put = data.place.put
    return put(np.ascontiguousarray(w[:q])), put(np.asarray([offset])), found


def _path_loss(loss: RowLoss | None) -> Any:
    """Return the same loss for the path over many columns."""
    if isinstance(loss, Tweedie):
        return TweedieLoss(loss.power)
    return {Squared: SquaredLoss, Poisson: PoissonLoss, Gamma: GammaLoss}[type(loss)]()
