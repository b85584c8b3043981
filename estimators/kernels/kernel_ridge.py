"""Kernel ridge regression."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import kernel_ridge
from sklearn.utils.validation import check_is_fitted

from ..arrays import HOST, Array, Namespace, Place, find_place, is_foreign, is_sparse, place_of
from ..base import OnDevice, to_host
from ..door import Opened, open_door
from .dual_ridge import is_safe, solve_factored
from .dual_solve import solve_duals
from .kernel_matrices import is_definite
from .kernel_rows import KERNELS, KernelRows

_WIDE = 4  # rows per column from which a linear kernel is solved by its columns


class KernelRidge(OnDevice, kernel_ridge.KernelRidge):
    """Ridge regression on the features of a kernel.

    Solves `(K + alpha I) c = y` by Cholesky, on the host on one triangle and in its memory; a
    linear kernel of few columns by the singular values of X, without K. Sample weights w make of K
    and y `W K W` and `W y`, `W = diag(w)^(1/2)` (Murphy 2012, section 14.4.3).

    Parameters are those of `sklearn.kernel_ridge.KernelRidge`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Kernels that are functions, "chi2" and "additive_chi2", one
    alpha per target and sparse X are fitted by scikit-learn; `fallback_` says so.

    Attributes
    ----------
    dual_coef_ : array of shape (n_samples,) or (n_samples, n_targets)
    X_fit_ : array of shape (n_samples, n_features)
        The training rows, or the kernel matrix if precomputed.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "regression"
    _numbers_only = True

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> KernelRidge:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            With `kernel="precomputed"` the kernel matrix (n_samples, n_samples).
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
        sample_weight : array-like of shape (n_samples,) or float, optional
        """
        self._validate_params()
        place = find_place(self.device, X)
        reason = "sparse X" if is_sparse(X) else self._fallback_reason(X, y)
        if reason is not None:
            return self._fit_parent(X, y, sample_weight, reason)
        self._fit_arrays(self._opened(X, y, sample_weight, place))
        self.fallback_ = None
        return self

    def _opened(self, X: Any, y: Any, sample_weight: Any, place: Place) -> Opened:
        """Check training data; targets of float32 rows keep their own dtype."""
        data = open_door(self, X, y, sample_weight, place, task=self._task)
        if data.X.dtype == data.xp.float32 and not _is_single(y):
            y = y if is_foreign(y) else np.asarray(y, dtype=np.float64)
            data = replace(data, y=place.put(y, data.xp.float64))
        return data

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,) or (n_samples, n_targets), where X is."""
        check_is_fitted(self)
        if self._has_kernel() and not (is_sparse(X) or sparse.issparse(self.X_fit_)):
            return self._answer("predict", X, "dual_coef_", self._predicted)
        plain = self.to_sklearn()
        return place_of(X).put(plain.predict(to_host(X)))

    def _parent_answers(self, X: Any) -> bool:
        return False  # it evaluates the kernel of all rows at once

    def _has_kernel(self) -> bool:
        return isinstance(self.kernel, str) and self.kernel in (*KERNELS, "precomputed")

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if not isinstance(self.alpha, Real):
            return "alpha is an array, one penalty per target"
        if callable(self.kernel):
            return "kernel is a function"
        return None if self._has_kernel() else f"kernel={self.kernel!r} has no kernel here"

    def _fit_arrays(self, data: Opened) -> None:
        self._set_fitted(data, self._solved(data, [float(self.alpha)])[0])

    def _set_fitted(self, data: Opened, coef: Array) -> None:
        self.dual_coef_ = coef[:, 0] if data.y.ndim == 1 else coef
        self.X_fit_ = data.X

    def _solved(self, data: Opened, alphas: list[float]) -> list[Array]:
        """Return coefficients (n_samples, n_targets) for each alpha, with the kernel of this model.

        In the wider dtype of X and y, as scikit-learn.
        """
        xp = data.xp
        Y = data.y[:, None] if data.y.ndim == 1 else data.y
        root = None if data.sample_weight is None else xp.sqrt(data.sample_weight)
        if root is not None:
            root = xp.astype(root, Y.dtype, copy=False)
            Y = Y * root[:, None]
        found = self._by_columns(data.X, Y, root, alphas, xp)
        left = [alpha for alpha in alphas if alpha not in found]
        if left:
            definite = is_definite(self.kernel, self._settings())

            def fill(whole: bool) -> Array:
                return self._filled(data.X, Y, root, whole, xp)

            found.update(zip(left, solve_duals(fill, Y, left, definite, xp), strict=True))
        coefs = [found[alpha] for alpha in alphas]
        return coefs if root is None else [coef * root[:, None] for coef in coefs]

    def _by_columns(
        self, X: Array, Y: Array, root: Array | None, alphas: list[float], xp: Namespace
    ) -> dict[float, Array]:
        """Solve a linear kernel by its columns, where these are few and an alpha is not small."""
        if self.kernel != "linear" or _WIDE * X.shape[1] > X.shape[0]:
            return {}
        F = xp.astype(X, xp.float64, copy=False)
        F = F if root is None else F * xp.astype(root, xp.float64)[:, None]
        norm = float(xp.linalg.matrix_norm(F)) ** 2
        safe = [alpha for alpha in alphas if alpha > 0 and is_safe(alpha, norm)]
        if not safe:
            return {}
        coefs = solve_factored(F, xp.astype(Y, xp.float64, copy=False), safe, xp)
        coefs = xp.astype(coefs, Y.dtype, copy=False)
        return {alpha: coefs[i, ...] for i, alpha in enumerate(safe)}

    def _filled(self, X: Array, Y: Array, root: Array | None, whole: bool, xp: Namespace) -> Array:
        """Return the weighted kernel matrix; unless `whole`, its lower triangle at least."""
        n_rows, place = X.shape[0], place_of(X)
        if self.kernel == "precomputed":
            if X.shape[1] != n_rows:
                raise ValueError(f"Precomputed kernel matrix of shape {X.shape} is not square.")
            K = xp.astype(X, Y.dtype, copy=True)
            K = xp.asarray(np.ascontiguousarray(K)) if place == HOST else K
            return K if root is None else K * root[:, None] * root[None, :]
        kernel = KernelRows(self.kernel, self._settings(), X, Y.dtype, xp)
        K = xp.empty((n_rows, n_rows), dtype=Y.dtype, device=place.device)

        def fill(rows: slice) -> None:
            upto = n_rows if whole else rows.stop
            part = kernel.block(X[rows, :], upto)
            if root is not None:
                part = part * root[rows][:, None] * root[:upto][None, :]
            K[rows, :upto] = part

        for _ in kernel.each(fill, n_rows):
            continue
        return K

    def _settings(self) -> dict[str, Any]:
        return {"gamma": self.gamma, "degree": self.degree, "coef0": self.coef0}

    def _predicted(self, X: Array, xp: Namespace) -> Array:
        return self._predictions(X, [self.dual_coef_], xp)[0]

    def _predictions(self, X: Array, coefs: list[Array], xp: Namespace) -> list[Array]:
        """Return the predictions for rows X of models with the rows and kernel of this one."""
        place = place_of(X)
        fitted, coefs = place.put(self.X_fit_), [place.put(coef) for coef in coefs]
        dtype = xp.result_type(X.dtype, fitted.dtype, *(coef.dtype for coef in coefs))
        coefs = [xp.astype(coef, dtype, copy=False) for coef in coefs]
        if self.kernel in ("precomputed", "linear"):
            if self.kernel == "linear":
                rows = xp.astype(fitted, dtype, copy=False).T
                coefs = [rows @ coef for coef in coefs]
            found = [xp.astype(X, dtype, copy=False) @ coef for coef in coefs]
        else:
            kernel = KernelRows(self.kernel, self._settings(), fitted, dtype, xp)

            def outputs(rows: slice) -> list[Array]:
                K = kernel.block(X[rows, :])
                return [K @ coef for coef in coefs]

            parts = zip(*kernel.each(outputs, X.shape[0]), strict=True)
            found = [xp.concat(part, axis=0) for part in parts]
        return found if place == HOST else [xp.astype(f, X.dtype, copy=False) for f in found]


def _is_single(y: Any) -> bool:
    dtype = getattr(y, "dtype", None)
    return dtype is not None and str(dtype).rpartition(".")[2] == "float32"
