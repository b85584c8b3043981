"""Checkpoints: a training that was broken off ends with the weights of one that was not."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from estimators.mlp.alike import SMALL, fitted, pair, table
from gridfold.estimators import MLPClassifier, MLPRegressor, files
from gridfold.estimators.files import WriteError
from gridfold.estimators.mlp.checkpoint import Checkpoint, CheckpointError, seed_of
from gridfold.estimators.mlp.engine.training import Training

EVERY_FOUR = {**SMALL, "checkpoint_every": 4}
SETTINGS = {
    "adam": {},
    "dropout": {"dropout": 0.3},
    "batch normalisation": {"normalization": "batch"},
    "early stopping": {"early_stopping": True, "n_iter_no_change": 30},
    "sgd, adaptive": {"solver": "sgd", "learning_rate": "adaptive", "tol": 1.0},
    "one cycle": {"schedule": "one_cycle"},
    "rmsprop": {"solver": "rmsprop"},
}


class Killed(BaseException):
    """What no part of a fit catches."""


@pytest.fixture
def kill_in(monkeypatch):
    """Return a function that lets training die in an epoch, once."""
    epoch = Training.epoch

    def arrange(number):
        def dying(training):
            if training.n_epochs + 1 == number:
                monkeypatch.setattr(Training, "epoch", epoch)
                raise Killed
            epoch(training)

        monkeypatch.setattr(Training, "epoch", dying)

    return arrange


def assert_same_weights(one, other):
    for mine, his in zip(
        one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True
    ):
        assert_array_equal(mine, his)
    assert one.loss_curve_ == other.loss_curve_
    assert one.validation_scores_ == other.validation_scores_
    assert (one.n_iter_, one.t_) == (other.n_iter_, other.t_)


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_training_goes_on_to_the_same_weights(kind, setting, tmp_path, kill_in):
    X, y = table(kind)
    cls, params = pair(kind)[0], {**EVERY_FOUR, **SETTINGS[setting]}
    whole = fitted(cls, X, y, **params)
    path = tmp_path / "training"
    kill_in(11)
    with pytest.raises(Killed):
        cls(**params, checkpoint=path).fit(X, y)
    assert path.exists()
    done = []
    epoch = Training.epoch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "epoch", lambda t: (done.append(1), epoch(t))[1])
        again = fitted(cls, X, y, **params, checkpoint=path)
    assert len(done) == whole.n_iter_ - 8
    assert_same_weights(again, whole)
    assert [file.name for file in tmp_path.iterdir()] == ["training"]


def test_without_a_seed_the_first_runs_draws_go_on(tmp_path, kill_in):
    X, y = table("numbers")
    more = {"random_state": None, "early_stopping": True, "dropout": 0.2, "n_iter_no_change": 99}
    params = {**EVERY_FOUR, **more, "checkpoint": tmp_path / "training"}
    kill_in(6)
    model = MLPRegressor(**params)
    with pytest.raises(Killed):
        model.fit(X, y)
    again = fitted(MLPRegressor, X, y, **params)
    assert again.loss_curve_[:5] == model.loss_curve_
    # The same rows are held out, and the same masks drawn, as where the seed is told.
    seed = seed_of(tmp_path / "training")
    whole = fitted(MLPRegressor, X, y, **{**params, "random_state": seed, "checkpoint": None})
    assert_same_weights(again, whole)
    assert seed_of(tmp_path / "another") != seed_of(tmp_path / "another")


def test_what_was_finished_is_taken_as_it_is(tmp_path, monkeypatch):
    X, y = table("numbers")
    params = {**EVERY_FOUR, "checkpoint": tmp_path / "training", "tol": 1.0, "max_iter": 60}
    first = MLPRegressor(**params).fit(X, y)
    monkeypatch.setattr(Training, "epoch", lambda training: pytest.fail("an epoch more"))
    assert_same_weights(MLPRegressor(**params).fit(X, y), first)


def test_a_process_that_is_killed_goes_on(tmp_path):
    path, root = tmp_path / "training", Path(__file__).parents[3]
    script = f"""
import os, sys, warnings
sys.path[:0] = [{str(root / "src")!r}, {str(root / "tests")!r}]
from estimators.mlp.alike import SMALL, table
from gridfold.estimators import MLPClassifier
from gridfold.estimators.mlp.checkpoint import Checkpoint
write = Checkpoint.write
def last_write(self, training):
    write(self, training)
    if training.n_epochs == 12:
        os._exit(9)
