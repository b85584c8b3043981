"""When two parameter values are alike: by content, and never by their printed form."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import joblib
import numpy as np

_PLAIN = (int, str, bytes, bool, type(None))


class Identity:
    """Gives every parameter value a key; equal keys mean equal content.

    Values that cannot be hashed (lambdas, open files) are alike only to themselves. The objects
    are held while the keys are in use, so that no address is given twice.
    """

    def __init__(self) -> None:
        self._keys: dict[int, Hashable] = {}
        self._held: list[Any] = []

    def key(self, value: Any) -> Hashable:
        """Return the key of `value`; types are part of it, so 1, 1.0 and True differ."""
        kind = type(value)
        if kind in _PLAIN:
            return (kind, value)
        if kind is float:
            return (float, value.hex())
        if isinstance(value, np.generic) and value.dtype.kind in "biufSU":
            return (kind, value.tobytes())
        if kind is tuple:
            return (tuple, *(self.key(item) for item in value))
        found = self._keys.get(id(value))
        if found is None:
            found = self._keys[id(value)] = _content(value)
            self._held.append(value)
        return found


def _content(value: Any) -> Hashable:
    if isinstance(value, type) or _is_named_function(value):
        return (type(value), value)
    try:
        return (type(value), joblib.hash(value))
    except Exception:  # pickling runs the value's own code, which may raise anything
        return ("only itself", id(value))


def _is_named_function(value: Any) -> bool:
    return callable(value) and "<" not in getattr(value, "__qualname__", "<")
