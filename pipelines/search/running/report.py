"""What a search says while it runs: scikit-learn's lines, and its callbacks' events."""

from __future__ import annotations

from typing import Any

from joblib import logger

from ..fitting.fold import TRAIN, Fold
from ..fitting.work import Result, Work


def report(work: Work, candidate: int, fold: Fold, result: Result) -> None:
    """Tell callbacks and, if `verbose` asks for it, the terminal that a candidate is done."""
    tell_callbacks(work, candidate, fold)
    if work.verbose > 9:
        print(_start(work, candidate, fold.index))
    if work.verbose > 1:
        print(_line(work, candidate, fold.index, result))


def tell_callbacks(work: Work, candidate: int, fold: Fold) -> None:
    """Tell the callbacks, if there are any, that a candidate is done on a fold.

    A candidate that is fitted with others begins and ends for them when its group is done.
    """
    context = work.contexts.get((candidate, fold.index))
    if context is None:
        return
    # Functions are asked only by callbacks that want the data.
    event = {
        "X": lambda: fold.X(TRAIN),
        "y": lambda: fold.y(TRAIN),
        "metadata": lambda: _metadata(fold),
    }
    context.call_on_fit_task_begin(estimator=work.caller, **event)
    context.call_on_fit_task_end(estimator=work.caller, **event)


def _metadata(fold: Fold) -> dict[str, Any] | None:
    weight = fold.fit_params("").get("sample_weight")
    return None if weight is None else {"sample_weight": weight}


def _start(work: Work, candidate: int, split: int) -> str:
    """Return scikit-learn's line for the start of one fit; what is shared starts with the rest."""
    progress, params = _which(work, candidate, split)
    return f"[CV{progress}] START {params}".ljust(80, ".")


def _which(work: Work, candidate: int, split: int) -> tuple[str, str]:
    """Return the numbers of a split and a candidate, as wanted, and the candidate's parameters."""
    progress = f" {split + 1}/{work.n_splits}" if work.numbered and work.verbose > 2 else ""
    if work.numbered and work.verbose > 9:
        progress += f"; {candidate + 1}/{work.n_candidates}"
    params = sorted(work.candidates[candidate].items())
    return progress, ", ".join(f"{name}={value}" for name, value in params)


def _line(work: Work, candidate: int, split: int, result: Result) -> str:
    """Return scikit-learn's line for one fit, its result set to the right."""
    progress, params = _which(work, candidate, split)
    message = params + (";" if params else "")
    if work.verbose > 2:
        message += _scores(result)
    total = logger.short_format_time(result["fit_time"] + result["score_time"])
    message += f" total time={total}"
    start = f"[CV{progress}] END "
    return start + "." * (80 - len(start) - len(message)) + message


def _scores(result: Result) -> str:
    test, train = result["test_scores"], result.get("train_scores")
    if isinstance(test, dict):
        shown = {k: _with_train(f"test={v:.3f}", train and train[k]) for k, v in test.items()}
        return "".join(f" {name}: ({shown[name]})" for name in sorted(shown))
    if train is None:
        return f", score={test:.3f}"
    return f", score=({_with_train(f'test={test:.3f}', train)})"


def _with_train(test: str, train: float | None) -> str:
    return test if train is None else f"train={train:.3f}, {test}"
