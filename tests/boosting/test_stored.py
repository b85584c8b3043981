"""What of xgboost a model file may hold: types that there are, and the version installed."""

from __future__ import annotations

from importlib import import_module

import pytest

from gridfold.boosting import stored


def test_the_types_are_there_and_the_version_is_the_installed_one():
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    for name in stored.TRUSTED_TYPES:
        module, _, attribute = name.rpartition(".")
        assert getattr(import_module(module), attribute).__module__ == module
    assert stored.xgboost_version() == xgboost.__version__


def test_without_xgboost_there_is_no_version(monkeypatch):
    monkeypatch.setattr(stored, "_BUILDS", ("no-such-distribution",))
    assert stored.xgboost_version() is None
