"""Logistic regression, binary and multinomial, with l2 and l1 penalties."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn import linear_model
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import column_or_1d

from ..arrays import Array, Namespace, Place, place_of, to_numpy
from ..base import OnDevice, result_place
from ..door import Opened
from .decision import decision_scores, labels_of
from .glm import MOST_COLUMNS
from .glm_losses import Loss, log_loss
from .glm_path import Design, Solution, solve_path, solve_sparse
from .logistic_rows import fit_two_classes

_SMOOTH = ("lbfgs", "newton-cg", "newton-cholesky")  # go to the minimum that ours goes to
_FEWEST_STEPS = 20  # a fit that is stopped before is meant to follow scikit-learn's own steps
_NOT_CONVERGED = {
    "saga": "The max_iter was reached which means the coef_ did not converge",
    "lbfgs": "lbfgs failed to converge",
}


class LogisticRegression(OnDevice, linear_model.LogisticRegression):
    """Logistic regression by Newton's method on the float64 problem.

    Minimises `C sum_i w_i loss(y_i, x_i'b + b0) + l1_ratio |b|_1 + (1 - l1_ratio) / 2 |b|^2`, the
    intercept not penalised: the log loss of one output for two classes, of one output per class
    (softmax) for more. Newton's steps come from conjugate gradients with the block diagonal of the
    Hessian as preconditioner; with an l1 penalty (`solver="saga"`) from coordinate descent and
    active sets on the Hessian of the coefficients in use.

    Parameters are those of `sklearn.linear_model.LogisticRegression`, and `device`. `max_iter`
    counts Newton steps, of which a handful is usual. The fit ends where no component of the
    gradient of the mean loss is above `tol` and the objective is estimated to be within a part of
    1e-6 `tol` of its minimum. `verbose` and `random_state` have no effect. The solvers "liblinear"
    and "sag", `max_iter` below 20, `warm_start=True`, callbacks and sparse X are scikit-learn's to
    fit; `fallback_` says so.

    Attributes
    ----------
    coef_ : array of shape (1, n_features) or (n_classes, n_features), dtype of X
    intercept_ : array of shape (1,) or (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    n_iter_ : array of shape (1,), int32
        Newton steps, at least 1 unless `max_iter` is 0.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "classification"
    _multi_output = False

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticRegression:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Labels of at least two classes.
        sample_weight : array-like of shape (n_samples,) or float, optional
        """
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

    def predict_proba(self, X: Any) -> Any:
        """Return class probabilities of shape (n_samples, n_classes), where X is."""
        return self._answer(
            "predict_proba", X, "coef_", lambda X, xp: probabilities(decision_scores(self, X), xp)
        )

    def predict_log_proba(self, X: Any) -> Any:
        """Return logarithms of class probabilities, of shape (n_samples, n_classes)."""
        proba = self.predict_proba(X)
        return log_of(proba, place_of(proba).xp)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if getattr(self, "_skl_callbacks", None):
            return "callbacks follow the steps of scikit-learn's solver"
        return logistic_fallback(self.get_params(deep=False))

    def _fit_arrays(self, data: Opened) -> None:
        _warn_of_deprecated(self)
        y, weight = column_or_1d(data.y, warn=True), data.sample_weight
        classes, codes = class_numbers(y)
        weight = row_weights(
            self.class_weight, classes, y, None if weight is None else to_numpy(weight)
        )
        found = self._solve(data, codes, weight, log_loss(len(classes)))
        self.classes_ = classes
        n_iter = min(max(found.n_iter, 1), self.max_iter)
        set_logistic(
            self, found.coef[0, ...], found.intercept[0, ...], n_iter, data.X.dtype, data.xp
        )
        if not bool(found.converged[0]):
            reached = _NOT_CONVERGED.get(self.solver, "newton-cg failed to converge")
            warnings.warn(
                f"{reached} in max_iter={self.max_iter} Newton steps. Increase the number of "
                "iterations, or scale the columns of X.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _solve(self, data: Opened, codes: np.ndarray, weight: np.ndarray, loss: Loss) -> Solution:
        params = self.get_params(deep=False)
        put, C, ratio = data.place.put, strength(params), l1_part(params)
        targets, effort = put(codes.astype(np.float64)), {"max_iter": self.max_iter}
        if ratio > 0 and np.isfinite(C):
            return solve_sparse(
                data.X,
                targets,
                put(weight),
                loss,
                (C, ratio),
                self.fit_intercept,
                tol=float(self.tol),
                **effort,
            )
        n, p = data.X.shape
        if loss.n_outputs == 1 and np.isfinite(C) and p < n and p < MOST_COLUMNS:
            return fit_two_classes(data, targets, weight, C, self)
        design = Design.of(data.X, self.fit_intercept, data.xp)
        return solve_path(
            design, targets, put(weight[None, :]), loss, [C], tol=float(self.tol), **effort
        )[0]


def logistic_fallback(params: Mapping[str, Any]) -> str | None:
    """Say why logistic regression with these parameters is scikit-learn's to fit, or None."""
    solver, ratio = params.get("solver", "lbfgs"), params.get("l1_ratio", 0.0)
    if solver not in (*_SMOOTH, "saga"):
        return f"solver={solver!r} is another algorithm"
    if ratio is None:
        return "l1_ratio=None is deprecated"
    if solver != "saga" and params.get("penalty", "deprecated") not in ("deprecated", "l2", None):
        return f"penalty={params['penalty']!r} has no kernel here"
    if solver != "saga" and ratio != 0:
        return f"l1_ratio={ratio!r} has no kernel here"
    if params.get("max_iter", 100) < _FEWEST_STEPS:
        return f"max_iter={params['max_iter']} stops scikit-learn's steps before the minimum"
    if params.get("dual"):
        return "dual=True has no kernel here"
    if params.get("warm_start"):
        return "warm_start=True goes on from the last fit"
    return None


def l1_part(params: Mapping[str, Any]) -> float:
    """Return the part of the penalty that is of sizes, not squares: l1_ratio or what penalty says.

    With infinite C there is no penalty at all.
    """
    by_penalty = {"l1": 1.0, "l2": 0.0, None: 0.0}
    ratio = by_penalty.get(params.get("penalty", "deprecated"), params.get("l1_ratio", 0.0))
    return float(ratio)


def strength(params: Mapping[str, Any]) -> float:
    """Return C; infinity where there is no penalty."""
    return float("inf") if params.get("penalty", "deprecated") is None else float(params["C"])


def class_numbers(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the classes of `y`, sorted, and the number of each row's class.

    Raises
    ------
    ValueError
        When there are fewer than two classes.
    """
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(
            "This solver needs samples of at least 2 classes in the data, but the data contains "
            f"only one class: {classes[0]!r}"
        )
    return classes, codes


def row_weights(
    class_weight: Any, classes: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None
) -> np.ndarray:
    """Return sample weights times class weights, of shape (n_samples,), float64."""
    weight = np.ones(len(y)) if sample_weight is None else sample_weight.astype(np.float64)
    if class_weight is None:
        return weight
    by_class = compute_class_weight(class_weight, classes=classes, y=y, sample_weight=sample_weight)
    return weight * by_class[np.searchsorted(classes, y)]


def set_logistic(
    estimator: Any, coef: Array, intercept: Array, n_iter: int, dtype: Any, xp: Namespace
) -> None:
    """Set `coef_` (n_outputs, n_features), `intercept_` (n_outputs,) and `n_iter_`."""
    place: Place = place_of(coef)
    coef = xp.astype(coef, dtype)
    # As scikit-learn has it: for few classes the product with rows takes half as long so.
    estimator.coef_ = np.asfortranarray(coef) if isinstance(coef, np.ndarray) else coef
    estimator.intercept_ = xp.astype(intercept, dtype)
    estimator.n_iter_ = place.put(np.asarray([n_iter], dtype=np.int32))


def probabilities(scores: Array, xp: Namespace) -> Array:
    """Return probabilities of shape (n_samples, n_classes) from decision scores."""
    if scores.ndim == 1:
        small = xp.exp(-xp.abs(scores))  # never overflows
        likely = 1.0 / (1.0 + small)
        second = xp.where(scores > 0, likely, small * likely)
        return xp.stack([1.0 - second, second], axis=1)
    raised = xp.exp(scores - xp.max(scores, axis=1, keepdims=True))
    return raised / xp.sum(raised, axis=1, keepdims=True)


def log_of(proba: Array, xp: Namespace) -> Array:
    """Return the logarithm; of a probability of 0 it is minus infinity."""
    with np.errstate(divide="ignore"):
        return xp.log(proba)


def _warn_of_deprecated(estimator: Any) -> None:
    if estimator.penalty != "deprecated":
        warnings.warn(
            "'penalty' was deprecated in scikit-learn 1.8 and goes in 1.10: leave it out for "
            "'l2', and use C=np.inf instead of penalty=None.",
            FutureWarning,
            stacklevel=5,
        )
        if estimator.penalty != "elasticnet" and 0 < estimator.l1_ratio < 1:
            warnings.warn(
                "l1_ratio parameter is only used when penalty is 'elasticnet'. Got "
                f"(penalty={estimator.penalty})",
                stacklevel=5,
            )
        if {"l1": 1, "l2": 0}.get(estimator.penalty, estimator.l1_ratio) != estimator.l1_ratio:
            warnings.warn(
                f"Inconsistent values: penalty={estimator.penalty} with l1_ratio="
                f"{estimator.l1_ratio}. penalty is deprecated. Please use l1_ratio only.",
                stacklevel=5,
            )
    if estimator.penalty is None and estimator.C != 1.0:
        warnings.warn(
            "Setting penalty=None will ignore the C and l1_ratio parameters", stacklevel=5
        )
    if estimator.n_jobs is not None:
        warnings.warn(
            "'n_jobs' has no effect since scikit-learn 1.8 and goes in 1.10: leave it out.",
            FutureWarning,
            stacklevel=5,
        )
