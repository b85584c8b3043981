"""Odd and malformed input ends as with scikit-learn, in every library: its error, or its answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import is_classifier, is_regressor
from sklearn.utils.validation import has_fit_parameter

from gridfold import estimators
from gridfold.estimators.arrays import to_numpy
from gridfold.estimators.base import OnDevice

SEEDED = {"random_state": 0, "n_init": 2}
TIGHT = {"tol": 1e-10, "max_iter": 2000}
PARAMS: dict[str, Mapping[str, Any]] = {
    "Lasso": {"alpha": 0.05, **TIGHT},
    "ElasticNet": {"alpha": 0.05, **TIGHT},
    "LogisticRegression": TIGHT,
    "PoissonRegressor": TIGHT,
    "GammaRegressor": TIGHT,
    "TweedieRegressor": {"power": 1.5, **TIGHT},
    "HuberRegressor": TIGHT,
    "LinearSVC": {"tol": 1e-9, "dual": False},
    "LinearSVR": {"loss": "squared_epsilon_insensitive", "tol": 1e-9, "dual": False},
    "KMeans": {"n_clusters": 3, **SEEDED},
    "MiniBatchKMeans": {"n_clusters": 3, **SEEDED},
    "GaussianMixture": {"n_components": 2, **SEEDED},
    "QuantileTransformer": {"n_quantiles": 10},
    "CategoricalNB": {"min_categories": 30},
    "Nystroem": {"n_components": 5, "random_state": 0},
    "TruncatedSVD": {"n_components": 2, "random_state": 0},
}
NAMES = [
    name
    for name, cls in vars(estimators).items()
    if isinstance(cls, type) and issubclass(cls, OnDevice) and "MLP" not in name
]
COUNTED = ("MultinomialNB", "ComplementNB", "CategoricalNB")
GLMS = ("PoissonRegressor", "GammaRegressor", "TweedieRegressor")
METHODS = ("predict_proba", "predict", "transform", "kneighbors", "fit_predict")


def frame(X: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(X, columns=list("abc"))


def with_cell(value: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that puts `value` into one cell of a copy of X."""

    def put(X: np.ndarray) -> np.ndarray:
        X = X.copy()
        X[1, 1] = value
        return X

    return put


def whole(X: np.ndarray) -> np.ndarray:
    return np.abs(np.rint(3 * X)).astype(np.int64)


NUMBERS: dict[str, Callable[[np.ndarray], Any]] = {
    "plain": lambda X: X,
    "one dimension": lambda X: X[:, 0],
    "three dimensions": lambda X: X[:, :, None],
    "no dimension": lambda X: np.array(1.0),
    "no rows": lambda X: X[:0],
    "no columns": lambda X: X[:, :0],
    "one column": lambda X: X[:, :1],
    "NaN": with_cell(np.nan),
    "infinity": with_cell(np.inf),
    "float32 infinity": lambda X: with_cell(-np.inf)(X).astype(np.float32),
    "complex": lambda X: X + 1j,
    "float32": lambda X: X.astype(np.float32),
    "Fortran": np.asfortranarray,
    "negative strides": lambda X: X[::-1, ::-1],
}
ROWS: dict[str, Callable[[np.ndarray], Any]] = {
    **NUMBERS,
    "list": lambda X: X.tolist(),
    "ragged list": lambda X: [*X[:-1].tolist(), [1.0]],
    "nothing": lambda X: None,
    "text of numbers": lambda X: X.astype(str),
    "words": lambda X: np.full(X.shape, "a"),
    "objects": lambda X: X.astype(object),
    "None in objects": lambda X: with_cell(None)(X.astype(object)),
    "long double": lambda X: X.astype(np.longdouble),
    "other byte order": lambda X: X.astype(">f8"),
    "masked": lambda X: np.ma.masked_array(X, X > 1),
    "frame": frame,
    "frame of float32": lambda X: frame(X.astype(np.float32)),
    "frame of whole numbers": lambda X: frame(X).assign(a=whole(X)[:, 0]),
    "nullable": lambda X: frame(X).astype("Float64"),
    "nullable with NA": lambda X: frame(X).astype("Float64").mask(frame(X) > 1),
    "nullable truth": lambda X: frame(X).astype("Float64").assign(a=X[:, 0] > 0),
    "Arrow": lambda X: frame(X).astype("double[pyarrow]"),
    "Arrow with NA": lambda X: frame(X).astype("double[pyarrow]").mask(frame(X) > 1),
    "frame of words": lambda X: frame(X).assign(a="word"),
    "frame of text": lambda X: frame(X).astype(str),
    "categories": lambda X: frame(whole(X)).astype("category"),
    "sparse columns": lambda X: frame(X * (X > 0)).astype(pd.SparseDtype(float, 0)),
    "polars": lambda X: pl.DataFrame(dict(zip("abc", X.T.copy(), strict=True))),
    "CSR": lambda X: sparse.csr_array(X * (X > 0)),
    "COO": lambda X: sparse.coo_matrix(X * (X > 0)),
    "CSC of float32": lambda X: sparse.csc_array((X * (X > 0)).astype(np.float32)),
}
# Where scikit-learn's own end is an accident: it answers in whole numbers, or with another error.
BETTER = {
    ("GaussianMixture", "categories"),
    ("KernelRidge", "sparse"),
    ("KNeighborsClassifier", "sparse"),
    ("KNeighborsRegressor", "sparse"),
    ("LinearDiscriminantAnalysis", "one value"),
    ("QuadraticDiscriminantAnalysis", "long double"),
}

