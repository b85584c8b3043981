"""L-BFGS on one network, against scikit-learn's MLP with solver="lbfgs"."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from gridfold.estimators.mlp.engine.lbfgs import minimise

OPTIONS = {"max_iter": 200, "max_fun": 15_000, "tol": 1e-4}


def table(n_samples=80, n_features=3, n_hidden=5, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features))
    start = rng.normal(size=n_features * n_hidden + 2 * n_hidden + 1) / 2
    return X, np.sin(X[:, 0]) + X[:, 1] * X[:, 2], start


def network(X, y, alpha, dtype=np.float64):
    """Half the mean squared error of a tanh network of 5 units, and its gradient, by hand."""
    n, d = X.shape

    def objective(flat):
        flat = flat.astype(dtype)
        W, v, b, c = np.split(flat, [5 * d, 5 * d + 5, 5 * d + 10])
        W = W.reshape(d, 5)
        H = np.tanh(X @ W + b)
        error = (H @ v + c - y) / n
        dZ = np.outer(error, v) * (1 - H**2)
        penalty = alpha / n
        loss = 0.5 * n * error @ error + 0.5 * penalty * ((W**2).sum() + v @ v)
        gradient = [X.T @ dZ + penalty * W, H.T @ error + penalty * v, dZ.sum(0), error.sum()]
        return loss, np.concatenate([np.ravel(part) for part in gradient])

    return objective


def sklearn_fit(X, y, start, alpha, max_iter=200, max_fun=15_000, tol=1e-4):
    d = X.shape[1]
    model = MLPRegressor(
        hidden_layer_sizes=5,
        activation="tanh",
        solver="lbfgs",
        alpha=alpha,
        warm_start=True,
        max_iter=1,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
        model.set_params(max_iter=max_iter, max_fun=max_fun, tol=tol)
        model.coefs_ = [start[: 5 * d].reshape(d, 5), start[5 * d : 5 * d + 5, None]]
        model.intercepts_ = [start[5 * d + 5 : 5 * d + 10], start[5 * d + 10 :]]
        model.fit(X, y)
    return model


@pytest.mark.parametrize("limits", [{"max_iter": 7}, {"max_fun": 9}, {"tol": 0.05}])
def test_steps_are_those_of_scikit_learn(limits):
    X, y, start = table()
    theirs = sklearn_fit(X, y, start, alpha=0.1, **limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        weights, loss, n_iter = minimise(network(X, y, 0.1), start, **{**OPTIONS, **limits})
    assert n_iter == theirs.n_iter_ and isinstance(n_iter, int)
    assert loss == pytest.approx(theirs.loss_, rel=1e-8)
    expected = np.concatenate([np.ravel(part) for part in theirs.coefs_ + theirs.intercepts_])
    assert_allclose(weights, expected, rtol=1e-5, atol=1e-7)


def test_limit_of_iterations_is_warned_of_as_by_scikit_learn():
    X, y, start = table()
    with pytest.warns(ConvergenceWarning, match=r"lbfgs failed to converge after 3 iteration"):
        _, _, n_iter = minimise(network(X, y, 0.1), start, **{**OPTIONS, "max_iter": 3})
    assert n_iter == 3


def test_convergence_is_a_small_gradient_and_start_is_kept():
    X, y, start = table()
    before, objective = start.copy(), network(X, y, 1.0)
    weights, loss, _ = minimise(objective, start, **OPTIONS)
    assert loss == objective(weights)[0] < objective(start)[0]
    assert np.abs(objective(weights)[1]).max() <= OPTIONS["tol"]
    assert_allclose(start, before, rtol=0)


def test_gradients_of_float32_are_taken():
    X, y, start = table()
    exact = minimise(network(X, y, 1.0), start, **OPTIONS)
    rows = (X.astype(np.float32), y.astype(np.float32))
    weights, loss, _ = minimise(network(*rows, np.float32(1.0), np.float32), start, **OPTIONS)
    assert weights.dtype == np.float64
    assert loss == pytest.approx(exact[1], rel=1e-3)
