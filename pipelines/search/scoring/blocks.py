"""Responses in blocks, of members and of rows, so that they take no more than they may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from sklearn.base import is_classifier

from ....estimators.arrays import is_foreign
from ....estimators.base import to_host
from ....estimators.shared import Meta
from ..cost.divide import runs
from ..cost.memory import data_bytes, plain_response_bytes, response_bytes
from ..planning.plan import Group
from .answers import responses_of

_FEWEST_ROWS = 1000  # in a slice: with fewer, calls cost more than they save
_CLASSES = 100  # responses that would be small enough even with so many are not looked into


@dataclass(frozen=True)
class Block:
    """Members that are asked together, and into how many slices the rows are cut for it."""

    members: range
    n_slices: int = 1


def blocks_of(group: Group, y: Any, n_rows: int, limit: float) -> list[Block]:
    """Cut the members of a group, so that what they respond for `n_rows` keeps to `limit` bytes.

    Where answering takes more than the answers do, the rows are cut too.
    """
    n = len(group.members)
    meta = Meta(n_rows, n_outputs=_CLASSES)
    if group.shared is None or response_bytes(group, meta) <= limit:
        return [Block(range(n))]
    meta = Meta(n_rows, n_outputs=_width(group, y))
    n_blocks = min(n, max(1, ceil(plain_response_bytes(group, meta) / limit)))
    n_slices = ceil(response_bytes(group, meta) / n_blocks / limit)
    n_slices = max(1, min(n_slices, n_rows // _FEWEST_ROWS))
    return [Block(members, n_slices) for members in runs(n, n_blocks)]


def transform_blocks(group: Group, X: Any, limit: float) -> list[range]:
    """Cut the members of a shared transformer, so that their outputs for `X` keep to `limit`."""
    n = len(group.members)
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if group.shared is None or len(shape) != 2:
        return [range(n)]
    meta = Meta(*shape)
    outputs = group.shared.cost(group.as_members(), meta).responses or n * data_bytes(meta)
    return runs(n, min(n, max(1, ceil(outputs / limit))))


def by_slices(respond: Callable[[str, Any], Any], n_slices: int) -> Callable[[str, Any], Any]:
    """Return `respond`, asked for a slice of the rows at a time; the answers are NumPy's.

    Only for arrays and tables in memory, and answers that are arrays with one entry per row.
    """

    def sliced(method: str, X: Any) -> Any:
        if not (isinstance(X, np.ndarray) or hasattr(X, "iloc") or is_foreign(X)):
            return respond(method, X)
        whole: list[np.ndarray] = []
        for rows in runs(X.shape[0], n_slices):
            here = slice(rows.start, rows.stop)
            part = respond(method, X.iloc[here] if hasattr(X, "iloc") else X[here, ...])
            part = [to_host(one) for one in responses_of(part)]
            if not _is_by_rows(part, len(rows)):
                return respond(method, X)
            if not whole:
                whole = [np.empty((X.shape[0], *one.shape[1:]), one.dtype) for one in part]
            for target, one in zip(whole, part, strict=True):
                target[here] = one
        return whole

    return sliced if n_slices > 1 else respond


def _is_by_rows(responses: Sequence[Any], n_rows: int) -> bool:
    return all(isinstance(one, np.ndarray) and one.shape[:1] == (n_rows,) for one in responses)


def _width(group: Group, y: Any) -> int:
    """How many numbers a member answers per row: outputs, or classes at most."""
    if y is None:
        return 1
    shape: tuple[int, ...] = getattr(y, "shape", ())
    if len(shape) > 1:
        return int(shape[1])
    return len(set(np.asarray(y).tolist())) if is_classifier(group.prototype) else 1
