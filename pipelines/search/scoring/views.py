"""Views: what a scorer is given in place of a fitted estimator, answering from shared work."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ....estimators.base import inherited_score, to_host
from ..fitting.copies import private
from ..planning.chain import is_pipeline
from ..sklearn_private import routing_enabled
from .answers import Answers, responses_of

# What shared fits answer; for any other method a member is materialised and asked.
RESPONSES = ("predict", "predict_proba", "decision_function", "transform")
_CHANGING = ("fit", "fit_predict", "fit_transform", "partial_fit", "set_params", "set_output")


class View:
    """Looks like one member's fitted pipeline.

    Answers from the group's responses for the fold's own test and training rows, which it knows
    by identity; for any other data, and for any other attribute, the member is materialised and
    asked itself. A scorer that changes the estimator is answered by the changed one from then on.
    """

    def __init__(
        self,
        answers: Answers,
        position: int,
        template: BaseEstimator,
        last: BaseEstimator,
        materialise: Callable[[], BaseEstimator],
    ) -> None:
        self._view_answers = answers
        self._view_position = position
        self._view_template = template
        self._view_last = last
        self._view_materialise = materialise
        self._view_made: BaseEstimator | None = None
        self._view_changed = False

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """The class of what this stands for, so that `isinstance` answers as for it."""
        return type(self._view_template)

    def __sklearn_tags__(self) -> Any:
        # A candidate may have put another kind of model at the end than the template has.
        if not is_pipeline(self._view_template):
            return self._view_last.__sklearn_tags__()
        steps = [*self._view_template.steps[:-1], ("last", self._view_last)]
        return type(self._view_template)(steps).__sklearn_tags__()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_view_") or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        if name in _CHANGING:
            self._view_change()
        if self._view_changed:
            return getattr(self._view_estimator(), name)
        if name in RESPONSES:
            return self._view_response(name)
        if name == "score" and inherited_score(type(self._view_last)) is not None:
            return self._view_score
        if name == "classes_":
            known = self._view_answers.classes
            if name not in known:
                known[name] = self._view_estimator().classes_
            return known[name]
        return getattr(self._view_estimator(), name)

    def _view_estimator(self) -> BaseEstimator:
        if self._view_made is None:
            self._view_made = self._view_materialise()
        return self._view_made

    def _view_change(self) -> None:
        """From now on answer by an estimator of its own: steps in front serve others too."""
        if not self._view_changed:
            self._view_made = deepcopy(self._view_estimator())
            self._view_changed = True

    def _view_response(self, method: str) -> Callable[..., Any]:
        try:
            getattr(self._view_last, method)
        except AttributeError as error:
            if not is_pipeline(self._view_template):
                raise
            kind = type(self._view_template).__name__
            raise AttributeError(f"This {kind!r} has no attribute {method!r}") from error

        def answer(X: Any, **params: Any) -> Any:
            part = self._view_answers.part_of(X)
            if part is None or params or self._view_changed:
                return getattr(self._view_estimator(), method)(X, **params)
            responses = responses_of(self._view_answers.of(method, part))
            known = to_host(responses[self._view_position])  # metrics take NumPy's
            # A scorer may clip predictions in place, and ask for them again.
            return known.copy(order="K") if isinstance(known, np.ndarray) else known

        answer.__name__ = method
        return answer

    def _view_score(self, X: Any, y: Any = None, **params: Any) -> float:
        if params and routing_enabled() and is_pipeline(self._view_template):
            # The pipeline sees to it that a step has asked for them.
            estimator = self._view_estimator()
            return estimator.score(private(estimator, X), y, **params)
        # The inherited `score` is accuracy or R2 of `predict`: the view's own predict serves it.
        inherited = inherited_score(type(self._view_last))
        assert inherited is not None
        return inherited(self, X, y, **params)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_view_"):
            object.__setattr__(self, name, value)
            return
        self._view_change()
        setattr(self._view_made, name, value)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __bool__(self) -> bool:
        return bool(self._view_estimator())

    def __len__(self) -> int:
        return len(self._view_estimator())

    def __getitem__(self, index: Any) -> Any:
        return self._view_estimator()[index]

    def __reduce__(self) -> Any:
        return (_itself, (self._view_estimator(),))

    def __repr__(self) -> str:
        return repr(self._view_estimator())


def _itself(estimator: BaseEstimator) -> BaseEstimator:
    return estimator
