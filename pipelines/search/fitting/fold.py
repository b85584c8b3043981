"""One fold's data as it passes through the steps: training rows now, scored rows when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_memory

from ..sklearn_private import slice_params
from .cut import cut_rows

if TYPE_CHECKING:
    from .branches import Branches
    from .work import Work

TEST, TRAIN = "test", "train"


class Fold:
    """A training and a test part, with the parameters of fit and score cut to them.

    Parts are cut when first asked for, and then kept: answers know them by identity.

    Parameters
    ----------
    index : int
        Which split this is.
    work : Work
        The whole data and what goes with it.
    """

    def __init__(self, index: int, work: Work) -> None:
        self.index = index
        self._work = work
        self._rows = dict(zip((TRAIN, TEST), work.splits[index], strict=True))
        self._parts: dict[str, tuple[Any, Any]] = {}
        # Scalers fitted for a group that shares its folds, by the identity of their parameters in
        # the plan: other branches behind them find them here.
        self.scalers: dict[int, Any] = {}

    def X(self, part: str) -> Any:
        """The rows of a part, before any step."""
        return self._part(part)[0]

    def y(self, part: str) -> Any:
        """The target of a part; None without one."""
        return self._part(part)[1]

    def _part(self, part: str) -> tuple[Any, Any]:
        if part not in self._parts:
            work = self._work
            self._parts[part] = cut_rows(work.template, work.X, work.y, self._rows[part])
        return self._parts[part]

    def first_row(self) -> Any:
        """The first training row, as it was before any step."""
        work = self._work
        return cut_rows(work.template, work.X, None, self._rows[TRAIN][:1])[0]

    def release(self, part: str) -> None:
        """Let go of a part that no later step needs; it is cut anew if asked for again."""
        self._parts.pop(part, None)

    def n_samples(self, part: str) -> int:
        """The number of rows of a part."""
        return len(self._rows[part])

    @property
    def memory(self) -> Any:
        """The memory of the searched pipeline, which keeps fitted transformers; None without."""
        memory = getattr(self._work.template, "memory", None)
        return None if memory is None else check_memory(memory)

    def fit_params(self, step: str) -> dict[str, Any]:
        """What is passed to the fit of a step, cut to the training part."""
        params = self._work.fit_params.get(step, {})
        return dict(slice_params(self._work.X, params=params, indices=self._rows[TRAIN]))

    def score_params(self, part: str) -> dict[str, Any]:
        """What is passed to the scorer, cut to a part."""
        params = self._work.score_params
        return dict(slice_params(self._work.X, params=params, indices=self._rows[part]))

    def part_of(self, X: Any) -> str | None:
        """Name the part that `X` is (the very object), or None for any other data."""
        return next((part for part, (rows, _) in self._parts.items() if rows is X), None)


@dataclass
class Stage:
    """A fold's data after the steps so far.

    Attributes
    ----------
    X_fit : data or None
        What the next step is fitted on; None where all folds are fitted at once.
    fitted : list of (name, estimator)
        The steps so far.
    seconds : float
        One candidate's share of the time these steps took.
    branches : Branches or None
        What the transformers to be fitted here have in common.
    """

    fold: Fold
    X_fit: Any
    fitted: list[tuple[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    _transform: Callable[[str], Any] | None = None
    _rows: dict[str, Any] = field(default_factory=dict)
    branches: Branches | None = None

    def rows(self, part: str) -> Any:
        """The rows of a part as the next step's predict sees them; computed once, when asked."""
        if self._transform is None:
            return self.fold.X(part)
        if part not in self._rows:
            self._rows[part] = self._transform(part)
        return self._rows[part]

    def fit_columns(self) -> Any:
        """Rows with the columns that the next step is fitted on; all of them where at hand."""
        if self.X_fit is not None:
            return self.X_fit
        rows = self.fold.first_row()
        for _, estimator in self.fitted:
            rows = estimator.transform(rows)
        return rows

    def after(self, name: str, estimator: Any, X_fit: Any, seconds: float, transform: Any) -> Stage:
        """The stage after one more step."""
        fitted = [*self.fitted, (name, estimator)]
        return Stage(self.fold, X_fit, fitted, self.seconds + seconds, transform)


def root_stage(fold: Fold) -> Stage:
    """The stage before any step."""
    return Stage(fold, fold.X(TRAIN))
