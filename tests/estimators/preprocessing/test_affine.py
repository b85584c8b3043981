"""Shift and scale read off scikit-learn's scalers: they are the transform, or None."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from gridfold.estimators.shared import affine_step_for

SCALERS = [
    MinMaxScaler(),
    MinMaxScaler(feature_range=(-3, 7)),
    MaxAbsScaler(),
    RobustScaler(),
    RobustScaler(with_centering=False),
    RobustScaler(with_scaling=False),
    RobustScaler(with_centering=False, with_scaling=False),
    RobustScaler(unit_variance=True, quantile_range=(10.0, 80.0)),
]


def table(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, 6)) * [1, 20, 0.01, 3, 1e8, 1] + [0, 100, -1, 5, 1e9, 0]
    X[:, 3] = 0.1  # constant
    X[:, 5] = 0.0
    X[:9, 5] = 1e6  # without a spread between its quartiles
    return X


def read(scaler):
    """Return shift and scale with 0 and 1 for None, or None."""
    pair = affine_step_for(type(scaler))(scaler)
    if pair is None:
        return None
    return 0.0 if pair[0] is None else pair[0], 1.0 if pair[1] is None else pair[1]


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_they_are_the_transform(scaler):
    X, new = table(), table(1)
    shift, scale = read(scaler.fit(X))
    assert_allclose((X - shift) / scale, scaler.transform(X), rtol=1e-12, atol=1e-13)
    assert_allclose((new - shift) / scale, scaler.transform(new), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_they_are_the_transform_of_float32(scaler):
    X = np.delete(table(), 4, axis=1).astype(np.float32)
    shift, scale = read(scaler.fit(X))
    assert_allclose((X - shift) / scale, scaler.transform(X), rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("scaler", SCALERS, ids=str)
def test_a_column_with_cells_missing(scaler):
    X = table()
    X[::7, 1] = np.nan
    shift, scale = read(scaler.fit(X))
    assert_allclose((X - shift) / scale, scaler.transform(X), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("scaler", [MinMaxScaler(), MaxAbsScaler(), RobustScaler()], ids=str)
def test_a_column_of_nothing_but_missing_cells_has_none(scaler):
    X = table()
    X[:, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of the empty slice
        scaler.fit(X)
    assert read(scaler) is None


@pytest.mark.parametrize("scaler", [MinMaxScaler(clip=True), MaxAbsScaler(clip=True)], ids=str)
def test_a_scaler_that_clips_is_not_affine(scaler):
    assert read(scaler.fit(table())) is None


@pytest.mark.parametrize("quantiles", [(0.0, 100.0), (25.0, 25.0), (50.0, 100.0)])
def test_a_scale_of_zero_or_infinity_is_none(quantiles):
    scaler = RobustScaler(unit_variance=True, quantile_range=quantiles)
    with np.errstate(divide="ignore"):
        scaler.fit(table())
    assert read(scaler) is None


@pytest.mark.parametrize("scaler", [MinMaxScaler(), MaxAbsScaler(), RobustScaler()], ids=str)
def test_half_precision_is_computed_in_by_the_scaler(scaler):
    assert read(scaler.fit(table()[:, 2:4].astype(np.float16))) is None


@pytest.mark.parametrize(
    ("offset", "dtype", "affine"),
    [(1e6, np.float64, True), (1e9, np.float64, False), (10, "f4", True), (1e4, "f4", False)],
)
def test_min_max_of_a_column_far_from_zero_for_its_range(offset, dtype, affine):
    X = (np.random.default_rng(0).uniform(size=(50, 2)) + np.array([0, offset])).astype(dtype)
    assert (read(MinMaxScaler().fit(X)) is not None) == affine
    X[:, 1] = offset  # a constant column has no range to be lost in
    assert read(MinMaxScaler().fit(X)) is not None


@pytest.mark.parametrize("scaler", [MaxAbsScaler(), RobustScaler(with_centering=False)], ids=str)
def test_sparse_rows(scaler):
    X = np.where(table() > 0.5, table(), 0.0)
    shift, scale = read(scaler.fit(sparse.csc_array(X)))
    assert shift == 0.0
    assert_allclose(X / scale, scaler.transform(sparse.csr_array(X)).toarray(), rtol=1e-14)


@pytest.mark.parametrize("scaler", [*SCALERS, StandardScaler()], ids=str)
def test_a_subclass_may_do_otherwise(scaler):
    subclass = type("Subclass", (type(scaler),), {})
    assert affine_step_for(subclass) is None
