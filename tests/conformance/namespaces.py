"""Modules of scikit-learn with our classes in place of its, for test files that name modules."""

from __future__ import annotations

from types import SimpleNamespace

import sklearn.svm

from gridfold.estimators import SVC, SVR, LinearSVC, LinearSVR

svm = SimpleNamespace(
    **{
        **vars(sklearn.svm),
        "SVC": SVC,
        "SVR": SVR,
        "LinearSVC": LinearSVC,
        "LinearSVR": LinearSVR,
    }
)
