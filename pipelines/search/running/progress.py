"""How far an evaluation is: results known before, where new ones are kept, and the time left."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from ..fitting.work import Result, Results, Work
from .checkpoint import Checkpoint

Task = TypeVar("Task")


class Progress:
    """What is known of an evaluation when it begins, and what comes of it.

    Parameters
    ----------
    work : Work
    checkpoint : path, optional
        The file that holds results of an earlier run and takes the new ones.
    deadline : float, optional
        The time, on the clock of `time.monotonic`, after which nothing new is begun.

    Attributes
    ----------
    known : dict of (candidate, split) to result
        The results that need not be computed.
    """

    def __init__(self, work: Work, checkpoint: Any = None, deadline: float | None = None) -> None:
        self._file = None if checkpoint is None else Checkpoint(checkpoint, work)
        self._deadline = deadline
        self.known: Results = {} if self._file is None else self._file.read()

    @property
    def is_limited(self) -> bool:
        """Whether there is a deadline."""
        return self._deadline is not None

    def until_over(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """Yield tasks as long as the deadline has not passed, and at least one."""
        for number, task in enumerate(tasks):
            if number and self._deadline is not None and time.monotonic() > self._deadline:
                return
            yield task

    def take(self, results: Mapping[tuple[int, int], Result]) -> None:
        """Keep new results where they outlive this process, if that is wanted."""
        if self._file is not None and results:
            self._file.add(results)


def unfinished(work: Work, split: int, like: Result) -> Result:
    """Return the result of a candidate that the deadline left no time for: NaN throughout.

    `like` is the result of another candidate, which tells what the scorer gives.
    """
    nan = float("nan")

    def missing(scores: Any) -> Any:
        return dict.fromkeys(scores, nan) if isinstance(scores, dict) else nan

    result: Result = {"fit_error": None, "test_scores": missing(like["test_scores"])}
    if work.return_train_score:
        result["train_scores"] = missing(like["train_scores"])
    times = {"fit_time": nan, "score_time": nan}
    return {**result, **times, "n_test_samples": len(work.splits[split][1])}
