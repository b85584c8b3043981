"""Out-of-fold predictions: what each candidate answered for rows that it was not fitted on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....estimators.arrays import to_numpy
from ..fitting.work import Result, Work
from ..sklearn_private import num_samples


def kept_method(return_predictions: bool | str, checkpoint: Any) -> str | None:
    """Return the method whose answers are kept, or None.

    Raises
    ------
    ValueError
        Together with a checkpoint, which holds scores only.
    """
    if not return_predictions:
        return None
    if checkpoint is not None:
        raise ValueError(
            "A checkpoint keeps scores, no predictions: set either checkpoint or "
            "return_predictions."
        )
    return return_predictions if isinstance(return_predictions, str) else "predict"


def answer_of(estimator: Any, method: str, X: Any) -> Any:
    """Return what a fitted estimator answers, or None where it raises."""
    try:
        return getattr(estimator, method)(X)
    except Exception:  # its scorer meets the same error, and reports it as scikit-learn does
        return None


def assemble(work: Work, out: Sequence[Result]) -> np.ndarray:
    """Put the answers of all candidates in the order of the rows.

    Parameters
    ----------
    out : sequence of dict
        Results, candidate by candidate, split by split; each with "predictions" of shape
        (n_test_samples, ...), or None where the fit failed.

    Returns
    -------
    predictions : ndarray of shape (n_candidates, n_samples, ...)
        NaN (None for labels that are not numbers) where a fit failed.

    Raises
    ------
    ValueError
        When the test parts do not split the rows, or a fold lacks a class that others have.
    """
    tests = [work.splits[k][1] for k in range(work.n_splits)]
    n_samples = num_samples(work.X)
    if not np.array_equal(np.sort(np.concatenate(tests)), np.arange(n_samples)):
        raise ValueError("return_predictions needs test parts that split the rows, as in KFold.")
    answers = [_answer(result) for result in out]
    shapes = {answer.shape[1:] for answer in answers if answer is not None}
    if len(shapes) > 1:
        raise ValueError(
            f"{work.keeps} gives answers of different widths {sorted(shapes)} on different folds: "
            "a fold lacks a class. Use stratified folds."
        )
    whole = _empty((work.n_candidates, n_samples, *shapes.pop()), answers) if shapes else None
    if whole is None:
        return np.full((work.n_candidates, n_samples), np.nan)
    for number, answer in enumerate(answers):
        candidate, k = divmod(number, work.n_splits)
        if answer is not None:
            whole[candidate, tests[k]] = answer
    return whole


def _answer(result: Result) -> np.ndarray | None:
    answer = result.pop("predictions", None)
    return None if answer is None else to_numpy(answer)


def _empty(shape: tuple[int, ...], answers: Sequence[np.ndarray | None]) -> np.ndarray:
    """Return an array for all answers; where some are missing, of a type that has a gap."""
    found = [answer for answer in answers if answer is not None]
    kind = np.result_type(*found)
    if len(found) == len(answers):
        return np.empty(shape, dtype=kind)
    gap = np.nan if kind.kind in "fiub" else None
    return np.full(
        shape, gap, dtype=np.result_type(kind, np.float64) if gap is not None else object
    )
