"""Transformers of columns against scikit-learn: NaN, every parameter, every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import impute, preprocessing
from sklearn.base import clone

from gridfold import estimators
from gridfold.estimators import (
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    SimpleImputer,
    config_context,
)
from gridfold.estimators.shared import affine_step_for

pytestmark = pytest.mark.filterwarnings(
    "ignore:All-NaN slice:RuntimeWarning", "ignore:Skipping features without:UserWarning"
)

NORMAL = {"output_distribution": "normal"}
FEW = {"n_quantiles": 60, "subsample": 100}
CASES = [
    MinMaxScaler(),
    MinMaxScaler(feature_range=(-3, 2), clip=True),
    RobustScaler(),
    RobustScaler(with_centering=False),
    RobustScaler(with_scaling=False),
    RobustScaler(with_scaling=False, with_centering=False),
    RobustScaler(unit_variance=True, quantile_range=(10.0, 80.0)),
    QuantileTransformer(n_quantiles=50),
    QuantileTransformer(n_quantiles=300, **NORMAL),
    QuantileTransformer(random_state=0, **FEW),
    QuantileTransformer(random_state=0, **FEW, **NORMAL),
    SimpleImputer(),
    SimpleImputer(strategy="median", add_indicator=True),
    SimpleImputer(strategy="most_frequent", keep_empty_features=True),
    SimpleImputer(strategy="most_frequent", add_indicator=True),
    SimpleImputer(strategy="constant", fill_value=3.5, add_indicator=True),
    SimpleImputer(strategy="constant", keep_empty_features=True),
]


def table(kind: str = "whole") -> np.ndarray:
    """Columns of many scales, with repeated numbers, constant; with NaN; with no numbers."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 6)) * [1, 20, 0.01, 3, 1, 1] + [0, 100, -1, 5, 0, 0]
    X[:, 4], X[:, 5] = np.round(X[:, 4]), 2.5
    if kind != "whole":
        X[::7, 1] = X[::3, 4] = np.nan
    if kind == "empty":
        X[:, 3] = np.nan
    return X


def parent_of(estimator):
    """Return scikit-learn's estimator with the same parameters."""
    params = clone(estimator).get_params(deep=False)
    params.pop("device")
    return type(estimator)._parent(**params)


