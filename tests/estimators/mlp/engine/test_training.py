"""Training: scikit-learn's numbers, and every model as if it were alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.neural_network import MLPRegressor

from gridfold.estimators.arrays import HOST
from gridfold.estimators.mlp.engine.optimizers import RULES
from gridfold.estimators.mlp.engine.snapshot import restore, snapshot
from gridfold.estimators.mlp.engine.stopping import Stopping
from gridfold.estimators.mlp.engine.training import Training

from .problems import N_FEATURES, N_SAMPLES, problem, rows, with_validation


def close(one, other, rtol=1e-11):
    np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol)


def host(training, i):
    from gridfold.estimators.arrays import to_numpy

    return to_numpy(training.results[i][0])


FOLDS = [np.setdiff1d(np.arange(N_SAMPLES), np.arange(0, k)) for k in (0, 9, 11)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"trained_on": FOLDS},
        {"trained_on": [np.arange(N_SAMPLES), np.arange(15), np.arange(41)]},
        {"trained_on": FOLDS, "drop_last": True},
        {"table": rows(weighted=True), "trained_on": FOLDS},
        {"drops": True},
        {"drops": True, "trained_on": FOLDS},
        {"rule": RULES["sgd"]},
        {"rule": RULES["rmsprop"], "trained_on": FOLDS},
        {"rule": replace(RULES["adam"], corrected_epsilon=True), "trained_on": FOLDS},
        {"stopping": Stopping(tol=0.06, patience=0)},
    ],
    ids=[
        "plain",
        "folds",
        "rows of very different number",
        "last batch dropped",
        "weights",
        "dropout",
        "dropout on folds",
        "sgd",
        "rmsprop",
        "torch's epsilon",
        "stopped at different epochs",
    ],
)
def test_a_model_is_trained_as_if_it_were_alone(changes):
    together = Training(problem(**changes)).run()
    if "stopping" in changes:
        assert len({progress.n_epochs for progress in together.progress}) > 1
    for i in range(3):
        alone = Training(problem(**changes).take([i])).run()
        close(host(together, i), host(alone, 0))
        close(together.progress[i].loss_curve, alone.progress[0].loss_curve)
        assert together.progress[i].n_epochs == alone.progress[0].n_epochs


def test_float32_models_are_alone_to_rounding():
    table = rows(dtype=np.float32)
    together = Training(problem(table=table, trained_on=FOLDS)).run()
    for i in range(3):
        alone = Training(problem(table=table, trained_on=FOLDS).take([i])).run()
        assert host(together, i).dtype == np.float32
        close(host(together, i), host(alone, 0), rtol=2e-5)


def test_every_library_trains_alike(foreign):
    expected = Training(problem(trained_on=FOLDS)).run()
    training = Training(problem(table=rows(foreign.put), trained_on=FOLDS)).run()
    for i in range(3):
        assert foreign.owns(training.results[i][0])
        close(host(training, i), host(expected, i))


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_loss_curve_is_scikit_learns(solver, weighted):
    table = rows(weighted=weighted)
    X, y = table.inputs[0], table.y[:, 0]
    plain = MLPRegressor(
        hidden_layer_sizes=5,
        activation="tanh",
        solver=solver,
        alpha=0.3,
        batch_size=20,
        learning_rate_init=0.01,
        max_iter=6,
        random_state=3,
        n_iter_no_change=100,
    )
    with pytest.warns(match="Maximum iterations"):
        plain.fit(X, y, sample_weight=table.weight)
    base = problem(1, table=table, rule=RULES[solver], rate_factors={}, decay_factors={})
    random_state = np.random.RandomState(3)
    parts = []
    for n_in, n_out in ((N_FEATURES, 5), (5, 1)):
        bound = np.sqrt(6 / (n_in + n_out))
        shapes = ((1, n_in, n_out), (1, n_out))
        parts += [[random_state.uniform(-bound, bound, shape) for shape in shapes], []]
    base.orders[0].random_state = random_state
    recipe = replace(base.recipe, rate=np.array([0.01]), penalty=np.array([0.3]))
    start = base.network.join(parts[:-1], HOST.xp)
    training = Training(replace(base, recipe=recipe, start=start)).run()
    close(training.progress[0].loss_curve, plain.loss_curve_, rtol=1e-13)
    coefs = base.network.split(training.results[0][0][None, :], HOST.xp)
    close(coefs[0][0][0], plain.coefs_[0], rtol=1e-12)
    close(coefs[2][1][0], plain.intercepts_[1], rtol=1e-12)


def test_the_best_epoch_by_validation_is_kept():
    base = with_validation(problem(stopping=Stopping("score", patience=np.inf)), np.arange(15))
    kept = Training(replace(base, stopping=Stopping("score", patience=np.inf, keep_best=True)))
    seen = [[], [], []]

    def watch(training):
        for j, i in enumerate(training.models):
            seen[i].append(training.flat[j].copy())

    kept.run(after_epoch=watch)
    for i, progress in enumerate(kept.progress):
        best = int(np.argmax(progress.scores))
        assert progress.best_epoch == best + 1
        assert progress.best_score == max(progress.scores)
        np.testing.assert_array_equal(kept.results[i][0], seen[i][best])


def test_a_loss_that_is_not_finite_stops_its_model_alone():
    base = problem(rule=RULES["sgd"], rate=np.array([0.01, 1e250, 0.01]))
    with np.errstate(all="ignore"):
        training = Training(base).run()
    assert [progress.stopped for progress in training.progress] == [None, "error", None]
    start = base.start[1]
    assert np.isfinite(training.results[1][0]).all()
    assert training.progress[1].n_epochs == 0
    state, n_updates = training.states[1]
    assert n_updates == 0
    assert not any(part.any() for part in state)
    np.testing.assert_array_equal(training.results[1][0], start)
    good = problem(rule=RULES["sgd"], rate=np.full(3, 0.01))
    alone = Training(good.take([2])).run()
    close(training.results[2][0], alone.results[0][0])


@pytest.mark.parametrize("drops", [False, True])
def test_a_training_goes_on_from_a_snapshot(drops):
    def make():
        stopping = Stopping("score", tol=0.03, patience=0, keep_best=True)
        return with_validation(problem(drops=drops, stopping=stopping), np.arange(30))

    whole, saved = Training(make()), []
    whole.run(after_epoch=lambda training: saved.append(snapshot(training)))
    assert len({progress.n_epochs for progress in whole.progress}) > 1
    for state in saved[:-1]:
        rest = Training(make())
        restore(rest, state)
        rest.run()
        assert [p.loss_curve for p in rest.progress] == [p.loss_curve for p in whole.progress]
        for i in range(3):
            np.testing.assert_array_equal(rest.results[i][0], whole.results[i][0])


def test_epochs_can_be_driven_one_by_one():
    whole, steps = Training(problem()).run(), Training(problem())
    for _ in range(6):
        steps.epoch()
    steps.finish()
    for i in range(3):
        np.testing.assert_array_equal(steps.results[i][0], whole.results[i][0])


def test_the_start_and_the_data_are_not_changed():
    base = problem(drops=True)
    before = [base.start.copy(), base.rows.inputs[0].copy(), base.rows.y.copy()]
    Training(base).run()
    for array, copy in zip([base.start, base.rows.inputs[0], base.rows.y], before, strict=True):
        np.testing.assert_array_equal(array, copy)
