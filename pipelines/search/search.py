"""The search classes: scikit-learn's, with every computation done once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from copy import deepcopy
from inspect import signature
from typing import Any, ClassVar

import numpy as np
from sklearn import model_selection
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from .plan import Plan
from .session import Session
from .sklearn_private import BaseSearchCV, StrOptions, fit_context


class SharedSearch(BaseSearchCV):
    """What the search classes have in common: a `fit` that walks a plan.

    Stands before scikit-learn's class in the bases of each search class.
    """

    cv: Any
    _checked_cv_orig: Any

    def plan(self, X: Any, y: Any = None, **params: Any) -> Plan:
        """Return how `fit` with the same arguments would compute; nothing is fitted.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), optional
        **params : parameters of fit, the scorer and the splitter

        Returns
        -------
        plan : Plan
            Print it: what is shared, what is not and why, and the fits saved.
        """
        self._validate_params()
        if isinstance(self.cv, Iterator):
            self.cv = list(self.cv)  # else nothing would be left of it for `fit`
        session = Session(self, X, y, params)
        had = dict(vars(self))
        session.check_cv()
        # A copy: what a plan draws from a RandomState must not be missing in `fit`.
        self._checked_cv_orig = deepcopy(self._checked_cv_orig)
        plan = session.plan(self._candidates(), session.splits())
        for name in ("_checked_cv_orig", "n_splits_"):
            if name in had:
                setattr(self, name, had[name])
            else:
                delattr(self, name)
        return plan

    def _candidates(self) -> list[dict[str, Any]]:
        """All candidates that `fit` would evaluate first."""
        raise NotImplementedError(f"{type(self).__name__} cannot list its candidates in advance.")

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
        """
        session = Session(self, X, y, params)
        event = {"estimator": self, "X": session.X, "y": session.y, "metadata": session.metadata}
        # refit can be a string or a callable as well
        context = self._init_callback_context(max_subtasks=1 + (self.refit is not False))
        context.call_on_fit_task_begin(**event)
        session.check_cv()
        if "callback_ctx" in signature(self._run_search).parameters:
            self._run_search(session.evaluate_candidates, callback_ctx=context)
        else:
            self._run_search(session.evaluate_candidates)
        session.choose_best()
        if self.refit:
            self._refit(session, context, event)
        self.scorer_ = session.scorer_
        self.cv_results_ = session.results
        context.call_on_fit_task_end(**event)
        return self

    def _refit(self, session: Session, context: Any, event: Mapping[str, Any]) -> None:
        """Fit the best candidate on all the data: always an ordinary fit."""
        # Parameters are cloned too: they may be estimators, and each fit wants its own.
        params = clone(self.best_params_, safe=False)
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


class GridSearchCV(SharedSearch, model_selection.GridSearchCV):
    """Exhaustive search over parameter values, with every computation done once.

    Gives the `cv_results_` of `sklearn.model_selection.GridSearchCV`: candidates are put into a
    tree of steps, steps that several candidates configure alike are fitted once per fold, and
    candidates that differ only in parameters that a shared fit can vary are fitted together.

    Parameters are those of scikit-learn's class, and one more:

    sharing : {"all", "exact", "off"}, default="all"
        "exact" leaves out shared fits that reach the same optimum only to a tolerance. "off" fits
        every candidate by scikit-learn's own routine.

    Attributes
    ----------
    plan_ : Plan
        How the search was computed; print it.
    cv_results_ : dict of str to ndarray of shape (n_candidates,)
        `mean_fit_time` of a candidate fitted with others is its share of their time.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from gridfold.pipelines import GridSearchCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> pipeline = make_pipeline(StandardScaler(), Ridge())
    >>> search = GridSearchCV(pipeline, {"ridge__alpha": [0.1, 1.0, 10.0, 100.0]}).fit(X, y)
    >>> search.best_params_
    {'ridge__alpha': 0.1}
    >>> print(search.plan_)
    4 candidates x 5 folds: 40 fits of single steps become 6, 34 saved
    └─ StandardScaler: one fit per fold
       └─ Ridge: 4 members in one shared fit for all 5 folds (differ in alpha)
    """

    _parameter_constraints: ClassVar[dict] = {
        **model_selection.GridSearchCV._parameter_constraints,
        "sharing": [StrOptions({"all", "exact", "off"})],
    }

    def __init__(  # noqa: PLR0913  (scikit-learn's signature)
        self,
        estimator: Any,
        param_grid: Any,
        *,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        error_score: Any = np.nan,
        return_train_score: bool = False,
        sharing: str = "all",
    ) -> None:
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.sharing = sharing

    def _candidates(self) -> list[dict[str, Any]]:
        return list(ParameterGrid(self.param_grid))
