"""Kernel ridge regression and the Nystroem approximation."""

from .subject import Subject, Synthetic
from .tables import california, covertype

SUBJECTS = [
    Subject(
        "kernel_ridge:KernelRidge",
        (california.with_scale().of(5_000),),
        Synthetic("regression", rows=8_000, queries=8_000),
        gemm=True,
    ),
    Subject(
        "kernel_ridge:KernelRidge",
        (california.with_scale().of(5_000), california.with_scale().of(8_000)),
        Synthetic("regression", rows=8_000, queries=8_000),
        params={"kernel": "rbf"},
        variant="rbf",
        gemm=True,
    ),
    Subject(
        "kernel_approximation:Nystroem",
        (california.with_scale(), covertype.with_scale()),
        Synthetic("regression"),
        answer="transform",
        params={"random_state": 0},
        gemm=True,
    ),
]
