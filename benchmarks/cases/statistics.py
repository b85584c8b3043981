"""Discriminants and naive Bayes: moments and counts of the classes once."""

import numpy as np
from data import frame, numbers, one_hot
from scipy import linalg
from scipy.special import logsumexp
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.metrics import accuracy_score, log_loss
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .case import Problem, case


def _quadratic_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One decomposition of each class; each candidate divides by its own variances."""
    X, Q, y, tested = _cut(problem, train, test)
    classes, sizes = np.unique(y, return_counts=True)
    squares, variances = [], []
    for label in classes:
        rows = X[y == label]
        mean = rows.mean(axis=0)
        _, values, axes = linalg.svd(rows - mean, full_matrices=False)
        squares.append(((Q - mean) @ axes.T) ** 2)
        variances.append(values**2 / len(rows))
    for strength in problem.grid["reg_param"]:
        shrunk = [(1 - strength) * variance + strength for variance in variances]
        pairs = zip(squares, shrunk, strict=True)
        scores = [-0.5 * (square @ (1 / one) + np.log(one).sum()) for square, one in pairs]
        answers = np.stack(scores, axis=1) + np.log(sizes / len(y))
        accuracy_score(tested, classes[np.argmax(answers, axis=1)])


def _cut(problem: Problem, train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, ...]:
    return problem.X[train], problem.X[test], problem.y[train], problem.y[test]


@case(
    "QuadraticDiscriminantAnalysis, 60 regularisations",
    "satimage",
    headline=True,
    family="LDA, QDA",
    floor=_quadratic_floor,
)
def quadratic() -> Problem:
    X, y = numbers("satimage", "Class")
    model = QuadraticDiscriminantAnalysis()
    return Problem(X, y, model, {"reg_param": np.logspace(-3, 0, 60)})


def _linear_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One eigendecomposition of the covariance within classes, and one product for all."""
    X, Q, y, tested = _cut(problem, train, test)
    classes, sizes = np.unique(y, return_counts=True)
    means = np.stack([X[y == label].mean(axis=0) for label in classes])
    centred = X - means[np.searchsorted(classes, y)]
    values, axes = linalg.eigh(centred.T @ centred / len(y))
    for strength in problem.grid["shrinkage"]:
        shrunk = (1 - strength) * values + strength * values.mean()
        coef = (means @ axes / shrunk) @ axes.T
        offset = np.log(sizes / len(y)) - 0.5 * (means * coef).sum(axis=1)
        accuracy_score(tested, classes[np.argmax(Q @ coef.T + offset, axis=1)])


@case(
    "LinearDiscriminantAnalysis (lsqr), 40 shrinkages",
    "satimage",
    family="LDA, QDA",
    floor=_linear_floor,
)
def discriminant() -> Problem:
    X, y = numbers("satimage", "Class")
    model = LinearDiscriminantAnalysis(solver="lsqr")
    return Problem(X, y, model, {"shrinkage": np.logspace(-4, 0, 40)})


def _scaled_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """The scaler, and then the same."""
    scaler = StandardScaler().fit(problem.X[train])
    grid = {"shrinkage": problem.grid["lineardiscriminantanalysis__shrinkage"]}
    scaled = Problem(scaler.transform(problem.X), problem.y, problem.estimator[-1], grid)
    _linear_floor(scaled, train, test)


@case(
    "StandardScaler + LinearDiscriminantAnalysis (eigen) of 7 classes, 30 shrinkages",
    "covertype_7class",
    family="LDA, QDA",
    floor=_scaled_floor,
)
def discriminant_eigen() -> Problem:
    X, y = numbers("covertype_7class", "Cover_Type")
    model = make_pipeline(StandardScaler(), LinearDiscriminantAnalysis(solver="eigen"))
    grid = {"lineardiscriminantanalysis__shrinkage": np.logspace(-3, 0, 30)}
    return Problem(X[:20000], y[:20000], model, grid)


def _gaussian_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """Class means and variances once; each candidate weighs the same squared differences."""
    X, Q, y, tested = _cut(problem, train, test)
    classes, sizes = np.unique(y, return_counts=True)
    squares, variances = [], []
    for label in classes:
        rows = X[y == label]
        squares.append((Q - rows.mean(axis=0)) ** 2)
        variances.append(rows.var(axis=0))
    largest = X.var(axis=0).max()
    for smoothing in problem.grid["var_smoothing"]:
        smoothed = [variance + smoothing * largest for variance in variances]
        pairs = zip(squares, smoothed, strict=True)
        scores = [-0.5 * (square @ (1 / one) + np.log(one).sum()) for square, one in pairs]
        answers = np.stack(scores, axis=1) + np.log(sizes / len(y))
        _score(problem, tested, answers, classes)


