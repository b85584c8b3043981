"""The public door: what is let in, and what is said of the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from gridfold.estimators import Ridge, RidgeClassifier, door
from gridfold.estimators.arrays import HOST, place_of, to_numpy
from gridfold.estimators.door import check_rows, open_door


def rows():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 3)), rng.normal(size=12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_of_a_library_stay_there(library, dtype):
    X, y = rows()
    X = library.put(X.astype(dtype))
    place = place_of(X)
    data = open_door(Ridge(), X, library.put(y), None, place, task="regression")
    assert library.owns(data.X) and library.owns(data.y)
    assert library.host(data.X).dtype == library.host(data.y).dtype == dtype
    assert data.sample_weight is None
    assert data.xp is place.xp


def test_whole_numbers_become_float64(library):
    X = library.put(np.arange(12).reshape(4, 3))
    data = open_door(Ridge(), X, np.arange(4), None, place_of(X), task="regression")
    assert library.host(data.X).dtype == np.float64


def test_labels_stay_numpy(foreign):
    X, y = rows()
    X, labels = foreign.put(X), foreign.put((y > 0).astype(int))
    data = open_door(RidgeClassifier(), X, labels, None, place_of(X), task="classification")
    assert isinstance(data.y, np.ndarray)


def test_weights_are_checked_and_moved(library):
    X, y = rows()
    X = library.put(X.astype(np.float32))
    place = place_of(X)
    data = open_door(Ridge(), X, y, list(range(12)), place, task="regression")
    assert library.owns(data.sample_weight)
    assert library.host(data.sample_weight).dtype == np.float32
    data = open_door(Ridge(), X, y, 2.0, place, task="regression")
    assert_array_equal(library.host(data.sample_weight), np.full(12, 2.0))
    with pytest.raises(ValueError, match="sample_weight"):
        open_door(Ridge(), X, y, [1.0, 2.0], place, task="regression")


def test_target_and_weights_of_a_library_are_checked_there(foreign, monkeypatch):
    """On a device nothing with an entry per row comes to the host, but labels."""
    X, y = (foreign.put(array) for array in rows())
    weight = foreign.put(np.linspace(0.5, 2.0, 12))
    seen = []
    monkeypatch.setattr(door, "to_numpy", lambda array: seen.append(array) or to_numpy(array))
    data = open_door(Ridge(), X, y, weight, place_of(X), task="regression")
    assert foreign.owns(data.y) and foreign.owns(data.sample_weight)
    assert all(array.shape[0] == 1 for array in seen)
    bad = {
        "NaN or infinity": foreign.put(np.r_[np.nan, np.ones(11)]),
        "expected": foreign.put(np.ones(11)),
        "1D array or scalar": foreign.put(np.ones((12, 1))),
    }
    for message, wrong in bad.items():
        with pytest.raises(ValueError, match=message):
            open_door(Ridge(), X, y, wrong, place_of(X), task="regression")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite(library, bad):
    X, y = rows()
    X[3, 1] = bad
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        Ridge().fit(library.put(X), library.put(y))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_targets_that_are_not_finite(library, bad):
    X, y = rows()
    y[2] = bad
    with pytest.raises(ValueError, match=r"y contains (NaN|infinity)"):
        Ridge().fit(library.put(X), library.put(y))


def test_large_finite_rows_are_let_in(library):
    X = np.full((4, 3), 1e308)
    with np.errstate(over="ignore"):
        found = open_door(Ridge(), library.put(X), np.arange(4.0), None, HOST, task="regression")
    assert_array_equal(found.X, X)


@pytest.mark.parametrize(
    ("shape", "words"),
    [((3,), "2D array"), ((0, 3), "0 sample"), ((3, 0), "0 feature"), ((2, 2, 2), "3D|dim 3")],
)
def test_shapes_that_are_no_table(library, shape, words):
    with pytest.raises(ValueError, match=words):
        Ridge().fit(library.put(np.ones(shape)), np.ones(shape[0]))


def test_lengths_that_differ(library):
    X, y = rows()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        Ridge().fit(library.put(X), library.put(y[:5]))


def test_no_target(library):
    X, _ = rows()
    with pytest.raises(ValueError, match="requires y"):
        Ridge().fit(library.put(X), None)


def test_numbers_as_classes_are_refused(library):
    X, y = rows()
    with pytest.raises(ValueError, match="Unknown label type"):
        RidgeClassifier().fit(library.put(X), library.put(y))


def test_complex_rows_are_refused(library):
    X, y = rows()
    with pytest.raises(ValueError, match="Complex data not supported"):
        Ridge().fit(library.put(X + 1j), library.put(y))


def test_names_of_columns_are_kept_and_forgotten(foreign):
    X, y = rows()
    table = pd.DataFrame(X, columns=["a", "b", "c"])
    model = Ridge().fit(table, y)
    assert list(model.feature_names_in_) == ["a", "b", "c"]
    with pytest.raises(ValueError, match="feature names"):
        model.predict(table[["c", "b", "a"]])
    model.fit(foreign.put(X), foreign.put(y))
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 3


def test_rows_to_answer_for_are_checked(library):
    X, y = rows()
    model = Ridge().fit(X, y)
    assert library.owns(check_rows(model, library.put(X)))
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        check_rows(model, library.put(X))
