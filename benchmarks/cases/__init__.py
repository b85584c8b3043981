"""The cases of the benchmarks, by name and in the order of the tables."""

from . import least_squares, logistic, neighbors, boosting, composed, searches, nothing_shared  # noqa: F401, I001  (the tables' order)
from .case import CASES, Case, Problem

__all__ = ["CASES", "Case", "Problem"]
