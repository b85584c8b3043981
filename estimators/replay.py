"""Steps captured in a CUDA graph, and the functions that such a graph can hold (on CuPy)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from .arrays import Array, Namespace
    from .cublas import Cublas

log = logging.getLogger("gridfold")


class Capturable:
    """A namespace like CuPy's, without what a capture forbids or what waits for the device.

    Parameters
    ----------
    xp : namespace
        That of CuPy.
    cublas : Cublas
    cuda : module
        CuPy's.
    """

    def __init__(self, xp: Namespace, cublas: Cublas, cuda: Any) -> None:
        self._xp = xp
        self._cublas = cublas
        self._cuda = cuda

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xp, name)

    def matmul(self, x1: Array, x2: Array, /) -> Array:
        """Matrix product of stacks of matrices of one dtype; others are CuPy's to multiply."""
        if x2.ndim == 1:
            return self.matmul(x1, x2[:, None])[..., 0]
        # CuPy refuses to call cuBLAS while a stream is captured: its issue 6290.
        real = x1.dtype in (self._xp.float32, self._xp.float64)
        if min(x1.ndim, x2.ndim) < 2 or x1.dtype != x2.dtype or not real:
            return self._xp.matmul(x1, x2)
        return self._cublas.matmul(x1, x2, self._cuda.get_current_stream().ptr, self._xp)

    def vecdot(self, x1: Array, x2: Array, /, *, axis: int = -1) -> Array:
        """Dot product along an axis; array_api_compat's is a matrix product of CuPy's."""
        return self._xp.sum(x1 * x2, axis=axis)

    def concat(self, arrays: Sequence[Array], /, *, axis: int = 0) -> Array:
        """Join arrays of one dtype; CuPy sends a table of more than 8 of them from the host."""
        axis %= arrays[0].ndim
        lengths = [array.shape[axis] for array in arrays]
        shape = list(arrays[0].shape)
        shape[axis] = sum(lengths)
        out = self._xp.empty(tuple(shape), dtype=arrays[0].dtype)
        start = 0
        for array, length in zip(arrays, lengths, strict=True):
            out[(slice(None),) * axis + (slice(start, start + length),)] = array
            start += length
        return out

    def asarray(self, obj: Any, /, **options: Any) -> Array:
        """Make an array; not of what stands on the host, while a stream is captured."""
        on_host = not hasattr(obj, "shape") or isinstance(obj, np.ndarray | np.generic)
        if on_host and self._cuda.get_current_stream().is_capturing():
            # The graph would copy from memory of the host that others use by then.
            raise RuntimeError("a step takes numbers from the host")
        return self._xp.asarray(obj, **options)

    def clip(self, x: Array, /, min: Any = None, max: Any = None) -> Array:
        """Clip by `maximum` and `minimum`; array_api_compat's masks wait for the device."""
        x = x if min is None else self._xp.maximum(x, min)
        return x if max is None else self._xp.minimum(x, max)


class Replay:
    """A step that is captured in a CUDA graph and launched as a whole from then on.

    Parameters
    ----------
    step : callable
        It takes nothing, reads what differs from call to call on the device, changes arrays in
        place, and does nothing else. Its array functions must be those of `Capturable`.
    cuda : module
        CuPy's.
    device : cupy.cuda.Device

    Attributes
    ----------
    problem : str or None
        Why the step could not be captured and is called each time, or None.
    """

    warm_up = 3  # calls that compile kernels and fill the memory pool before the capture

    def __init__(self, step: Callable[[], None], cuda: Any, device: Any) -> None:
        self._step = step
        self._cuda = cuda
        self._device = device
        self._n_calls = 0
        self._graph: Any = None
        self.problem: str | None = None
        with device:
            self._stream = cuda.Stream(non_blocking=True)
        # The graph writes into memory that was free after the capture: nobody else may get it.
        self._pool = cuda.MemoryPool()

    def __call__(self) -> None:
        """Do the step; what was asked of the device before comes first."""
        with self._device:
            if self._graph is None and self.problem is None:
                self._call_or_capture()
            if self._graph is not None:
                self._graph.launch()
            elif self.problem is not None:
                self._step()

    def _call_or_capture(self) -> None:
        self._cuda.get_current_stream().synchronize()
        with self._stream, self._cuda.using_allocator(self._pool.malloc):
            if self._n_calls < self.warm_up:
                self._step()
                self._n_calls += 1
            else:
                self._graph = self._captured()
        self._stream.synchronize()
        if self.problem is not None:
            log.info("Steps are not captured in a CUDA graph: %s", self.problem)

    def _captured(self) -> Any:
        """Return the graph of a step, or None with the problem noted."""
        graph = None
        self._stream.begin_capture()
        try:
            self._step()
        except RuntimeError as error:  # CuPy's errors of forbidden calls are all of this type
            self.problem = str(error)
        finally:
            graph = self._ended()
        return graph if self.problem is None else None

    def _ended(self) -> Any:
        """End the capture: a stream that still captures could not be used any more."""
        try:
            return self._stream.end_capture()
        except RuntimeError as error:
            self.problem = self.problem or str(error)
            return None