TARGETS: dict[str, Callable[[np.ndarray], Any]] = {
    "none": lambda y: None,
    "short": lambda y: y[:-1],
    "number": lambda y: 1.0,
    "column": lambda y: y[:, None],
    "row": lambda y: y[None, :],
    "three dimensions": lambda y: y[:, None, None],
    "NaN": lambda y: np.append(np.nan, y[1:]),
    "infinity": lambda y: np.append(np.inf, y[1:]),
    "complex": lambda y: y + 1j,
    "broken numbers": lambda y: y + 0.25,
    "float32": lambda y: y.astype(np.float32),
    "one value": lambda y: np.ones_like(y),
    "list": lambda y: y.tolist(),
    "series": lambda y: pd.Series(y, index=np.arange(len(y))[::-1]),
    "nullable": lambda y: pd.Series(whole(y) + 1).astype("Int64"),
    "sparse": lambda y: sparse.csr_matrix(y[:, None]),
    "other byte order": lambda y: y.astype(y.dtype.newbyteorder(">")),
    "long double": lambda y: y.astype(np.longdouble),
}
LABELS: dict[str, Callable[[np.ndarray], Any]] = {
    "words": lambda y: np.array(["a", "b", "c"])[y],
    "objects": lambda y: np.array(["a", "b", "c"], dtype=object)[y],
    "pandas text": lambda y: pd.Series(np.array(["a", "b", "c"])[y]),
    "categories": lambda y: pd.Series(np.array(["a", "b", "c"])[y], dtype="category"),
    "NaN in objects": lambda y: np.array(["a", np.nan, "c"], dtype=object)[y],
    "truth": lambda y: y > 0,
}
WEIGHTS: dict[str, Callable[[int], Any]] = {
    "plain": lambda n: np.linspace(0.5, 2.0, n),
    "short": lambda n: np.ones(n - 1),
    "column": lambda n: np.ones((n, 1)),
    "array of no dimension": lambda n: np.array(2.0),
    "NaN": lambda n: np.append(np.nan, np.ones(n - 1)),
    "complex": lambda n: np.ones(n) + 1j,
    "all zero": np.zeros,
    "whole numbers": lambda n: np.arange(n) % 3 + 1,
    "truth": lambda n: np.arange(n) % 2 == 0,
}


def parent_of(cls: Any) -> Any:
    return next(base for base in cls.__mro__[1:] if base.__name__ == cls.__name__)


