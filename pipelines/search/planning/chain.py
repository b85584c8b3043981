"""Candidates as chains of steps: which estimator with which parameters, read off dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any

from sklearn import pipeline
from sklearn.base import BaseEstimator
from sklearn.utils import get_tags

from ...pipeline import Pipeline
from ..sklearn_private import sets_callbacks

SKIPPED = (None, "passthrough")
_PLAIN = (str, bytes, bool, int, float, type(None))


@dataclass(frozen=True)
class Step:
    """A step of one candidate: a prototype and what the candidate sets on it.

    `name` is "" for a plain estimator, and "outer__inner" for a step of a pipeline in a pipeline.
    """

    name: str
    prototype: BaseEstimator
    common: dict[str, Any]
    overrides: dict[str, Any]


Chain = list[Step]


class NoChain(Exception):
    """A candidate is not taken apart into steps; the message says why."""


class Chains:
    """Reads the chain of steps off a candidate's parameters, or says why it has none.

    Parameters
    ----------
    estimator : estimator
        The unfitted estimator of the search.
    step_params : dict of str to dict, or str
        What is passed to the fit of each step, or why that cannot be told.
    routed : bool
        Whether scikit-learn's metadata routing is on.
    """

    def __init__(
        self,
        estimator: BaseEstimator,
        step_params: Mapping[str, Mapping[str, Any]] | str,
        routed: bool = False,
    ) -> None:
        self._estimator = estimator
        self._whole = _why_whole(estimator)
        self._fit_params = isinstance(step_params, str) or any(step_params.values())
        if isinstance(step_params, str):
            self._whole = self._whole or step_params
        self._routed = routed and self._fit_params
        self._known: dict[tuple[str, int], tuple[Step, dict[str, Any]]] = {}

    def of(self, params: Mapping[str, Any]) -> Chain | str:
        """Return the chain of a candidate, or the reason why scikit-learn's routine must fit it."""
        if self._whole is not None:
            return self._whole
        if self._routed and any(hasattr(v, "get_params") for v in params.values()):
            return "metadata is routed, and the candidate replaces an estimator"
        try:
            if is_pipeline(self._estimator):
                return self._steps("", self._estimator, params, final=True)
            return [self._step("", self._estimator, params)]
        except NoChain as reason:
            return str(reason)

    def _steps(
        self, prefix: str, estimator: Any, params: Mapping[str, Any], *, final: bool
    ) -> Chain:
        """The steps of a pipeline; `final` says whether the candidate ends with it."""
        replaced, inside = _split({name for name, _ in estimator.steps}, params)
        chain: Chain = []
        for position, (name, old) in enumerate(estimator.steps):
            step = replaced.get(name, old)
            last = final and position == len(estimator.steps) - 1
            overrides = inside.get(name, {})
            if isinstance(step, str) or step is None:
                if step not in SKIPPED or last or overrides:
                    raise NoChain("a step is no estimator")
                continue
            if self._fit_params and name in replaced and (is_pipeline(step) or is_pipeline(old)):
                raise NoChain("fit parameters meet a pipeline in place of a step")
            if why_opaque(step) is None:
                chain += self._steps(f"{prefix}{name}__", step, overrides, final=last)
                continue
            if not last and not hasattr(step, "transform"):
                raise NoChain("a step in the middle is no transformer")
            chain.append(self._step(prefix + name, step, overrides))
        return chain

    def _step(self, name: str, prototype: Any, overrides: Mapping[str, Any]) -> Step:
        known = self._known.get((name, id(prototype)))
        if known is None:
            if not hasattr(prototype, "get_params") or isinstance(prototype, type):
                raise NoChain("a step is no estimator")
            if _is_pairwise(prototype):
                raise NoChain("a precomputed kernel or distance")
            if sets_callbacks(prototype):
                raise NoChain("callbacks are set on it")
            plain = Step(name, prototype, prototype.get_params(deep=False), {})
            known = (plain, prototype.get_params(deep=True))
            self._known[name, id(prototype)] = known
        plain, present = known
        if not overrides:
            return plain
        # A wrong name is scikit-learn's to report. A nested name may belong to an estimator
        # that the same candidate puts in place: such a candidate is not taken apart either.
        if not all(key in present or _takes(type(prototype), key) for key in overrides):
            raise NoChain("a parameter is not one of its step")
        if any(isinstance(value, str) and value == "precomputed" for value in overrides.values()):
            raise NoChain("a precomputed kernel or distance")
        changes = _without_present(overrides, present)
        return Step(name, prototype, plain.common, changes) if changes else plain


def _takes(cls: type, name: str) -> bool:
    """Whether a class takes a parameter that its `get_params` does not name before it is set.

    CatBoost's names only what is set; those of LightGBM and XGBoost take any keyword.
    """
    parameters = signature(cls).parameters
    any_keyword = any(each.kind is Parameter.VAR_KEYWORD for each in parameters.values())
    own_setter = getattr(cls, "set_params", None) is not BaseEstimator.set_params
    return name in parameters or ("__" not in name and any_keyword and own_setter)


def _without_present(overrides: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what sets a parameter inside a step to the plain value that it has already.

    Not of an estimator that is put in place by the same candidate.
    """
    changes = {}
    for name, value in overrides.items():
        outer = name.rpartition("__")[0]
        same = outer and type(value) in _PLAIN and type(present[name]) is type(value)
        if not (same and present[name] == value) or any(
            outer == other or outer.startswith(f"{other}__") for other in overrides
        ):
            changes[name] = value
    return changes


def _split(
    names: set[str], params: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Sort parameters into steps replaced, and what is set on each step."""
    replaced: dict[str, Any] = {}
    inside: dict[str, dict[str, Any]] = {}
    for key, value in params.items():
        name, nested, rest = key.partition("__")
        if name not in names:
            raise NoChain("it sets a parameter of the pipeline itself")
        if nested:
            inside.setdefault(name, {})[rest] = value
        else:
            replaced[name] = value
    return replaced, inside


def is_pipeline(estimator: Any) -> bool:
    """Whether this is scikit-learn's Pipeline or ours; subclasses of others may do otherwise."""
    return type(estimator) in (pipeline.Pipeline, Pipeline)


def why_opaque(estimator: Any, *, whole: bool = False) -> str | None:
    """Say why an estimator is not a pipeline that can be taken apart, or None if it is one.

    `whole` says that it is the estimator of the search: its memory, if any, serves its steps.
    """
    if not is_pipeline(estimator):
        return "it is no pipeline"
    if estimator.memory is not None and not whole:
        return "the pipeline has a memory of its own"
    if estimator.transform_input is not None:
        return "the pipeline transforms its metadata"
    if getattr(estimator, "device", None) is not None:
        return "the pipeline has a device of its own"
    if estimator.verbose:
        return "the pipeline reports its steps"
    return None


def _why_whole(estimator: BaseEstimator) -> str | None:
    """Say why candidates are not taken apart into steps, or None."""
    if not hasattr(estimator, "get_params"):
        return "the estimator has no get_params"
    if _is_pairwise(estimator):
        return "a precomputed kernel or distance"
    if sets_callbacks(estimator):
        return "callbacks are set on it"
    return why_opaque(estimator, whole=True) if is_pipeline(estimator) else None


def _is_pairwise(estimator: Any) -> bool:
    return hasattr(estimator, "__sklearn_tags__") and get_tags(estimator).input_tags.pairwise
