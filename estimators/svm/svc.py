"""Classification by support vector machines on kernels."""

from __future__ import annotations

from typing import Any

from sklearn import svm
from sklearn.utils.metaestimators import available_if

from ..door import Opened
from .compiled import Machine


def _has_proba(estimator: Any) -> bool:
    return estimator._check_proba()


class SVC(Machine, svm.SVC):
    """Support vector classifier with a kernel (Chang and Lin 2011, libsvm), one-vs-one.

    libsvm fits and answers on the host: no faster algorithm is known here. Parameters are those of
    `sklearn.svm.SVC`, and `device`. Where X is elsewhere it is brought to the host, and answers go
    where X is; `fallback_` says so. Fitted arrays stay on the host.

    Attributes
    ----------
    support_vectors_ : ndarray of shape (n_support, n_features), and all others of scikit-learn's
    fallback_ : str or None
        Why the fit was not where X is, or None.
    """

    _task = "classification"

    def decision_function(self, X: Any) -> Any:
        """Return scores of shape (n_samples,), (n_samples, n_classes) or of pairs of classes."""
        return self._answer_on_host("decision_function", X)

    @available_if(_has_proba)
    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_samples, n_classes), if fitted with `probability`."""
        return self._answer_on_host("predict_proba", X)

    @available_if(_has_proba)
    def predict_log_proba(self, X: Any) -> Any:
        """Return logarithms of probabilities, of shape (n_samples, n_classes)."""
        return self._answer_on_host("predict_log_proba", X)

    def _fit_arrays(self, data: Opened) -> None:
        raise NotImplementedError("SVC is fitted by libsvm, on the host.")
