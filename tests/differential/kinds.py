"""What the differential tests know of an estimator: its values, and how well scores agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Values = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Kind:
    """A kind of estimator, and values for its parameters.

    Attributes
    ----------
    values, refused : dict
        Values that it takes, and values with which its fit fails.
    tol : float
        How far apart scores may be, relative to 1 + score: rounding, grown by the condition of
        the problem, for what is exact, and the distance from the optimum for the rest.
    flips : bool
        Whether one row of a fold may be classified otherwise: both solvers end near one optimum,
        and a row may lie between them.
    """

    make: Callable[[], Any]
    values: Values = field(default_factory=dict)
    refused: Values = field(default_factory=dict)
    tol: float = 1e-8
    flips: bool = False
