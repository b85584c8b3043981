"""scikit-learn's own tests, with our classes in place of its: one test class for each file."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.harness import Suite
from conformance.suites import SUITES


def _as_test_class(suite: Suite) -> type:
    """Hold the tests of `suite` as static methods, under the warning filters they expect."""
    body: dict[str, Any] = {name: staticmethod(test) for name, test in suite.tests.items()}
    body["pytestmark"] = [pytest.mark.filterwarnings("default")]
    body["suite"] = suite
    return type(suite.name, (), body)


for _suite in SUITES:
    if not _suite.shipped:
        pytest.skip(f"scikit-learn is installed without {_suite.module}", allow_module_level=True)
    if not set(_suite.fixtures).isdisjoint(globals()):
        raise ValueError(f"A fixture of {_suite.module} has the name of another suite's.")
    globals().update(_suite.fixtures)
    globals()[_suite.name] = _as_test_class(_suite)
