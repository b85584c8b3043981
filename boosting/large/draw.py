"""Which rows of a table that is read in batches are held out for validation."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state


@dataclass(frozen=True)
class Draw:
    """A draw for each row by itself: it does not depend on how the rows come in batches.

    The share of each class in the part is its share among the rows only on average: to hold it
    exactly, all labels would have to be known before.

    Attributes
    ----------
    fraction : float
        The probability that a row is held out.
    seed : int
    """

    fraction: float
    seed: int

    def held_out(self, start: int, n_rows: int) -> np.ndarray:
        """Return a boolean for each of `n_rows` rows, the first of which has the number `start`."""
        generator = np.random.PCG64(self.seed)
        generator.advance(start)  # one number is drawn for each row
        return np.random.Generator(generator).random(n_rows) < self.fraction


def seed_of(random_state: Any) -> int:
    """Return the seed that an estimator's `random_state` stands for; None is 0, as in xgboost."""
    if random_state is None or isinstance(random_state, Integral):
        return int(random_state or 0)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    return int(check_random_state(random_state).randint(2**31 - 1))
