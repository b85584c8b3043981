"""Matrix products by cuBLAS itself, in a form that a CUDA graph can hold."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from .arrays import Array, Namespace

_POINTER, _INT, _LONG = ctypes.c_void_p, ctypes.c_int, ctypes.c_longlong
_MATRIX = [_POINTER, _INT, _LONG]  # first element, leading dimension, stride between matrices
_GEMM = [_POINTER, *[_INT] * 5, _POINTER, *_MATRIX, *_MATRIX, _POINTER, *_MATRIX, _INT]
_FUNCTIONS = {
    "cublasCreate_v2": [ctypes.POINTER(_POINTER)],
    "cublasSetStream_v2": [_POINTER, _POINTER],
    "cublasSgemmStridedBatched": _GEMM,
    "cublasDgemmStridedBatched": _GEMM,
}
# dtype -> name of the function, type of its factors
_BY_DTYPE = {
    "f": ("cublasSgemmStridedBatched", ctypes.c_float),
    "d": ("cublasDgemmStridedBatched", ctypes.c_double),
}
_PLAIN, _TRANSPOSED = 0, 1  # cublasOperation_t


class Cublas:
    """A handle of cuBLAS on the current device.

    Parameters
    ----------
    library : ctypes.CDLL
        libcublas.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        for name, types in _FUNCTIONS.items():
            function = getattr(library, name)
            function.argtypes, function.restype = types, _INT
        self._handle = _POINTER()
        self._call("cublasCreate_v2", ctypes.byref(self._handle))

    def matmul(self, A: Array, B: Array, stream: int, xp: Namespace) -> Array:
        """Return `A @ B` of stacks of matrices, computed in a stream.

        Transposed and broadcast views are taken as they are, without a copy.

        Parameters
        ----------
        A : array of shape (..., n_rows, n_inner), float32 or float64
        B : array of shape (..., n_inner, n_columns), dtype of A
        stream : int
            The stream's pointer.
        xp : namespace
            That of CuPy: `xp.empty` makes the answer.
        """
        leading = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
        n_rows, n_columns = A.shape[-2], B.shape[-1]
        out = xp.empty((*leading, n_rows, n_columns), dtype=A.dtype)
        if not (out.size and A.size):
            out[...] = 0
            return out
        A, flip_a, *a = _operand(_stack(A, leading, xp), xp)
        B, flip_b, *b = _operand(_stack(B, leading, xp), xp)
        name, number = _BY_DTYPE[A.dtype.char]
        one, zero = ctypes.byref(number(1.0)), ctypes.byref(number(0.0))
        # cuBLAS counts by columns: what is C by rows is C' there, and C' = B' A'.
        sizes = n_columns, n_rows, A.shape[-1]
        place = n_columns, n_rows * n_columns, A.shape[0]
        self._call("cublasSetStream_v2", self._handle, stream)
        first, second = (B.data.ptr, *b), (A.data.ptr, *a)
        self._call(
            name, self._handle, flip_b, flip_a, *sizes, one, *first, *second, zero, out.data.ptr,
            *place,
        )  # fmt: skip
        return out

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status:
            raise RuntimeError(f"{name} of cuBLAS failed with status {status}.")


def _stack(A: Array, leading: tuple[int, ...], xp: Namespace) -> Array:
    """Return A as (n_matrices, n_rows, n_columns), broadcast to `leading`."""
    A = xp.broadcast_to(A, (*leading, *A.shape[-2:]))
    return A if A.ndim == 3 else xp.reshape(A, (-1, *A.shape[-2:]))


def _operand(A: Array, xp: Namespace) -> tuple[Array, int, int, int]:
    """Return A as cuBLAS can take it, whether it stands transposed, and its two strides."""
    n_rows, n_columns = A.shape[1:]
    between, down, along = (step // A.itemsize for step in A.strides)
    if (along == 1 or n_columns == 1) and (down >= n_columns or n_rows == 1):
        return A, _PLAIN, max(down if n_rows > 1 else n_columns, 1), between
    if (down == 1 or n_rows == 1) and (along >= n_rows or n_columns == 1):
        return A, _TRANSPOSED, max(along if n_columns > 1 else n_rows, 1), between
    A = xp.asarray(A, order="C", copy=True)
    return A, _PLAIN, n_columns, n_rows * n_columns
