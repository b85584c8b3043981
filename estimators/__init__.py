"""Floor 1: arrays and devices, estimators, and the shared fits of their families."""

from .cluster import DBSCAN, KMeans, MiniBatchKMeans
from .config import config_context, get_config
from .decomposition import PCA, TruncatedSVD
from .decomposition import shared_pca as _shared_pca  # noqa: F401
from .decomposition import shared_truncated_svd as _shared_truncated_svd  # noqa: F401
from .discriminant import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from .discriminant import shared_linear as _shared_linear_discriminant  # noqa: F401
from .discriminant import shared_own as _shared_discriminants  # noqa: F401
from .discriminant import shared_quadratic as _shared_quadratic  # noqa: F401
from .ensembles import shared_adaboost as _shared_adaboost  # noqa: F401
from .ensembles import shared_bagging as _shared_bagging  # noqa: F401
from .ensembles import shared_boosting as _shared_boosting  # noqa: F401
from .ensembles import shared_forests as _shared_forests  # noqa: F401
from .kernels import KernelRidge, Nystroem
from .kernels import shared_kernel_ridge as _shared_kernel_ridge  # noqa: F401
from .kernels import shared_own_kernel_ridge as _shared_own_kernel_ridge  # noqa: F401
from .kernels import shared_svm as _shared_svm  # noqa: F401
from .linear import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    TweedieRegressor,
)
from .linear import shared_glm as _shared_glm  # noqa: F401
from .linear import shared_lasso as _shared_lasso  # noqa: F401
from .linear import shared_least_squares as _shared_least_squares  # noqa: F401  (registers)
from .linear import shared_logistic as _shared_logistic  # noqa: F401
from .linear import shared_ridge as _shared_ridge  # noqa: F401
from .mixture import GaussianMixture
from .mlp import MLPClassifier, MLPRegressor
from .mlp import shared_mlp as _shared_mlp  # noqa: F401
from .mlp.realmlp import RealMLPClassifier, RealMLPRegressor
from .mlp.realmlp import shared_realmlp as _shared_realmlp  # noqa: F401
from .naive_bayes import BernoulliNB, CategoricalNB, ComplementNB, GaussianNB, MultinomialNB
from .naive_bayes import shared_discrete as _shared_discrete  # noqa: F401
from .naive_bayes import shared_gaussian as _shared_gaussian  # noqa: F401
from .neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    NearestCentroid,
    NearestNeighbors,
)
from .neighbors import shared_centroid as _shared_centroid  # noqa: F401
from .neighbors import shared_neighbors as _shared_neighbors  # noqa: F401
from .preprocessing import (
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    SimpleImputer,
    StandardScaler,
)
from .preprocessing import affine as _affine  # noqa: F401
from .preprocessing import shared_polynomial as _shared_polynomial  # noqa: F401
from .selection import shared_univariate as _shared_univariate  # noqa: F401
from .selection import shared_variance as _shared_variance  # noqa: F401
from .shared import SharedFit, register_affine, register_shared_fit
from .svm import SVC, SVR, LinearSVC, LinearSVR
from .trees import shared_trees as _shared_trees  # noqa: F401

__all__ = [
    "DBSCAN",
    "PCA",
    "SVC",
    "SVR",
    "BernoulliNB",
    "CategoricalNB",
    "ComplementNB",
    "ElasticNet",
    "GammaRegressor",
    "GaussianMixture",
    "GaussianNB",
    "HuberRegressor",
    "KMeans",
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KernelRidge",
    "Lasso",
    "LinearDiscriminantAnalysis",
    "LinearRegression",
    "LinearSVC",
    "LinearSVR",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "MinMaxScaler",
    "MiniBatchKMeans",
    "MultinomialNB",
    "NearestCentroid",
    "NearestNeighbors",
    "Nystroem",
    "PoissonRegressor",
    "PolynomialFeatures",
    "QuadraticDiscriminantAnalysis",
    "QuantileRegressor",
    "QuantileTransformer",
    "RealMLPClassifier",
    "RealMLPRegressor",
    "Ridge",
    "RidgeClassifier",
    "RobustScaler",
    "SharedFit",
    "SimpleImputer",
    "StandardScaler",
    "TruncatedSVD",
    "TweedieRegressor",
    "config_context",
    "get_config",
    "register_affine",
    "register_shared_fit",
]
