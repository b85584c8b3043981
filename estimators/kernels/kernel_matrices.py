"""Kernel matrices of one kernel with several settings, from one matrix of distances or products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.metrics.pairwise import (
    KERNEL_PARAMS,
    additive_chi2_kernel,
    check_pairwise_arrays,
    euclidean_distances,
    manhattan_distances,
    pairwise_kernels,
)
from sklearn.utils.extmath import safe_sparse_dot

Settings = Mapping[str, Any]

_DISTANCES = ("rbf", "laplacian", "chi2")
_PRODUCTS = ("poly", "polynomial", "sigmoid")


def own_settings(kernel: Any, params: Settings) -> dict[str, Any]:
    """Return those of gamma, degree and coef0 that a kernel heeds, or a function's arguments."""
    if not isinstance(kernel, str):
        return dict(params["kernel_params"] or {})
    return {name: params[name] for name in sorted(KERNEL_PARAMS.get(kernel, ()))}


def is_definite(kernel: Any, settings: Settings) -> bool:
    """Whether kernel matrices are known to have no negative eigenvalues, beside rounding."""
    if kernel in _PRODUCTS:
        whole = kernel != "sigmoid" and float(settings["degree"]).is_integer()
        return whole and settings["coef0"] >= 0
    return kernel in ("linear", "rbf", "laplacian", "cosine", "chi2")


def kernel_matrices(
    kernel: Any, settings: Sequence[Settings], X: Any, Y: Any = None
) -> Iterator[np.ndarray]:
    """Yield the kernel of the rows of X and Y (X, if None) for each of several settings.

    The same numbers as scikit-learn's `pairwise_kernels`, of shape (n_samples_X, n_samples_Y);
    each may be written to.

    Parameters
    ----------
    kernel : str or callable
    settings : sequence of dict
        gamma, degree and coef0 as far as the kernel heeds them.
    X, Y : arrays or sparse matrices
        With `kernel="precomputed"` X is the kernel matrix.
    """
    if len(settings) == 1 or kernel not in _DISTANCES + _PRODUCTS:
        for own in settings:
            K = pairwise_kernels(X, Y, metric=kernel, **own)
            yield K.copy() if K is X else K
        return
    X, Y = check_pairwise_arrays(X, Y)
    common = _common(kernel, X, Y)
    for place, own in enumerate(settings):
        last = place == len(settings) - 1
        yield _finished(kernel, common if last else common.copy(), own, X.shape[1])


def _common(kernel: str, X: Any, Y: Any) -> np.ndarray:
    """Return what the kernels of all settings are made of."""
    if kernel == "rbf":
        return euclidean_distances(X, Y, squared=True)
    if kernel == "laplacian":
        return manhattan_distances(X, Y)
    if kernel == "chi2":
        return additive_chi2_kernel(X, Y)
    return safe_sparse_dot(X, Y.T, dense_output=True)


def _finished(kernel: str, K: np.ndarray, settings: Settings, n_features: int) -> np.ndarray:
    """Turn distances or products into a kernel, in place and in scikit-learn's order."""
    gamma = 1.0 / n_features if settings["gamma"] is None else settings["gamma"]
    K *= -gamma if kernel in ("rbf", "laplacian") else gamma
    if kernel in _DISTANCES:
        return np.exp(K, out=K)
    K += settings["coef0"]
    if kernel == "sigmoid":
        return np.tanh(K, out=K)
    K **= settings["degree"]
    return K
