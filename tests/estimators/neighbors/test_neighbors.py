"""Nearest neighbours against scikit-learn: metrics, weights, labels, outputs, every library."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import neighbors

from gridfold.estimators import KNeighborsClassifier, KNeighborsRegressor


def problem(n_features: int, n_samples: int = 150, seed: int = 0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_features)) * 3 + 10
    Q = rng.normal(size=(40, n_features)) * 3 + 10
    Q[::5] = X[:8]  # neighbours at distance zero
    return X, rng.integers(0, 4, n_samples), rng.normal(size=(n_samples, 2)), Q


def inverse(distances):
    return 1 / (1 + distances)


@pytest.mark.parametrize("weights", ["uniform", "distance", None, inverse])
@pytest.mark.parametrize(
    "metric", [{}, {"p": 1}, {"metric": "euclidean"}, {"metric": "manhattan"}], ids=str
)
@pytest.mark.parametrize("n_features", [3, 24])
def test_equals_scikit_learn(library, n_features, metric, weights):
    X, y, Y, Q = problem(n_features)
    params = {"n_neighbors": 7, "weights": weights, **metric}
    ours = KNeighborsClassifier(**params).fit(library.put(X), library.put(y))
    theirs = neighbors.KNeighborsClassifier(**params).fit(X, y)
    assert ours.fallback_ is None
    assert library.owns(ours._fit_X)
    queries = library.put(Q)
    # Above 15 columns scikit-learn's distance of a row to itself is rounding, about 1e-7, not 0.
    atol = 1e-6 if n_features > 15 else 1e-12
    for method in ("predict", "predict_proba"):
        answer = getattr(ours, method)(queries)
        assert library.owns(answer)
        assert_allclose(library.host(answer), getattr(theirs, method)(Q), rtol=1e-12, atol=atol)
    distances, indices = ours.kneighbors(queries)
    assert_allclose(library.host(distances), theirs.kneighbors(Q)[0], rtol=1e-12, atol=atol)
    assert_array_equal(library.host(indices), theirs.kneighbors(Q)[1])
    regressor = KNeighborsRegressor(**params).fit(library.put(X), library.put(Y))
    theirs = neighbors.KNeighborsRegressor(**params).fit(X, Y)
    predicted = library.host(regressor.predict(queries))
    assert_allclose(predicted, theirs.predict(Q), rtol=1e-12, atol=atol)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_labels_that_are_no_numbers_stay_numpy(library, weights):
    X, y, _, Q = problem(3)
    labels = np.array(["ant", "bee", "cat", "dog"])[y]
    ours = KNeighborsClassifier(3, weights=weights).fit(library.put(X), labels)
    theirs = neighbors.KNeighborsClassifier(3, weights=weights).fit(X, labels)
    predicted = ours.predict(library.put(Q))
    assert isinstance(predicted, np.ndarray)
    assert predicted.dtype == theirs.predict(Q).dtype
    assert_array_equal(predicted, theirs.predict(Q))
    assert_array_equal(ours.classes_, theirs.classes_)


def test_several_outputs(library):
    X, y, _, Q = problem(3)
    Y = np.stack([y, y % 2 + 5], axis=1)
    ours = KNeighborsClassifier(4).fit(library.put(X), library.put(Y))
    theirs = neighbors.KNeighborsClassifier(4).fit(X, Y)
    assert_array_equal(library.host(ours.predict(library.put(Q))), theirs.predict(Q))
    shares = ours.predict_proba(library.put(Q))
    assert isinstance(shares, list)
    for one, other in zip(shares, theirs.predict_proba(Q), strict=True):
        assert library.owns(one)
        assert_allclose(library.host(one), other, rtol=1e-12)


def test_equal_votes_go_to_the_first_class(library):
    X = np.array([[0.0], [1.0], [10.0], [11.0]])
    y = np.array([2, 1, 0, 3])
    ours = KNeighborsClassifier(2).fit(library.put(X), library.put(y))
    predicted = library.host(ours.predict(library.put([[0.5], [10.5]])))
    assert_array_equal(predicted, [1, 0])


def test_rows_at_equal_distance_are_taken_in_order_of_the_training_rows(foreign):
    rng = np.random.default_rng(3)
    X = rng.integers(0, 3, (80, 3)).astype(float)
    Q = rng.integers(0, 3, (30, 3)).astype(float)
    model = KNeighborsRegressor(9).fit(foreign.put(X), foreign.put(X[:, 0]))
    distances, indices = (foreign.host(a) for a in model.kneighbors(foreign.put(Q)))
    exact = np.sqrt(((Q[:, None, :] - X[None, :, :]) ** 2).sum(axis=2))
    assert_array_equal(indices, np.argsort(exact, axis=1, kind="stable")[:, :9])
    assert_array_equal(distances, np.sort(exact, axis=1)[:, :9])


def test_without_x_no_row_is_its_own_neighbour(library):
    X, y, _, _ = problem(3)
    X[10:20], y[10:20] = X[:10], y[:10]
    X[20:24], y[20:24] = X[0], y[0]
    ours = KNeighborsClassifier(3).fit(library.put(X), library.put(y))
    theirs = neighbors.KNeighborsClassifier(3).fit(X, y)
    distances, indices = (library.host(a) for a in ours.kneighbors())
    assert_allclose(distances, theirs.kneighbors()[0], rtol=1e-12, atol=1e-12)
    assert not (indices == np.arange(150)[:, None]).any()
    assert_array_equal(library.host(ours.predict(None)), theirs.predict(None))


def test_float32_is_kept(foreign):
    X, y, Y, Q = (a.astype(np.float32) for a in problem(5))
    queries = foreign.put(Q)
    model = KNeighborsRegressor(4, weights="distance").fit(foreign.put(X), foreign.put(Y))
    predicted = foreign.host(model.predict(queries))
    assert predicted.dtype == np.float32
    theirs = neighbors.KNeighborsRegressor(4, weights="distance").fit(X, Y)
    assert_allclose(predicted, theirs.predict(Q), rtol=2e-6, atol=1e-6)
    shares = KNeighborsClassifier(4).fit(foreign.put(X), foreign.put(y)).predict_proba(queries)
    assert foreign.host(shares).dtype == np.float32


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"metric": "chebyshev"}, "chebyshev"),
        ({"algorithm": "kd_tree"}, "kd_tree"),
        ({"p": 3}, "p=3"),
        ({"metric": lambda a, b: abs(a - b).max()}, "function"),
        ({"metric_params": {"w": np.ones(3)}}, "metric_params"),
    ],
)
def test_what_has_no_kernel_is_fitted_by_scikit_learn(foreign, params, word):
    X, y, _, Q = problem(3)
    ours = KNeighborsClassifier(3, **params).fit(foreign.put(X), foreign.put(y))
    assert word in ours.fallback_
    predicted = ours.predict(foreign.put(Q))
    assert foreign.owns(predicted)
    expected = neighbors.KNeighborsClassifier(3, **params).fit(X, y)
    assert_array_equal(foreign.host(predicted), expected.predict(Q))
    with pytest.raises(NotImplementedError, match="stays on the CPU"):
        _to_place(ours, foreign)


def _to_place(model, library):
    """Move a model as `to_device` does, to a library that has no device name."""
    import gridfold.estimators.neighbors.base as base
    from gridfold.estimators.arrays import place_of

    place = place_of(library.put([0.0]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "find_place", lambda device, X: place)
        return model.to_device("there")


def test_a_model_of_the_host_answers_on_the_device_it_is_moved_to(foreign):
    X, y, _, Q = problem(3)
    ours = KNeighborsClassifier(5).fit(X, y)
    expected = ours.predict_proba(Q)
    assert_allclose(foreign.host(ours.predict_proba(foreign.put(Q))), expected, rtol=1e-12)
    _to_place(ours, foreign)
    assert foreign.owns(ours._fit_X)
    assert_allclose(foreign.host(ours.predict_proba(foreign.put(Q))), expected, rtol=1e-12)
    back = ours.to_device("cpu") if foreign.name == "cupy" else ours.to_sklearn()
    assert_allclose(back.predict_proba(Q), expected, rtol=1e-12)


def test_too_many_neighbours_is_scikit_learns_error(library):
    X, y, _, Q = problem(3, n_samples=10)
    model = KNeighborsClassifier(11).fit(library.put(X), library.put(y))
    with pytest.raises(
        ValueError, match="Expected n_neighbors <= n_samples_fit, but n_neighbors ="
    ):
        model.predict(library.put(Q))
    with pytest.raises(ValueError, match="Expected n_neighbors < n_samples_fit"):
        model.kneighbors(n_neighbors=10)
    with pytest.raises(ValueError, match="Expected n_neighbors > 0"):
        model.kneighbors(library.put(Q), n_neighbors=0)


def test_weights_that_are_all_zero_are_an_error(library):
    X, y, _, Q = problem(3)
    model = KNeighborsClassifier(3, weights=np.zeros_like).fit(library.put(X), library.put(y))
    with pytest.raises(ValueError, match="zero weights"):
        model.predict(library.put(Q))


def test_the_graph_of_neighbours(library):
    X, y, _, Q = problem(3)
    ours = KNeighborsClassifier(3).fit(library.put(X), library.put(y))
    theirs = neighbors.KNeighborsClassifier(3).fit(X, y)
    for mode in ("connectivity", "distance"):
        graph = ours.kneighbors_graph(library.put(Q), mode=mode)
        expected = theirs.kneighbors_graph(Q, mode=mode)
        assert_allclose(graph.toarray(), expected.toarray(), rtol=1e-12, atol=1e-6)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_whole_number_targets_of_a_model_fitted_on_the_host(foreign, weights):
    X, y, _, Q = problem(3)
    model = KNeighborsRegressor(weights=weights).fit(X, y)
    answer = model.predict(foreign.put(Q))
    assert foreign.owns(answer)
    assert_allclose(foreign.host(answer), model.predict(Q), rtol=1e-12)


def test_fallbacks_too_answer_in_the_dtype_of_the_rows(foreign):
    X, y, Y, Q = problem(3)
    queries = foreign.put(Q.astype(np.float32))
    params = {"metric": "chebyshev", "n_neighbors": 4}
    classifier = KNeighborsClassifier(**params).fit(foreign.put(X), foreign.put(y * 1.0))
    regressor = KNeighborsRegressor(**params).fit(foreign.put(X), foreign.put(Y))
    distances, indices = regressor.kneighbors(queries)
    for answer in (classifier.predict_proba(queries), regressor.predict(queries), distances):
        assert foreign.host(answer).dtype == np.float32
    assert foreign.host(indices).dtype == np.int64
    labels = foreign.host(classifier.predict(queries))
    assert labels.dtype == np.float64
    assert_array_equal(np.unique(labels), [0.0, 1.0, 2.0, 3.0])
