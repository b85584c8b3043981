"""Schedules: values at known times, and PyTorch's one-cycle policy."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from gridfold.estimators.mlp.engine.schedules import SCHEDULES

TIMES = np.linspace(0, 1, 1000, endpoint=False)


@pytest.mark.parametrize("name", SCHEDULES)
def test_factors_are_elementwise_float64_and_in_range(name):
    schedule = SCHEDULES[name]
    table = schedule(TIMES.reshape(100, 10))
    assert table.shape == (100, 10) and table.dtype == np.float64
    assert table.min() >= 0 and table.max() <= 1
    assert_array_equal(table.ravel(), [float(schedule(np.asarray(t))) for t in TIMES])


def test_constant():
    assert_array_equal(SCHEDULES["constant"](np.asarray([0, 0.5])), [1.0, 1.0])


def test_step():
    found = SCHEDULES["step"](np.asarray([0, 0.49, 0.5, 0.74, 0.75, 0.99]))
    assert_array_equal(found, [1, 1, 0.1, 0.1, 0.01, 0.01])


def test_one_cycle_is_that_of_torch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    n_steps = 1000
    theirs = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, n_steps, cycle_momentum=False)
    expected = []
    for _ in range(n_steps):
        expected.append(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()
    # PyTorch ends each part one step early: its times are off by a step in 300.
    assert_allclose(SCHEDULES["one_cycle"](TIMES), expected, atol=6e-3)
    corners = SCHEDULES["one_cycle"](np.asarray([0, 0.15, 0.3, 0.65]))
    assert_allclose(corners, [1 / 25, (1 + 1 / 25) / 2, 1, (1 + 1 / 250_000) / 2], rtol=1e-12)


def test_flat_cos():
    found = SCHEDULES["flat_cos"](np.asarray([0, 0.3, 0.5, 0.625, 0.75, 1.0]))
    assert_allclose(found, [1, 1, 1, 0.5 * (1 + 0.5**0.5), 0.5, 0], atol=1e-15)


def test_coslog4_has_four_cycles_each_longer():
    found = SCHEDULES["coslog4"](TIMES)
    peaks = TIMES[1:-1][(found[1:-1] > found[:-2]) & (found[1:-1] > found[2:])]
    assert_allclose(peaks, (2 ** np.array([0.5, 1.5, 2.5, 3.5]) - 1) / 15, atol=2e-3)
    ends = SCHEDULES["coslog4"]((2 ** np.arange(5.0) - 1) / 15)
    assert_allclose(ends, np.zeros(5), atol=1e-15)
