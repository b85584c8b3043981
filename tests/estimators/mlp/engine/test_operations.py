"""Elementary operations: those of NumPy's own functions, on all libraries."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.gradients import drawn, on
from numpy.testing import assert_allclose, assert_array_equal

from gridfold.estimators.mlp.engine import operations

SHAPES = [(1, 5, 1), (3, 4, 7), (2, 1, 3)]
shapes = pytest.mark.parametrize("shape", SHAPES)
OPERATIONS = {
    "positive": lambda X: (X > 0).astype(X.dtype),
    "transposed": lambda X: np.swapaxes(X, 1, 2),
    "sum_rows": lambda X: X.sum(axis=1),
    "sum_last": lambda X: X.sum(axis=-1),
    "max_last": lambda X: X.max(axis=-1, keepdims=True),
}


@shapes
@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_operation(library, name, shape, dtype):
    X = drawn(*shape, dtype=dtype)
    result = getattr(operations, name)(on(library, X), library.xp)
    assert library.owns(result)
    assert library.host(result).dtype == dtype
    tolerance = 20 * np.finfo(dtype).eps
    assert_allclose(library.host(result), OPERATIONS[name](X), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["sum_last", "max_last"])
def test_operation_on_two_axes(library, name):
    X = drawn(6, 4)
    result = getattr(operations, name)(on(library, X), library.xp)
    assert_allclose(library.host(result), OPERATIONS[name](X), rtol=1e-13)


def test_operations_see_views(library):
    """Every other row and unit of a larger array."""
    X = drawn(3, 8, 6)
    given = on(library, X)[:, ::2, ::2]
    for name, expected in OPERATIONS.items():
        result = getattr(operations, name)(given, library.xp)
        assert_allclose(library.host(result), expected(X[:, ::2, ::2]), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(("low", "high"), [(-0.5, 0.5), (-np.inf, 0.0), (0.0, np.inf)])
def test_clip(library, low, high):
    X = 2 * drawn(2, 5, 4)
    X[0, 0, 0] = np.nan
    clipped = library.host(operations.clip(library.put(X), low, high, library.xp))
    assert_array_equal(clipped, np.minimum(np.maximum(X, low), high))
