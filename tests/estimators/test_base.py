"""The estimator base: parameters, fallbacks, answers where X is, moving and pickling."""

from __future__ import annotations

import logging
import pickle
from inspect import signature

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn import linear_model
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

from gridfold.estimators import (
    PCA,
    KNeighborsClassifier,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    StandardScaler,
)
from gridfold.estimators.arrays import HOST, is_foreign, place_of
from gridfold.estimators.base import OnDevice

CLASSES = [LinearRegression, Ridge, RidgeClassifier, LogisticRegression]


def rows(n_samples=40):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_samples, 3))
    return X, (X @ [1.0, -2.0, 0.5] > 0).astype(int)


@pytest.mark.parametrize("cls", CLASSES)
def test_parameters_are_the_parents_and_device(cls):
    ours, theirs = signature(cls).parameters, signature(cls._parent).parameters
    assert list(ours) == [*theirs, "device"]
    assert {n: p.default for n, p in ours.items()} == {
        **{n: p.default for n, p in theirs.items()},
        "device": None,
    }
    model = cls(fit_intercept=False, device="cpu")
    assert clone(model).get_params() == model.get_params()
    assert cls.__name__ == cls._parent.__name__


def test_an_invalid_parameter_is_scikit_learns_error():
    X, y = rows()
    with pytest.raises(InvalidParameterError, match="alpha"):
        Ridge(alpha=-1).fit(X, y)
    with pytest.raises(InvalidParameterError, match="device"):
        Ridge(device=3).fit(X, y)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("cls", CLASSES)
def test_answers_have_the_dtype_of_the_rows_asked_for(foreign, cls, fit_intercept):
    X, y = rows()
    for fitted_in, asked_in in [(np.float64, np.float32), (np.float32, np.float64)]:
        model = cls(fit_intercept=fit_intercept)
        model.fit(foreign.put(X.astype(fitted_in)), foreign.put(y))
        method = getattr(model, "decision_function", model.predict)
        answer = foreign.host(method(foreign.put(X.astype(asked_in))))
        assert answer.dtype == asked_in
        plain = cls(fit_intercept=fit_intercept).fit(X, y)
        assert_allclose(answer, getattr(plain, method.__name__)(X), rtol=1e-4, atol=1e-5)


def test_a_fallback_is_logged_with_its_reason(caplog):
    X, y = rows()
    with caplog.at_level(logging.INFO, logger="gridfold"):
        model = Ridge(solver="lsqr").fit(X, y)
    assert "lsqr" in model.fallback_
    assert "Ridge" in caplog.text and "lsqr" in caplog.text


def test_a_second_fit_by_the_kernel_forgets_the_fallback():
    X, y = rows()
    model = Ridge(solver="lsqr").fit(X, y).set_params(solver="auto").fit(X, y)
    assert model.fallback_ is None


def test_a_fallback_takes_arrays_of_other_libraries(foreign):
    X, y = rows()
    weight = np.linspace(1, 2, 40)
    model = Ridge(solver="lsqr").fit(foreign.put(X), foreign.put(y), foreign.put(weight))
    assert isinstance(model.coef_, np.ndarray)
    answer = model.predict(foreign.put(X))
    assert foreign.owns(answer)
    assert_allclose(foreign.host(answer), model.predict(X))


def test_answers_are_where_x_is_wherever_the_model_lives(foreign):
    X, y = rows()
    there = Ridge().fit(foreign.put(X), foreign.put(y))
    here = Ridge().fit(X, y)
    assert isinstance(there.predict(X), np.ndarray)
    assert foreign.owns(here.predict(foreign.put(X)))
    assert_allclose(there.predict(X), here.predict(X))
    assert foreign.owns(there.coef_) and isinstance(here.coef_, np.ndarray)


def test_a_pickle_is_numpy_and_leaves_the_model_alone(foreign):
    X, y = rows()
    model = LogisticRegression().fit(foreign.put(X), foreign.put(y))
    loaded = pickle.loads(pickle.dumps(model))
    assert foreign.owns(model.coef_)
    assert not any(is_foreign(value) for value in vars(loaded).values())
    assert_allclose(loaded.predict_proba(X), model.predict_proba(X), rtol=1e-12)


def test_to_device_brings_the_model_home(foreign):
    X, y = rows()
    model = Ridge().fit(foreign.put(X), foreign.put(y))
    assert model.to_device("cpu") is model
    assert place_of(model.coef_) == HOST
    assert_allclose(model.predict(X), Ridge().fit(X, y).predict(X))
    with pytest.raises(NotFittedError):
        Ridge().to_device("cpu")


@pytest.mark.parametrize("cls", CLASSES)
def test_to_sklearn_is_the_plain_object(cls, foreign):
    X, y = rows()
    model = cls().fit(foreign.put(X), foreign.put(y))
    plain = model.to_sklearn()
    assert type(plain) is getattr(linear_model, cls.__name__)
    assert not any(is_foreign(value) for value in vars(plain).values())
    assert not hasattr(plain, "device") and not hasattr(plain, "fallback_")
    assert_allclose(plain.predict(X), model.predict(X), rtol=1e-12)


def test_an_unfitted_model_says_so():
    with pytest.raises(NotFittedError):
        Ridge().predict(rows()[0])


def test_answering_checks_the_number_of_columns(library):
    X, y = rows()
    model = Ridge().fit(library.put(X), library.put(y))
    with pytest.raises(ValueError, match="expecting 3 features"):
        model.predict(library.put(X[:, :2]))


def test_sparse_rows_are_answered_after_a_fallback():
    X, y = rows()
    model = Ridge().fit(sparse.csr_matrix(X), y)
    assert model.fallback_ == "sparse X"
    assert_allclose(model.predict(sparse.csr_matrix(X)), model.predict(X))


def test_a_class_without_a_kernel_says_so():
    class Empty(OnDevice, linear_model.Ridge):
        __init__ = Ridge.__init__
        _parent = linear_model.Ridge
        fit = Ridge.fit
        _task = "regression"

    with pytest.raises(NotImplementedError, match="Empty has no kernel"):
        Empty().fit(*rows())


def test_a_subclass_keeps_its_own_constructor():
    class Stiff(Ridge):
        def __init__(self, alpha=5.0, device=None):
            super().__init__(alpha=alpha, device=device)

    X, y = rows()
    assert_allclose(Stiff().fit(X, y).coef_, linear_model.Ridge(alpha=5.0).fit(X, y).coef_)
    assert Stiff().get_params() == {"alpha": 5.0, "device": None}


@pytest.mark.parametrize("cls", [*CLASSES, KNeighborsClassifier, PCA, StandardScaler])
def test_a_fitted_model_is_no_part_of_a_graph_of_pytorch(cls):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    X, y = rows()
    model = cls().fit(torch.tensor(X, requires_grad=True), torch.tensor(y))
    tensors = [value for value in vars(model).values() if isinstance(value, torch.Tensor)]
    assert tensors
    assert not any(tensor.requires_grad for tensor in tensors)
