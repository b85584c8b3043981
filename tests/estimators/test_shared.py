"""Members of a shared fit, and the registry: exact classes, by name, nothing imported."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.base import BaseEstimator
from sklearn.isotonic import IsotonicRegression

import gridfold.estimators as estimators
from gridfold.estimators import shared as module
from gridfold.estimators.shared import (
    Cost,
    Members,
    Meta,
    SharedFit,
    affine_step_for,
    register_affine,
    register_shared_fit,
    shared_fit_for,
)

NAMES = ["LinearRegression", "Ridge", "RidgeClassifier", "LogisticRegression"]


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(module, "_shared_fits", {k: [*v] for k, v in module._shared_fits.items()})
    monkeypatch.setattr(module, "_affine_steps", {k: [*v] for k, v in module._affine_steps.items()})


@pytest.mark.parametrize("home", [linear_model, estimators])
@pytest.mark.parametrize("name", NAMES)
def test_our_classes_and_scikit_learns_are_registered(name, home):
    assert isinstance(shared_fit_for(getattr(home, name)), SharedFit)


@pytest.mark.parametrize("home", [linear_model, estimators])
@pytest.mark.parametrize("name", NAMES)
def test_subclasses_are_not(name, home):
    parent = getattr(home, name)
    assert shared_fit_for(type("Mine", (parent,), {})) is None
    assert shared_fit_for(type(name, (parent,), {})) is None


def test_the_last_registration_holds():
    first, second = SharedFit(), SharedFit()
    register_shared_fit("sklearn.isotonic:IsotonicRegression", first)
    assert shared_fit_for(IsotonicRegression) is first
    register_shared_fit("sklearn.isotonic:IsotonicRegression", second)
    assert shared_fit_for(IsotonicRegression) is second


def test_a_class_of_the_same_name_elsewhere_is_another():
    register_shared_fit("sklearn.isotonic:IsotonicRegression", SharedFit())
    other = type("IsotonicRegression", (BaseEstimator,), {})
    assert shared_fit_for(other) is None


def test_a_module_that_is_not_loaded_is_not_imported():
    register_shared_fit("no_such_module:IsotonicRegression", SharedFit())
    assert shared_fit_for(IsotonicRegression) is None
    assert "no_such_module" not in sys.modules


@pytest.mark.parametrize("name", ["Ridge", "sklearn.linear_model.Ridge", ":Ridge", "sklearn:"])
def test_names_have_a_module_and_a_class(name):
    with pytest.raises(ValueError, match="module:Class"):
        register_shared_fit(name, SharedFit())


def test_affine_steps_are_a_registry_of_their_own():
    def read(fitted):
        return np.zeros(1), np.ones(1)

    register_affine("sklearn.isotonic:IsotonicRegression", read)
    assert affine_step_for(IsotonicRegression) is read
    assert shared_fit_for(IsotonicRegression) is None


def test_registering_imports_neither_boosting_libraries_nor_cupy():
    code = (
        "import sys, gridfold.estimators; "
        "print(sorted({'xgboost', 'lightgbm', 'cupy', 'torch', 'matplotlib'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path), "PATH": ""},
    )
    assert found.stdout.strip() == "[]"


def test_members_say_what_each_sets():
    prototype = linear_model.Ridge(alpha=3.0, tol=1e-5)
    members = Members(prototype, [{}, {"alpha": 1.0}, {"fit_intercept": False}])
    assert len(members) == 3
    assert members.values("alpha") == [3.0, 1.0, 3.0]
    assert members.values("fit_intercept") == [True, True, False]
    assert members.params(1)["alpha"] == 1.0 and members.params(1)["tol"] == 1e-5
    assert members.instance(2).get_params() == members.params(2)
    assert prototype.alpha == 3.0 and prototype.fit_intercept


def test_a_member_is_alone_by_default():
    assert len(Members(linear_model.Ridge())) == 1


def test_instances_share_no_parameters_with_the_overrides():
    override = {"alpha": np.array([1.0, 2.0])}
    model = Members(linear_model.Ridge(), [override]).instance(0)
    model.alpha[0] = 7.0
    assert override["alpha"][0] == 1.0


def test_an_empty_family_says_what_it_lacks():
    class Lazy(SharedFit):
        pass

    members = Members(linear_model.Ridge())
    assert Lazy().declines({}, Meta(10)) is None
    assert Lazy().cost(members, Meta(10)) == Cost()
    for call in (
        lambda: Lazy().fit(members, None, None),
        lambda: Lazy().fit_folds(members, None, None, []),
        lambda: Lazy().respond(None, None, "predict", [0]),
        lambda: Lazy().materialise(None, 0),
    ):
        with pytest.raises(NotImplementedError, match="Lazy"):
            call()


@pytest.mark.parametrize("name", NAMES)
def test_costs_grow_with_members_and_rows(name):
    cls = getattr(linear_model, name)
    family = shared_fit_for(cls)
    one, many = Members(cls(), [{}]), Members(cls(), [{}] * 10)
    small, large = Meta(1000, 20), Meta(100_000, 20)
    assert family.cost(one, small).work < family.cost(many, small).work
    assert family.cost(many, small).work < family.cost(many, large).work
    assert family.cost(one, small).responses < family.cost(many, small).responses
