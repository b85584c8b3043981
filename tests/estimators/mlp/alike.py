"""Fits of our MLPs beside scikit-learn's: data, and what must be equal."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.testing import assert_allclose
from sklearn import neural_network
from sklearn.exceptions import ConvergenceWarning

from gridfold.estimators import MLPClassifier, MLPRegressor

SMALL = {"hidden_layer_sizes": (9, 5), "max_iter": 25, "random_state": 3}
LISTS = ("coefs_", "intercepts_")
CURVES = ("loss_curve_", "validation_scores_")
NUMBERS = ("loss_", "best_loss_", "best_validation_score_")
SAME = ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "_no_improvement_count")


def table(kind: str, n_rows: int = 230) -> tuple[np.ndarray, np.ndarray]:
    """Return X of shape (n_rows, 4), and y of a kind."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(n_rows, 4))
    scores = np.tanh(X @ rng.normal(size=(4, 3))) + 0.3 * rng.normal(size=(n_rows, 3))
    targets = {
        "binary": scores[:, 0] > 0,
        "classes": np.array(["oak", "ash", "elm"])[np.argmax(scores, axis=1)],
        "labels": (scores > 0.2).astype(int),
        "numbers": scores[:, 0],
        "outputs": scores[:, :2],
        "counts": rng.poisson(np.exp(0.5 * scores[:, 0])).astype(float),
    }
    return X, targets[kind]


def fitted(cls: type, X: Any, y: Any, weight: Any = None, **params: Any) -> Any:
    """Fit without a word of epochs that ran out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return cls(**{**SMALL, **params}).fit(X, y, sample_weight=weight)


def pair(kind: str) -> tuple[type, type]:
    """Return our class and scikit-learn's for a kind of y."""
    numbers = kind in ("numbers", "outputs", "counts")
    name = "MLPRegressor" if numbers else "MLPClassifier"
    return (MLPRegressor if numbers else MLPClassifier), getattr(neural_network, name)


def assert_same_training(ours: Any, theirs: Any, rtol: float = 1e-10) -> None:
    """Check that weights, losses, scores and counts of two fitted networks are equal."""
    for name in LISTS:
        for mine, other in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            assert_allclose(mine, other, rtol=rtol, atol=rtol, err_msg=name)
    for name in CURVES + NUMBERS:
        mine, other = getattr(ours, name, "absent"), getattr(theirs, name, "absent")
        if other is None or isinstance(other, str):
            assert mine == other, name
        else:
            assert_allclose(mine, other, rtol=rtol, atol=rtol, err_msg=name)
    for name in SAME:
        assert getattr(ours, name, None) == getattr(theirs, name, None), name
