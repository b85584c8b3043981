"""The cases of the benchmarks, by name and in the order of the tables."""

from . import (  # noqa: F401, I001  (the tables' order)
    least_squares,
    penalised,
    logistic,
    glm,
    neighbors,
    kernels,
    statistics,
    ensembles,
    boosting,
    projections,
    composed,
    searches,
    nothing_shared,
)
from .case import CASES, Case, Problem

__all__ = ["CASES", "Case", "Problem"]
