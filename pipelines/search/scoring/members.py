"""Scores of many members at once where the metric allows it, else by the scorer, one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.base import ClassifierMixin, RegressorMixin, is_regressor
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.metrics import accuracy_score, d2_tweedie_score, r2_score
from sklearn.utils.metadata_routing import process_routing

from ....estimators.base import inherited_score
from ...metrics import has_batched_form
from ..fitting.copies import copy_of, is_foreign_code, same_content
from ..fitting.work import Work
from ..sklearn_private import (
    BaseScorer,
    MultimetricScorer,
    PassthroughScorer,
    Scorer,
    routing_enabled,
    score,
)
from .answers import Answers
from .response_values import ResponseValues
from .views import View

_INHERITED: dict[Any, Any] = {ClassifierMixin.score: accuracy_score, RegressorMixin.score: r2_score}
# Whose own `score` is the part of the deviance that is explained, and the power of its variance.
_POWERS = {PoissonRegressor: 1.0, GammaRegressor: 2.0}

Scores = list[float | None]


def score_members(
    work: Work, answers: Answers, views: Sequence[View], part: str, X: Any, y: Any, params: Any
) -> list[Any]:
    """Score every member of a fitted group on one part of its fold.

    What scikit-learn's own metrics can say of all members at once is computed so. Any other
    scorer, and a member whose score scikit-learn would refuse or warn about, is asked one by one,
    as scikit-learn does it.

    Returns
    -------
    scores : list of float, or of dict of str to float for several metrics
    """
    values = ResponseValues(answers, views, part, y)
    rows = Rows(answers, part, X, y)
    if isinstance(work.scorer, MultimetricScorer):
        return _score_by_several(work, values, views, rows, params)
    found = _batched(work.scorer, values, views[0], params)
    return [
        rows.ask(work, view, work.scorer, params)[0] if one is None or view._view_changed else one
        for view, one in zip(views, found or [None] * len(views), strict=True)
    ]


@dataclass(frozen=True)
class Rows:
    """The part of a fold that is scored, and how a scorer is asked about it."""

    answers: Answers
    part: str
    X: Any
    y: Any

    def ask(self, work: Work, view: View, scorer: Any, params: Any) -> tuple[Any, bool]:
        """Ask a scorer as scikit-learn does; say too whether it wrote into X.

        scikit-learn cuts the rows anew for each candidate, so that a scorer may write into them.
        """
        X = copy_of(self.X) if _may_write_rows(scorer, view) else self.X
        y = copy_of(self.y) if _may_write_target(scorer, view) else self.y
        with self.answers.lending(X, self.part):
            found = score(view, X, y, scorer, params, work.error_score)
        return found, X is not self.X and not same_content(X, self.X)


def _may_write_rows(scorer: Any, view: View) -> bool:
    """Whether X reaches code of unknown habits, or steps that write into it."""
    if isinstance(scorer, MultimetricScorer):
        return any(_may_write_rows(one, view) for one in scorer._scorers.values())
    if isinstance(scorer, PassthroughScorer):
        return inherited_score(type(view._view_last)) is None
    return not isinstance(scorer, BaseScorer)


def _may_write_target(scorer: Any, view: View) -> bool:
    """Whether y reaches code of unknown habits."""
    if isinstance(scorer, MultimetricScorer):
        return any(_may_write_target(one, view) for one in scorer._scorers.values())
    if isinstance(scorer, BaseScorer):
        return is_foreign_code(scorer._score_func)
    return _may_write_rows(scorer, view)


def _score_by_several(
    work: Work, values: ResponseValues, views: Sequence[View], rows: Rows, params: Any
) -> list[dict[str, float]]:
    """Score by several metrics: each response is computed once, whichever of them need it."""
    scorers = work.scorer._scorers
    routed = _routed(work.scorer, views[0], params)
    found: dict[str, Scores | None] = dict.fromkeys(scorers)
    if routed is not None:
        found = {
            name: _batched(scorer, values, views[0], routed[name])
            for name, scorer in scorers.items()
        }
    scores = []
    for i, view in enumerate(views):
        # A scorer may have changed the estimator when it scored the test part.
        batches = {} if view._view_changed else found
        own = {name: batched[i] for name, batched in batches.items() if batched is not None}
        scores.append(_completed(work, view, own, rows, params))
    return scores


def _completed(
    work: Work, view: View, batched: dict[str, float | None], rows: Rows, params: Any
) -> dict[str, float]:
    """Ask the scorers of one member whose scores are not known, and put all in their order."""
    names = list(work.scorer._scorers)
    known: dict[str, Any] = {n: score for n, score in batched.items() if score is not None}
    left = [name for name in names if name not in known]
    if not left:
        return {name: known[name] for name in names}
    asked, wrote = _ask(work, view, left, rows, params)
    if (view._view_changed or wrote) and known:
        # A scorer has changed its estimator or its rows, so the order in which they are asked
        # matters.
        return _ask(work, _unchanged(view), names, rows, params)[0]
    return {name: asked[name] if name in asked else known[name] for name in names}


def _unchanged(view: View) -> View:
    """Return another view of the same member: a change is made to a copy of it."""
    return View(
        view._view_answers,
        view._view_position,
        view._view_template,
        view._view_last,
        view._view_materialise,
    )


def _ask(
    work: Work, view: View, names: Sequence[str], rows: Rows, params: Any
) -> tuple[dict[str, Any], bool]:
    """Ask some of several scorers, with the error handling and parameters of scikit-learn."""
    whole = work.scorer
    if len(names) == len(whole._scorers):
        return rows.ask(work, view, whole, params)
    some = {name: whole._scorers[name] for name in names}
    scorer = MultimetricScorer(scorers=some, raise_exc=whole._raise_exc)
    if routing_enabled():
        consumed = scorer.get_metadata_routing().consumes("score", params.keys())
        params = {name: value for name, value in params.items() if name in consumed}
    return rows.ask(work, view, scorer, params)


def _routed(scorer: Any, view: View, params: Any) -> dict[str, dict[str, Any]] | None:
    """Return what each of several scorers is passed; None where scikit-learn would raise."""
    scorers = scorer._scorers
    weight = params.get("sample_weight")
    try:
        for one in scorers.values():
            if isinstance(one, BaseScorer) and _method_of(one, view) is None:
                return None  # scikit-learn raises whatever `error_score` says
        if routing_enabled():
            routed = process_routing(scorer, "score", **params)
            return {name: dict(routed.get(name).score) for name in scorers}
        passed = {name: value for name, value in params.items() if name != "sample_weight"}
        if weight is None:
            return dict.fromkeys(scorers, passed)
        weighted = {**passed, "sample_weight": weight}
        return {
            name: weighted if one._accept_sample_weight() else passed
            for name, one in scorers.items()
        }
    except Exception:
        return None  # the scorer itself, asked next, raises the same


@dataclass(frozen=True)
class Asked:
    """What a scorer asks for: a metric, its options, and the responses it scores."""

    metric: Callable[..., float]
    options: Mapping[str, Any]
    sign: int
    method: str
    pos_label: Any


def _batched(scorer: Any, values: ResponseValues, view: View, params: Any) -> Scores | None:
    """Score all members in one go; None where only the scorer itself will do."""
    if params.keys() - {"sample_weight"} or values.y is None:
        return None
    if params and isinstance(scorer, PassthroughScorer) and routing_enabled():
        return None  # the estimator's own `score` hands them on, or refuses them
    weight = params.get("sample_weight")
    asked = _asked(scorer, view)
    if asked is None or "sample_weight" in asked.options:
        return None
    options = dict(asked.options)
    if not has_batched_form(asked.metric, options, weighted=weight is not None):
        return None
    found = values.score(asked.method, asked.pos_label, weight, asked.metric, options)
    if found is None or asked.sign == 1:
        return found
    return [None if one is None else asked.sign * one for one in found]


def _asked(scorer: Any, view: View) -> Asked | None:
    """Read a scorer of scikit-learn; None for any other."""
    if isinstance(scorer, PassthroughScorer):
        metric, options = _own_score(view._view_last)
        served = metric is not None and hasattr(view, "predict")
        return Asked(metric, options, 1, "predict", None) if served else None
    if type(scorer) is not Scorer:
        return None
    method = _method_of(scorer, view)
    if method is None:
        return None
    pos_label = scorer._get_pos_label()
    if pos_label is not None and is_regressor(view):
        pos_label = None
    return Asked(scorer._score_func, scorer._kwargs or {}, scorer._sign, method, pos_label)


def _own_score(last: Any) -> tuple[Any, dict[str, Any]]:
    """Return the metric that an estimator's `score` comes to, or None, and its options."""
    kind = getattr(type(last), "_parent", type(last))  # of ours: scikit-learn's class
    power = last.power if kind is TweedieRegressor else _POWERS.get(kind)
    if power is not None:
        return d2_tweedie_score, {"power": power}
    return _INHERITED.get(inherited_score(type(last))), {}


def _method_of(scorer: Any, view: View) -> str | None:
    """Return the first of a scorer's response methods that the estimator has."""
    methods = scorer._response_method
    methods = [methods] if isinstance(methods, str) else methods
    return next((method for method in methods if hasattr(view, method)), None)
