"""The responses of a fitted group to a fold's own rows, each computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from ....estimators.arrays import is_foreign
from ..fitting.copies import same_content
from ..fitting.fold import Stage


class Answers:
    """The responses of members of a fitted group, each method and part computed once."""

    def __init__(self, stage: Stage, respond: Callable[[str, Any], Any]) -> None:
        self._stage, self._respond = stage, respond
        self._known: dict[tuple[str, str], Any] = {}
        self._lent: tuple[Any, str] | None = None

    def of(self, method: str, part: str) -> Any:
        """The responses of every member to `method` on the rows of `part`."""
        key = (method, part)
        if key not in self._known:
            self._known[key] = self._respond(method, self._stage.rows(part))
        return self._known[key]

    def forget(self) -> None:
        """Let go of all responses; what is asked for again is computed again."""
        self._known.clear()

    def part_of(self, X: Any) -> str | None:
        """Name the fold's part that `X` is, or None for any other data.

        What was lent is that part as long as nobody has written into it.
        """
        if self._lent is not None and X is self._lent[0]:
            part = self._lent[1]
            return part if same_content(X, self._stage.fold.X(part)) else None
        return self._stage.fold.part_of(X)

    @contextmanager
    def lending(self, copy: Any, part: str) -> Iterator[None]:
        """The block in which a scorer has a copy of a part in place of the part itself."""
        self._lent = None if copy is self._stage.fold.X(part) else (copy, part)
        try:
            yield
        finally:
            self._lent = None

    @cached_property
    def classes(self) -> dict[str, Any]:
        """Where the first member asked keeps `classes_` for the others: all have the same y."""
        return {}


def responses_of(responses: Any) -> Sequence[Any]:
    """The responses of each member; not every library's stacked arrays can be taken apart so."""
    if not is_foreign(responses):
        return responses
    return [responses[i, ...] for i in range(responses.shape[0])]
