"""What only a GPU can show of the MLP: captured steps, no waiting, fused kernels, memory."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gridfold.estimators import MLPClassifier, MLPRegressor, config_context
from gridfold.estimators.arrays import (
    capturable,
    find_place,
    fused,
    release_memory,
    to_numpy,
)
from gridfold.estimators.mlp.engine import chunks
from gridfold.estimators.mlp.engine.activations import ACTIVATIONS
from gridfold.estimators.mlp.engine.chunks import train_all
from gridfold.estimators.mlp.engine.device_loop import DeviceLoop
from gridfold.estimators.mlp.engine.training import Training
from gridfold.estimators.replay import Replay

from ...test_cublas import PAIRS
from .problems import N_SAMPLES, network, problem, rows
from .test_device_loop import CASES, layered

pytestmark = pytest.mark.gpu


@pytest.fixture
def cupy():
    """CuPy, where there is a GPU."""
    found = pytest.importorskip("cupy", reason="CuPy is not installed")
    try:
        n_devices = found.cuda.runtime.getDeviceCount()
    except found.cuda.runtime.CUDARuntimeError:
        n_devices = 0
    if not n_devices:
        pytest.skip("no CUDA device")
    with config_context(cuda_graphs=True):
        yield found


@pytest.mark.parametrize("name", CASES)
def test_without_graphs_the_numbers_are_those_of_the_host(name, cupy):
    with config_context(cuda_graphs=False):
        found = Training(problem(table=rows(cupy.asarray), **CASES[name])).run()
    expected = Training(problem(**CASES[name])).run()
    for i in range(3):
        assert_allclose(
            to_numpy(found.results[i][0]), expected.results[i][0], rtol=1e-9, atol=1e-11
        )


def captured(training):
    """The loop's replay, which must have a graph by now."""
    replay = training.device_loop.replay
    assert isinstance(replay, Replay)
    assert replay.problem is None
    assert replay._graph is not None
    return replay


@pytest.mark.parametrize("name", PAIRS)
def test_products_are_those_of_cupy(name, cupy):
    xp = capturable(find_place("cuda", None))
    A, B = (cupy.asarray(np.ascontiguousarray(each)) for each in PAIRS[name])
    tight = {"rtol": 1e-5} if A.dtype == np.float32 else {"rtol": 1e-12}
    assert_allclose(to_numpy(xp.matmul(A, B)), to_numpy(cupy.matmul(A, B)), **tight)
    A, B = (cupy.swapaxes(each, -1, -2) for each in (B, A))
    assert_allclose(to_numpy(xp.matmul(A, B)), to_numpy(cupy.matmul(A, B)), **tight)


