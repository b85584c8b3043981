"""The list of types that a model file may hold."""

from __future__ import annotations

from importlib import import_module

import pytest

from gridfold.pipelines import trusted_types
from gridfold.pipelines.trusted_types import untrusted


def test_our_classes_are_trusted_and_nothing_else_of_ours():
    ours = [
        "gridfold.estimators.linear.ridge.Ridge",
        "gridfold.pipelines.pipeline.Pipeline",
        "gridfold.pipelines.date_encoder.DateEncoder",
        "gridfold.pipelines.search.planning.plan.Plan",
        "gridfold.estimators.linear.shared_ridge.RidgeFit",
    ]
    others = [
        "gridfold.pipelines.persistence.load",  # a function
        "gridfold.estimators.files.Path",  # what a module of ours imports
        "gridfold.pipelines.tabular_preprocessor.SimpleImputer",
        "gridfold.no_such_module.Model",
        "gridfold.estimators.linear.ridge.NoSuchClass",
        "gridfold_of_someone_else.Model",
        "os.system",
        "builtins.eval",
        "sklearn.tree._tree.Tree",
    ]
    assert untrusted([*ours, *others]) == others


def test_no_estimator_of_ours_is_forgotten():
    from sklearn.base import BaseEstimator

    for floor in ("estimators", "pipelines"):
        module = import_module(f"gridfold.{floor}")
        found = [getattr(module, name) for name in module.__all__]
        classes = [c for c in found if isinstance(c, type) and issubclass(c, BaseEstimator)]
        assert classes
        assert untrusted(f"{c.__module__}.{c.__qualname__}" for c in classes) == []


@pytest.mark.parametrize("name", sorted(trusted_types._OTHER_TYPES))
def test_the_list_names_types_that_there_are(name):
    module, _, attribute = name.rpartition(".")
    assert hasattr(import_module(module), attribute)
