"""Temperature scaling: probabilities made as sure as the validation rows warrant."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from ...arrays import Array, Namespace

_RANGE = (0.02, 50.0)


def tempered(log_proba: Array, temperature: float, xp: Namespace) -> Array:
    """Return probabilities at a temperature: `softmax(log_proba / temperature)`.

    Parameters
    ----------
    log_proba : array of shape (..., n_classes)
        Logarithms of probabilities, or logits.
    """
    raised = log_proba / temperature
    raised = xp.exp(raised - xp.max(raised, axis=-1, keepdims=True))
    return raised / xp.sum(raised, axis=-1, keepdims=True)


def fit_temperature(
    log_proba: np.ndarray, codes: np.ndarray, weight: np.ndarray | None = None
) -> float:
    """Return the temperature with the smallest log loss.

    Minimises `-sum_i w_i sum_k t_ik log softmax(log_proba_i / T)_k` over T in [0.02, 50], where
    the target t is 1 - e for the row's class, plus e / n_classes for every class. With
    `e = 1 / (n_samples + 1)` (Platt's targets) T stays away from 0 where all rows are right.

    Parameters
    ----------
    log_proba : ndarray of shape (n_samples, n_classes)
    codes : int ndarray of shape (n_samples,)
        The class of each row.
    weight : ndarray of shape (n_samples,), optional

    Notes
    -----
    Guo et al., On Calibration of Modern Neural Networks (ICML 2017), section 4.2; Platt,
    Probabilistic Outputs for Support Vector Machines (1999), section 2.2.
    """
    logits = log_proba.astype(np.float64)
    logits -= logits.max(axis=1, keepdims=True)
    n_samples = len(logits)
    smoothing = 1.0 / (n_samples + 1)
    of_class = np.take_along_axis(logits, codes[:, None], axis=1)[:, 0]
    target = (1 - smoothing) * of_class + smoothing * logits.mean(axis=1)
    weight = np.ones(n_samples) if weight is None else weight.astype(np.float64)

    def loss(log_temperature: float) -> float:
        inverse = np.exp(-log_temperature)
        total = np.log(np.exp(logits * inverse).sum(axis=1))
        return float(weight @ (total - target * inverse))

    found = minimize_scalar(loss, bounds=np.log(_RANGE), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))
