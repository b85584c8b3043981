"""Checks of layers of the MLP: gradients by finite differences, dtypes, nothing overwritten."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import numpy as np_namespace
from numpy.testing import assert_allclose, assert_array_equal

STEP = 1e-6


def drawn(*shape: int, seed: int = 0, dtype: Any = np.float64) -> np.ndarray:
    """Normal numbers that no code may write into."""
    array = np.random.default_rng([seed, *shape]).normal(size=shape).astype(dtype)
    array.flags.writeable = False
    return array


def slopes(value: Any, array: np.ndarray) -> np.ndarray:
    """The gradient of `value(array)`, entry by entry from central differences."""
    found = np.empty(array.shape)
    for index in np.ndindex(array.shape):
        above, below = array.copy(), array.copy()
        above[index] += STEP
        below[index] -= STEP
        found[index] = (value(above) - value(below)) / (2 * STEP)
    return found


def assert_layer(library: Any, layer: Any, arrays: Any, **options: Any) -> None:
    """Compare all gradients of `layer(*arrays)` with finite differences.

    The layer runs on `library`, the differences on NumPy; outputs are compared too.
    """
    given = [on(library, array) for array in arrays]
    Y, backward = layer(*given, xp=library.xp, **options)
    assert library.owns(Y)
    expected = layer(*arrays, xp=np_namespace, **options)[0]
    assert_allclose(library.host(Y), expected, rtol=1e-12, atol=1e-12)
    share = drawn(*expected.shape, seed=9)
    dX, grads = backward(library.put(share.copy()))
    for left, array in zip(given, arrays, strict=True):
        assert_array_equal(library.host(left), array)
    for i, grad in enumerate((dX, *grads)):

        def value(array: np.ndarray, i: int = i) -> float:
            changed = [*arrays[:i], array, *arrays[i + 1 :]]
            return float(np.sum(layer(*changed, xp=np_namespace, **options)[0] * share))

        assert library.owns(grad)
        assert_allclose(library.host(grad), slopes(value, arrays[i]), rtol=1e-6, atol=1e-7)


def on(library: Any, array: np.ndarray) -> Any:
    """`array` in `library`; PyTorch warns of arrays that must not be written into, so a copy."""
    return array if library.name == "numpy" else library.put(array.copy())


def assert_float32(library: Any, layer: Any, arrays: Any, **options: Any) -> None:
    """Outputs and gradients of float32 are float32."""
    arrays = [library.put(array.astype(np.float32)) for array in arrays]
    Y, backward = layer(*arrays, xp=library.xp, **options)
    dX, grads = backward(library.xp.ones_like(Y))
    assert all(array.dtype == library.xp.float32 for array in (Y, dX, *grads))
    assert [grad.shape for grad in grads] == [array.shape for array in arrays[1:]]


def assert_models_apart(layer: Any, arrays: Any, **options: Any) -> None:
    """Many models at once give what each gives alone."""
    Y, backward = layer(*arrays, xp=np_namespace, **options)
    together = [Y, *_flat(backward(np.ones_like(Y)))]
    for i in range(len(Y)):
        own = [array[i : i + 1] for array in arrays]
        Y_i, backward_i = layer(*own, xp=np_namespace, **options)
        alone = [Y_i, *_flat(backward_i(np.ones_like(Y_i)))]
        for ours, expected in zip(together, alone, strict=True):
            assert_allclose(ours[i : i + 1], expected, rtol=1e-12, atol=1e-12)


def _flat(result: Any) -> tuple[Any, ...]:
    dX, grads = result
    return (dX, *grads)
