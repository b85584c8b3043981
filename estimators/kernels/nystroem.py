"""Features of a kernel from some of the rows."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import kernel_approximation
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..arrays import Array, Namespace, is_sparse, place_of
from ..base import OnDevice, to_host
from ..door import Opened
from ..threads import threads_for
from .kernel_rows import KERNELS, KernelRows

_LEAST = 1e-12  # singular values below count as this, as in scikit-learn


class Nystroem(OnDevice, kernel_approximation.Nystroem):
    """Approximate feature map of a kernel, from `n_components` of the training rows.

    With C these rows and `U S V'` the singular values of their kernel, the features of x are
    `k(x, C) (U S^(-1/2) V')'`; their products approximate the kernel
    (Williams and Seeger 2001). Rows are transformed block by block.

    Parameters are those of `sklearn.kernel_approximation.Nystroem`, and `device`: None (where X
    is), "cpu", "cuda", "cuda:1" or "auto". The rows drawn for a seed are scikit-learn's. Kernels
    that are functions or precomputed, "chi2" and "additive_chi2", and sparse X are scikit-learn's;
    `fallback_` says so. `n_jobs` is heeded there only.

    Attributes
    ----------
    components_ : array of shape (n_components, n_features)
    component_indices_ : array of shape (n_components,), int64
    normalization_ : array of shape (n_components, n_components)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _numbers_only = True

    def fit(self, X: Any, y: Any = None) -> Nystroem:
        """Draw rows and decompose their kernel.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.
        """
        return self._fit_on_device(X)

    def transform(self, X: Any) -> Any:
        """Return features of shape (n_samples, n_components), where X is."""
        check_is_fitted(self)
        if self._has_kernel() and not (is_sparse(X) or sparse.issparse(self.components_)):
            return self._answer("transform", X, "normalization_", self._features)
        return place_of(X).put(self._parent.transform(self.to_sklearn(), to_host(X)))

    def _parent_answers(self, X: Any) -> bool:
        return False  # it evaluates the kernel of all rows at once

    def _has_kernel(self) -> bool:
        return isinstance(self.kernel, str) and self.kernel in KERNELS

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if callable(self.kernel):
            return "kernel is a function"
        return None if self._has_kernel() else f"kernel={self.kernel!r} has no kernel here"

    def _fit_arrays(self, data: Opened) -> None:
        X, xp, n_rows = data.X, data.xp, data.X.shape[0]
        if self.n_components > n_rows:
            warnings.warn(
                "n_components > n_samples. This is not possible.\n"
                "n_components was set to n_samples, which results"
                " in inefficient evaluation of the full kernel.",
                stacklevel=4,
            )
        count = min(self.n_components, n_rows)
        drawn = check_random_state(self.random_state).permutation(n_rows)[:count].astype(np.int64)
        index = data.place.put(drawn)
        # NumPy's `take` would first copy an X in Fortran order.
        basis = X[drawn] if isinstance(X, np.ndarray) else xp.take(X, index, axis=0)
        kernel = KernelRows(self.kernel, self._settings(), basis, xp.float64, xp)
        with threads_for(count, xp):
            turn = _inverse_root(kernel.block(basis), xp)
        self.normalization_ = xp.astype(turn, X.dtype, copy=False)
        self.components_, self.component_indices_ = basis, index
        self._n_features_out = count

    def _settings(self) -> dict[str, Any]:
        """The settings of the kernel: the model's own before those in `kernel_params`."""
        found = {"gamma": None, "degree": 3, "coef0": 1, **(self.kernel_params or {})}
        own = {"gamma": self.gamma, "degree": self.degree, "coef0": self.coef0}
        return {**found, **{name: value for name, value in own.items() if value is not None}}

    def _features(self, X: Array, xp: Namespace) -> Array:
        place = place_of(X)
        basis, turn = place.put(self.components_), place.put(self.normalization_)
        dtype = xp.result_type(X.dtype, basis.dtype)
        turn = xp.astype(turn, dtype, copy=False).T
        kernel = KernelRows(self.kernel, self._settings(), basis, dtype, xp)
        found = xp.empty((X.shape[0], turn.shape[1]), dtype=dtype, device=place.device)

        def fill(rows: slice) -> None:
            found[rows, :] = kernel.block(X[rows, :]) @ turn

        for _ in kernel.each(fill, X.shape[0]):
            continue
        return found


def _inverse_root(K: Array, xp: Namespace) -> Array:
    """Return `U S^(-1/2) V'` of a kernel matrix `U S V'`."""
    U, S, Vt = xp.linalg.svd(K)
    S = xp.where(S < _LEAST, _LEAST + xp.zeros_like(S), S)
    return U / xp.sqrt(S) @ Vt
