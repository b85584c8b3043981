"""What a training of RealMLP says: a line for each epoch, and how it broke off."""

from __future__ import annotations

import warnings

from sklearn.exceptions import ConvergenceWarning

from ..engine.stopping import Progress


def epoch_line(progress: Progress) -> str:
    """Return what is printed after an epoch."""
    said = f"Epoch {progress.n_epochs}: training loss {progress.loss_curve[-1]:.5g}"
    return f"{said}, validation score {progress.scores[-1]:.5g}" if progress.scores else said


def tell_divergence(progress: Progress, learning_rate: float) -> None:
    """Say that the loss was not finite, where, and what to try.

    Raises
    ------
    ValueError
        When there is no best epoch to go back to.
    """
    said = (
        f"Training stopped: the loss was not finite in epoch {progress.n_epochs + 1}, at a "
        f"learning rate of {learning_rate:g}. Try a smaller learning_rate, and look for extreme "
        "values in y and sample_weight."
    )
    if not progress.best_epoch:
        raise ValueError(f"{said} The weights before that epoch are kept.")
    warnings.warn(
        f"{said} The weights of epoch {progress.best_epoch}, the best by validation score, are "
        "kept.",
        ConvergenceWarning,
        stacklevel=7,
    )
