"""Threads of matrix products: one where they are small, given back in the end."""

from __future__ import annotations

import os

import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from gridfold.estimators.mlp.engine import threads
from gridfold.estimators.mlp.engine.threads import has_large_products, inner_threads
from gridfold.estimators.mlp.engine.training import Training

from .problems import problem


def most_threads():
    blas = ThreadpoolController().select(user_api="blas").info()
    return max(library["num_threads"] for library in blas)


@pytest.fixture
def two_threads():
    with threadpool_limits(2, user_api="blas"):
        if most_threads() < 2:
            pytest.skip("BLAS has one thread only")
        yield


def test_small_products_have_one_thread_while_training(two_threads):
    seen = []
    Training(problem()).run(after_epoch=lambda training: seen.append(most_threads()))
    assert set(seen) == {1}
    assert most_threads() == 2


def test_large_products_keep_the_threads(two_threads):
    large = problem(batch_size=10**6)
    assert has_large_products(large)
    with inner_threads(large):
        assert most_threads() == 2


def test_one_thread_stays_until_the_last_of_several_fits_ends(two_threads):
    first, second = inner_threads(problem()), inner_threads(problem())
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert most_threads() == 1
    second.__exit__(None, None, None)
    assert most_threads() == 2


def test_threads_are_given_back_after_an_error(two_threads):
    def fail(training):
        raise KeyError("in a callback")

    with pytest.raises(KeyError):
        Training(problem()).run(after_epoch=fail)
    assert most_threads() == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_does_not_wait_for_fits_of_its_parent():
    with inner_threads(problem()):
        child = os.fork()
        if child == 0:
            os._exit(0 if threads._limit.n_inside == 0 else 1)
        assert os.waitpid(child, 0)[1] == 0
