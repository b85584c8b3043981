"""A count of the Gram matrices that are made."""

from __future__ import annotations

import pytest

from gridfold.estimators.decomposition.centred import Centred


@pytest.fixture
def n_grams(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Fill with one entry per Gram matrix that is made."""
    found: list[str] = []
    for name in ("gram", "row_gram"):
        make = getattr(Centred, name)

        def counted(rows, *args, make=make, name=name):
            found.append(name)
            return make(rows, *args)

        monkeypatch.setattr(Centred, name, counted)
    return found
