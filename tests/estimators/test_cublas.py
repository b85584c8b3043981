"""Arguments for cuBLAS, checked by a library that computes on the CPU what cuBLAS documents."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided
from numpy.testing import assert_allclose

from gridfold.estimators.cublas import Cublas


class Pointed(np.ndarray):
    """A NumPy array with the pointer of a CuPy array."""

    @property
    def data(self):
        return SimpleNamespace(ptr=self.ctypes.data)


def pointed(function):
    return lambda *args, **options: function(*args, **options).view(Pointed)


XP = SimpleNamespace(
    empty=pointed(np.empty),
    broadcast_to=lambda x, shape: np.broadcast_to(x, shape, subok=True),
    reshape=np.reshape,
    asarray=pointed(np.array),
)


class Function:
    """A function of a library, which gets types of arguments as those of ctypes do."""

    def __init__(self, function):
        self.function = function

    def __call__(self, *args):
        assert len(args) == len(self.argtypes)
        for arg, kind in zip(args, self.argtypes, strict=True):
            kind.from_param(arg)  # a ctypes.ArgumentError where it does not fit
        return self.function(*args)


def by_columns(pointer, number, n_rows, n_columns, leading):
    """The matrix that cuBLAS sees at a pointer."""
    assert leading >= max(n_rows, 1)
    length = leading * (n_columns - 1) + n_rows
    memory = np.frombuffer((number * length).from_address(pointer), dtype=number)
    size = ctypes.sizeof(number)
    return as_strided(memory, (n_rows, n_columns), (size, leading * size))


def gemm(number):
    """`C = alpha op(A) op(B) + beta C` for each matrix of a batch, column by column."""

    def run(handle, ta, tb, m, n, k, alpha, A, lda, sa, B, ldb, sb, beta, C, ldc, sc, count):  # noqa: PLR0913
        size = ctypes.sizeof(number)
        for i in range(count):
            a = by_columns(A + i * sa * size, number, *((k, m) if ta else (m, k)), lda)
            b = by_columns(B + i * sb * size, number, *((n, k) if tb else (k, n)), ldb)
            c = by_columns(C + i * sc * size, number, m, n, ldc)
            c[...] = alpha._obj.value * (a.T if ta else a) @ (b.T if tb else b)
        return 0

    return run


@pytest.fixture
def library():
    streams = []
    return SimpleNamespace(
        streams=streams,
        cublasCreate_v2=Function(lambda handle: 0),
        cublasSetStream_v2=Function(lambda handle, stream: streams.append(stream) or 0),
        cublasSgemmStridedBatched=Function(gemm(ctypes.c_float)),
        cublasDgemmStridedBatched=Function(gemm(ctypes.c_double)),
    )


def drawn(*shape, dtype=np.float64):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(dtype).view(Pointed)


PAIRS = {
    "stack": (drawn(3, 4, 5), drawn(3, 5, 6)),
    "float32": (drawn(3, 4, 5, dtype=np.float32), drawn(3, 5, 6, dtype=np.float32)),
    "one model": (drawn(1, 4, 5), drawn(1, 5, 6)),
    "matrices": (drawn(4, 5), drawn(5, 6)),
    "four axes": (drawn(2, 3, 4, 5), drawn(2, 3, 5, 6)),
    "first transposed": (drawn(3, 5, 4).transpose(0, 2, 1), drawn(3, 5, 6)),
    "second transposed": (drawn(3, 4, 5), drawn(3, 6, 5).transpose(0, 2, 1)),
    "both transposed": (drawn(3, 5, 4).transpose(0, 2, 1), drawn(3, 6, 5).transpose(0, 2, 1)),
    "one matrix for all": (drawn(4, 5), drawn(3, 5, 6)),
    "first axis of one": (drawn(3, 4, 5), drawn(1, 5, 6)),
    "columns of a larger array": (drawn(3, 4, 9)[:, :, 2:7], drawn(3, 5, 6)),
    "rows of a larger array": (drawn(3, 9, 5)[:, 1:5], drawn(3, 5, 6)),
    "views of flat weights": (drawn(3, 4, 5), drawn(3, 50)[:, 7:37].reshape(3, 5, 6)),
    "every second column": (drawn(3, 4, 10)[:, :, ::2], drawn(3, 5, 6)),
    "every second row": (drawn(3, 8, 5)[:, ::2], drawn(3, 5, 12)[:, :, ::2]),
    "one row": (drawn(3, 1, 5), drawn(3, 5, 6)),
    "one column": (drawn(3, 4, 5), drawn(3, 5, 1)),
    "a column of ones": (drawn(3, 4, 5)[:, :, :1].transpose(0, 2, 1), drawn(3, 4, 6)),
    "one inner": (drawn(3, 4, 1), drawn(3, 1, 6)),
    "a row of a larger array": (drawn(3, 7, 5)[:, 2:3], drawn(3, 5, 6)),
    "numbers": (drawn(3, 1, 1), drawn(3, 1, 1)),
}


@pytest.mark.parametrize("name", PAIRS)
def test_products(name, library):
    A, B = PAIRS[name]
    found = Cublas(library).matmul(A, B, 12345, XP)
    expected = np.matmul(A, B)
    assert found.shape == expected.shape and found.dtype == A.dtype
    assert_allclose(found, expected, rtol=1e-5 if A.dtype == np.float32 else 1e-12)
    assert library.streams == [12345]


@pytest.mark.parametrize("shapes", [((2, 0, 3), (2, 3, 4)), ((2, 3, 0), (2, 0, 4))])
def test_empty_products_are_zero(shapes, library):
    found = Cublas(library).matmul(drawn(*shapes[0]), drawn(*shapes[1]), 0, XP)
    assert found.shape == (2, shapes[0][1], 4) and not found.any()


def test_a_status_is_an_error(library):
    library.cublasSetStream_v2 = Function(lambda handle, stream: 1)
    with pytest.raises(RuntimeError, match="cublasSetStream_v2 of cuBLAS failed with status 1"):
        Cublas(library).matmul(drawn(1, 2, 3), drawn(1, 3, 2), 0, XP)
