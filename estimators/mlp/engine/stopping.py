"""How training goes on after an epoch: when it stops, and which weights are the best so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

_SMALLEST_RATE = 1e-6  # scikit-learn's: adaptive learning rates are not cut below it


@dataclass(frozen=True)
class Stopping:
    """When training stops, as in scikit-learn unless said otherwise.

    Parameters
    ----------
    monitor : {"loss", "score"}
        The training loss, or the score on the validation rows.
    tol : float
        What counts as an improvement.
    patience : float
        Training stops after more than so many epochs in a row without one; `inf` never.
    keep_best : bool
        Whether the weights of the best epoch by score are the result.
    latest : bool
        Whether of equally good epochs the last one is the best, and not the first.
    cut_factor : float
        Where above 0, the learning rate is multiplied by it instead of stopping, until it is
        below `smallest_rate` (scikit-learn's `learning_rate="adaptive"`).
    inverse_power : float, or None
        The learning rate is divided by the (number of rows seen + 1) to this power after each
        epoch (scikit-learn's `learning_rate="invscaling"`).
    """

    monitor: str = "loss"
    tol: float = 1e-4
    patience: float = 10
    keep_best: bool = False
    latest: bool = False
    cut_factor: float = 0.0
    inverse_power: float | None = None
    smallest_rate: float = _SMALLEST_RATE


@dataclass
class Progress:
    """How far one model has come.

    Attributes
    ----------
    rate_factor : float
        What the learning rate is multiplied by because of what was seen.
    best_epoch : int
        The epoch, from 1, with the best score so far.
    stopped : str, or None
        "loss" or "score" where the rule stopped training, "error" where the loss was not finite.
    """

    loss_curve: list[float] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    best_loss: float = np.inf
    best_score: float = -np.inf
    best_epoch: int = 0
    no_improvement: int = 0
    n_seen: int = 0
    n_epochs: int = 0
    rate_factor: float = 1.0
    stopped: str | None = None

    def after_epoch(
        self, rule: Stopping, rate: float, loss: float, score: float | None, n_rows: int
    ) -> bool:
        """Take in an epoch's loss and score; return whether its weights are the best so far.

        Parameters
        ----------
        rate : float
            The learning rate before `rate_factor`.
        score : float or None
            None where there are no validation rows.
        n_rows : int
            Rows seen in this epoch.
        """
        self.n_epochs += 1
        self.n_seen += n_rows
        self.loss_curve.append(loss)
        is_best = False if score is None else self._take_score(rule, score)
        self._count(rule, loss, score)
        self.best_loss = min(self.best_loss, loss)
        if score is not None:
            self.best_score = max(self.best_score, score)
        if rule.inverse_power is not None:
            self.rate_factor = (self.n_seen + 1) ** -rule.inverse_power
        if self.no_improvement > rule.patience:
            self._stop_or_slow_down(rule, rate)
        return is_best

    def _take_score(self, rule: Stopping, score: float) -> bool:
        self.scores.append(score)
        better = score > self.best_score or (rule.latest and score == self.best_score)
        if better:
            self.best_epoch = self.n_epochs
        return better

    def _count(self, rule: Stopping, loss: float, score: float | None) -> None:
        """Count epochs without improvement, against the best before this epoch."""
        if rule.monitor == "score" and score is not None:
            worse = score < self.best_score + rule.tol
        else:
            worse = loss > self.best_loss - rule.tol
        self.no_improvement = self.no_improvement + 1 if worse else 0

    def _stop_or_slow_down(self, rule: Stopping, rate: float) -> None:
        if rule.cut_factor and rate * self.rate_factor > rule.smallest_rate:
            self.rate_factor *= rule.cut_factor
            self.no_improvement = 0
        else:
            self.stopped = rule.monitor
