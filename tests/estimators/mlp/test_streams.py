"""Dropout masks: their rates, and that each model has its own."""

from __future__ import annotations

import numpy as np
import pytest

from gridfold.estimators.arrays import HOST, place_of
from gridfold.estimators.mlp.streams import CounterStreams, HostStreams, streams_at


def make(kind, seeds, dtype=np.float32):
    return HostStreams(seeds, dtype) if kind == "host" else CounterStreams(seeds, HOST, dtype)


@pytest.fixture(params=["host", "counter"])
def kind(request):
    return request.param


def test_the_share_of_zeros_is_the_rate(kind):
    rates = np.array([0.0, 0.15, 0.5, 0.9])
    mask = make(kind, [1, 2, 3, 4]).keep((200, 300), rates)
    assert mask.shape == (4, 200, 300)
    assert mask.dtype == np.float32
    assert set(np.unique(mask)) == {0, 1}
    np.testing.assert_allclose(1 - mask.mean(axis=(1, 2)), rates, atol=0.01)
    assert mask[0].all()


def test_masks_have_no_visible_pattern(kind):
    streams = make(kind, [1, 2])
    rate = np.array([0.5, 0.5])
    first, second = streams.keep((400, 50), rate), streams.keep((400, 50), rate)
    pairs = [(first[0], first[1]), (first, second), (first[:, 1:], first[:, :-1])]
    pairs.append((first[:, :, 1:], first[:, :, :-1]))
    for a, b in pairs:
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 0.03


def test_a_model_draws_the_same_masks_alone(kind):
    rates = np.array([0.2, 0.5, 0.7])
    together, alone = make(kind, [5, 6, 7]), make(kind, [6])
    for _ in range(2):
        np.testing.assert_array_equal(
            together.keep((9, 4), rates)[1:2], alone.keep((9, 4), rates[1:2])
        )
    together.take([1])
    np.testing.assert_array_equal(together.keep((9, 4), rates[1:2]), alone.keep((9, 4), rates[1:2]))


def test_a_snapshot_is_gone_on_from(kind):
    rate = np.array([0.5])
    streams = make(kind, [3])
    streams.keep((5, 5), rate)
    saved = streams.snapshot()
    expected = streams.keep((5, 5), rate)
    other = make(kind, [3])
    other.restore(saved)
    np.testing.assert_array_equal(other.keep((5, 5), rate), expected)


def test_counters_give_the_same_masks_in_every_library(foreign):
    place = place_of(foreign.put([0.0]))
    streams = streams_at(place, [1, 2**40 + 1], foreign.put(np.zeros(1, np.float32)).dtype)
    assert isinstance(streams, CounterStreams)
    rates = np.array([0.3, 0.6])
    mask = streams.keep((30, 7), rates)
    assert foreign.owns(mask)
    np.testing.assert_array_equal(
        foreign.host(mask), CounterStreams([1, 1], HOST, np.float32).keep((30, 7), rates)
    )
