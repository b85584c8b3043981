"""Beyond X and the result, an estimator works with a bounded block, whatever the rows of X."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gridfold import config_context, estimators

N_SAMPLES, N_FEATURES = 80_000, 32
MOST = 10 * 2**20  # bytes: the block of 2 MiB a few times, and what has a number or two for a row

REGRESSION = {"LinearRegression": {}, "Ridge": {}, "Lasso": {"alpha": 0.1}, "ElasticNet": {}}
REGRESSION |= {"HuberRegressor": {"max_iter": 20}, "PoissonRegressor": {}, "GammaRegressor": {}}
REGRESSION |= {"TweedieRegressor": {"power": 1.5}}
REGRESSION |= {"LinearSVR": {"loss": "squared_epsilon_insensitive", "dual": False}}
CLASSES = {"RidgeClassifier": {}, "LogisticRegression": {}, "LinearSVC": {}, "NearestCentroid": {}}
CLASSES |= {"GaussianNB": {}, "MultinomialNB": {}, "BernoulliNB": {}, "ComplementNB": {}}
CLASSES |= {"LinearDiscriminantAnalysis": {}, "QuadraticDiscriminantAnalysis": {}}
ALONE: dict[str, dict[str, Any]] = {"Nystroem": {"n_components": 10}}
ALONE |= {"KMeans": {"n_init": 1, "max_iter": 3, "random_state": 0}}
ALONE |= {"MiniBatchKMeans": {"n_init": 1, "max_iter": 3, "random_state": 0}}
ALONE |= {"GaussianMixture": {"n_components": 2, "max_iter": 2, "random_state": 0}}
ALONE |= {"PCA": {"n_components": 3}, "TruncatedSVD": {"n_components": 3, "random_state": 0}}
ALONE |= {"StandardScaler": {}, "SimpleImputer": {}, "MinMaxScaler": {}}
ALONE |= {"RobustScaler": {}, "QuantileTransformer": {"n_quantiles": 100}}


@pytest.fixture(scope="module", params=[np.float64, np.float32], ids=["float64", "float32"])
def X(request: pytest.FixtureRequest) -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(N_SAMPLES, N_FEATURES)).astype(request.param)


def peak(work: Callable[[], Any]) -> float:
    """Return the bytes that `work` has allocated at most, less those of the array it returns."""
    tracemalloc.start()
    try:
        result = work()
        return tracemalloc.get_traced_memory()[1] - getattr(result, "nbytes", 0)
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", [*REGRESSION, *CLASSES, *ALONE])
def test_a_fit_and_its_answers_copy_no_x(X: np.ndarray, name: str) -> None:
    params = {**REGRESSION, **CLASSES, **ALONE}[name]
    y = 1.0 + X[:, 0] + X[:, 1] ** 2
    data = (X, y > 2.0) if name in CLASSES else (X, y) if name in REGRESSION else (X,)
    model = getattr(estimators, name)(**params)
    answer = "predict" if hasattr(model, "predict") else "transform"
    with config_context(working_memory=2):
        assert peak(lambda: model.fit(*data)) < MOST
        assert peak(lambda: getattr(model, answer)(X)) < MOST
