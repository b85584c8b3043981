"""What is measured: an estimator, the tables it is fitted on, and its rows for a GPU."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .tables import Table

Objective = Callable[[Any, np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Synthetic:
    """Rows drawn for a GPU, where no real tables may be at hand.

    Attributes
    ----------
    task : {"regression", "counts", "positive", "classification", "blobs", "gaps"}
        What y, or X where there is none, looks like.
    rows, columns : int
    queries : int
        The answer is asked for so many of the rows.
    """

    task: str
    rows: int = 500_000
    columns: int = 50
    queries: int = 500_000


@dataclass(frozen=True)
class Subject:
    """An estimator that has the same name in scikit-learn and in gridfold.

    Attributes
    ----------
    path : str
        "module:Class" below sklearn.
    tables : tuple of Table
        A small and a large one.
    synthetic : Synthetic
    answer : str
        The method that is timed after `fit`; of a tuple the first array is compared.
    params : mapping
        Constructor parameters; all sides get the same.
    objective : callable, optional
        `objective(model, X, y)`, what the fit minimises.
    variant : str
        What tells it from another subject of the same class; "" for default parameters.
    gemm : bool
        Whether most of its work is matrix products, so that a GPU should gain most.
    """

    path: str
    tables: tuple[Table, ...]
    synthetic: Synthetic
    answer: str = "predict"
    params: Mapping[str, Any] = field(default_factory=dict)
    objective: Objective | None = None
    variant: str = ""
    gemm: bool = False

    @property
    def module(self) -> str:
        """The module of scikit-learn without its "sklearn."."""
        return self.path.partition(":")[0]

    @property
    def name(self) -> str:
        """The name of the class."""
        return self.path.partition(":")[2]

    @property
    def title(self) -> str:
        """The name in the tables."""
        return f"{self.name}, {self.variant}" if self.variant else self.name

    def ask(self, model: Any, X: Any) -> Any:
        """Return the answer of a fitted model for `X`."""
        found = getattr(model, self.answer)(X)
        return found[0] if isinstance(found, tuple) else found
