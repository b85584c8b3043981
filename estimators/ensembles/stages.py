"""Answers after so many stages of a model, each stage asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

Answer = Any
Make = Callable[[Sequence[int]], Iterator[Answer]]


class Stages:
    """What a model answers after some of its stages, for one X.

    Only what was asked for last is kept. Asked for later stages it goes on from there, so a caller
    who takes them block by block, in ascending order, has each stage computed once.

    Parameters
    ----------
    lengths : sequence of int
        All numbers of stages that may be asked for.
    make : callable
        Returns an iterator over the answers after each of the ascending numbers it is given.
    """

    def __init__(self, lengths: Sequence[int], make: Make) -> None:
        self._lengths, self._make = sorted(set(lengths)), make
        self._known: dict[int, Answer] = {}
        self._rest: Iterator[tuple[int, Answer]] = iter(())
        self._reached: float = float("inf")

    def at(self, lengths: Sequence[int]) -> dict[int, Answer]:
        """Return the answers after each of these numbers of stages."""
        wanted = set(lengths)
        missing = wanted - self._known.keys()
        if missing:
            if min(missing) <= self._reached:
                self._rest = zip(self._lengths, self._make(self._lengths), strict=True)
            known = {k: answer for k, answer in self._known.items() if k in wanted}
            while missing:
                self._reached, answer = next(self._rest)
                if self._reached in missing:
                    known[self._reached] = answer
                    missing.remove(self._reached)
            self._known = known
        return self._known
