"""Which of scikit-learn's own test files run here, and what of ours stands in for its."""

from __future__ import annotations

from conformance.harness import Suite

SEARCHES = (
    "GridSearchCV",
    "RandomizedSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
)

FUNCTIONS = ("cross_validate", "cross_val_score", "cross_val_predict", "validation_curve")

MACHINES = ("SVR", "LinearSVC", "LinearSVR")

SCALERS = ("StandardScaler", "MinMaxScaler", "RobustScaler", "QuantileTransformer")

LINEAR = (
    "ElasticNet",
    "GammaRegressor",
    "HuberRegressor",
    "Lasso",
    "LinearRegression",
    "LogisticRegression",
    "PoissonRegressor",
    "Ridge",
    "RidgeClassifier",
    "TweedieRegressor",
)

# One entry per test file. Only the tests that use one of the names are run.
SUITES = [
    Suite(
        "sklearn.model_selection.tests.test_search",
        {name: f"gridfold.pipelines.search:{name}" for name in SEARCHES},
    ),
    Suite(
        "sklearn.model_selection.tests.test_successive_halving",
        {name: f"gridfold.pipelines.search:{name}" for name in SEARCHES[2:]},
    ),
    Suite(
        "sklearn.model_selection.tests.test_validation",
        {name: f"gridfold.pipelines.search:{name}" for name in (SEARCHES[0], *FUNCTIONS)},
    ),
    Suite(
        "sklearn.tests.test_metaestimators_metadata_routing",
        {name: f"gridfold.pipelines.search:{name}" for name in SEARCHES},
    ),
    Suite(
        "sklearn.linear_model.tests.test_ridge",
        {
            "Ridge": "gridfold.estimators:Ridge",
            "RidgeClassifier": "gridfold.estimators:RidgeClassifier",
        },
    ),
    Suite("sklearn.tests.test_kernel_ridge", {"KernelRidge": "gridfold.estimators:KernelRidge"}),
    Suite("sklearn.tests.test_kernel_approximation", {"Nystroem": "gridfold.estimators:Nystroem"}),
    Suite(
        "sklearn.tests.test_discriminant_analysis",
        {
            "LinearDiscriminantAnalysis": "gridfold.estimators:LinearDiscriminantAnalysis",
            "QuadraticDiscriminantAnalysis": "gridfold.estimators:QuadraticDiscriminantAnalysis",
        },
    ),
    Suite(
        "sklearn.neighbors.tests.test_neighbors",
        {
            f"neighbors.{name}": f"gridfold.estimators:{name}"
            for name in ("KNeighborsClassifier", "KNeighborsRegressor", "NearestNeighbors")
        },
    ),
    Suite(
        "sklearn.neighbors.tests.test_nearest_centroid",
        {"NearestCentroid": "gridfold.estimators:NearestCentroid"},
    ),
    Suite(
        "sklearn.tests.test_naive_bayes",
        {
            f"{kind}NB": f"gridfold.estimators:{kind}NB"
            for kind in ("Bernoulli", "Categorical", "Complement", "Gaussian", "Multinomial")
        },
    ),
    Suite(
        "sklearn.linear_model._glm.tests.test_glm",
        {
            name: f"gridfold.estimators:{name}"
            for name in ("GammaRegressor", "PoissonRegressor", "TweedieRegressor")
        },
    ),
    Suite(
        "sklearn.svm.tests.test_svm",
        {
            "svm": "conformance.namespaces:svm",
            **{name: f"gridfold.estimators:{name}" for name in MACHINES},
        },
    ),
    Suite("sklearn.svm.tests.test_sparse", {"svm": "conformance.namespaces:svm"}),
    Suite(
        "sklearn.linear_model.tests.test_base",
        {"LinearRegression": "gridfold.estimators:LinearRegression"},
    ),
    Suite(
        "sklearn.linear_model.tests.test_common",
        {name: f"gridfold.estimators:{name}" for name in (*LINEAR, *MACHINES[1:])},
    ),
    Suite(
        "sklearn.linear_model.tests.test_sparse_coordinate_descent",
        {name: f"gridfold.estimators:{name}" for name in ("Lasso", "ElasticNet")},
    ),
    Suite(
        "sklearn.linear_model.tests.test_sag",
        {name: f"gridfold.estimators:{name}" for name in ("LogisticRegression", "Ridge")},
    ),
    Suite(
        "sklearn.linear_model.tests.test_ransac",
        {name: f"gridfold.estimators:{name}" for name in ("LinearRegression", "Ridge")},
    ),
    Suite(
        "sklearn.linear_model.tests.test_least_angle",
        {
            "linear_model.Lasso": "gridfold.estimators:Lasso",
            "linear_model.LinearRegression": "gridfold.estimators:LinearRegression",
        },
    ),
    Suite("sklearn.svm.tests.test_bounds", {"LinearSVC": "gridfold.estimators:LinearSVC"}),
    Suite(
        "sklearn.linear_model.tests.test_coordinate_descent",
        {name: f"gridfold.estimators:{name}" for name in ("Lasso", "ElasticNet")},
    ),
    Suite(
        "sklearn.linear_model.tests.test_logistic",
        {"LogisticRegression": "gridfold.estimators:LogisticRegression"},
    ),
    Suite(
        "sklearn.linear_model.tests.test_huber",
        {"HuberRegressor": "gridfold.estimators:HuberRegressor"},
    ),
    Suite(
        "sklearn.linear_model.tests.test_quantile",
        {"QuantileRegressor": "gridfold.estimators:QuantileRegressor"},
    ),
    Suite("sklearn.decomposition.tests.test_pca", {"PCA": "gridfold.estimators:PCA"}),
    Suite(
        "sklearn.decomposition.tests.test_truncated_svd",
        {"TruncatedSVD": "gridfold.estimators:TruncatedSVD"},
    ),
    Suite(
        "sklearn.preprocessing.tests.test_data",
        {name: f"gridfold.estimators:{name}" for name in SCALERS},
    ),
    Suite(
        "sklearn.preprocessing.tests.test_common",
        {name: f"gridfold.estimators:{name}" for name in SCALERS},
    ),
    Suite(
        "sklearn.impute.tests.test_common",
        {"SimpleImputer": "gridfold.estimators:SimpleImputer"},
    ),
    Suite(
        "sklearn.impute.tests.test_impute",
        {"SimpleImputer": "gridfold.estimators:SimpleImputer"},
    ),
    Suite(
        "sklearn.preprocessing.tests.test_polynomial",
        {"PolynomialFeatures": "gridfold.estimators:PolynomialFeatures"},
    ),
    Suite(
        "sklearn.neural_network.tests.test_mlp",
        {
            "MLPClassifier": "gridfold.estimators:MLPClassifier",
            "MLPRegressor": "gridfold.estimators:MLPRegressor",
        },
    ),
    Suite(
        "sklearn.cluster.tests.test_k_means",
        {
            "KMeans": "gridfold.estimators:KMeans",
            "MiniBatchKMeans": "gridfold.estimators:MiniBatchKMeans",
        },
    ),
    Suite("sklearn.cluster.tests.test_dbscan", {"DBSCAN": "gridfold.estimators:DBSCAN"}),
    Suite("sklearn.decomposition.tests.test_incremental_pca", {"PCA": "gridfold.estimators:PCA"}),
    Suite(
        "sklearn.neighbors.tests.test_neighbors_pipeline",
        {
            "DBSCAN": "gridfold.estimators:DBSCAN",
            "KNeighborsRegressor": "gridfold.estimators:KNeighborsRegressor",
        },
    ),
    Suite(
        "sklearn.mixture.tests.test_mixture",
        {"GaussianMixture": "gridfold.estimators:GaussianMixture"},
    ),
    Suite(
        "sklearn.mixture.tests.test_gaussian_mixture",
        {"GaussianMixture": "gridfold.estimators:GaussianMixture"},
    ),
]
