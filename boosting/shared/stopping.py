"""Where a member would have stopped, by xgboost's own rule and the history of a longer training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

History = Mapping[str, Mapping[str, Sequence[float]]]


@dataclass(frozen=True)
class Ending:
    """Where a training ends.

    Attributes
    ----------
    trained : int
        The rounds it has, up to the stop.
    attributes : dict of str to str
        What early stopping writes into the booster: `best_iteration` and `best_score`.
    """

    trained: int
    attributes: Mapping[str, str]

    @property
    def rounds(self) -> int:
        """The rounds that its predictions are made with."""
        best = self.attributes.get("best_iteration")
        return self.trained if best is None else int(best) + 1


def ending(n_rounds: int, patience: int | None, history: History) -> Ending:
    """Return where a training of at most `n_rounds` ends.

    Parameters
    ----------
    patience : int or None
        xgboost's `early_stopping_rounds`.
    history : dict of validation set to dict of metric to list of float
        xgboost's `evals_result` of a training that goes as far at least.
    """
    if patience is None:
        return Ending(n_rounds, {})
    from ..xgb import xgboost

    rule, noted = xgboost.callback.EarlyStopping(rounds=patience), _Noted()
    rule.before_training(noted)
    # It reads the last score of the last metric on the last set.
    name, metrics = list(history.items())[-1]
    metric, scores = list(metrics.items())[-1]
    for epoch in range(n_rounds):
        if rule.after_iteration(noted, epoch, {name: {metric: [scores[epoch]]}}):
            return Ending(epoch + 1, noted.attributes)
    return Ending(n_rounds, noted.attributes)


def cut_history(history: Any, n_rounds: int) -> Any:
    """Return the history of the first rounds, in dictionaries like those given."""
    return type(history)(
        (name, type(metrics)((metric, list(s[:n_rounds])) for metric, s in metrics.items()))
        for name, metrics in history.items()
    )


class _Noted:
    """Takes the place of a booster before the rule: it begins at round 0 and takes attributes."""

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}

    def num_boosted_rounds(self) -> int:
        return 0

    def set_attr(self, **attributes: str) -> None:
        self.attributes.update(attributes)
