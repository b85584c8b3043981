"""Regression by support vector machines on kernels."""

from __future__ import annotations

from sklearn import svm

from ..door import Opened
from .compiled import Machine


class SVR(Machine, svm.SVR):
    """Epsilon-insensitive regression with a kernel (Chang and Lin 2011, libsvm).

    libsvm fits and answers on the host, as for `SVC`. Parameters are those of `sklearn.svm.SVR`,
    and `device`.
    """

    _task = "regression"

    def _fit_arrays(self, data: Opened) -> None:
        raise NotImplementedError("SVR is fitted by libsvm, on the host.")