def assert_alike(found, expected, library, rtol, name=""):
    assert library.owns(found), name
    found = library.host(found)
    assert found.dtype == expected.dtype, name
    scale = np.nanmax(np.abs(expected.astype(float)), initial=0)
    assert_allclose(found.astype(float), expected.astype(float), rtol, rtol * scale, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", ["whole", "missing", "empty"])
@pytest.mark.parametrize("estimator", CASES, ids=repr)
def test_equals_scikit_learn(library, estimator, kind, dtype):
    X, rtol = table(kind).astype(dtype), 1e-12 if dtype == np.float64 else 2e-5
    ours, theirs = clone(estimator), parent_of(estimator).fit(X)
    assert ours.fit(library.put(X)) is ours
    assert ours.fallback_ is None
    assert set(vars(ours)) == set(vars(theirs)) | {"device", "fallback_"}
    for name, value in vars(theirs).items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and name != "references_":
            assert_alike(getattr(ours, name), value, library, max(rtol, 1e-10), name)
    found, expected = ours.transform(library.put(X)), theirs.transform(X)
    assert_alike(found, expected, library, rtol)
    assert_array_equal(ours.get_feature_names_out(), theirs.get_feature_names_out())
    if getattr(estimator, "add_indicator", True):
        back = ours.inverse_transform(found)
        assert library.owns(back)
        assert_allclose(library.host(back), theirs.inverse_transform(expected), 1e-4, 1e-3)
    assert_array_equal(X, table(kind).astype(dtype))


@pytest.mark.parametrize("estimator", [c for c in CASES if not isinstance(c, SimpleImputer)][:11])
def test_other_rows_and_a_model_of_the_host(library, estimator):
    rows = np.concatenate([table()[:9] * 1.7, np.full((1, 6), -1e3), np.full((1, 6), 1e3)])
    ours, theirs = clone(estimator).fit(table("missing")), parent_of(estimator)
    expected = theirs.fit(table("missing")).transform(rows)
    assert_alike(ours.transform(library.put(rows)), expected, library, 1e-10)
    home = clone(estimator).fit(library.put(table("missing"))).transform(rows)
    assert isinstance(home, np.ndarray)
    assert_allclose(home, expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("estimator", CASES, ids=repr)
def test_infinity_and_other_columns_are_errors(library, estimator):
    fitted = clone(estimator).fit(library.put(table()))
    with pytest.raises(ValueError, match=r"features"):
        fitted.transform(library.put(table()[:, :3]))
    X = table()
    X[3, 2] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        clone(estimator).fit(library.put(X))


@pytest.mark.parametrize("estimator", [CASES[0], CASES[2], CASES[7], CASES[12]], ids=repr)
def test_blocks_give_the_same(foreign, estimator):
    whole = clone(estimator).fit(foreign.put(table("missing")))
    with config_context(working_memory=0.01):
        parts = clone(estimator).fit(foreign.put(table("missing")))
    expected = foreign.host(whole.transform(foreign.put(table("missing"))))
    assert_array_equal(foreign.host(parts.transform(foreign.put(table("missing")))), expected)


# --- MinMaxScaler, RobustScaler --------------------------------------------------------------


def test_rows_in_parts(library):
    X, ours = table("missing"), MinMaxScaler()
    for rows in (slice(0, 50), slice(50, 60), slice(60, 300)):
        ours.partial_fit(library.put(X[rows]))
    theirs = preprocessing.MinMaxScaler().fit(X)
    assert ours.fallback_ is None
    assert ours.n_samples_seen_ == 300
    for name in ("data_min_", "data_max_", "data_range_", "scale_", "min_"):
        assert_alike(getattr(ours, name), getattr(theirs, name), library, 1e-14, name)
    later = MinMaxScaler().fit(X[:50]).partial_fit(library.put(X[50:]))
    assert_allclose(library.host(later.data_max_), theirs.data_max_)


def test_ranges_that_are_none_are_errors(library):
    with pytest.raises(ValueError, match="must be smaller"):
        MinMaxScaler(feature_range=(1, 1)).fit(library.put(table()))
    with pytest.raises(ValueError, match="Invalid quantile range"):
        RobustScaler(quantile_range=(80.0, 20.0)).fit(library.put(table()))


@pytest.mark.parametrize("name", ["MinMaxScaler", "RobustScaler"])
def test_affine_on_a_device(library, name):
    cls = getattr(estimators, name)
    fitted = cls().fit(library.put(table()))
    shift, scale = affine_step_for(cls)(fitted)
    assert library.owns(shift)
    scaled = (table() - library.host(shift)) / library.host(scale)
    found = library.host(fitted.transform(library.put(table())))
    assert_allclose(scaled, found, rtol=1e-9, atol=1e-9)


def test_sparse_rows_are_scikit_learns():
    X = sparse.csc_array(np.where(table() > 0.5, table(), 0.0))
    for ours in (
        RobustScaler(with_centering=False),
        QuantileTransformer(n_quantiles=50),
        SimpleImputer(strategy="median"),
    ):
        assert ours.fit(X).fallback_ == "sparse X"
        expected = parent_of(ours).fit(X).transform(X)
        assert_allclose(ours.transform(X).toarray(), expected.toarray())
    with pytest.raises(TypeError, match="does not support sparse"):
        MinMaxScaler().fit(X)


# --- QuantileTransformer ---------------------------------------------------------------------


def test_warnings_and_errors_of_quantiles(library):
    X = library.put(table())
    with pytest.warns(UserWarning, match="n_quantiles is set to n_samples"):
        QuantileTransformer().fit(X)
    with pytest.warns(UserWarning, match="only with"):
        QuantileTransformer(n_quantiles=10, ignore_implicit_zeros=True).fit(X)
    with pytest.raises(ValueError, match="cannot be greater"):
        QuantileTransformer(n_quantiles=200, subsample=100).fit(X)


def test_one_quantile(library):
    ours = QuantileTransformer(n_quantiles=1).fit(library.put(table()))
    theirs = preprocessing.QuantileTransformer(n_quantiles=1).fit(table())
    found = library.host(ours.transform(library.put(table())))
    assert_allclose(found, theirs.transform(table()))


# --- SimpleImputer ---------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["mean", "median", "most_frequent"])
def test_a_number_may_stand_for_missing_cells(library, strategy):
    X = np.where(np.isnan(table("missing")), -9.0, table("missing"))
    ours = SimpleImputer(missing_values=-9, strategy=strategy).fit(library.put(X))
    theirs = impute.SimpleImputer(missing_values=-9, strategy=strategy).fit(X)
    found = library.host(ours.transform(library.put(X)))
    assert_allclose(found, theirs.transform(X), rtol=1e-12)
    with pytest.raises(ValueError, match="NaN"):
        SimpleImputer(missing_values=-9).fit(library.put(table("missing")))


def test_columns_without_numbers_are_named_in_a_warning(library):
    X = library.put(table("empty"))
    fitted = SimpleImputer().fit(X)
    with pytest.warns(UserWarning, match=r"any observed values: \[3\]"):
        assert fitted.transform(X).shape == (300, 5)


def test_text_and_frames_are_scikit_learns():
    pandas = pytest.importorskip("pandas")
    X = np.array([["a", "b"], ["a", np.nan], [np.nan, "b"]], dtype=object)
    ours = SimpleImputer(strategy="most_frequent").fit(X)
    assert ours.fallback_ is None
    assert_array_equal(ours.transform(X), [["a", "b"]] * 3)
    frame = pandas.DataFrame(table("missing"), columns=list("abcdef"))
    found = SimpleImputer().set_output(transform="pandas").fit(frame).transform(frame)
    expected = impute.SimpleImputer().fit_transform(frame)
    assert list(found.columns) == list("abcdef")
    assert_allclose(found, expected)


def test_a_function_as_the_strategy_falls_back(foreign):
    ours = SimpleImputer(strategy=np.max).fit(foreign.put(table("missing")))
    assert ours.fallback_ == "strategy is a function"
    assert SimpleImputer(strategy=np.max).fit(table("missing")).fallback_ is None
    found = foreign.host(ours.transform(foreign.put(table("missing"))))
    expected = impute.SimpleImputer(strategy=np.max).fit_transform(table("missing"))
    assert_allclose(found, expected)


def test_a_fill_of_another_kind_is_an_error(foreign):
    with pytest.raises(ValueError, match="cannot be cast"):
        SimpleImputer(strategy="constant", fill_value="no").fit(foreign.put(table()))


# --- PolynomialFeatures ----------------------------------------------------------------------


@pytest.mark.parametrize("include_bias", [True, False])
@pytest.mark.parametrize("interaction_only", [True, False])
@pytest.mark.parametrize("degree", [1, 2, 3, 7, (0, 1), (2, 3), (3, 3)])
def test_products_are_scikit_learns(library, degree, interaction_only, include_bias):
    X = table()[:20, :5]
    params = {"degree": degree, "interaction_only": interaction_only}
    params["include_bias"] = include_bias
    ours = PolynomialFeatures(**params).fit(library.put(X))
    theirs = preprocessing.PolynomialFeatures(**params).fit(X)
    assert ours.fallback_ is None
    assert_array_equal(ours.powers_, theirs.powers_)
    found = ours.transform(library.put(X))
    assert library.owns(found)
    assert_array_equal(library.host(found), theirs.transform(X))


def test_the_order_of_memory_is_numpys_alone(foreign):
    X = table()[:, :3]
    found = PolynomialFeatures(order="F").fit(X)
    assert found.transform(X).flags.f_contiguous
    with pytest.raises(ValueError, match="order='F'"):
        found.transform(foreign.put(X))


def test_degree_0_and_degrees_that_are_none(library):
    X = library.put(table())
    assert PolynomialFeatures(0).fit(X).transform(X).shape == (300, 1)
    with pytest.raises(ValueError, match="include_bias"):
        PolynomialFeatures(0, include_bias=False).fit(X)
    with pytest.raises(ValueError, match="min_degree"):
        PolynomialFeatures((3, 2)).fit(X)
    with pytest.raises(ValueError, match="NaN"):
        PolynomialFeatures().fit(library.put(table("missing")))


def test_sparse_products_are_scikit_learns():
    X = sparse.csr_array(np.where(table() > 0.5, table(), 0.0))
    found = PolynomialFeatures().fit(X).transform(X)
    assert_allclose(found.toarray(), preprocessing.PolynomialFeatures().fit_transform(X).toarray())


# --- real tables -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["california_housing", "hypothyroid", "covertype_7class"])
@pytest.mark.parametrize(
    "estimator", [CASES[0], CASES[2], CASES[9], CASES[10], CASES[12]], ids=repr
)
def test_real_tables(real_table, estimator, name):
    X = real_table(name).select_dtypes("number").to_numpy(dtype=float)[:20000]
    found, expected = (each.fit_transform(X) for each in (clone(estimator), parent_of(estimator)))
    assert_allclose(found, expected, rtol=1e-10, atol=1e-10)
