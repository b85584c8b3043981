"""Kernel methods: kernel ridge and support vector machines, their kernels computed once."""

from .kernel_ridge import KernelRidge
from .nystroem import Nystroem

__all__ = ["KernelRidge", "Nystroem"]
