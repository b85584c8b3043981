"""Compares the members of a shared fit with separate fits: answers, warnings, fitted attributes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from gridfold.estimators.shared import Members, shared_fit_for


def compare_with_alone(
    prototype: Any,
    overrides: list[dict[str, Any]],
    X: Any,
    y: Any,
    rows: Any,
    methods: tuple[str, ...] = ("predict", "predict_proba", "predict_log_proba"),
    rtol: float = 0.0,
    **fit_params: Any,
) -> None:
    """Assert that every member answers as its own fit, labels exactly and numbers to `rtol`.

    With `rtol=0` numbers agree to the last bit. Warnings are the same texts, as often.
    """
    shared_fit = shared_fit_for(type(prototype))
    assert shared_fit is not None
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        state = shared_fit.fit(Members(prototype, overrides), X, y, **fit_params)
    with warnings.catch_warnings(record=True) as theirs:
        warnings.simplefilter("always")
        alone = [clone(prototype).set_params(**one).fit(X, y, **fit_params) for one in overrides]
    assert sorted(str(w.message) for w in ours) == sorted(str(w.message) for w in theirs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of scores that are infinite
        for method in methods:
            answers = shared_fit.respond(state, rows, method, range(len(overrides)))
            assert len(answers) == len(overrides)
            for answer, one in zip(answers, alone, strict=True):
                assert_close(answer, getattr(one, method)(rows), rtol, method)
        some = [len(overrides) - 1, 0]
        for i, answer in zip(some, shared_fit.respond(state, rows, methods[0], some), strict=True):
            assert_close(answer, getattr(alone[i], methods[0])(rows), rtol, methods[0])
        for i, one in enumerate(alone):
            assert_same_model(shared_fit.materialise(state, i), one, rtol)


def compare_off_host(
    prototype: Any,
    overrides: list[dict[str, Any]],
    library: Any,
    X: np.ndarray,
    y: Any,
    rows: np.ndarray,
    methods: tuple[str, ...] = ("predict", "predict_proba", "predict_log_proba"),
    rtol: float = 1e-10,
    **fit_params: Any,
) -> None:
    """Assert that members fitted where X is answer there, with the numbers of NumPy's.

    Dtypes are those of an estimator fitted alone there. Members made of the state do so too.
    """
    shared_fit = shared_fit_for(type(prototype))
    assert shared_fit is not None
    members = Members(prototype, overrides)
    state = shared_fit.fit(members, library.put(X), y, **fit_params)
    here = [members.instance(i).fit(X, y, **fit_params) for i in range(len(members))]
    alone = members.instance(0).fit(library.put(X), y, **fit_params)
    made = [shared_fit.materialise(state, i) for i in range(len(members))]
    several = rtol if X.dtype == np.float64 else 1e-5
    for method in methods:
        order = list(reversed(range(len(members))))
        answers = shared_fit.respond(state, library.put(rows), method, order)
        for i, answer in zip(order, answers, strict=True):
            expected = getattr(here[i], method)(rows)
            if expected.dtype.kind == "f":
                dtype = library.host(getattr(alone, method)(library.put(rows))).dtype
                expected = expected.astype(dtype)
            for found in (answer, getattr(made[i], method)(library.put(rows))):
                assert library.owns(found) == (expected.dtype.kind in "fi"), method
                assert_close(library.host(found), expected, several, method)
    for i, one in enumerate(made):
        assert vars(one).keys() == vars(alone).keys()
        assert repr(one) == repr(members.instance(i))
        assert one.fallback_ is None


def assert_close(found: Any, expected: Any, rtol: float, name: str) -> None:
    """Equal dtype and shape; numbers to `rtol` of the largest, anything else exactly."""
    assert type(found) is type(expected), name
    if isinstance(expected, list):
        assert len(found) == len(expected), name
        for one, other in zip(found, expected, strict=True):
            assert_close(one, other, rtol, name)
    elif isinstance(expected, np.ndarray) and expected.dtype.kind == "f" and rtol:
        assert found.dtype == expected.dtype, name
        finite = np.abs(expected[np.isfinite(expected)])
        atol = rtol * max(1.0, finite.max(initial=0.0))
        assert_allclose(found, expected, rtol=rtol, atol=atol, err_msg=name)
    else:
        assert getattr(found, "dtype", None) == getattr(expected, "dtype", None), name
        assert_array_equal(found, expected, err_msg=name)


def assert_same_model(found: Any, expected: Any, rtol: float) -> None:
    """Both have the same parameters and the same fitted attributes."""
    assert type(found) is type(expected)
    assert vars(found).keys() == vars(expected).keys()
    for name, value in vars(expected).items():
        assert_close(vars(found)[name], value, rtol, name)
