"""Projections and selections of columns in front of a model: one decomposition or one scoring."""

import numpy as np
from data import coded, frame, numbers, one_hot
from scipy import linalg
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import (
    SelectKBest,
    VarianceThreshold,
    chi2,
    f_classif,
    mutual_info_classif,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, r2_score
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils.extmath import randomized_svd

from .case import Problem, case


def _columns_of_best(scores: np.ndarray, k: int) -> np.ndarray:
    return np.sort(np.argsort(scores, kind="mergesort")[-k:])


def _ridge_on_columns(
    Z: np.ndarray, y: np.ndarray, Q: np.ndarray, tested: np.ndarray, alphas: np.ndarray
) -> None:
    """Ridge for many strengths by one eigendecomposition, and the score of each."""
    mean, middle = Z.mean(axis=0), y.mean()
    Z = Z - mean
    values, vectors = linalg.eigh(Z.T @ Z)
    turned = vectors.T @ (Z.T @ (y - middle))
    coef = vectors @ (turned[:, None] / (values[:, None] + alphas))
    for answers in ((Q - mean) @ coef + middle).T:
        r2_score(tested, answers)


def _pca_ridge_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One decomposition of random vectors for the most components, then ridge on its first ones."""
    scaler = StandardScaler()
    X, Q = scaler.fit_transform(problem.X[train]), scaler.transform(problem.X[test])
    counts = problem.grid["pca__n_components"]
    _, _, axes = randomized_svd(X, max(counts), n_iter=4, random_state=0)
    Z, Q = X @ axes.T, Q @ axes.T
    y, tested = problem.y[train], problem.y[test]
    for k in counts:
        _ridge_on_columns(Z[:, :k], y, Q[:, :k], tested, problem.grid["ridge__alpha"])


@case(
    "StandardScaler + PCA + Ridge on wide one-hot rows, 7 component counts x 10 alphas",
    "ames_housing",
    family="PCA + a linear model",
    floor=_pca_ridge_floor,
)
def pca_ridge_wide() -> Problem:
    X, y = one_hot("ames_housing", "price")
    model = make_pipeline(StandardScaler(), PCA(random_state=0), Ridge())
    counts = [10, 20, 30, 40, 60, 80, 100]
    grid = {"pca__n_components": counts, "ridge__alpha": np.logspace(-1, 4, 10)}
    return Problem(X, y, model, grid)


def _pca_logistic_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One decomposition, then a warm path over strengths for each count."""
    scaler, pca = StandardScaler(), PCA()
    Z = pca.fit_transform(scaler.fit_transform(problem.X[train]))
    Q = pca.transform(scaler.transform(problem.X[test]))
    for k in problem.grid["pca__n_components"]:
        model = LogisticRegression(warm_start=True)
        for strength in problem.grid["logisticregression__C"]:
            model.set_params(C=strength).fit(Z[:, :k], problem.y[train])
            accuracy_score(problem.y[test], model.predict(Q[:, :k]))


@case(
    "StandardScaler + PCA + LogisticRegression, 5 component counts x 8 strengths",
    "credit_default_taiwan",
    equal=2e-3,
    family="PCA + a linear model",
    floor=_pca_logistic_floor,
    tight={"logisticregression__tol": 1e-8, "logisticregression__max_iter": 1000},
)
def pca_logistic() -> Problem:
    X, y = numbers("credit_default_taiwan", "default")
    model = make_pipeline(StandardScaler(), PCA(), LogisticRegression())
    grid = {
        "pca__n_components": [4, 8, 12, 16, 20],
        "logisticregression__C": np.logspace(-3, 1, 8),
    }
    return Problem(X, y, model, grid)


def _svd_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One decomposition for the most components, then a model for each candidate."""
    svd = TruncatedSVD(max(problem.grid["truncatedsvd__n_components"]), random_state=0)
    Z, Q = svd.fit_transform(problem.X[train]), svd.transform(problem.X[test])
    for k in problem.grid["truncatedsvd__n_components"]:
        for alpha in problem.grid["logisticregression__C"]:
            model = LogisticRegression(C=alpha).fit(Z[:, :k], problem.y[train])
            accuracy_score(problem.y[test], model.predict(Q[:, :k]))


@case(
    "TruncatedSVD of sparse one-hot rows + LogisticRegression, 6 component counts x 4 strengths",
    "adult",
    equal=2e-3,
    family="TruncatedSVD + a linear model",
    floor=_svd_floor,
    tight={"logisticregression__tol": 1e-8, "logisticregression__max_iter": 1000},
)
def svd_logistic() -> Problem:
    from sklearn.preprocessing import OneHotEncoder

    X, y = frame("adult", "income")
    X, y = X.iloc[:16000], y[:16000]
    rows = OneHotEncoder(min_frequency=5).fit_transform(X.select_dtypes(exclude="number"))
    model = make_pipeline(TruncatedSVD(random_state=0), LogisticRegression())
    grid = {
        "truncatedsvd__n_components": [5, 10, 15, 20, 30, 40],
        "logisticregression__C": [0.01, 0.1, 1.0, 10.0],
    }
    return Problem(rows, y, model, grid)


def _bernoulli_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One scoring and one count of all columns; each candidate is a product with its own."""
    X, y = problem.X[train], problem.y[train]
    scores, _ = chi2(X, y)
    Q, tested = problem.X[test], problem.y[test]
    classes, codes = np.unique(y, return_inverse=True)
    of_class = np.eye(len(classes))[codes]
    counts, sizes = of_class.T @ (X > 0), of_class.sum(axis=0)
    for k in problem.grid["selectkbest__k"]:
        columns = _columns_of_best(scores, k)
        rows = (Q[:, columns] > 0).astype(float)
        for alpha in problem.grid["bernoullinb__alpha"]:
            part = (counts[:, columns] + alpha) / (sizes[:, None] + 2 * alpha)
            absent = np.log1p(-part)
            answers = rows @ (np.log(part) - absent).T + absent.sum(axis=1)
            answers += np.log(sizes / sizes.sum())
            accuracy_score(tested, classes[np.argmax(answers, axis=1)])


@case(
    "SelectKBest + BernoulliNB, 12 counts x 8 alphas",
    "mushroom",
    family="SelectKBest + naive Bayes",
    floor=_bernoulli_floor,
)
def best_bernoulli() -> Problem:
    X, y = one_hot("mushroom", "class")
    model = make_pipeline(SelectKBest(chi2), BernoulliNB())
    grid = {"selectkbest__k": [*range(5, 65, 5)], "bernoullinb__alpha": np.logspace(-3, 2, 8)}
    return Problem(X, y, model, grid)


def _gaussian_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One scoring of the columns, then a fit and an answer for each candidate."""
    X, Q, y = problem.X[train], problem.X[test], problem.y[train]
    name, score_func = "selectkbest__k", problem.estimator[0].score_func
    found = score_func(X, y)
    scores = found[0] if isinstance(found, tuple) else found
    for k in problem.grid[name]:
        columns = _columns_of_best(scores, k)
        _gaussian_on_columns(problem, X[:, columns], y, Q[:, columns], problem.y[test])


def _gaussian_on_columns(
    problem: Problem, X: np.ndarray, y: np.ndarray, Q: np.ndarray, tested: np.ndarray
) -> None:
    """Class means and variances once, and an answer by two products for each smoothing."""
    classes, codes = np.unique(y, return_inverse=True)
    of_class = np.eye(len(classes))[codes]
    sizes = of_class.sum(axis=0)
    centre = X.mean(axis=0)
    X, Q = X - centre, Q - centre
    means = (of_class.T @ X) / sizes[:, None]
    spread = (of_class.T @ (X * X)) / sizes[:, None] - means**2
    squares, largest = Q * Q, X.var(axis=0).max()
    for smoothing in problem.grid.get("gaussiannb__var_smoothing", [1e-9]):
        variance = spread + smoothing * largest
        weight = 1 / variance
        answers = -0.5 * (squares @ weight.T) + Q @ (means * weight).T
        answers -= 0.5 * (means**2 * weight + np.log(variance)).sum(axis=1)
        answers += np.log(sizes / len(y))
        accuracy_score(tested, classes[np.argmax(answers, axis=1)])


@case(
    "SelectKBest + GaussianNB, 18 counts x 6 smoothings",
    "satimage",
    family="SelectKBest + naive Bayes",
    floor=_gaussian_floor,
)
def best_gaussian() -> Problem:
    X, y = numbers("satimage", "Class")
    model = make_pipeline(SelectKBest(f_classif), GaussianNB())
    grid = {
        "selectkbest__k": [*range(2, 38, 2)],
        "gaussiannb__var_smoothing": np.logspace(-9, 0, 6),
    }
    return Problem(X, y, model, grid)


def mutual_information(X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Mutual information of each column with the target; the noise added is the same each time."""
    return mutual_info_classif(X, y, random_state=0)


@case(
    "SelectKBest by mutual information + GaussianNB, 8 counts",
    "segment",
    family="SelectKBest + naive Bayes",
    floor=_gaussian_floor,
)
def best_mutual() -> Problem:
    X, y = numbers("segment", "class")
    model = make_pipeline(SelectKBest(mutual_information), GaussianNB())
    return Problem(X, y, model, {"selectkbest__k": [*range(2, 18, 2)]})


def _variance_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """The variances once, then a fit and an answer for each candidate."""
    scaler = MinMaxScaler()
    X, Q = scaler.fit_transform(problem.X[train]), scaler.transform(problem.X[test])
    variances, y = X.var(axis=0), problem.y[train]
    for threshold in problem.grid["variancethreshold__threshold"]:
        chosen = variances > threshold
        _gaussian_on_columns(problem, X[:, chosen], y, Q[:, chosen], problem.y[test])


@case(
    "MinMaxScaler + VarianceThreshold + GaussianNB, 10 thresholds x 5 smoothings",
    "covertype_7class",
    family="VarianceThreshold + naive Bayes",
    floor=_variance_floor,
)
def variance_threshold() -> Problem:
    X, y = coded("covertype_7class", "Cover_Type")
    X, y = X[:8000], y[:8000]
    model = make_pipeline(MinMaxScaler(), VarianceThreshold(), GaussianNB())
    grid = {
        "variancethreshold__threshold": np.linspace(0.0, 0.09, 10),
        "gaussiannb__var_smoothing": np.logspace(-9, -1, 5),
    }
    return Problem(X, y, model, grid)
