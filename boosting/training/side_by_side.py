"""Several models trained at once, each by a share of the threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any, TypeVar

from ...estimators.sklearn_private import openmp_threads
from ..xgb import xgboost
from .one_model import FitParams
from .recipe import Recipe
from .rows import Rows

Task = TypeVar("Task")
Result = TypeVar("Result")

# A model's threads wait for one another at each level of each tree, which costs the more the
# fewer the cells; beyond this many, models at once would hold too many copies of the rows.
_MOST_CELLS = 20_000_000


def n_at_once(recipe: Recipe, rows: Rows, fit_params: FitParams, n_models: int) -> int:
    """Return how many models are trained at once: 1 on a GPU, and where the user's code runs."""
    params = recipe.params
    runs_user_code = any(
        [
            callable(params["objective"]),
            params["eval_metric"] is not None and not isinstance(params["eval_metric"], str),
            params["callbacks"],
            fit_params.get("verbose"),
            recipe.build_matrix is not None,
        ]
    )
    is_large = rows.X.shape[0] * rows.X.shape[1] > _MOST_CELLS
    if runs_user_code or is_large or str(params["device"]).startswith("cuda"):
        return 1
    return min(n_models, openmp_threads(params["n_jobs"] or None))


def run_all(
    run: Callable[[Recipe, Task], Result], recipe: Recipe, tasks: Iterable[Task], workers: int
) -> list[Result]:
    """Return what `run` makes of each task, with a recipe whose threads are a share of all.

    Where one fails or the user interrupts, the others end after their next round.
    """
    if workers == 1:
        return [run(recipe, task) for task in tasks]
    stop, said = Event(), xgboost.get_config()
    share = max(1, openmp_threads(recipe.params["n_jobs"] or None) // workers)
    recipe = replace(
        recipe, params={**recipe.params, "n_jobs": share, "callbacks": [_StopWhenAsked(stop)]}
    )

    def in_thread(task: Task) -> Result:
        with xgboost.config_context(**said):  # xgboost's settings are of a thread
            return run(recipe, task)

    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(in_thread, task) for task in tasks]
        try:
            return [future.result() for future in futures]
        except BaseException:  # raised again, when the threads have been told
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _StopWhenAsked(xgboost.callback.TrainingCallback):
    """Ends a training after the round in which the event is set."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Whether to stop."""
        return self._stop.is_set()
