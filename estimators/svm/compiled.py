"""What estimators that scikit-learn's compiled solvers fit have in common."""

from __future__ import annotations

from typing import Any

from sklearn.utils.validation import check_is_fitted

from ..arrays import HOST, find_place, is_sparse, place_of
from ..base import OnDevice, result_place, to_host


class Compiled(OnDevice):
    """Fitted by libsvm or liblinear on the host; `fallback_` says so where X is elsewhere."""

    def _fit_compiled(self, X: Any, y: Any, sample_weight: Any, reason: str) -> Any:
        """Fit by scikit-learn's own fit, which is ours on the host.

        Parameters
        ----------
        reason : str
            What `fallback_` says off the host.
        """
        self._validate_params()
        if find_place(self.device, X) != HOST or is_sparse(X):
            return self._fit_parent(X, y, sample_weight, "sparse X" if is_sparse(X) else reason)
        self._parent.fit(self, to_host(X), to_host(y), sample_weight=to_host(sample_weight))
        self.fallback_ = None
        return self


class Machine(Compiled):
    """A support vector machine on a kernel: fitted and asked by libsvm, on the host."""

    _on_host = "libsvm runs on the host"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or (n_samples, n_samples) if precomputed
        y : array-like of shape (n_samples,)
        sample_weight : array-like of shape (n_samples,), optional
        """
        return self._fit_compiled(X, y, sample_weight, self._on_host)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,), where X is; labels of text as NumPy."""
        return self._answer_on_host("predict", X)

    def to_device(self, device: str) -> Any:
        """Leave the fitted arrays on the host, where libsvm answers; `device` must be there."""
        check_is_fitted(self)
        find_place(device, None)
        return self

    def _answer_on_host(self, method: str, X: Any) -> Any:
        found = getattr(self._parent, method)(self, to_host(X))
        return result_place(place_of(X), found).put(found)
