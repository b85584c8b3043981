"""Regressors for the differential tests, of registered families and of others."""

from __future__ import annotations

from functools import partial

import numpy as np
import xgboost
from sklearn import dummy, ensemble, kernel_ridge, linear_model, neighbors, svm, tree
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression

from differential import values as v
from differential.kinds import Kind
from gridfold import boosting, estimators


def cube(y: np.ndarray) -> np.ndarray:
    """The inverse of the cube root."""
    return y**3


LEAST_SQUARES = (
    *(Kind(home.Ridge, v.RIDGE, v.BAD_RIDGE) for home in v.BOTH),
    *(
        Kind(home.LinearRegression, {"fit_intercept": (True, False), "positive": (False, True)})
        for home in v.BOTH
    ),
)
PENALISED = (
    Kind(
        partial(linear_model.Lasso, **v.TIGHT),
        {**v.LASSO, "positive": (False, True)},
        {"alpha": (-1.0,), "selection": ("nonesuch",)},
        tol=1e-5,
    ),
    Kind(
        partial(linear_model.ElasticNet, **v.TIGHT),
        {**v.LASSO, "l1_ratio": (0.2, 0.8, 1.0, 1)},
        {"l1_ratio": (-0.5,)},
        tol=1e-5,
    ),
)
MULTI_TASK = tuple(
    Kind(partial(cls, **v.TIGHT), {"alpha": (0.01, 0.3, 3.0), "fit_intercept": (True, False)})
    for cls in (linear_model.MultiTaskLasso, linear_model.MultiTaskElasticNet)
)
GENERALISED = tuple(
    Kind(partial(cls, tol=1e-8, max_iter=3000), v.GLM, {"alpha": (-1.0,)}, tol=1e-3)
    for cls in (
        linear_model.PoissonRegressor,
        linear_model.GammaRegressor,
        linear_model.TweedieRegressor,
        partial(linear_model.TweedieRegressor, power=1.5),
    )
)
NEIGHBORS = tuple(
    Kind(h.KNeighborsRegressor, v.NEIGHBORS, v.BAD_NEIGHBORS) for h in (neighbors, estimators)
)
BOOSTED = tuple(
    Kind(partial(home.XGBRegressor, random_state=0, n_jobs=1), v.XGB, v.BAD_XGB)
    for home in (xgboost, boosting)
)
TREES = (
    Kind(partial(tree.DecisionTreeRegressor, random_state=0), v.TREE, v.BAD_TREE),
    Kind(partial(ensemble.RandomForestRegressor, random_state=0), v.FOREST, v.BAD_FOREST),
    Kind(v.drawing(ensemble.ExtraTreesRegressor), v.FOREST, v.BAD_FOREST),
    Kind(partial(ensemble.BaggingRegressor, random_state=0), v.BAGGING, v.BAD_FOREST),
    Kind(
        partial(ensemble.GradientBoostingRegressor, random_state=0),
        {**v.STAGES, "loss": ("squared_error", "huber", "quantile")},
        v.BAD_FOREST,
    ),
    Kind(
        partial(ensemble.AdaBoostRegressor, random_state=0),
        {**v.STAGES_OF_ADA, "loss": ("linear", "square")},
        v.BAD_FOREST,
    ),
    Kind(
        partial(ensemble.HistGradientBoostingRegressor, random_state=0, min_samples_leaf=3),
        v.HIST,
        {"max_iter": (0,)},
    ),
)
KERNELS = (
    Kind(
        kernel_ridge.KernelRidge,
        {"alpha": (1e-2, 0.1, 10.0, 1), "kernel": ("linear", "rbf"), "gamma": (None, 0.1, 1.0)},
        {"alpha": (-1.0,)},
        tol=1e-7,
    ),
    Kind(svm.SVR, v.SUPPORT, {"C": (-1.0,)}),
    Kind(svm.NuSVR, v.SUPPORT, {"nu": (2.0,)}),
)
OTHERS = (
    Kind(dummy.DummyRegressor, {"strategy": ("mean", "median")}, {"strategy": ("quantile",)}),
    Kind(PLSRegression, {"n_components": (1, 2)}, {"n_components": (50,)}, tol=1e-5),
    Kind(
        lambda: TransformedTargetRegressor(linear_model.Ridge(), func=np.cbrt, inverse_func=cube),
        {"regressor__alpha": v.ALPHAS, "regressor": (linear_model.Ridge(), dummy.DummyRegressor())},
    ),
    Kind(
        lambda: ensemble.BaggingRegressor(estimators.Ridge(), n_estimators=2, random_state=0),
        {"estimator__alpha": v.ALPHAS, "bootstrap": (True, False)},
    ),
    Kind(
        lambda: ensemble.VotingRegressor(
            [("ridge", linear_model.Ridge()), ("near", neighbors.KNeighborsRegressor(2))]
        ),
        {"ridge__alpha": v.ALPHAS, "near": ("drop", tree.DecisionTreeRegressor(random_state=0))},
    ),
)
REGRESSORS = (
    *LEAST_SQUARES * 2,
    *PENALISED * 2,
    *GENERALISED,
    *NEIGHBORS,
    *BOOSTED,
    *TREES,
    *KERNELS,
    *OTHERS,
)
