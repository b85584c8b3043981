"""Parts of minibatches in threads: the same weights however many threads there are."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from gridfold.estimators.mlp import workers
from gridfold.estimators.mlp.network import Layer, Network
from gridfold.estimators.mlp.training import Training
from gridfold.estimators.mlp.workers import Workers, n_parts

from .problems import problem, rows


@pytest.fixture
def small_parts(monkeypatch):
    """Cut even small problems, of batches of 20 rows, into 3 parts."""
    monkeypatch.setattr(workers, "_LARGE_STEP", 0)
    monkeypatch.setattr(workers, "_PART_ROWS", 7)


def test_small_problems_are_not_cut():
    assert n_parts(problem()) == 1


def test_the_number_of_parts_follows_from_the_shape(small_parts):
    assert n_parts(problem(batch_size=5)) == 1
    assert n_parts(problem(batch_size=20)) == 3
    assert n_parts(problem(batch_size=10**6)) == 8


def test_layers_that_look_at_all_rows_keep_them_together(small_parts):
    base = problem()
    layer = replace(base.network.layers[0], buffers={"mean": ((2,), 0.0)})
    assert isinstance(layer, Layer)
    network = Network((layer, *base.network.layers[1:]))
    assert n_parts(replace(base, network=network)) == 1


def test_other_libraries_get_the_batch_whole(small_parts, foreign):
    assert n_parts(problem(table=rows(foreign.put))) == 1


def test_parts_sum_to_the_whole(small_parts, monkeypatch):
    cut = Training(problem())
    assert cut.workers.n_parts == 3
    cut.run()
    monkeypatch.undo()
    whole = Training(problem()).run()
    for i in range(3):
        np.testing.assert_allclose(cut.results[i][0], whole.results[i][0], rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(cut.progress[i].loss_curve, whole.progress[i].loss_curve)


@pytest.mark.parametrize("drops", [False, True])
def test_the_weights_do_not_depend_on_the_number_of_threads(small_parts, monkeypatch, drops):
    def trained(n_threads):
        monkeypatch.setattr(
            ThreadpoolController,
            "info",
            lambda self: [{"user_api": "blas", "num_threads": n_threads}],
        )
        training = Training(problem(drops=drops))
        names = set()
        plain = training._gradient

        def watched(*args):
            names.add(threading.current_thread().name)
            return plain(*args)

        training._gradient = watched
        return training.run(), names

    (alone, one), (threaded, several) = trained(1), trained(3)
    assert len(one) == 1
    assert len(several) > 1
    for i in range(3):
        np.testing.assert_array_equal(alone.results[i][0], threaded.results[i][0])


def most_threads():
    blas = ThreadpoolController().select(user_api="blas").info()
    return max(library["num_threads"] for library in blas)


def test_products_have_one_thread_while_parts_have_theirs(small_parts):
    with threadpool_limits(2, user_api="blas"):
        before = most_threads()
        with Workers(problem()):
            assert most_threads() == 1
        assert most_threads() == before


def test_products_have_one_thread_until_the_last_of_several_fits_ends(small_parts):
    with threadpool_limits(2, user_api="blas"):
        before = most_threads()
        first, second = Workers(problem()), Workers(problem())
        first.__enter__()
        second.__enter__()
        first.__exit__()
        assert most_threads() == 1
        second.__exit__()
        assert most_threads() == before


def test_an_error_in_a_part_is_the_users(small_parts):
    def fail(part):
        if part == 2:
            raise ValueError("part 2")
        return part

    with Workers(problem()) as running, pytest.raises(ValueError, match="part 2"):
        running.map(fail, range(3))


def test_floating_point_errors_are_handled_as_in_the_calling_thread(small_parts, monkeypatch):
    monkeypatch.setattr(
        ThreadpoolController, "info", lambda self: [{"user_api": "blas", "num_threads": 3}]
    )
    with Workers(problem()) as running, np.errstate(over="ignore"):
        found = running.map(lambda part: np.array([1e300]) * 1e300, range(3))
    assert [values[0] for values in found] == [np.inf] * 3