@pytest.mark.parametrize("drops", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_steps_are_captured_and_the_numbers_are_those_of_other_libraries(name, drops, cupy):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    trainings = [
        Training(problem(table=rows(put), drops=drops, n_epochs=12, **CASES[name]))
        for put in (torch.asarray, cupy.asarray)
    ]
    for _ in range(4):
        for training in trainings:
            training.epoch()
    captured(trainings[1])
    expected, found = (training.run() for training in trainings)
    for i in range(3):
        one, other = (to_numpy(training.results[i][0]) for training in (found, expected))
        assert_allclose(one, other, rtol=1e-9, atol=1e-11)
        assert_allclose(found.progress[i].loss_curve, expected.progress[i].loss_curve, rtol=1e-9)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_step_with_any_layer_can_be_captured(activation, cupy):
    """What waits for the device, or takes numbers from the host, cannot."""
    net = layered(activation)
    table = rows(cupy.asarray, weighted=True)
    table = replace(table, y=cupy.concatenate([table.y, -table.y], axis=1))
    start = cupy.asarray(0.3 * np.random.RandomState(1).standard_normal((3, net.n_weights)))
    base = replace(problem(table=table, drops=True), network=net, start=start)
    replaying, calling = Training(base), Training(base.take([0, 1, 2]))
    calling._steps = lambda batches, table: called(calling, batches, table)
    for training in (replaying, calling):
        for order in base.orders:
            order.restore({"positions": np.arange(N_SAMPLES), "random_state": SHUFFLES})
        training.epoch()
        training.epoch()
    captured(replaying)
    assert_allclose(to_numpy(replaying.flat), to_numpy(calling.flat), rtol=1e-9, atol=1e-11)


SHUFFLES = np.random.RandomState(0).get_state()


def called(training, batches, table):
    """An epoch by calls of the step, without a graph."""
    if training.device_loop is None:
        training.device_loop = DeviceLoop(
            training._step, training.active, batches.sizes, training.xp
        )
        training.device_loop.replay = training.device_loop._one
    return training.device_loop.run(batches, table)


def test_memory_of_a_graph_is_nobody_elses(cupy):
    def train(between):
        training = Training(problem(table=rows(cupy.asarray), drops=True, n_epochs=8))
        for _ in range(8):
            training.epoch()
            between()
        captured(training)
        return to_numpy(training.flat)

    def litter():
        for size in (10, 100, 1_000, 10_000, 100_000):
            for _ in range(50):
                cupy.full(size, np.nan)

    assert_array_equal(train(litter), train(lambda: None))


def test_masks_of_replayed_steps_differ(cupy):
    training = Training(problem(table=rows(cupy.asarray), drops=True))
    losses = []
    training.epoch()
    replay, loop = captured(training), training.device_loop
    weights, state = training.flat.copy(), [part.copy() for part in training.state]
    for _ in range(3):  # the same step from the same weights
        training.flat[...] = weights
        for part, before in zip(training.state, state, strict=True):
            part[...] = before
        loop.at[...] = 0
        loop.total[...] = 0.0
        replay()
        losses.append(to_numpy(loop.total).copy())
    assert losses[0][0] == losses[1][0] == losses[2][0]  # its rate is 0
    assert len({losses[i][2] for i in range(3)}) == 3


def test_a_step_that_cannot_be_captured_is_called_and_says_so(cupy, caplog):
    place = find_place("cuda", None)
    total = cupy.zeros(1)

    def step():
        nonlocal total
        total += float(total[0]) * 0 + 1  # waits for the device

    replay = Replay(step, cupy.cuda, place.device)
    with caplog.at_level("INFO", logger="gridfold"):
        for _ in range(Replay.warm_up + 3):
            replay()
    assert float(total[0]) == Replay.warm_up + 3
    assert replay.problem is not None and "not captured" in caplog.text


def test_fused_functions_are_one_kernel(cupy):
    place = find_place("cuda", None)
    xp = capturable(place)

    def function(X, Y):
        X *= Y
        return xp.exp(X) + 1.0

    X, Y = cupy.asarray([[1.0, 2.0]]), cupy.asarray([[3.0]])
    assert type(fused(function, xp)).__name__ == "Fusion"
    assert_allclose(to_numpy(fused(function, xp)(X, Y)), np.exp([[3.0, 6.0]]) + 1)
    assert_allclose(to_numpy(X), [[3.0, 6.0]])


def test_where_memory_runs_out_the_batch_is_halved(cupy, monkeypatch):
    sizes, n_models, net = [], 64, network(hidden=2_000)
    start = 0.01 * np.random.RandomState(0).standard_normal((n_models, net.n_weights))

    def train():
        base = problem(
            n_models, table=rows(cupy.asarray), n_epochs=2, rate=np.full(n_models, 0.001)
        )
        return train_all(replace(base, network=net, start=cupy.asarray(start)))

    def watched(part):
        sizes.append(len(part))
        return Training(part)

    monkeypatch.setattr(chunks, "Training", watched)
    expected = train()
    assert sizes == [n_models]
    release_memory()
    pool = cupy.get_default_memory_pool()
    # Weights, moments, copies and activations are some ten arrays of this size.
    pool.set_limit(size=pool.total_bytes() + 5 * start.nbytes)
    try:
        found = train()
    finally:
        pool.set_limit(size=0)
    assert len(sizes) > 2 and min(sizes) < n_models
    for one, other in zip(found, expected, strict=True):
        assert_allclose(to_numpy(one.flat), to_numpy(other.flat), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("cls", [MLPClassifier, MLPRegressor])
def test_estimators_learn_the_same_on_the_device(cls, cupy):
    table = rows()
    X, y = table.inputs[0], table.y[:, 0]
    y = y > 0 if cls is MLPClassifier else y
    options = {"hidden_layer_sizes": (16, 16), "max_iter": 20, "n_iter_no_change": 20}
    here, there = (
        cls(**options, dtype="float64", random_state=0, device=device) for device in ("cpu", "cuda")
    )
    for model in (here, there):
        with pytest.warns(match="Maximum iterations"):
            model.fit(X, y)
    assert_allclose(there.loss_curve_, here.loss_curve_, rtol=1e-8)
    assert_array_equal(there.predict(X) > 0.5, here.predict(X) > 0.5)
    assert isinstance(there.predict(cupy.asarray(X)), cupy.ndarray)
    loaded = pickle.loads(pickle.dumps(there))
    assert all(isinstance(coef, np.ndarray) for coef in loaded.coefs_)
    assert_allclose(loaded.predict(X), to_numpy(there.predict(X)), rtol=1e-8)
    assert len(X) == N_SAMPLES
