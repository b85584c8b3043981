"""One call of a search's fit: its checked inputs, and the evaluations made so far."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils import indexable

from .display.plans import Plans
from .display.terminal import show
from .entry import Entry, host_unless_dispatched
from .fitting.work import Result
from .inputs import Inputs, Split, as_splits
from .one_standard_error import (
    ONE_STANDARD_ERROR,
    check_simplicity,
    simplest_within_one_standard_error,
)
from .planning.plan import Plan
from .running.audit import audit
from .running.evaluate import evaluate
from .running.progress import Progress
from .scoring.predictions import assemble, kept_method
from .sklearn_private import (
    MultimetricScorer,
    check_cv,
    hands_on_callbacks,
    has_callbacks,
    insert_error_scores,
    sets_callbacks,
    slice_params,
    warn_or_raise_about_fit_failures,
)


class Session:
    """The inputs of a search, checked and routed once, and what its evaluations gave.

    Attributes
    ----------
    X, y : data
    scorers : callable
        As scikit-learn's `_get_scorers` makes it.
    refit_metric : str
    routed : Bunch
        Parameters for the estimator's fit, the scorer and the splitter.
    candidates : list of dict
        All candidates evaluated so far.
    results : dict
        `cv_results_` so far.
    plans : Plans
        The plan of each evaluation so far.
    predictions : ndarray or None
        What candidates answered for the rows of the test parts, if that is wanted.
    """

    def __init__(self, search: Any, X: Any, y: Any, params: Mapping[str, Any]) -> None:
        self.search = search
        self.scorers, self.refit_metric = search._get_scorers()
        X, self.y = indexable(X, host_unless_dispatched(y))
        self.entry = Entry.of(search.estimator, X, _space_of(search))
        self.X = self.entry.X
        params = {name: host_unless_dispatched(value) for name, value in params.items()}
        self.params = slice_params(X, params=params)
        self.routed = search._get_routed_params_for_fit(self.params)
        weight = self.params.get("sample_weight")
        self.metadata = None if weight is None else {"sample_weight": weight}
        self._classifier = is_classifier(search.estimator)
        self.template = self.entry.template
        fit_params, score_params = self.routed.estimator.fit, self.routed.scorer.score
        self.inputs = Inputs(self.template, self.X, self.y, fit_params, score_params)
        self.candidates: list[dict[str, Any]] = []
        self.results: dict[str, Any] = {}
        self.plans = Plans([], [])
        self.predictions: np.ndarray | None = None
        self._keeps = kept_method(search.return_predictions, search.checkpoint)
        budget = search.time_budget
        self._deadline = None if budget is None else time.monotonic() + budget
        self._out: list[Result] = []
        self._more: dict[str, list[Any]] = defaultdict(list)

    def check_cv(self) -> None:
        """Set the search's splitter and its number of splits."""
        search, split_params = self.search, self.routed.splitter.split
        search._checked_cv_orig = check_cv(search.cv, self.y, classifier=self._classifier)
        search._check_input_parameters(X=self.X, y=self.y, split_params=split_params)
        search.n_splits_ = search._checked_cv_orig.get_n_splits(self.X, self.y, **split_params)

    def evaluate_candidates(
        self,
        candidate_params: Iterable[Mapping[str, Any]],
        cv: Any = None,
        more_results: Mapping[str, Sequence[Any]] | None = None,
        callback_ctx: Any = None,
    ) -> dict[str, Any]:
        """Evaluate candidates and return all results so far: what `_run_search` is given."""
        search = self.search
        candidates = [dict(params) for params in candidate_params]
        splits = self.splits(cv)
        if not candidates or not splits:
            raise ValueError(
                "No fits were performed. Was the CV iterator empty? Were there no candidates?"
            )
        if self._wants_simplest:
            check_simplicity(self.template, candidates)
        contexts = {}
        if has_callbacks(callback_ctx) or self._sets_callbacks(candidates):
            contexts = _contexts(callback_ctx, len(candidates), len(splits))
        plan = self.plan(candidates, splits)
        if hands_on_callbacks(contexts, self.template):
            _let_callbacks_listen(plan)
        self.plans.append(plan)
        self.plans.titles.append(_title(more_results))
        if search.verbose > 0:
            n, k = len(candidates), len(splits)
            print(f"Fitting {k} folds for each of {n} candidates, totalling {n * k} fits")
            show(plan)
        work = self.inputs.work(
            [self.entry.params(params) for params in candidates],
            splits,
            scorer=self.scorers,
            error_score=search.error_score,
            return_train_score=search.return_train_score,
            verbose=search.verbose,
            contexts=contexts,
            caller=search,
            keeps=self._keeps,
        )
        progress = Progress(work, search.checkpoint, self._deadline)
        if progress.known:
            n, of = len(progress.known), len(candidates) * len(splits)
            plan.notes.append(f"{n} of {of} results were read from the checkpoint")
        out = evaluate(
            plan, work, search.n_jobs, search.pre_dispatch, search.memory_limit, progress
        )
        warn_or_raise_about_fit_failures(out, search.error_score)
        if callable(search.scoring):
            insert_error_scores(out, search.error_score)
        if search.audit:
            audit(plan, work, out, search.audit)
        if self._keeps is not None:
            self.predictions = assemble(work, out)
        return self._take(candidates, out, more_results or {})

    def _sets_callbacks(self, candidates: Iterable[Mapping[str, Any]]) -> bool:
        """Whether an estimator has callbacks of its own, which see the search as what is above."""
        replaced = (v for params in candidates for v in params.values())
        return sets_callbacks(self.template) or any(map(sets_callbacks, replaced))

    def plan(self, candidates: Sequence[Mapping[str, Any]], splits: Sequence[Split]) -> Plan:
        """Make the plan of these candidates."""
        candidates = [self.entry.params(params) for params in candidates]
        plan = self.inputs.plan(candidates, splits, self.search.sharing)
        if self.entry.note is not None:
            plan.notes.append(self.entry.note)
        return plan

    def splits(self, cv: Any = None) -> list[Split]:
        """The splits of a splitter, by default the search's own."""
        cv = cv or self.search._checked_cv_orig
        splits = list(cv.split(self.X, self.y, **self.routed.splitter.split))
        expected = self.search.n_splits_
        if len(splits) != expected:
            raise ValueError(
                "cv.split and cv.get_n_splits return inconsistent results. "
                f"Expected {expected} splits, got {len(splits)}"
            )
        return as_splits(splits)

    def _take(
        self, candidates: list[dict[str, Any]], out: list[Result], more: Mapping[str, Sequence[Any]]
    ) -> dict[str, Any]:
        self.candidates.extend(candidates)
        self._out.extend(out)
        for key, value in more.items():
            self._more[key].extend(value)
        self.results = self.search._format_results(
            self.candidates, self.search.n_splits_, self._out, self._more
        )
        return self.results

    def choose_best(self) -> None:
        """Set `multimetric_`, and the best candidate's index, score and parameters."""
        search, first = self.search, self._out[0]["test_scores"]
        search.multimetric_ = isinstance(first, dict)
        metric = self.refit_metric
        if callable(search.scoring) and search.multimetric_:
            search._check_refit_for_multimetric(first)
            metric = search.refit
        if not (search.refit or not search.multimetric_):
            return
        self._check_any_finished(metric)
        best = search._select_best_index(search.refit, metric, self.results)
        if self._wants_simplest and not search.multimetric_:
            best = simplest_within_one_standard_error(
                self.template, self.results, best, search.n_splits_
            )
        search.best_index_ = best
        if not callable(search.refit):
            search.best_score_ = self.results[f"mean_test_{metric}"][best]
        search.best_params_ = self.results["params"][best]

    def _check_any_finished(self, metric: str) -> None:
        """Make sure that the time budget left at least one candidate to choose."""
        means = self.results.get(f"mean_test_{metric}", 0.0)
        if self._deadline is not None and np.isnan(means).all():
            raise TimeoutError(
                f"No candidate was finished on all folds within time_budget="
                f"{self.search.time_budget} seconds: give more time, or fewer candidates."
            )

    @property
    def _wants_simplest(self) -> bool:
        """Whether `refit` asks for the one-standard-error rule; it may be a metric's name too."""
        several = isinstance(self.scorers, MultimetricScorer)
        return self.search.refit == ONE_STANDARD_ERROR and not several

    @property
    def plan_(self) -> Plan | Plans:
        """What the search keeps as its plan: all of them where evaluations were made in turns."""
        return self.plans if any(self.plans.titles) or len(self.plans) > 1 else self.plans[0]

    @property
    def scorer_(self) -> Any:
        """What the search keeps as its scorer: a dict of scorers for several metrics."""
        several = isinstance(self.scorers, MultimetricScorer)
        return self.scorers._scorers if several else self.scorers