def _score(problem: Problem, tested: np.ndarray, answers: np.ndarray, classes: np.ndarray) -> None:
    """Score log likelihoods as the search does."""
    if problem.options.get("scoring") == "neg_log_loss":
        log_loss(tested, np.exp(answers - logsumexp(answers, axis=1, keepdims=True)))
    else:
        accuracy_score(tested, classes[np.argmax(answers, axis=1)])


@case(
    "GaussianNB of 10 classes, 60 smoothings",
    "pendigits",
    headline=True,
    family="naive Bayes",
    floor=_gaussian_floor,
)
def gaussian() -> Problem:
    X, y = numbers("pendigits", "class")
    return Problem(X, y, GaussianNB(), {"var_smoothing": np.logspace(-12, 0, 60)})


@case(
    "GaussianNB of 10 classes, 60 smoothings by log loss",
    "pendigits",
    family="naive Bayes",
    floor=_gaussian_floor,
)
def gaussian_log_loss() -> Problem:
    X, y = numbers("pendigits", "class")
    grid = {"var_smoothing": np.logspace(-12, 0, 60)}
    return Problem(X, y, GaussianNB(), grid, options={"scoring": "neg_log_loss"})


def _counts(problem: Problem, train: np.ndarray) -> tuple[np.ndarray, ...]:
    """Classes, their log priors, and the sums of the columns in each."""
    classes, codes = np.unique(problem.y[train], return_inverse=True)
    of_class = np.eye(len(classes))[codes]
    priors = np.log(of_class.mean(axis=0))
    return classes, priors, (problem.X[train].T @ of_class).T, of_class.sum(axis=0)


def _multinomial_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One count of each class; each candidate smooths it."""
    classes, priors, counts, _ = _counts(problem, train)
    Q, tested = problem.X[test], problem.y[test]
    for alpha in problem.grid["alpha"]:
        smoothed = counts + alpha
        coef = np.log(smoothed) - np.log(smoothed.sum(axis=1, keepdims=True))
        answers = Q @ np.ascontiguousarray(coef.T) + priors
        _score(problem, tested, answers, classes)


@case(
    "MultinomialNB on sparse one-hot rows, 60 alphas",
    "adult",
    family="naive Bayes",
    floor=_multinomial_floor,
)
def multinomial() -> Problem:
    from sklearn.preprocessing import OneHotEncoder

    X, y = frame("adult", "income")
    rows = OneHotEncoder(min_frequency=2).fit_transform(X.select_dtypes(exclude="number"))
    return Problem(rows, y, MultinomialNB(), {"alpha": np.logspace(-4, 3, 60)})


def _bernoulli_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One count of each class; each candidate smooths it."""
    classes, priors, counts, sizes = _counts(problem, train)
    Q, tested = problem.X[test], problem.y[test]
    for alpha in problem.grid["alpha"]:
        present = np.log(counts + alpha) - np.log(sizes[:, None] + 2 * alpha)
        absent = np.log1p(-np.exp(present))
        answers = Q @ (present - absent).T + (priors + absent.sum(axis=1))
        _score(problem, tested, answers, classes)


@case(
    "BernoulliNB on dense one-hot rows, 60 alphas",
    "mushroom",
    family="naive Bayes",
    floor=_bernoulli_floor,
)
def bernoulli() -> Problem:
    X, y = one_hot("mushroom", "class")
    return Problem(X, y, BernoulliNB(), {"alpha": np.logspace(-4, 3, 60)})


def _categorical_floor(problem: Problem, train: np.ndarray, test: np.ndarray) -> None:
    """One count of each category; each candidate looks its logarithms up."""
    classes, codes = np.unique(problem.y[train], return_inverse=True)
    X, Q = problem.X[train].astype(int), problem.X[test].astype(int)
    sizes = np.bincount(codes)
    n_categories = problem.estimator.min_categories
    width = len(classes) * n_categories
    counts = np.stack(
        [np.bincount(codes * n_categories + column, minlength=width) for column in X.T]
    )
    counts = counts.reshape(X.shape[1], len(classes), n_categories)
    for alpha in problem.grid["alpha"]:
        tables = np.log(counts + alpha)
        tables -= np.log(sizes[:, None] + alpha * n_categories)
        answers = np.tile(np.log(sizes / len(X)), (len(Q), 1))
        for table, column in zip(np.swapaxes(tables, 1, 2), Q.T, strict=True):
            answers += table[column]
        _score(problem, problem.y[test], answers, classes)


@case("CategoricalNB, 60 alphas", "mushroom", family="naive Bayes", floor=_categorical_floor)
def categorical() -> Problem:
    from sklearn.preprocessing import OrdinalEncoder

    X, y = frame("mushroom", "class")
    codes = OrdinalEncoder().fit_transform(X.fillna("?"))
    model = CategoricalNB(min_categories=int(codes.max()) + 1)
    return Problem(codes, y, model, {"alpha": np.logspace(-4, 3, 60)})
