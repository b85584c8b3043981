"""Which of scikit-learn's own test files run here, and which of our classes stand in for its."""

from __future__ import annotations

from conformance.harness import Suite

# One line per test file. Only the tests that use one of the named classes are run.
SUITES = [
    Suite(
        "sklearn.model_selection.tests.test_search",
        {"GridSearchCV": "gridfold.pipelines.search:GridSearchCV"},
    ),
    Suite(
        "sklearn.linear_model.tests.test_ridge",
        {
            "Ridge": "gridfold.estimators:Ridge",
            "RidgeClassifier": "gridfold.estimators:RidgeClassifier",
        },
    ),
    Suite("sklearn.decomposition.tests.test_pca", {"PCA": "gridfold.estimators:PCA"}),
    Suite(
        "sklearn.preprocessing.tests.test_data",
        {"StandardScaler": "gridfold.estimators:StandardScaler"},
    ),
]
