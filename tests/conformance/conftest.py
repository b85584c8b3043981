"""What scikit-learn's own conftest gives its tests, and which of their items run here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from conformance.harness import Suite
from conformance.report import OUR_XFAIL

# Marks that scikit-learn's tests carry for a plugin that is not used here.
_MARKS = ("thread_unsafe", "parallel_threads(n)", "iterations(n)", "no_check_spmatrix")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks that scikit-learn's tests carry."""
    for mark in _MARKS:
        config.addinivalue_line("markers", f"{mark}: of scikit-learn's tests; no meaning here")


@pytest.fixture(params=[42])
def global_random_seed(request: pytest.FixtureRequest) -> int:
    """The seed that scikit-learn's tests run with by default."""
    return request.param


@pytest.fixture
def global_dtype() -> type:
    """The dtype that scikit-learn's tests run with by default."""
    return np.float64


@pytest.fixture
def pyplot() -> Any:
    """Return `matplotlib.pyplot` on a backend without windows, with no figure open."""
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.close("all")
    yield pyplot
    pyplot.close("all")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Keep the warnings of scikit-learn's tests, many and meant, out of pytest's summary."""
    if not isinstance(getattr(pyfuncitem.cls, "suite", None), Suite):
        return (yield)
    with warnings.catch_warnings(record=True):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Drop items whose parameters are scikit-learn's own class; mark the expected failures."""
    dropped = set()
    for item in items:
        suite = getattr(getattr(item, "cls", None), "suite", None)
        if not isinstance(suite, Suite):
            continue
        if not _uses_ours(suite, item):
            dropped.add(item)
        for mark in list(item.iter_markers("xfail")):
            item.add_marker(_not_strict(mark), append=False)
        if item.name in suite.expected_failures:
            reason = OUR_XFAIL + suite.expected_failures[item.name]
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
    items[:] = [item for item in items if item not in dropped]
    config.hook.pytest_deselected(items=list(dropped))


def _not_strict(mark: pytest.Mark) -> pytest.MarkDecorator:
    """Return an `xfail` of scikit-learn as it means it: our settings make the word strict."""
    return pytest.mark.xfail(*mark.args, **{**mark.kwargs, "strict": False})


def _uses_ours(suite: Suite, item: Any) -> bool:
    callspec = getattr(item, "callspec", None)
    params = {} if callspec is None else callspec.params
    return suite.in_body(item.function) or suite.in_value(params)
