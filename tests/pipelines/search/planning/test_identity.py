"""Parameter values are alike by type and content."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines.search.planning.identity import Identity

LONG = np.arange(5000.0)
CHANGED = np.where(np.arange(5000) == 2500, -1.0, LONG)

ALIKE = [
    (1, 1),
    ("a", "a"),
    (None, None),
    (float("nan"), float("nan")),
    ((1, 2.0, "x"), (1, 2.0, "x")),
    (LONG, LONG.copy()),
    (Ridge(alpha=2.0), Ridge(alpha=2.0)),
    ([Ridge(), StandardScaler()], [Ridge(), StandardScaler()]),
    (np.random.RandomState(3), np.random.RandomState(3)),
    (np.log, np.log),
    (StandardScaler, StandardScaler),
    (np.float64(0.5), np.float64(0.5)),
]
DIFFERENT = [
    (1, 1.0),
    (1, True),
    (0.0, -0.0),
    ("1", 1),
    (LONG, CHANGED),  # printed alike: repr leaves the middle out
    (Ridge(alpha=2.0), Ridge(alpha=3.0)),
    (np.random.RandomState(3), np.random.RandomState(4)),
    (lambda x: x, lambda x: x),
    (np.log, np.exp),
    ((1, 2), (2, 1)),
]


@pytest.mark.parametrize(("a", "b"), ALIKE, ids=lambda v: type(v).__name__)
def test_alike(a, b):
    identity = Identity()
    assert identity.key(a) == identity.key(b)
    assert hash(identity.key(a)) == hash(identity.key(b))


@pytest.mark.parametrize(("a", "b"), DIFFERENT, ids=lambda v: type(v).__name__)
def test_different(a, b):
    identity = Identity()
    assert identity.key(a) != identity.key(b)


def test_what_cannot_be_hashed_is_alike_to_itself():
    identity, function = Identity(), lambda x: x
    assert identity.key(function) == identity.key(function)


class Unpicklable:
    """Raises what pickling does not announce, as some clients of services do."""

    def __reduce__(self):
        raise RuntimeError("not here")


def test_what_raises_when_pickled_is_alike_to_itself():
    identity, first, second = Identity(), Unpicklable(), Unpicklable()
    assert identity.key(first) == identity.key(first)
    assert identity.key(first) != identity.key(second)
