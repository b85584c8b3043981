"""Dropout masks: their rates, and that each model has its own."""

from __future__ import annotations

import numpy as np
import pytest

from gridfold.estimators.arrays import HOST, place_of
from gridfold.estimators.mlp.engine.streams import CounterStreams, HostStreams, streams_at


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


def test_epochs_steps_and_masks_of_a_step_differ(kind):
    streams, rate = make(kind, [1]), np.array([0.5])
    masks = []
    for _ in range(2):
        streams.next_epoch()
        for _ in range(2):
            streams.next_step()
            masks += [streams.keep((40, 30), rate).ravel() for _ in range(2)]
    correlations = np.corrcoef(masks) - np.eye(8)
    assert abs(correlations).max() < 0.12


def test_a_model_draws_the_same_masks_alone(kind):
    rates = np.array([0.2, 0.5, 0.7])
    together, alone = make(kind, [5, 6, 7]), make(kind, [6])
    for n_rows, n_alone in ((9, 9), (9, 4), (9, None), (9, 9)):
        if n_rows == 9 and n_alone == 9:
            together.next_epoch()
            alone.next_epoch()
        together.next_step()
        masks = [together.keep((n_rows, 4), rates)[1:2] for _ in range(2)]
        if n_alone is not None:  # a batch that is not full is the last of its epoch
            alone.next_step()
            for mask in masks:
                own = alone.keep((n_alone, 4), rates[1:2])
                np.testing.assert_array_equal(mask[:, :n_alone], own)
    together.take([1])
    for streams in (together, alone):
        streams.next_epoch()
        streams.next_step()
    np.testing.assert_array_equal(together.keep((9, 4), rates[1:2]), alone.keep((9, 4), rates[1:2]))


def test_a_snapshot_is_gone_on_from(kind):
    rate = np.array([0.5])
    streams, other = make(kind, [3]), make(kind, [3])
    streams.next_epoch()
    streams.keep((5, 5), rate)
    other.restore(streams.snapshot())
    masks = []
    for each in (streams, other):
        each.next_epoch()
        each.next_step()
        masks.append(each.keep((5, 5), rate))
    np.testing.assert_array_equal(*masks)


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
