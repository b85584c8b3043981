"""Members of a prefix family beside plain fits: answers and attributes, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator, clone

from gridfold.estimators.shared import Members, shared_fit_for

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")


def compare(prototype: Any, overrides: Any, X: Any, y: Any, **fit_params: Any) -> None:
    """Compare all that members answer and are with fits of their own."""
    shared_fit = shared_fit_for(type(prototype))
    assert shared_fit is not None
    members = Members(prototype, overrides)
    with np.errstate(divide="ignore"):  # AdaBoost takes the logarithm of weights of 0
        state = shared_fit.fit(members, X, y, **fit_params)
        plain = [clone(prototype).set_params(**one).fit(X, y, **fit_params) for one in overrides]
    few = X[:40] if not hasattr(X, "iloc") else X.iloc[:40]
    for method in METHODS:
        if not hasattr(plain[0], method):
            continue
        for rows in (few, X):
            with np.errstate(divide="ignore"):  # the logarithm of 0
                expected = [getattr(one, method)(rows) for one in plain]
                answers = shared_fit.respond(state, rows, method, range(len(overrides)))
            for answer, other in zip(answers, expected, strict=True):
                same(answer, other)
    for i, one in enumerate(plain):
        made = shared_fit.materialise(state, i)
        same_fitted(made, one)
        same(made.predict(few), one.predict(few))


def same(answer: Any, expected: Any) -> None:
    """Assert that two answers are the same arrays, or lists of such."""
    assert type(answer) is type(expected)
    if isinstance(expected, list):
        for one, other in zip(answer, expected, strict=True):
            same(one, other)
        return
    assert answer.dtype == expected.dtype
    assert_array_equal(answer, expected)


def same_fitted(made: Any, plain: Any) -> None:
    """Assert that two fitted estimators have the same attributes, those of their parts too."""
    assert type(made) is type(plain)
    if hasattr(plain, "tree_"):
        same_tree(made.tree_, plain.tree_)
    assert vars(made).keys() == vars(plain).keys()
    for name, value in vars(plain).items():
        same_value(getattr(made, name), value, name)


def same_value(made: Any, value: Any, name: str) -> None:
    """Assert that two values of a fitted attribute are the same."""
    if isinstance(value, BaseEstimator):
        same_fitted(made, value)
    elif isinstance(value, list | tuple) or (
        isinstance(value, np.ndarray) and value.dtype == object
    ):
        assert type(made) is type(value) and len(made) == len(value), name
        for one, other in zip(made, value, strict=True):
            same_value(one, other, name)
    elif isinstance(value, np.ndarray):
        assert made.dtype == value.dtype and made.shape == value.shape, name
        assert_array_equal(made, value)
    elif isinstance(value, int | float | str | None):
        assert type(made) is type(value), name
        assert made == value or value != value, name


def same_tree(made: Any, plain: Any) -> None:
    """Assert that two compiled trees are the same, node by node."""
    for name, value in plain.__getstate__().items():
        if not isinstance(value, np.ndarray):
            assert made.__getstate__()[name] == value, name
            continue
        for field in value.dtype.names or [None]:
            one, other = made.__getstate__()[name], value
            if field is not None:
                one, other = one[field], other[field]
            assert_array_equal(one, other, err_msg=f"{name} {field}")


def tables() -> dict[str, tuple[Any, np.ndarray, np.ndarray]]:
    """Drawn tables, each with labels and numbers to predict."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(90, 6))
    signal = X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=90) / 2
    three = np.digitize(signal, [-0.7, 0.7])
    missing = np.where(rng.random(X.shape) < 0.1, np.nan, X)
    ties = rng.integers(0, 3, X.shape).astype(float)
    return {
        "drawn": (X, three, signal),
        "float32": (
            X.astype(np.float32),
            np.array(["no", "yes"])[(signal > 0).astype(int)],
            signal,
        ),
        "ties": (ties, np.array(list("abc"))[three], np.round(signal)),
        "missing": (missing, three, signal),
        "sparse": (sp.csr_array(np.where(X > 0.5, X, 0.0)), three, signal),
        "constant columns": (np.where(np.arange(6) < 3, 1.0, X), three > 1, np.ones(90)),
        "huge": (X * 1e30, three, signal * 1e8),
    }
