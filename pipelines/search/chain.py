"""Candidates as chains of steps: which estimator with which parameters, read off dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn import pipeline
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

from ..pipeline import Pipeline
from .sklearn_private import routing_enabled

_SKIPPED = (None, "passthrough")


@dataclass(frozen=True)
class Step:
    """A step of one candidate: a prototype and what the candidate sets on it."""

    name: str
    prototype: BaseEstimator
    common: dict[str, Any]
    overrides: dict[str, Any]


Chain = list[Step]


class Chains:
    """Reads the chain of steps off a candidate's parameters, or says why it has none."""

    def __init__(self, estimator: BaseEstimator, fit_params: Sequence[str] = ()) -> None:
        self._estimator = estimator
        self._whole = _why_whole(estimator, fit_params)
        self._steps: list[tuple[str, Any]] = [("", estimator)]
        if self._whole is None and is_pipeline(estimator):
            self._steps = list(estimator.steps)
        self._names = {name for name, _ in self._steps}
        self._known: dict[tuple[str, int], tuple[Step, frozenset[str]]] = {}

    def of(self, params: Mapping[str, Any]) -> Chain | str:
        """Return the chain of a candidate, or the reason why scikit-learn's routine must fit it."""
        if self._whole is not None:
            return self._whole
        replaced, overrides = self._split(params)
        if overrides is None:
            return "it sets a parameter of the pipeline itself"
        chain = []
        for position, (name, step) in enumerate(self._steps):
            step = replaced.get(name, step)
            if isinstance(step, str) or step is None:
                if step not in _SKIPPED or position == len(self._steps) - 1 or name in overrides:
                    return "a step is no estimator"
                continue
            if position < len(self._steps) - 1 and not hasattr(step, "transform"):
                return "a step in the middle is no transformer"
            made = self._step(name, step, overrides.get(name, {}))
            if isinstance(made, str):
                return made
            chain.append(made)
        return chain

    def _split(self, params: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
        if self._names == {""}:
            return {}, {"": dict(params)}
        replaced: dict[str, Any] = {}
        overrides: dict[str, dict[str, Any]] = {}
        for key, value in params.items():
            name, nested, rest = key.partition("__")
            if name not in self._names:
                return {}, None
            if nested:
                overrides.setdefault(name, {})[rest] = value
            else:
                replaced[name] = value
        return replaced, overrides

    def _step(self, name: str, prototype: Any, overrides: dict[str, Any]) -> Step | str:
        known = self._known.get((name, id(prototype)))
        if known is None:
            if not hasattr(prototype, "get_params") or isinstance(prototype, type):
                return "a step is no estimator"
            plain = Step(name, prototype, prototype.get_params(deep=False), {})
            known = (plain, frozenset(prototype.get_params(deep=True)))
            self._known[name, id(prototype)] = known
        plain, names = known
        if not overrides:
            return plain
        # A wrong name is scikit-learn's to report. A nested name may belong to an estimator
        # that the same candidate puts in place: such a candidate is not taken apart either.
        if not overrides.keys() <= names:
            return "a parameter is not one of its step"
        if any(isinstance(value, str) and value == "precomputed" for value in overrides.values()):
            return "a precomputed kernel or distance"
        return Step(name, prototype, plain.common, overrides)


def is_pipeline(estimator: Any) -> bool:
    """Whether this is scikit-learn's Pipeline or ours; subclasses of others may do otherwise."""
    return type(estimator) in (pipeline.Pipeline, Pipeline)


def _why_whole(estimator: BaseEstimator, fit_params: Sequence[str]) -> str | None:
    """Say why candidates are not taken apart into steps, or None."""
    if not hasattr(estimator, "get_params"):
        return "the estimator has no get_params"
    if hasattr(estimator, "__sklearn_tags__") and get_tags(estimator).input_tags.pairwise:
        return "a precomputed kernel or distance"
    if not is_pipeline(estimator):
        return None
    if estimator.memory is not None:
        return "the pipeline has a memory of its own"
    if estimator.transform_input is not None:
        return "the pipeline transforms its metadata"
    if getattr(estimator, "device", None) is not None:
        return "the pipeline has a device of its own"
    if estimator.verbose:
        return "the pipeline reports its steps"
    if fit_params and routing_enabled():
        return "metadata is routed through the pipeline"
    names = {name for name, _ in estimator.steps}
    if any(key.partition("__")[0] not in names or "__" not in key for key in fit_params):
        return "a fit parameter belongs to no step"
    return None