Checkpoint.write = last_write
MLPClassifier(**SMALL, checkpoint={str(path)!r}, checkpoint_every=4).fit(*table("classes"))
"""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert done.returncode == 9
    X, y = table("classes")
    again = fitted(MLPClassifier, X, y, checkpoint=path, checkpoint_every=4)
    assert_same_weights(again, fitted(MLPClassifier, X, y))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"hidden_layer_sizes": (8,)}, "hidden_layer_sizes"),
        ({"alpha": 0.1}, "alpha differs"),
        ({"random_state": 4}, "initial weights"),
        ({"max_iter": 26}, "max_iter differs"),
        ({"dropout": 0.1, "dtype": "float64"}, "dropout, dtype"),
    ],
)
def test_the_checkpoint_of_another_training_is_an_error(change, named, tmp_path):
    X, y = table("numbers")
    path = tmp_path / "training"
    fitted(MLPRegressor, X, y, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=f"another training: .*({named})"):
        fitted(MLPRegressor, X, y, checkpoint=path, **change)
    assert path.read_bytes() == before


def test_the_checkpoint_of_other_data_is_an_error(tmp_path):
    X, y = table("numbers")
    path = tmp_path / "training"
    fitted(MLPRegressor, X, y, checkpoint=path)
    with pytest.raises(CheckpointError, match="another training: X differs"):
        fitted(MLPRegressor, X + 1, y, checkpoint=path)
    with pytest.raises(CheckpointError, match="another training: y differs"):
        fitted(MLPRegressor, X, y + 1, checkpoint=path)
    with pytest.raises(CheckpointError, match="another training: row weights differs"):
        fitted(MLPRegressor, X, y, np.ones(len(X)), checkpoint=path)


def test_parameters_that_say_nothing_of_the_weights_may_differ(tmp_path, kill_in):
    X, y = table("numbers")
    path = tmp_path / "training"
    kill_in(9)
    with pytest.raises(Killed):
        MLPRegressor(**EVERY_FOUR, checkpoint=path).fit(X, y)
    again = fitted(MLPRegressor, X, y, checkpoint=str(path), checkpoint_every=7, device="cpu")
    assert_same_weights(again, fitted(MLPRegressor, X, y))


@pytest.mark.parametrize("content", [b"no checkpoint", b"PK\x03\x04 cut off"])
def test_another_file_is_an_error_and_stays(content, tmp_path):
    X, y = table("numbers")
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"notes\.txt is no checkpoint of an MLP"):
        fitted(MLPRegressor, X, y, checkpoint=path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("save", [np.save, np.savez])
def test_a_file_of_arrays_is_no_checkpoint(save, tmp_path):
    X, y = table("numbers")
    with (tmp_path / "arrays").open("wb") as file:
        save(file, X)
    with pytest.raises(CheckpointError, match="is no checkpoint of an MLP"):
        fitted(MLPRegressor, X, y, checkpoint=tmp_path / "arrays")


def test_the_order_in_memory_makes_no_other_data(tmp_path):
    X, y = table("numbers")
    first = fitted(MLPRegressor, X, y, checkpoint=tmp_path / "training")
    again = fitted(
        MLPRegressor,
        np.asfortranarray(X),
        y,
        checkpoint=tmp_path / "training",
        hidden_layer_sizes=list(SMALL["hidden_layer_sizes"]),
    )
    assert_same_weights(again, first)


def test_a_folder_that_is_not_there_is_told_before_training(tmp_path, monkeypatch):
    X, y = table("numbers")
    monkeypatch.setattr(Training, "epoch", lambda training: pytest.fail("trained"))
    with pytest.raises(WriteError, match="there is no folder"):
        fitted(MLPRegressor, X, y, checkpoint=tmp_path / "nowhere" / "training")


def test_a_full_disk_leaves_the_last_weights_and_the_last_checkpoint(tmp_path, monkeypatch):
    X, y = table("numbers")
    path = tmp_path / "training"
    write = Checkpoint.write

    def full(self, training):
        if training.n_epochs == 8:
            monkeypatch.setattr(files.os, "fsync", no_space)
        write(self, training)

    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Checkpoint, "write", full)
    model = MLPRegressor(**EVERY_FOUR, checkpoint=path)
    with pytest.raises(WriteError, match="No space left on device"):
        model.fit(X, y)
    monkeypatch.undo()
    assert model.n_iter_ == 8
    whole = fitted(MLPRegressor, X, y)
    assert model.loss_curve_ == whole.loss_curve_[:8]
    assert_array_equal(model.predict(X), fitted(MLPRegressor, X, y, max_iter=8).predict(X))
    assert_same_weights(fitted(MLPRegressor, X, y, **EVERY_FOUR, checkpoint=path), whole)
    assert [file.name for file in tmp_path.iterdir()] == ["training"]


def test_ctrl_c_keeps_the_weights_and_the_checkpoint(tmp_path, monkeypatch):
    X, y = table("numbers")
    params = {**EVERY_FOUR, "checkpoint": tmp_path / "training"}
    epoch = Training.epoch

    def interrupted(training):
        if training.n_epochs == 10:
            raise KeyboardInterrupt
        epoch(training)

    monkeypatch.setattr(Training, "epoch", interrupted)
    model = MLPRegressor(**params)
    with pytest.warns(UserWarning, match=r"Training interrupted by user\."):
        model.fit(X, y)
    assert model.n_iter_ == 10
    monkeypatch.undo()
    assert_array_equal(model.predict(X), fitted(MLPRegressor, X, y, max_iter=10).predict(X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        assert_same_weights(model.fit(X, y), fitted(MLPRegressor, X, y))


def test_a_full_batch_has_no_checkpoint(tmp_path):
    X, y = table("numbers")
    with pytest.raises(ValueError, match=r"solver='lbfgs' has no minibatches.*checkpoint"):
        MLPRegressor(solver="lbfgs", checkpoint=tmp_path / "training").fit(X, y)
