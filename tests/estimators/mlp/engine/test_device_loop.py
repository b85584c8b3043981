"""Epochs on a device: the numbers of the host's loop, in steps that a CUDA graph could replay."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gridfold.estimators import arrays
from gridfold.estimators.arrays import Place, to_numpy
from gridfold.estimators.mlp.engine.activations import ACTIVATIONS, parametric
from gridfold.estimators.mlp.engine.layers import (
    batch_norm,
    dropout,
    layer_norm,
    linear,
    ntk_linear,
)
from gridfold.estimators.mlp.engine.losses import LOSSES
from gridfold.estimators.mlp.engine.network import Layer, Network
from gridfold.estimators.mlp.engine.optimizers import RULES
from gridfold.estimators.mlp.engine.stopping import Stopping
from gridfold.estimators.mlp.engine.training import Training
from gridfold.estimators.mlp.realmlp.members import member_loss
from gridfold.estimators.mlp.realmlp.network import build_network
from gridfold.estimators.replay import Capturable

from ..realmlp.test_network import ARCHITECTURES, inputs_for
from .problems import N_FEATURES, N_SAMPLES, problem, rows

FOLDS = [np.setdiff1d(np.arange(N_SAMPLES), np.arange(0, k)) for k in (0, 9, 11)]
UNEQUAL = [np.arange(N_SAMPLES), np.arange(15), np.arange(41)]
CASES = {
    "plain": {},
    "folds": {"trained_on": FOLDS},
    "rows of very different number": {"trained_on": UNEQUAL},
    "last batch dropped": {"trained_on": FOLDS, "drop_last": True},
    "fewer rows than a batch": {"trained_on": UNEQUAL, "batch_size": 200},
    "sgd": {"rule": RULES["sgd"], "trained_on": UNEQUAL},
    "torch's epsilon": {
        "rule": replace(RULES["adam"], corrected_epsilon=True),
        "trained_on": UNEQUAL,
    },
    "stopped at different epochs": {"stopping": Stopping(tol=0.06, patience=0)},
}


def close(one, other, rtol=1e-11):
    np.testing.assert_allclose(one, other, rtol=rtol, atol=rtol)


def weights(training, i):
    return to_numpy(training.results[i][0])


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_the_numbers_are_those_of_the_host(name, weighted, foreign):
    expected = Training(problem(table=rows(weighted=weighted), **CASES[name])).run()
    table = rows(foreign.put, weighted=weighted)
    training = Training(problem(table=table, **CASES[name])).run()
    for i in range(3):
        assert foreign.owns(training.results[i][0])
        close(weights(training, i), weights(expected, i))
        close(training.progress[i].loss_curve, expected.progress[i].loss_curve)


@pytest.mark.parametrize("name", ["folds", "rows of very different number", "sgd"])
def test_models_with_dropout_are_trained_as_if_alone(name, foreign):
    def make():
        return problem(table=rows(foreign.put), drops=True, **CASES[name])

    together = Training(make()).run()
    for i in range(3):
        alone = Training(make().take([i])).run()
        close(weights(together, i), weights(alone, 0))
    without = Training(problem(table=rows(foreign.put), **CASES[name])).run()
    assert (weights(together, 0) == weights(without, 0)).all()  # its rate is 0
    assert (weights(together, 2) != weights(without, 2)).any()


def test_all_steps_are_alike(foreign):
    training = Training(problem(table=rows(foreign.put), trained_on=UNEQUAL))
    seen = []
    step = training._step

    def watched(batch, rates, dropout, active):
        seen.append([a.shape for a in (batch.rows, batch.weight, batch.sums, rates, active)])
        return step(batch, rates, dropout, active)

    training._step = watched
    training.run(2)
    assert len(seen) == 2 * 5
    assert all(shapes == seen[0] for shapes in seen)
    assert seen[0] == [(3, 20), (3, 20), (3,), (3, 3, 1), (3,)]


def test_arrays_stay_where_they_are_from_epoch_to_epoch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    training = Training(problem(table=rows(torch.asarray), drops=True))
    training.epoch()
    loop = training.device_loop
    held = (training.flat, *training.state, loop.numbers, loop.table, loop.at, loop.total)
    places = [array.data_ptr() for array in held]
    training.epoch()
    assert training.device_loop is loop
    assert [array.data_ptr() for array in held] == places
    training.drop([1])
    training.epoch()
    assert training.device_loop is not loop  # other shapes: another graph


@pytest.fixture
def no_waiting(monkeypatch):
    """A check that what is done on PyTorch tensors neither waits nor brings numbers from here."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch.utils._python_dispatch import TorchDispatchMode

    waiting = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "_to_cpu")

    class NoWaiting(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if any(name in str(func) for name in waiting):
                raise AssertionError(f"{func} waits for the device")
            return func(*args, **(kwargs or {}))

    def put(place, array, dtype=None):
        if isinstance(array, np.ndarray):
            raise AssertionError("numbers from the host")
        return original(place, array, dtype)

    original = Place.put
    stream = SimpleNamespace(ptr=0, is_capturing=lambda: True)
    cuda = SimpleNamespace(get_current_stream=lambda: stream)
    cublas = SimpleNamespace(matmul=lambda A, B, stream, xp: xp.matmul(A, B))

    def checked(training):
        """Train for an epoch, with checks from the first step to the last."""
        xp = Capturable(training.xp, cublas, cuda)
        training.epoch()
        training.xp = training.device_loop.xp = xp
        fill = training.device_loop._fill

        def fill_unchecked(*args):
            training.device_loop.xp = training.problem.rows.place.xp
            fill(*args)
            training.device_loop.xp = xp

        monkeypatch.setattr(training.device_loop, "_fill", fill_unchecked)
        one = training.device_loop._one

        def one_checked():
            with NoWaiting(), monkeypatch.context() as patched:
                patched.setattr(Place, "put", put)
                one()

        training.device_loop.replay = one_checked
        training._steps(*epoch_of(training))

    assert torch.ones(1).item() == 1.0
    with pytest.raises(AssertionError, match="waits for the device"), NoWaiting():
        torch.ones(1).item()
    return checked


def epoch_of(training):
    """The batches and the table of the next epoch."""
    from gridfold.estimators.mlp.engine.batches import Batches
    from gridfold.estimators.mlp.engine.steps import StepTable

    active = training.active
    orders = [order.next_epoch() for order in active.orders]
    batches = Batches(active.rows, orders, active.recipe.batch_size, drop_last=False)
    return batches, StepTable.of(
        active.recipe, training._progress(), training.n_updates, batches.sizes
    )


CAPTURED = "activations", "descent", "embeddings", "layers", "losses", "network", "training"


def layered(activation):
    """A network with every kind of layer in use, and one activation."""
    dense = ((N_FEATURES, 6), (6,)), ("weight", "bias")
    norm = ((6,), (6,)), ("scale", "bias")
    return Network(
        (
            Layer(partial(linear, input_gradient=False), *dense),
            Layer(layer_norm, *norm),
            Layer(ACTIVATIONS[activation]),
            Layer(dropout, contextual=True),
            Layer(ntk_linear, ((6, 6), (6,)), ("weight", "bias")),
            Layer(
                partial(batch_norm, name="norm"),
                *norm,
                contextual=True,
                buffers={"norm.mean": ((6,), 0.0), "norm.variance": ((6,), 1.0)},
            ),
            Layer(parametric(ACTIVATIONS[activation]), ((6,),), ("activation",)),
            Layer(linear, ((6, 2), (2,)), ("weight", "bias")),
        )
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_step_never_waits_for_the_device(activation, no_waiting):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    net = layered(activation)
    table = rows(torch.asarray, weighted=True)
    table = replace(table, y=torch.cat([table.y, -table.y], dim=1))
    base = problem(table=table, drops=True, trained_on=UNEQUAL)
    start = torch.asarray(0.3 * np.random.RandomState(1).standard_normal((3, net.n_weights)))
    no_waiting(Training(replace(base, network=net, start=start)))


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_never_wait_for_the_device(loss, no_waiting):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    table = rows(torch.asarray)
    table = replace(table, y=(table.y > 0).to(torch.float64))
    pinball = partial(LOSSES["pinball"], levels=torch.asarray([0.3], dtype=torch.float64))
    smoothing = np.array([0.0, 0.1, 0.2]) if "log_loss" in loss else None
    function = LOSSES[loss] if loss != "pinball" else pinball
    base = problem(table=table, loss=function, smoothing=smoothing, trained_on=FOLDS)
    no_waiting(Training(base))


@pytest.mark.parametrize("name", ["td-s", "td", "categories only", "members"])
def test_networks_of_realmlp_never_wait_for_the_device(name, no_waiting):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    architecture = replace(ARCHITECTURES[name], drops=True)
    net = build_network(architecture)
    inputs = inputs_for(architecture, n_rows=N_SAMPLES)
    inputs = tuple(each[0] for each in (inputs if isinstance(inputs, tuple) else (inputs,)))
    labels = np.eye(3)[np.random.RandomState(0).randint(3, size=N_SAMPLES)]
    table = replace(
        rows(torch.asarray),
        inputs=tuple(torch.asarray(each) for each in inputs),
        y=torch.asarray(labels),
    )
    loss = member_loss(LOSSES["log_loss"], architecture.n_members)
    base = problem(
        table=table, drops=True, trained_on=FOLDS, loss=loss, smoothing=np.array([0.0, 0.1, 0.2])
    )
    start = torch.asarray(0.3 * np.random.RandomState(1).standard_normal((3, net.n_weights)))
    no_waiting(Training(replace(base, network=net, start=start)))


def test_products_are_functions_of_the_namespace():
    """CuPy's operator `@` cannot be captured; `matmul` of `arrays.capturable` can."""
    folder = Path(arrays.__file__).parent / "mlp"
    faults = [
        f"{name}.py:{node.lineno}"
        for name in (*(f"engine/{name}" for name in CAPTURED), "realmlp/layers", "realmlp/members")
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
    ]
    assert not faults
