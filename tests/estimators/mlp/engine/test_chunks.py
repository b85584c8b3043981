"""Batches of models: cut to fit, halved where memory runs out."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

from gridfold.estimators.arrays import release_memory
from gridfold.estimators.mlp.engine import chunks
from gridfold.estimators.mlp.engine.training import Training

from .problems import problem


def test_cut_into_batches_every_model_gets_its_own_answer(monkeypatch):
    together = chunks.train_all(problem(5))
    monkeypatch.setattr(chunks, "models_at_once", lambda problem: 2)
    cut = chunks.train_all(problem(5))
    assert len(cut) == 5
    for one, other in zip(together, cut, strict=True):
        np.testing.assert_allclose(one.flat, other.flat, rtol=1e-12)
        assert one.progress.n_epochs == 6


def test_large_models_are_trained_one_by_one_and_small_ones_together():
    small = problem(2)
    assert chunks.models_at_once(small) > 100
    assert chunks.models_at_once(problem(2, batch_size=10**7)) > 1  # no more rows than there are
    monster = chunks.bytes_of_model(small)
    assert monster == 8 * (4 * small.network.n_weights + 3 * 20 * (5 + 1))


class LittleMemory(Training):
    """Fails in the second epoch where more than `most` models are trained together."""

    most = 2

    def epoch(self):
        if len(self.models) > self.most and self.n_epochs == 1:
            raise MemoryError("no room")
        super().epoch()


def test_where_memory_runs_out_the_batch_is_halved(monkeypatch):
    expected = chunks.train_all(problem(5))
    monkeypatch.setattr(chunks, "Training", LittleMemory)
    found = chunks.train_all(problem(5))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.flat, other.flat, rtol=1e-12)


def test_a_batch_that_was_too_large_is_let_go_before_the_next(monkeypatch):
    made, alive = [], []

    class Watched(LittleMemory):
        def __init__(self, problem):
            super().__init__(problem)
            made.append(weakref.ref(self))

    def release():
        release_memory()
        alive.append([each() for each in made])

    monkeypatch.setattr(chunks, "Training", Watched)
    monkeypatch.setattr(chunks, "release_memory", release)
    chunks.train_all(problem(5))
    assert alive == [[None]]


def test_where_not_one_model_fits_the_error_is_the_users(monkeypatch):
    monkeypatch.setattr(chunks, "Training", LittleMemory)
    monkeypatch.setattr(LittleMemory, "most", 0)
    with pytest.raises(MemoryError, match="no room"):
        chunks.train_all(problem(3))
