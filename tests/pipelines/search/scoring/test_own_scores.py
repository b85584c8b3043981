"""The default score of generalized linear models: that of scikit-learn, for all members at once."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.scoring import members

RNG = np.random.default_rng(0)
X = RNG.normal(size=(150, 4))
RATE = np.exp(0.4 * X[:, 0] - 0.3 * X[:, 1])
COUNTS, SIZES = RNG.poisson(RATE).astype(float), RNG.gamma(2.0, RATE) + 0.01
MODELS = {
    "poisson": (PoissonRegressor, {}, COUNTS),
    "gamma": (GammaRegressor, {}, SIZES),
    "tweedie": (TweedieRegressor, {"power": 1.5}, COUNTS),
    "normal": (TweedieRegressor, {"power": 0}, SIZES),
    "other link": (TweedieRegressor, {"power": 0, "link": "log"}, SIZES),
    "less than 0": (TweedieRegressor, {"power": -1, "link": "log"}, SIZES),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", MODELS)
def test_scores_are_scikit_learns(kind, weighted):
    cls, params, y = MODELS[kind]
    model = make_pipeline(StandardScaler(), cls(tol=1e-10, max_iter=10_000, **params))
    name = f"{cls.__name__.lower()}__"
    grid = {f"{name}alpha": [1e-3, 0.1, 10.0]}
    passed = {f"{name}sample_weight": RNG.uniform(0.5, 2, len(y))} if weighted else {}
    theirs = model_selection.GridSearchCV(model, grid).fit(X, y, **passed)
    ours = GridSearchCV(model, grid).fit(X, y, **passed)
    expected = theirs.cv_results_["mean_test_score"]
    np.testing.assert_allclose(ours.cv_results_["mean_test_score"], expected, rtol=0, atol=1e-6)


def test_no_member_is_asked_for_its_own(monkeypatch):
    asked = []
    monkeypatch.setattr(members, "score", lambda *args: asked.append(args) or 0.0)
    GridSearchCV(PoissonRegressor(), {"alpha": [0.1, 1.0]}, refit=False).fit(X, COUNTS)
    assert asked == []


def test_a_target_outside_fails_as_in_scikit_learn():
    y = COUNTS - 5
    with pytest.raises(ValueError, match="out of the valid range of the loss"):
        GridSearchCV(PoissonRegressor(), {"alpha": [0.1, 1.0]}, error_score="raise").fit(X, y)