def _space_of(search: Any) -> Any:
    """What a search makes its candidates of; nothing for a class of users that says otherwise."""
    return getattr(search, "param_grid", None) or getattr(search, "param_distributions", ())


def _title(more_results: Mapping[str, Sequence[Any]] | None) -> str:
    """Name an evaluation by what all its candidates have alike: "iter 0, n_resources 20"."""
    columns = {name: {str(value) for value in v} for name, v in (more_results or {}).items()}
    return ", ".join(
        f"{name} {values.pop()}" for name, values in columns.items() if len(values) == 1
    )


def _contexts(callback_ctx: Any, n_candidates: int, n_splits: int) -> dict[tuple[int, int], Any]:
    """One callback context per candidate and split, in the order in which scikit-learn numbers."""
    if callback_ctx is None:
        return {}
    pairs = [(c, k) for c in range(n_candidates) for k in range(n_splits)]
    return {
        pair: callback_ctx.subcontext(task_name="candidate-split-evaluation", task_id=number)
        for number, pair in enumerate(pairs)
    }


def _let_callbacks_listen(plan: Plan) -> None:
    """Fit a candidate that has doubles, and shares nothing else, once for each of them.

    Callbacks that scikit-learn hands on into each fit count them.
    """
    for group in list(plan.groups):
        if group.shared is None and not any(member.children for member in group.members):
            plan.groups.remove(group)
            plan.alone.update(dict.fromkeys(group.candidates(), "callbacks listen to each fit"))
