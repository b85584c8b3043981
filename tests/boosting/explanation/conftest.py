"""The shap package, beside which explanations are checked."""

from __future__ import annotations

import warnings
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def shap() -> ModuleType:
    """Return the package, or skip where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own imports
        return pytest.importorskip("shap", reason="the shap package is not installed")
