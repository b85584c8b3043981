"""Compares a shared fit of selections with separate fits, bit for bit."""

from __future__ import annotations

import warnings

import numpy as np
from scipy import sparse
from sklearn.base import clone

from gridfold.estimators.shared import Members, shared_fit_for


def compare(prototype, overrides, X, y, Q):
    """Assert that members are separate fits in attributes, answers, their layout and warnings."""
    shared = shared_fit_for(type(prototype))
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        state = shared.fit(Members(prototype, overrides), X, y)
        answers = shared.respond(state, Q, "transform", range(len(overrides)))
    with warnings.catch_warnings(record=True) as theirs:
        warnings.simplefilter("always")
        alone = [clone(prototype).set_params(**params).fit(X, y) for params in overrides]
        expected = [one.transform(Q) for one in alone]
    for i, one in enumerate(alone):
        same_member(shared.materialise(state, i), one)
        same_array(answers[i], expected[i])
    # What a score function says of the columns, it says once.
    told, due = ([str(w.message) for w in found] for found in (ours, theirs))
    assert set(told) == set(due)
    assert told.count(NOTHING) == due.count(NOTHING)


NOTHING = (
    "No features were selected: either the data is too noisy or the selection test too strict."
)


def same_member(found, expected):
    """Assert equal fitted attributes, names of columns and parameters."""
    assert set(vars(found)) == set(vars(expected))
    assert repr(found.get_params()) == repr(expected.get_params())
    for name, value in vars(expected).items():
        if name.endswith("_"):
            np.testing.assert_array_equal(getattr(found, name), value, err_msg=name)
            assert np.asarray(getattr(found, name)).dtype == np.asarray(value).dtype
    np.testing.assert_array_equal(found.get_feature_names_out(), expected.get_feature_names_out())


def same_array(found, expected):
    """Assert equal type, dtype, layout and numbers."""
    assert type(found) is type(expected)
    if hasattr(expected, "columns"):
        assert found.equals(expected)
        return
    if sparse.issparse(expected):
        assert found.format == expected.format
        assert found.dtype == expected.dtype
        assert (found != expected).nnz == 0
        return
    assert found.dtype == expected.dtype
    assert found.strides == expected.strides
    np.testing.assert_array_equal(found, expected)
