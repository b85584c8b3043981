"""What the estimators minimise, of a fitted model and its rows: lower is better."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import logsumexp
from sklearn.metrics import mean_tweedie_deviance


def ridge(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return ||y - Xw - b||^2 + alpha ||w||^2; without alpha that of least squares."""
    residual = y - X @ model.coef_ - model.intercept_
    return float(residual @ residual + getattr(model, "alpha", 0.0) * _squared(model.coef_))


def ridge_classifier(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return that of ridge for targets of 1 in the class and -1 out of it."""
    residual = _signs(model, y) - X @ np.atleast_2d(model.coef_).T - model.intercept_
    return float(_squared(residual) + model.alpha * _squared(model.coef_))


def elastic_net(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return ||y - Xw - b||^2 / 2n + alpha (r ||w||_1 + (1 - r) ||w||^2 / 2); Lasso has r = 1."""
    residual = y - X @ model.coef_ - model.intercept_
    l1_ratio = getattr(model, "l1_ratio", 1.0)
    penalty = l1_ratio * np.abs(model.coef_).sum() + (1 - l1_ratio) / 2 * _squared(model.coef_)
    return float(residual @ residual / (2 * len(y)) + model.alpha * penalty)


def logistic(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return C times the summed log loss + r ||w||_1 + (1 - r) ||w||^2 / 2."""
    scores = X @ model.coef_.T + model.intercept_
    if scores.shape[1] == 1:
        loss = np.logaddexp(0, -_signs(model, y) * scores).sum()
    else:
        own = scores[np.arange(len(y)), np.searchsorted(model.classes_, y)]
        loss = (logsumexp(scores, axis=1) - own).sum()
    l1_ratio = model.l1_ratio or 0.0
    penalty = l1_ratio * np.abs(model.coef_).sum() + (1 - l1_ratio) / 2 * _squared(model.coef_)
    return float(model.C * loss + penalty)


def tweedie(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return half the mean deviance + alpha ||w||^2 / 2; Poisson has power 1, gamma power 2."""
    power = {"PoissonRegressor": 1, "GammaRegressor": 2}.get(type(model).__name__)
    deviance = mean_tweedie_deviance(
        y, np.exp(X @ model.coef_ + model.intercept_), power=model.power if power is None else power
    )
    return float(deviance / 2 + model.alpha * _squared(model.coef_) / 2)


def huber(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return sum(sigma + H(r / sigma) sigma) + alpha ||w||^2, H quadratic up to epsilon."""
    size = np.abs(y - X @ model.coef_ - model.intercept_) / model.scale_
    outside = 2 * model.epsilon * size - model.epsilon**2
    loss = 1 + np.where(size <= model.epsilon, size**2, outside)
    return float(model.scale_ * loss.sum() + model.alpha * _squared(model.coef_))


def linear_svc(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return C sum(max(0, 1 - y f)^2) + (||w||^2 + b^2) / 2, summed over the classes."""
    margins = 1 - _signs(model, y) * (X @ model.coef_.T + model.intercept_)
    loss = _squared(np.maximum(margins, 0))
    return float(model.C * loss + (_squared(model.coef_) + _squared(model.intercept_)) / 2)


def k_means(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return the squared distances to the nearest centres, summed over all rows."""
    return float(-model.score(X))


def mixture(model: Any, X: np.ndarray, y: np.ndarray) -> float:
    """Return minus the mean log likelihood."""
    return float(-model.score(X))


def _signs(model: Any, y: np.ndarray) -> np.ndarray:
    """Return 1 in the class and -1 out of it; of two classes only the column of the second."""
    classes = model.classes_[1:] if len(model.classes_) == 2 else model.classes_
    return np.where(np.asarray(y)[:, None] == classes, 1.0, -1.0)


def _squared(values: np.ndarray) -> float:
    values = np.ravel(values)
    return float(values @ values)
