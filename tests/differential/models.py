"""Models for the differential tests, of registered families and of others, by what they serve."""

from __future__ import annotations

from functools import partial

from sklearn import cluster, decomposition, kernel_ridge, neighbors, svm
from sklearn.neighbors import KernelDensity

from differential.classifiers import CLASSIFIERS, OF_COUNTS
from differential.kinds import Kind
from differential.regressors import MULTI_TASK, REGRESSORS
from gridfold import estimators

WITHOUT_TARGET = (
    Kind(lambda: cluster.KMeans(n_init=1, random_state=0), {"n_clusters": (1, 2, 3)}),
    *(
        # Sparse rows are decomposed from a random start.
        Kind(
            partial(home.PCA, random_state=0),
            {"n_components": (1, 2)},
            {"n_components": (50,)},
            tol=1e-6,
        )
        for home in (decomposition, estimators)
    ),
    Kind(KernelDensity, {"bandwidth": (0.5, 2.0), "kernel": ("gaussian",)}, {"bandwidth": (-1.0,)}),
)
OF_A_KERNEL = (
    Kind(partial(kernel_ridge.KernelRidge, kernel="precomputed"), {"alpha": (0.1, 10.0)}, tol=1e-6),
    Kind(partial(svm.SVR, kernel="precomputed"), {"C": (0.1, 1.0)}),
    Kind(partial(svm.NuSVR, kernel="precomputed"), {"C": (0.1, 1.0)}),
)
OF_A_KERNEL_TO_CLASSES = (
    Kind(
        partial(svm.SVC, kernel="precomputed"),
        {"C": (0.1, 1.0), "kernel": ("precomputed", "rbf")},
    ),
    Kind(partial(svm.NuSVC, nu=0.1, kernel="precomputed"), {"nu": (0.05, 0.1)}),
)
OF_DISTANCES, OF_DISTANCES_TO_CLASSES = (
    tuple(
        Kind(
            partial(getattr(home, name), metric="precomputed"),
            {"n_neighbors": (1, 3, 4), "metric": ("precomputed", "euclidean")},
            {"n_neighbors": (0, 500)},
        )
        for home in (neighbors, estimators)
    )
    for name in ("KNeighborsRegressor", "KNeighborsClassifier")
)
# Those that refuse several outputs are drawn too, but less often.
_OF_SEVERAL = (
    "RidgeClassifier",
    "Ridge",
    "LinearRegression",
    "Lasso",
    "ElasticNet",
    "MultiTaskLasso",
    "MultiTaskElasticNet",
    "KNeighborsRegressor",
    "KNeighborsClassifier",
    "XGBRegressor",
    "XGBClassifier",
    "DecisionTreeRegressor",
    "DecisionTreeClassifier",
    "RandomForestRegressor",
    "RandomForestClassifier",
    "ExtraTreesRegressor",
    "ExtraTreesClassifier",
    "BaggingRegressor",
    "PLSRegression",
    "KernelRidge",
)


def models_for(task: str, form: str) -> tuple[Kind, ...]:
    """Return the models that a task is for."""
    numbers = task in ("regression", "outputs")
    if form == "kernel":
        return OF_A_KERNEL if numbers else OF_A_KERNEL_TO_CLASSES
    if form == "distances":
        return OF_DISTANCES if numbers else OF_DISTANCES_TO_CLASSES
    if task == "none":
        return WITHOUT_TARGET
    models = REGRESSORS if numbers else CLASSIFIERS
    if task in ("outputs", "labels"):
        models += MULTI_TASK if numbers else ()
        fitting = tuple(kind for kind in models if type(kind.make()).__name__ in _OF_SEVERAL)
        return (*fitting, *fitting, *fitting, *models)
    return models + OF_COUNTS * 5 if form == "counts" and not numbers else models
