"""The progress bar of a search: a scikit-learn callback that counts what is done."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

_COUNTED = "candidate-split-evaluation"


class Count:
    """Tells a rich progress bar of every candidate that is done on a fold.

    It follows scikit-learn's protocol of fit callbacks.
    """

    def __init__(self, progress: Any, task: Any) -> None:
        self.progress = progress
        self.task = task

    def setup(self, estimator: Any, context: Any) -> None:
        """Do nothing: the bar is there already."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing: who made the bar removes it."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing: only what is done counts."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Count a candidate on a fold."""
        if context.task_name == _COUNTED:
            self.progress.advance(self.task)


@contextmanager
def progress_bar(search: Any, total: int, out: Console) -> Iterator[None]:
    """Show a bar while `search` fits; where the output is no terminal, one line instead."""
    if not out.is_terminal:
        out.print(f"Fitting: {total:,} fits of candidates on folds ...")
        yield
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("Fitting"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True) as progress:
        search.set_callbacks(Count(progress, progress.add_task("fit", total=total)))
        try:
            yield
        finally:
            search.set_callbacks()
