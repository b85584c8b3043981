"""When a step is called, captured and launched, by a stand-in for CuPy's streams and graphs."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import numpy as np
import pytest

from gridfold.estimators.arrays import capturable, fused, place_of, release_memory, replayed
from gridfold.estimators.replay import Capturable, Replay


class Stream:
    """What happens on a stream, as words in a log; a graph is what was done in its capture."""

    def __init__(self, log, broken=False):
        self.log, self.broken, self.capturing = log, broken, False

    def __enter__(self):
        self.log.append("in")

    def __exit__(self, *error):
        self.log.append("out")

    def synchronize(self):
        self.log.append("wait")

    def begin_capture(self):
        assert not self.capturing
        self.capturing = True

    def end_capture(self):
        assert self.capturing
        self.capturing = False
        if self.broken:
            raise RuntimeError("cudaErrorStreamCaptureInvalidated")
        return SimpleNamespace(launch=lambda: self.log.append("launch"))


@pytest.fixture
def cuda():
    log = []

    @contextmanager
    def using_allocator(malloc):
        assert malloc == "private"
        log.append("pool")
        yield
        log.append("pool left")

    module = SimpleNamespace(
        log=log,
        streams=[],
        MemoryPool=lambda: SimpleNamespace(malloc="private"),
        get_current_stream=lambda: SimpleNamespace(synchronize=lambda: None, ptr=7),
        using_allocator=using_allocator,
    )

    def make(non_blocking):
        assert non_blocking
        module.streams.append(Stream(log))
        return module.streams[0]

    module.Stream = make
    return module


def words(log):
    return [word for word in log if word in ("step", "launch")]


def test_a_step_is_called_then_captured_then_launched(cuda):
    replay = Replay(lambda: cuda.log.append("step"), cuda, nullcontext())
    for _ in range(Replay.warm_up):
        replay()
    assert words(cuda.log) == ["step"] * Replay.warm_up
    assert cuda.log[:6] == ["in", "pool", "step", "pool left", "out", "wait"]
    del cuda.log[:]
    replay()  # the capture does nothing: what it holds is launched
    assert cuda.log == ["in", "pool", "step", "pool left", "out", "wait", "launch"]
    replay()
    assert cuda.log[-1] == "launch" and words(cuda.log) == ["step", "launch", "launch"]
    assert replay.problem is None


def forbidden(cuda, error):
    def step():
        cuda.log.append("step")
        if cuda.streams[0].capturing:
            raise error

    return Replay(step, cuda, nullcontext())


def test_a_step_that_cannot_be_captured_is_called_and_says_so(cuda, caplog):
    replay = forbidden(cuda, NotImplementedError("calling cuBLAS is currently unsupported"))
    with caplog.at_level(logging.INFO, logger="gridfold"):
        for _ in range(Replay.warm_up + 3):
            replay()
    assert replay.problem == "calling cuBLAS is currently unsupported"
    assert "not captured in a CUDA graph: calling cuBLAS" in caplog.text
    # Each call did the step once; the capture, which did nothing, tried once more.
    assert words(cuda.log) == ["step"] * (Replay.warm_up + 4)
    assert not cuda.streams[0].capturing


def test_a_capture_that_cuda_calls_invalid_is_a_problem_too(cuda):
    replay = Replay(lambda: cuda.log.append("step"), cuda, nullcontext())
    cuda.streams[0].broken = True
    for _ in range(Replay.warm_up + 2):
        replay()
    assert replay.problem == "cudaErrorStreamCaptureInvalidated"
    assert "launch" not in cuda.log


def test_memory_that_runs_out_in_a_capture_is_an_error_and_ends_it(cuda):
    replay = forbidden(cuda, MemoryError("no more"))
    for _ in range(Replay.warm_up):
        replay()
    with pytest.raises(MemoryError, match="no more"):
        replay()
    assert not cuda.streams[0].capturing


def test_a_capturable_namespace_changes_three_functions_only(cuda):
    calls = []
    cublas = SimpleNamespace(matmul=lambda *args: calls.append(args) or "product")
    xp = Capturable(np, cublas, cuda)
    A, B = np.ones((2, 3, 4), np.float32), np.ones((2, 4, 5), np.float32)
    assert xp.matmul(A, B) == "product"
    assert calls == [(A, B, 7, np)]
    assert xp.matmul(A, B.astype(np.float64)).shape == (2, 3, 5)
    assert xp.matmul(np.ones((2, 2), int), np.ones((2, 2), int)).tolist() == [[2, 2], [2, 2]]
    assert len(calls) == 1
    assert xp.vecdot(A, A).tolist() == [[4.0] * 3] * 2
    values = np.array([-2.0, 0.5, np.nan, 3.0])
    np.testing.assert_array_equal(xp.clip(values, 0.0, 1.0), [0.0, 0.5, np.nan, 1.0])
    np.testing.assert_array_equal(xp.clip(values, min=0.0), [0.0, 0.5, np.nan, 3.0])
    np.testing.assert_array_equal(xp.clip(values, max=0.0), [-2.0, 0.0, np.nan, 0.0])
    assert xp.exp is np.exp


def test_elsewhere_nothing_changes(library):
    if library.name == "cupy":
        pytest.skip("here CuPy is what changes")
    place = place_of(library.put([0.0]))

    def step():
        """Do nothing."""

    assert capturable(place) is place.xp
    assert replayed(step, place) is step
    assert fused(step, place.xp) is step
    release_memory()
