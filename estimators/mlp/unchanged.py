"""A model stays as it was where a fit fails before it has trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def unchanged_on_error(model: Any) -> Iterator[None]:
    """Leave a model as it was where a fit fails before it has trained: no mixture of two fits."""
    before = dict(vars(model))
    try:
        yield
    except BaseException:
        now = vars(model)
        if now.get("coefs_") is before.get("coefs_"):  # training sets new ones, also in an error
            kept = {name: value for name, value in now.items() if "_callback" in name}
            now.clear()
            now.update({**before, **kept})
        raise
