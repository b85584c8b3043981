"""Classifiers for the differential tests, of registered families and of others."""

from __future__ import annotations

from functools import partial

import numpy as np
import xgboost
from sklearn import dummy, ensemble, linear_model, naive_bayes, neighbors, svm, tree
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)
from sklearn.multiclass import OneVsRestClassifier

from differential import values as v
from differential.kinds import Kind
from gridfold import boosting, estimators

LINEAR = (
    *(Kind(home.RidgeClassifier, v.RIDGE_CLASSIFIER, v.BAD_RIDGE) for home in v.BOTH),
    *(
        Kind(
            partial(home.LogisticRegression, **v.TIGHT),
            {
                "C": (1e-2, 0.1, 1.0, np.float64(10.0)),
                "fit_intercept": (True, False),
                "class_weight": (None, "balanced"),
            },
            {"C": (-1.0,), "solver": ("nonesuch",)},
            tol=1e-4,
            flips=True,
        )
        for home in v.BOTH
    ),
)
NEIGHBORS = (
    *(Kind(h.KNeighborsClassifier, v.NEIGHBORS, v.BAD_NEIGHBORS) for h in (neighbors, estimators)),
    Kind(
        neighbors.NearestCentroid,
        {"shrink_threshold": (None, 0.1, 0.5, 3.0), "metric": ("euclidean", "manhattan")},
        {"shrink_threshold": (-1.0,)},
    ),
)
BAYES = (
    Kind(
        naive_bayes.GaussianNB,
        {"var_smoothing": (1e-9, 1e-3, 0.1, 1), "priors": (None, np.array([0.25, 0.75]))},
        {"var_smoothing": (-1.0,)},
    ),
    Kind(
        naive_bayes.BernoulliNB,
        {"alpha": (1e-3, 0.5, 1, 10.0), "binarize": (0.0, 0.5), "fit_prior": (True, False)},
        {"alpha": (-1.0,)},
    ),
)
OF_COUNTS = (
    *(
        Kind(
            cls,
            {"alpha": (1e-3, 0.5, 1, 10.0), "fit_prior": (True, False)},
            {"alpha": (-1.0,)},
        )
        for cls in (naive_bayes.MultinomialNB, naive_bayes.ComplementNB)
    ),
    Kind(
        partial(naive_bayes.CategoricalNB, min_categories=40),
        {"alpha": (1e-3, 0.5, 1, 10.0), "fit_prior": (True, False)},
        {"alpha": (-1.0,)},
    ),
)
DISCRIMINANTS = (
    Kind(
        partial(LinearDiscriminantAnalysis, solver="lsqr"),
        {"shrinkage": (None, 0.01, 0.5, "auto", 1), "solver": ("lsqr", "eigen", "svd")},
        {"shrinkage": (-0.5,)},
        tol=1e-7,
    ),
    Kind(
        LinearDiscriminantAnalysis,
        {"n_components": (None, 1), "tol": (1e-4, 1e-2), "priors": (None,)},
        {"shrinkage": (0.5,)},
        tol=1e-7,
    ),
    Kind(
        QuadraticDiscriminantAnalysis,
        {"reg_param": (0.0, 0.01, 0.1, 0.5, 1.0), "store_covariance": (True, False)},
        {"reg_param": (-1.0,)},
        tol=1e-6,
    ),
)
KERNELS = (
    Kind(svm.SVC, {**v.SUPPORT, "class_weight": (None, "balanced")}, {"C": (-1.0,)}),
    Kind(
        partial(svm.NuSVC, nu=0.1), {"nu": (0.05, 0.1, 0.3), "gamma": (0.1, "scale")}, {"nu": (2,)}
    ),
)
BOOSTED = tuple(
    Kind(partial(home.XGBClassifier, random_state=0, n_jobs=1), v.XGB, v.BAD_XGB)
    for home in (xgboost, boosting)
)
_WEIGHTED = {"class_weight": (None, "balanced")}
TREES = (
    Kind(partial(tree.DecisionTreeClassifier, random_state=0), {**v.TREE, **_WEIGHTED}, v.BAD_TREE),
    Kind(
        partial(ensemble.RandomForestClassifier, random_state=0),
        {**v.FOREST, **_WEIGHTED},
        v.BAD_FOREST,
    ),
    Kind(v.drawing(ensemble.ExtraTreesClassifier), v.FOREST, v.BAD_FOREST),
    Kind(partial(ensemble.BaggingClassifier, random_state=0), v.BAGGING, v.BAD_FOREST),
    Kind(partial(ensemble.GradientBoostingClassifier, random_state=0), v.STAGES, v.BAD_FOREST),
    Kind(partial(ensemble.AdaBoostClassifier, random_state=0), v.STAGES_OF_ADA, v.BAD_FOREST),
    Kind(
        partial(ensemble.HistGradientBoostingClassifier, random_state=0, min_samples_leaf=3),
        {**v.HIST, **_WEIGHTED},
        {"max_iter": (0,)},
    ),
)
OTHERS = (
    Kind(
        partial(dummy.DummyClassifier, random_state=0),
        {"strategy": ("prior", "most_frequent", "stratified", "uniform")},
        {"strategy": ("constant",)},
    ),
    Kind(
        lambda: OneVsRestClassifier(linear_model.RidgeClassifier()), {"estimator__alpha": v.ALPHAS}
    ),
)
CLASSIFIERS = (
    *LINEAR * 2,
    *NEIGHBORS,
    *BAYES,
    *DISCRIMINANTS,
    *KERNELS,
    *BOOSTED,
    *TREES,
    *OTHERS,
)
