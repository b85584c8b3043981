"""What the tests of linear shared fits have in common."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator


def _equal_values(name: str, ours: Any, theirs: Any, tolerance: dict[str, float]) -> None:
    if theirs is None or isinstance(theirs, BaseEstimator):
        assert type(ours) is type(theirs), name
        return
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, name
    assert ours.dtype == theirs.dtype, name
    if theirs.dtype.kind == "f":
        assert_allclose(ours, theirs, err_msg=name, **tolerance)
    else:
        assert_array_equal(ours, theirs, err_msg=name)


@pytest.fixture
def same_fitted() -> Any:
    """Return a check that two models have the same class, fitted attributes and values."""

    def check(
        ours: BaseEstimator,
        theirs: BaseEstimator,
        rtol: float = 1e-8,
        atol: float = 1e-9,
        but: tuple[str, ...] = (),
    ) -> None:
        assert type(ours) is type(theirs)
        assert ours.get_params() == theirs.get_params()
        assert set(vars(ours)) == set(vars(theirs))
        for name in set(vars(theirs)) - set(theirs.get_params(deep=False)) - set(but):
            _equal_values(
                name, getattr(ours, name), getattr(theirs, name), {"rtol": rtol, "atol": atol}
            )

    return check


@pytest.fixture
def folds_of() -> Any:
    """Return a function that splits row numbers into k folds of unlike size, in mixed order."""

    def split(n_samples: int, k: int = 3) -> list[tuple[np.ndarray, np.ndarray]]:
        rows = np.random.default_rng(7).permutation(n_samples)
        ends = [0, *np.sort(np.linspace(0, n_samples, k + 1)[1:-1].astype(int) + 2), n_samples]
        parts = [np.sort(rows[a:b]) for a, b in pairwise(ends)]
        everything = np.arange(n_samples)
        return [(np.setdiff1d(everything, part), part) for part in parts]

    return split
