"""The other libraries on a case: their seconds and scores, or why they could not be measured."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from alone import INTELEX, in_own_process
from cases import Case, Problem
from sides import SIDES, NotOffered, Scores, difference, same_best
from specialists import SPECIALISTS, strengths


def others(
    name: str, case: Case, problem: Problem, theirs: Scores, repeat: int
) -> dict[str, dict[str, Any]]:
    """Measure dask-ml, scikit-learn-intelex and the specialists of a case.

    Parameters
    ----------
    theirs : dict
        scikit-learn's scores, to compare with.

    Returns
    -------
    found : dict
        By side: seconds, largest difference of scores and whether the best candidate agrees; or
        the reason why there are none.
    """
    found = {"dask-ml": _dask_ml(case, problem, theirs, repeat)}
    run = in_own_process(name, INTELEX, "--repeat", str(repeat))
    if "seconds" in run:
        scores = {metric: np.array(values) for metric, values in run["scores"].items()}
        run = _compared(run["seconds"], case, theirs, scores)
    found[INTELEX] = run
    for specialist in case.specialists:
        found[specialist] = _specialist(specialist, case, problem, theirs, repeat)
    return found


def _dask_ml(case: Case, problem: Problem, theirs: Scores, repeat: int) -> dict[str, Any]:
    try:
        seconds, (scores, _) = _timed(lambda: SIDES["dask-ml"](problem), repeat)
    except (ImportError, NotOffered, ValueError, TypeError, AttributeError) as error:
        return {"reason": _said(error)}
    return _compared(seconds, case, theirs, scores)


def _specialist(
    name: str, case: Case, problem: Problem, theirs: Scores, repeat: int
) -> dict[str, Any]:
    """Time a specialist, and see how good scikit-learn finds the strength that it chose."""
    try:
        seconds, best = _timed(lambda: SPECIALISTS[name](problem), repeat)
    except ImportError as error:
        return {"reason": _said(error)}
    means = theirs["test_score"].mean(axis=1)
    chosen = means[np.argmin(np.abs(strengths(problem) - best))]
    same = bool(chosen >= means.max() - case.equal)
    return {"seconds": statistics.median(seconds), "same_best": same}


def _timed(run: Callable[[], Any], repeat: int) -> tuple[list[float], Any]:
    """Return the seconds of each run and what the last returned; imports are not counted."""
    seconds, result = [], None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for counted in range(-1, repeat):
            start = time.perf_counter()
            result = run()
            if counted >= 0:
                seconds.append(time.perf_counter() - start)
    return seconds, result


def _compared(seconds: list[float], case: Case, theirs: Scores, scores: Scores) -> dict[str, Any]:
    gap = difference(theirs, scores)
    return {
        "seconds": statistics.median(seconds),
        "largest_score_difference": gap,
        "same_best": gap is not None and same_best(theirs, scores, case.equal),
    }


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]
