"""When a step is called, captured and launched, by a stand-in for CuPy's streams and graphs."""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from types import SimpleNamespace

import numpy as np
import pytest
from array_api_compat import is_cupy_namespace

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
        using_allocator=using_allocator,
        capturing=False,
    )
    stream = SimpleNamespace(synchronize=lambda: None, ptr=7)
    stream.is_capturing = lambda: module.capturing
    module.get_current_stream = lambda: stream

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


def test_products_of_a_capturable_namespace_are_those_of_cublas(cuda):
    calls = []

    def matmul(A, B, stream, xp):
        calls.append((stream, xp))
        return np.matmul(A, B)

    xp = Capturable(np, SimpleNamespace(matmul=matmul), cuda)
    A, B = np.ones((2, 3, 4), np.float32), np.ones((2, 4, 5), np.float32)
    assert xp.matmul(A, B).tolist() == np.full((2, 3, 5), 4.0).tolist()
    assert calls == [(7, np)]
    assert xp.matmul(A, A[0, 0]).tolist() == [[4.0] * 3] * 2
    del calls[1:]
    assert xp.matmul(A, B.astype(np.float64)).shape == (2, 3, 5)
    assert xp.matmul(np.ones((2, 2), int), np.ones((2, 2), int)).tolist() == [[2, 2], [2, 2]]
    assert len(calls) == 1


def test_other_functions_of_a_capturable_namespace(cuda):
    xp, A = Capturable(np, None, cuda), np.ones((2, 3, 4), np.float32)
    assert xp.vecdot(A, A).tolist() == [[4.0] * 3] * 2
    values = np.array([-2.0, 0.5, np.nan, 3.0])
    np.testing.assert_array_equal(xp.clip(values, 0.0, 1.0), [0.0, 0.5, np.nan, 1.0])
    np.testing.assert_array_equal(xp.clip(values, min=0.0), [0.0, 0.5, np.nan, 3.0])
    np.testing.assert_array_equal(xp.clip(values, max=0.0), [-2.0, 0.0, np.nan, 0.0])
    assert xp.exp is np.exp
    for axis in (0, 1, -1):
        parts = [A, 2 * A, A[:0] if axis == 0 else A]
        np.testing.assert_array_equal(xp.concat(parts, axis=axis), np.concat(parts, axis=axis))


def test_a_capturable_namespace_has_the_name_of_that_which_it_stands_for(cuda):
    for name in ("cupy", "numpy"):
        xp = Capturable(SimpleNamespace(__name__=f"array_api_compat.{name}"), None, cuda)
        assert is_cupy_namespace(xp) == (name == "cupy")


def test_a_captured_step_takes_no_numbers_from_the_host(cuda):
    xp = Capturable(np, None, cuda)
    cuda.capturing = False
    for numbers in (0.5, [1, 2], np.ones(2), np.float32(1)):
        assert np.array_equal(xp.asarray(numbers), numbers)
    cuda.capturing = True
    for numbers in (0.5, [1, 2], np.ones(2), np.float32(1)):
        with pytest.raises(RuntimeError, match="takes numbers from the host"):
            xp.asarray(numbers)
    there = SimpleNamespace(shape=(2,))  # an array of the device
    assert xp.asarray(there).item() is there


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