def problem(name: str) -> dict[str, Any]:
    """Return X of shape (40, 3), and y where the class takes it."""
    rng, estimator = np.random.default_rng(0), getattr(estimators, name)()
    X = rng.normal(size=(40, 3))
    data = {"X": np.abs(np.rint(2 * X)) if name in COUNTED else X}
    if is_classifier(estimator):
        data["y"] = np.argmax(X + rng.normal(size=X.shape), axis=1)
    elif is_regressor(estimator):
        y = X @ [1.0, -2.0, 0.5] + rng.normal(size=40)
        data["y"] = np.exp(y / 4) if name in GLMS else y
    return data


def outcome(cls: Any, name: str, data: Mapping[str, Any], X: Any = None) -> Any:
    """Return what a fit and an answer for its rows, or for X, end with: the answer or an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitted = cls(**PARAMS.get(name, {})).fit(**data)
            method = next(method for method in METHODS if hasattr(fitted, method))
            answer = getattr(fitted, method)(data["X"] if X is None else X)
        except Exception as error:
            return error
    return answer[0] if isinstance(answer, tuple) else answer


def difference(name: str, found: Any, expected: Any) -> str | None:
    """Say how an outcome of ours differs from scikit-learn's, or return None."""
    if isinstance(found, Exception) or isinstance(expected, Exception):
        # NumPy's own kinds of a TypeError and a ValueError are more than a caller looks for.
        plain = type(found) in (TypeError, ValueError) and isinstance(expected, type(found))
        if plain or isinstance(found, type(expected)):
            return None
        return f"{found!r:.200} and not {expected!r:.200}"
    if sparse.issparse(found) and sparse.issparse(expected):
        found, expected = found.toarray(), expected.toarray()
    found, expected = to_numpy(found), np.asarray(expected)
    if found.shape != expected.shape or found.dtype.kind != expected.dtype.kind:
        return f"{found.dtype}{found.shape} and not {expected.dtype}{expected.shape}"
    if expected.dtype.kind != "f":
        return None if (found == expected).all() else f"{found} and not {expected}"
    if name in ("PCA", "TruncatedSVD"):  # whose signs are free
        found, expected = np.abs(found), np.abs(expected)
    atol = 1e-4 * float(np.nanmax(np.abs(expected), initial=0))
    close = np.allclose(found, expected, rtol=1e-4, atol=atol, equal_nan=True)
    return None if close else f"{found} and not {expected}"


def differences(
    name: str, cases: Mapping[str, Mapping[str, Any]], put: Callable[[Any], Any] = lambda v: v
) -> dict[str, str]:
    """Fit ours on each case, moved by `put`, and scikit-learn's as it is; say what differs."""
    ours, kinds = getattr(estimators, name), {}
    for case, data in cases.items():
        expected = outcome(parent_of(ours), name, data)
        found = outcome(ours, name, {key: put(value) for key, value in data.items()})
        if (name, case) not in BETTER:
            kinds[case] = difference(name, found, expected)
    return {case: text for case, text in kinds.items() if text is not None}


def rows_of(name: str, cases: Mapping[str, Callable[[np.ndarray], Any]]) -> dict[str, Any]:
    data = problem(name)
    return {case: {**data, "X": make(data["X"])} for case, make in cases.items()}


def targets_of(name: str) -> dict[str, Any]:
    """Return problems with odd targets, and with odd weights where the class takes them."""
    data, cases = problem(name), dict(TARGETS)
    if is_classifier(getattr(estimators, name)()):
        cases.update(LABELS)
    found = (
        {case: {**data, "y": make(data["y"])} for case, make in cases.items()}
        if "y" in data
        else {}
    )
    if has_fit_parameter(getattr(estimators, name), "sample_weight"):
        for case, make in WEIGHTS.items():
            found[f"weights: {case}"] = {**data, "sample_weight": make(len(data["X"]))}
    return found


