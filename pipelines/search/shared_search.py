"""What the search classes have in common: a `fit` that walks a plan."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy, deepcopy
from inspect import signature
from typing import Any

import numpy as np
from sklearn.base import clone

from .entry import on_device
from .planning.plan import Plan
from .session import Session
from .sklearn_private import BaseSearchCV, fit_context, num_samples, without_callbacks


class SharedSearch(BaseSearchCV):
    """A `fit` that walks a plan, and the plan itself, for the search classes.

    Stands in the bases before scikit-learn's GridSearchCV and RandomizedSearchCV, whose own `fit`
    it replaces, and behind its halving classes, whose `fit` calls it.
    """

    cv: Any
    random_state: Any
    _checked_cv_orig: Any

    # For classes of users that do not have these among their parameters.
    sharing: str = "all"
    device: str | None = None
    memory_limit: Any = None
    checkpoint: Any = None
    audit: int = 0
    return_predictions: Any = False
    time_budget: float | None = None

    def plan(self, X: Any, y: Any = None, **params: Any) -> Plan:
        """Return how `fit` with the same arguments would compute; nothing is fitted.

        Nothing is used up either: neither a generator of splits, nor random numbers.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), optional
        **params : parameters of fit, the scorer and the splitter

        Returns
        -------
        plan : Plan
            Print it: what is shared, what is not and why, and the fits saved. That of a halving
            search is the plan of its first iteration.
        """
        self._validate_params()
        if isinstance(self.cv, Iterator):
            self.cv = list(self.cv)  # else nothing would be left of it for `fit`
        search = self._rehearsal()
        with on_device(self.device), _global_random_numbers_kept():
            session = Session(search, X, y, params)
            search._n_samples_orig = num_samples(session.X)  # what a halving `fit` begins with
            session.check_cv()
            search._checked_cv_orig = deepcopy(search._checked_cv_orig)
            try:
                search._search(_ask, search._init_callback_context(max_subtasks=1))
            except _Asked as asked:
                return session.plan(asked.candidates, session.splits(asked.cv))
        raise ValueError("The search evaluates no candidates: there is nothing to plan.")

    def _rehearsal(self) -> Any:
        """Return a silent copy whose random numbers are its own."""
        search = without_callbacks(copy(self))
        search.verbose = 0
        if hasattr(self, "random_state"):
            search.random_state = deepcopy(self.random_state)
        return search

    @fit_context(prefer_skip_nested_validation=False)
    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Evaluate all candidates, and fit the best one on all the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features), or (n_samples, n_samples) precomputed
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), optional
        **params : dict of str to object
            Parameters of the estimator's fit, the scorer and the splitter; those with one entry
            per row are cut as the rows are.

        Returns
        -------
        self : object
            Fitted. `cv_results_` has scikit-learn's keys; `mean_fit_time` of a candidate fitted
            together with others is its share of their time. `plan_` says what was shared.

        Raises
        ------
        DeviceError
            When `device` is a GPU that cannot be used.
        """
        with on_device(self.device):
            return self._fit(Session(self, X, y, params))

    def _fit(self, session: Session) -> Any:
        event = {"estimator": self, "X": session.X, "y": session.y, "metadata": session.metadata}
        # refit can be a string or a callable as well
        context = self._init_callback_context(max_subtasks=1 + (self.refit is not False))
        context.call_on_fit_task_begin(**event)
        session.check_cv()
        self._search(session.evaluate_candidates, context)
        session.choose_best()
        if self.refit:
            self._refit(session, context, event)
        self.scorer_ = session.scorer_
        self.cv_results_ = session.results
        self.plan_ = session.plan_
        if session.predictions is not None:
            self.predictions_ = session.predictions
        context.call_on_fit_task_end(**event)
        return self

    def _search(self, evaluate_candidates: Callable[..., Any], context: Any) -> None:
        """Let scikit-learn's class, or the user's, ask for evaluations."""
        if "callback_ctx" in signature(self._run_search).parameters:
            self._run_search(evaluate_candidates, callback_ctx=context)
        else:
            self._run_search(evaluate_candidates)

    def _refit(self, session: Session, context: Any, event: Mapping[str, Any]) -> None:
        """Fit the best candidate on all the data: always an ordinary fit."""
        # Parameters are cloned too: they may be estimators, and each fit wants its own.
        params = session.entry.params(clone(self.best_params_, safe=False))
        self.best_estimator_ = clone(session.template).set_params(**params)
        task = context.subcontext(task_name="refit-with-best-params")
        with task.propagate_callback_context(self.best_estimator_):
            task.call_on_fit_task_begin(**event)
            start = time.time()
            target = () if session.y is None else (session.y,)
            self.best_estimator_.fit(session.X, *target, **session.routed.estimator.fit)
            self.refit_time_ = time.time() - start
        if hasattr(self.best_estimator_, "feature_names_in_"):
            self.feature_names_in_ = self.best_estimator_.feature_names_in_
        task.call_on_fit_task_end(**event)


class _Asked(Exception):
    """The first evaluation that a search asks for: all that a plan needs to know of it."""

    def __init__(self, candidates: list[dict[str, Any]], cv: Any) -> None:
        super().__init__()
        self.candidates, self.cv = candidates, cv


def _ask(candidate_params: Any, cv: Any = None, **others: Any) -> None:
    raise _Asked([dict(params) for params in candidate_params], cv)


@contextmanager
def _global_random_numbers_kept() -> Iterator[None]:
    """Give NumPy's global generator back as it was: `random_state=None` draws from it."""
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)
