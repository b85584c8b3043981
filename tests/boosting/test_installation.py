"""What is said of missing and doubled builds of xgboost, and what importing gridfold loads."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

from gridfold.boosting import installation


@pytest.fixture
def installed(monkeypatch):
    """Return a function that sets which distributions are there."""

    def set_installed(*names: str) -> None:
        def distribution(name: str) -> object:
            if name not in names:
                raise metadata.PackageNotFoundError(name)
            return object()

        monkeypatch.setattr(metadata, "distribution", distribution)
        module = object() if names else None
        monkeypatch.setattr(installation, "find_spec", lambda name: module)

    return set_installed


@pytest.mark.parametrize("name", ["xgboost", "xgboost-cpu", "xgboost-cu12"])
def test_one_build_is_fine(installed, name):
    installed(name)
    assert installation.check_installation() is None
    installation.require_xgboost()


@pytest.mark.parametrize(
    "names", [("xgboost", "xgboost-cpu"), ("xgboost", "xgboost-cu12"), ("xgboost-cpu", "xgboost")]
)
def test_two_builds_are_named_with_the_remedy(installed, names):
    installed(*names)
    problem = installation.check_installation()
    assert all(name in problem for name in names)
    assert "pip uninstall" in problem
    assert 'pip install "gridfold[cpu]"' in problem
    with pytest.warns(UserWarning, match="installed together"):
        installation.require_xgboost()


def test_no_build_is_an_error_that_names_the_extras(installed):
    installed()
    with pytest.raises(ImportError, match=r"gridfold\[cpu\].*gridfold\[cuda12\].*gridfold\[cuda13"):
        installation.require_xgboost()


def run(code: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return found.stdout.strip()


SOURCE = f"import sys; sys.path[:0] = {[p for p in sys.path if p]!r}; "


def test_importing_gridfold_leaves_xgboost_alone():
    code = "import gridfold, gridfold.boosting; print('xgboost' in sys.modules)"
    assert run(SOURCE + code) == "False"


def test_without_xgboost_the_import_of_an_estimator_names_the_extras():
    code = (
        "sys.modules['xgboost'] = None; import gridfold.boosting\n"
        "try:\n    from gridfold.boosting import XGBRegressor\n"
        "except ImportError as error:\n    print(error)"
    )
    assert 'pip install "gridfold[cpu]"' in run(SOURCE + code)


def test_a_name_that_is_not_there_is_an_attribute_error():
    import gridfold.boosting

    with pytest.raises(AttributeError, match="XGBForest"):
        _ = gridfold.boosting.XGBForest
