"""StandardScaler against scikit-learn: weights, constant columns, NaN, every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn import preprocessing

from gridfold.estimators import StandardScaler
from gridfold.estimators.shared import affine_step_for


def table(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(90, 5)) * [1, 20, 0.01, 3, 1] + [0, 100, -1, 5, 1e6]
    X[:, 3] = 0.1  # constant, but its computed variance is not 0
    return X


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("with_std", [True, False])
@pytest.mark.parametrize("with_mean", [True, False])
def test_equals_scikit_learn(library, with_mean, with_std, weighted, missing):
    X = table()
    weight = np.linspace(0.1, 2, 90) if weighted else None
    if missing:
        X[::7, 1] = np.nan
    params = {"with_mean": with_mean, "with_std": with_std}
    ours = StandardScaler(**params)
    ours.fit(library.put(X), sample_weight=None if weight is None else library.put(weight))
    theirs = preprocessing.StandardScaler(**params).fit(X, sample_weight=weight)
    assert ours.fallback_ is None
    assert set(vars(ours)) == set(vars(theirs)) | {"device", "fallback_"}
    for name in ("mean_", "var_", "scale_", "n_samples_seen_"):
        found, expected = getattr(ours, name), getattr(theirs, name)
        if expected is None:
            assert found is None
        else:
            assert name == "n_samples_seen_" or library.owns(found)
            found = library.host(found)
            assert_allclose(found, expected, rtol=1e-12, atol=1e-12, err_msg=name)
            assert np.ndim(found) == np.ndim(expected)
    scaled = ours.transform(library.put(X))
    assert library.owns(scaled)
    assert_allclose(library.host(scaled), theirs.transform(X), rtol=1e-9, atol=1e-9)
    assert_allclose(library.host(ours.inverse_transform(scaled)), X, rtol=1e-12, atol=1e-12)
    again = StandardScaler(**params).fit_transform(library.put(X))
    expected = preprocessing.StandardScaler(**params).fit_transform(X)
    assert_allclose(library.host(again), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("with_mean", [False, True])
def test_rows_seen_are_counted_in_scikit_learns_dtype(library, with_mean, dtype, weighted):
    X, params = table().astype(dtype), {"with_mean": with_mean, "with_std": with_mean}
    weight = np.ones(90) if weighted else None
    theirs = preprocessing.StandardScaler(**params).fit(X, sample_weight=weight)
    ours = StandardScaler(**params).fit(
        library.put(X), sample_weight=None if weight is None else library.put(weight)
    )
    assert ours.n_samples_seen_ == theirs.n_samples_seen_ == 90
    assert np.asarray(ours.n_samples_seen_).dtype == np.asarray(theirs.n_samples_seen_).dtype


def test_one_weight_for_all_rows(library):
    ours = StandardScaler().fit(library.put(table()), sample_weight=2.0)
    theirs = preprocessing.StandardScaler().fit(table(), sample_weight=2.0)
    assert ours.n_samples_seen_ == theirs.n_samples_seen_ == 180
    assert_allclose(library.host(ours.var_), theirs.var_, rtol=1e-12, atol=1e-12)


def test_constant_columns_are_scikit_learns(library):
    rng = np.random.default_rng(2)
    steps = 10.0 ** -np.arange(4, 17)
    X = 1 + rng.normal(size=(500, 13)) * steps
    ours, theirs = StandardScaler().fit(library.put(X)), preprocessing.StandardScaler().fit(X)
    found = library.host(ours.scale_)
    assert_array_equal(found == 1, theirs.scale_ == 1)
    assert 0 < (found == 1).sum() < 13


@pytest.mark.parametrize("weighted", [False, True])
def test_a_column_of_nan_is_left_alone(library, weighted):
    X = np.tile(table(), (50, 1))  # so many that sums in another order differ by rounding
    X[:, 2] = np.nan
    weight = np.random.default_rng(19).uniform(0.1, 1.0, len(X)) if weighted else None
    placed = None if weight is None else library.put(weight)
    with np.errstate(all="ignore"):
        theirs = preprocessing.StandardScaler().fit(X, sample_weight=weight)
        ours = StandardScaler().fit(library.put(X), sample_weight=placed)
    assert_allclose(library.host(ours.mean_), theirs.mean_, atol=1e-12)
    assert_allclose(library.host(ours.scale_), theirs.scale_)
    assert_allclose(library.host(ours.transform(library.put(X))), theirs.transform(X), atol=1e-7)


def test_blocks_of_rows_add_up(foreign, monkeypatch):
    from gridfold.estimators.preprocessing import column_moments

    monkeypatch.setattr(column_moments, "_BLOCK_ROWS", 7)
    ours = StandardScaler().fit(foreign.put(table()))
    theirs = preprocessing.StandardScaler().fit(table())
    assert_allclose(foreign.host(ours.var_), theirs.var_, rtol=1e-12, atol=1e-12)


def test_float32_is_kept(library):
    X = table().astype(np.float32)
    ours, theirs = StandardScaler().fit(library.put(X)), preprocessing.StandardScaler().fit(X)
    scaled = library.host(ours.transform(library.put(X)))
    assert scaled.dtype == np.float32
    assert library.host(ours.mean_).dtype == np.float64
    assert_allclose(library.host(ours.var_), theirs.var_, rtol=1e-6, atol=1e-9)
    assert_allclose(scaled, theirs.transform(X), rtol=1e-5, atol=1e-5)


def test_infinity_and_other_columns_are_errors(library):
    X = table()
    scaler = StandardScaler().fit(library.put(X))
    with pytest.raises(ValueError, match="5 features as input"):
        scaler.transform(library.put(X[:, :3]))
    X[3, 2] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        StandardScaler().fit(library.put(X))


def test_rows_in_parts_are_scikit_learns(library):
    X = table()
    ours = StandardScaler().fit(library.put(X[:50]))
    ours.partial_fit(library.put(X[50:]))
    assert (ours.fallback_ is None) == (library.name == "numpy")
    theirs = preprocessing.StandardScaler().fit(X)
    assert_allclose(ours.var_, theirs.var_, rtol=1e-9, atol=1e-12)
    assert_allclose(library.host(ours.transform(library.put(X))), theirs.transform(X), atol=1e-9)


def test_sparse_rows_are_scikit_learns():
    X = sparse.csr_array(np.where(table() > 0.5, table(), 0.0))
    ours = StandardScaler(with_mean=False).fit(X)
    assert ours.fallback_ == "sparse X"
    theirs = preprocessing.StandardScaler(with_mean=False).fit(X)
    assert_allclose(ours.transform(X).toarray(), theirs.transform(X).toarray())


def test_tables_go_in_and_out():
    pandas = pytest.importorskip("pandas")
    X = pandas.DataFrame(table(), columns=list("abcde"))
    ours = StandardScaler().set_output(transform="pandas").fit(X)
    assert list(ours.transform(X).columns) == list("abcde")


@pytest.mark.parametrize("cls", [StandardScaler, preprocessing.StandardScaler])
@pytest.mark.parametrize("with_std", [True, False])
@pytest.mark.parametrize("with_mean", [True, False])
def test_the_scaler_is_known_as_affine(cls, with_mean, with_std):
    X = table()
    scaler = cls(with_mean=with_mean, with_std=with_std).fit(X)
    shift, scale = affine_step_for(cls)(scaler)
    assert (shift is None, scale is None) == (not with_mean, not with_std)
    scaled = (X - (0 if shift is None else shift)) / (1 if scale is None else scale)
    assert_array_equal(scaled, scaler.transform(X))