def putter(library: Any) -> Callable[[Any], Any]:
    """Return a function that moves what is an array of numbers, and leaves the rest."""

    def put(value: Any) -> Any:
        plain = type(value) is np.ndarray and value.dtype.kind in "fiubc"
        if not plain or not value.dtype.isnative or value.dtype == np.longdouble:
            return value
        return library.put(np.array(value, order="C"))

    return put


each = pytest.mark.parametrize("name", NAMES)


@each
def test_rows(name):
    assert differences(name, rows_of(name, ROWS)) == {}


@each
def test_rows_of_a_library(name, foreign):
    assert differences(name, rows_of(name, NUMBERS), putter(foreign)) == {}


@each
def test_targets_and_weights(name):
    assert differences(name, targets_of(name)) == {}


@each
def test_targets_and_weights_beside_rows_of_a_library(name, foreign):
    assert differences(name, targets_of(name), putter(foreign)) == {}


@each
def test_rows_to_answer(name, library):
    """Rows that do not suit the model are refused with scikit-learn's type of error."""
    ours, data = getattr(estimators, name), problem(name)
    if name == "DBSCAN":
        pytest.skip("DBSCAN answers for no other rows than those of its fit")
    put = putter(library)
    moved, wrong = {key: put(value) for key, value in data.items()}, {}
    for case in ("one dimension", "no rows", "no columns", "one column", "NaN", "complex"):
        X = NUMBERS[case](data["X"])
        expected = outcome(parent_of(ours), name, data, X)
        wrong[case] = difference(name, outcome(ours, name, moved, put(X)), expected)
    assert {case: text for case, text in wrong.items() if text is not None} == {}


@pytest.mark.parametrize("name", [n for n in NAMES if is_classifier(getattr(estimators, n)())])
@pytest.mark.parametrize("case", sorted(set(LABELS) - {"NaN in objects"}))
def test_classes_are_of_scikit_learns_dtype(name, case):
    ours, data = getattr(estimators, name), problem(name)
    data["y"] = LABELS[case](data["y"])
    found, expected = (cls(**PARAMS.get(name, {})).fit(**data) for cls in (ours, parent_of(ours)))
    assert found.classes_.dtype == expected.classes_.dtype
    assert found.predict(data["X"]).dtype == expected.predict(data["X"]).dtype


SCALERS = ("StandardScaler", "MinMaxScaler", "RobustScaler", "QuantileTransformer", "SimpleImputer")


@pytest.mark.parametrize("name", [*SCALERS, "PolynomialFeatures"])
def test_transformers_keep_float16(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, X = getattr(estimators, name), problem(name)["X"].astype(np.float16)
    params = PARAMS.get(name, {})
    found = ours(**params).fit_transform(torch.as_tensor(X))
    assert found.dtype == torch.float16
    expected = parent_of(ours)(**params).fit_transform(X)
    np.testing.assert_allclose(to_numpy(found), expected, rtol=5e-3, atol=5e-3)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning", "ignore:invalid:RuntimeWarning")
def test_least_squares_of_rows_whose_squares_overflow(library):
    data = problem("LinearRegression")
    found = estimators.LinearRegression().fit(library.put(1e200 * data["X"]), data["y"])
    expected = estimators.LinearRegression().fit(**data)
    np.testing.assert_allclose(1e200 * library.host(found.coef_), expected.coef_, rtol=1e-10)


@pytest.mark.parametrize("name", ["Lasso", "QuantileRegressor", "Ridge", "SVC", "DBSCAN"])
def test_rows_on_the_host_beside_arrays_of_a_library(name, foreign):
    """Everything follows X, which is sparse, or a list, or a frame."""
    data, put = targets_of(name).get("weights: plain"), putter(foreign)
    moved = {key: put(value) for key, value in data.items() if key != "X"}
    for case in ("CSR", "list", "frame"):
        X = ROWS[case](data["X"])
        expected = outcome(getattr(estimators, name), name, {**data, "X": X})
        found = outcome(getattr(estimators, name), name, {**moved, "X": X})
        assert type(found) is np.ndarray
        np.testing.assert_array_equal(found, expected)
