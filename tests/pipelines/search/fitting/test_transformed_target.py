"""Regressors on a transformed target: shared as those inside are, and transformed back alike."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LassoLars, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from gridfold.estimators.shared import Members, shared_fit_for
from gridfold.pipelines import GridSearchCV

RNG = np.random.default_rng(7)
X = pd.DataFrame(RNG.normal(size=(120, 4)), columns=list("abcd"))
Y = np.exp(X.to_numpy() @ [1.0, -0.5, 0.2, 0.0] + 0.1 * RNG.normal(size=120))
ALPHAS = [1e-3, 1.0, 100.0]


def logarithm(regressor):
    return TransformedTargetRegressor(regressor, func=np.log, inverse_func=np.exp)


CASES = {
    "a model": (logarithm(Ridge()), {"regressor__alpha": ALPHAS}),
    "a pipeline": (
        logarithm(make_pipeline(StandardScaler(), Ridge())),
        {"regressor__ridge__alpha": ALPHAS},
    ),
    "its steps too": (
        logarithm(make_pipeline(StandardScaler(), Ridge())),
        {"regressor__standardscaler__with_std": [True, False], "regressor__ridge__alpha": ALPHAS},
    ),
    "behind a scaler": (
        Pipeline([("scale", StandardScaler()), ("model", logarithm(KNeighborsRegressor()))]),
        {"model__regressor__n_neighbors": [1, 3, 9]},
    ),
    "a transformer": (
        TransformedTargetRegressor(
            Ridge(), transformer=QuantileTransformer(n_quantiles=20, random_state=0)
        ),
        {"regressor__alpha": ALPHAS},
    ),
    "another regressor": (
        logarithm(Ridge()),
        [{"regressor": [KNeighborsRegressor()]}, {"regressor__alpha": ALPHAS}],
    ),
}


def same(model, grid, y=Y, **options):
    options = {"cv": 3, "return_train_score": True, **options}
    theirs = model_selection.GridSearchCV(model, grid, **options).fit(X, y)
    ours = GridSearchCV(model, grid, **options).fit(X, y)
    for key in ("mean_test_score", "mean_train_score", "split1_test_score"):
        np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-9)
    return ours


@pytest.mark.parametrize("case", CASES)
def test_scores_are_those_of_scikit_learn(case):
    ours = same(*CASES[case])
    assert "TransformedTargetRegressor: 3 members in one shared fit per fold" in str(ours.plan_)


def test_several_targets():
    same(logarithm(Ridge()), CASES["a model"][1], np.column_stack([Y, Y**2, np.sqrt(Y)]))


def test_scorers_that_look_inside_see_a_complete_regressor():
    def first_weight(model, X, y):
        assert list(model.feature_names_in_) == list("abcd")
        assert model.regressor_[-1].alpha == model.regressor[-1].alpha
        return model.regressor_[-1].coef_[0] + model.predict(X.iloc[:5]).sum()

    same(*CASES["a pipeline"], scoring=first_weight)


@pytest.mark.parametrize("case", ["a model", "a pipeline"])
def test_a_member_is_what_a_plain_fit_makes(case):
    model, grid = CASES[case]
    (name, values), *_ = grid.items()
    overrides = [{name: value} for value in values]
    shared = shared_fit_for(TransformedTargetRegressor).for_params({**model.get_params(deep=False)})
    state = shared.fit(Members(model, overrides), X, Y)
    for i, own in enumerate(overrides):
        alone = pickle.loads(pickle.dumps(model)).set_params(**own).fit(X, Y)
        member = pickle.loads(pickle.dumps(shared.materialise(state, i)))
        assert vars(member).keys() == vars(alone).keys()
        assert member.n_features_in_ == alone.n_features_in_ == 4
        np.testing.assert_allclose(member.predict(X), alone.predict(X), rtol=1e-10)


@pytest.mark.parametrize(
    ("model", "grid", "reason"),
    [
        (logarithm(LassoLars()), {"alpha": ALPHAS}, "for the LassoLars inside"),
        (logarithm(DummyRegressor()), {"constant": [1.0, 2.0]}, "for the DummyRegressor inside"),
        (logarithm(Ridge(solver="lsqr")), {"alpha": ALPHAS}, "solver='lsqr' is another algorithm"),
    ],
)
def test_what_is_not_shared_says_why(model, grid, reason):
    ours = same(model, {f"regressor__{name}": values for name, values in grid.items()})
    assert reason in str(ours.plan_)


def test_fit_parameters_are_scikit_learns_to_pass_on():
    model, grid = CASES["a model"]
    weight = RNG.uniform(size=120)
    theirs = model_selection.GridSearchCV(model, grid).fit(X, Y, sample_weight=weight)
    ours = GridSearchCV(model, grid).fit(X, Y, sample_weight=weight)
    key = "mean_test_score"
    np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-9)
    assert "the fit parameter 'sample_weight' is given" in str(ours.plan_)


def test_a_target_that_cannot_be_transformed_fails_as_in_scikit_learn():
    with pytest.raises(ValueError, match="inverse_func"):
        GridSearchCV(
            TransformedTargetRegressor(Ridge(), func=np.log),
            {"regressor__alpha": ALPHAS},
            error_score="raise",
        ).fit(X, Y)
