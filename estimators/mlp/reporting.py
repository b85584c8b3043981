"""What a training says: scikit-learn's lines after each epoch, and how it ended."""

from __future__ import annotations

import warnings

from sklearn.exceptions import ConvergenceWarning

from .engine.training import Training

_TO_TRY = (
    "Try a smaller learning_rate_init, columns of X (and y) scaled to about unit variance, "
    "normalization='layer', or more alpha"
)


def epoch_lines(training: Training, rate_factor: float) -> list[str]:
    """Return what scikit-learn prints after an epoch with `verbose=True`.

    Parameters
    ----------
    rate_factor : float
        That of the progress before the epoch.
    """
    progress, rule = training.progress[0], training.problem.stopping
    lines = [f"Iteration {progress.n_epochs}, loss = {progress.loss_curve[-1]:.8f}"]
    if progress.scores:
        lines.append(f"Validation score: {progress.scores[-1]:f}")
    slower = bool(rule.cut_factor) and progress.rate_factor < rate_factor
    if not (slower or progress.stopped in ("loss", "score")):
        return lines
    what = "Validation score" if rule.monitor == "score" else "Training loss"
    why = f"{what} did not improve more than tol={rule.tol:f} for {rule.patience} consecutive "
    if slower:
        then = f"Setting learning rate to {_rate(training):f}"
    else:
        then = "Learning rate too small. Stopping." if rule.cut_factor else "Stopping."
    return [*lines, f"{why}epochs. {then}"]


def check_end(training: Training, *, incremental: bool) -> None:
    """Warn where training has not converged, and say where it diverged.

    Raises
    ------
    ValueError
        When the loss or the weights were not finite, and there is no best epoch to go back to.
    """
    progress, n_epochs = training.progress[0], training.problem.recipe.n_epochs
    if progress.stopped == "error":
        _tell_divergence(training)
    elif not (incremental or progress.stopped) and progress.n_epochs >= n_epochs:
        warn_unfinished(n_epochs, stacklevel=7)


def warn_unfinished(n_epochs: int, *, stacklevel: int) -> None:
    """Warn, as scikit-learn does, that training went to its last epoch."""
    warnings.warn(
        f"Stochastic Optimizer: Maximum iterations ({n_epochs}) reached and the optimization "
        "hasn't converged yet.",
        ConvergenceWarning,
        stacklevel=stacklevel,
    )


def _tell_divergence(training: Training) -> None:
    progress = training.progress[0]
    where = (
        f"the loss turned NaN or infinite in epoch {progress.n_epochs + 1}, at learning rate "
        f"{_rate(training):g}"
    )
    if training.problem.stopping.keep_best and progress.best_epoch > 0:
        warnings.warn(
            f"Training stopped: {where}. The best weights by validation score are kept. "
            f"{_to_try(training)}",
            ConvergenceWarning,
            stacklevel=7,
        )
        return
    raise ValueError(
        "Solver produced non-finite parameter weights. The input data may contain large values "
        f"and need to be preprocessed. Here {where}. {_to_try(training)} The weights of the epoch "
        "before are kept, and the optimizer would begin anew."
    )


def _to_try(training: Training) -> str:
    narrow = training.flat.dtype == training.xp.float32
    return _TO_TRY + ("; dtype='float64' bears larger numbers." if narrow else ".")


def _rate(training: Training) -> float:
    """The learning rate now, before a schedule and Adam's correction."""
    return float(training.problem.recipe.rate[0]) * training.progress[0].rate_factor
