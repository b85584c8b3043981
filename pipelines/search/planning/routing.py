"""Which step is given which of the parameters of fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils.metadata_routing import process_routing

from ..sklearn_private import routing_enabled
from .chain import is_pipeline, why_opaque

StepParams = dict[str, dict[str, Any]]


def step_params(estimator: BaseEstimator, fit_params: Mapping[str, Any]) -> StepParams | str:
    """Sort parameters of fit by the step whose fit they are passed to.

    Returns
    -------
    params : dict of str to dict, or str
        By the step's name in the chains of candidates, "" for a plain estimator. A string says
        why they cannot be sorted: scikit-learn's own routine must pass them on.
    """
    if not is_pipeline(estimator):
        return {"": dict(fit_params)}
    if not fit_params:
        return {}
    if why_opaque(estimator, whole=True) is not None:
        return "fit parameters of a pipeline that is not taken apart"
    if routing_enabled():
        return _routed(estimator, fit_params)
    return _by_name(estimator, fit_params)


def _by_name(pipeline: Any, fit_params: Mapping[str, Any]) -> StepParams | str:
    """Sort "step__parameter" by step."""
    found: StepParams = {}
    names = [name for name, _ in _steps(pipeline)]
    for key, value in fit_params.items():
        name = next((name for name in names if key.startswith(f"{name}__")), None)
        if name is None:
            return "a fit parameter belongs to no step"
        found.setdefault(name, {})[key.removeprefix(f"{name}__")] = value
    return found


def _routed(pipeline: Any, fit_params: Mapping[str, Any]) -> StepParams | str:
    """Ask scikit-learn's routing what each step requests."""
    found: StepParams = {}
    routed = process_routing(pipeline, "fit", **fit_params)
    for position, (name, step) in enumerate(pipeline.steps):
        if step is None or isinstance(step, str):
            continue
        last = position == len(pipeline.steps) - 1
        fits_and_transforms = not last and hasattr(step, "fit_transform")
        params = dict(routed[name]["fit_transform" if fits_and_transforms else "fit"])
        if not last and not fits_and_transforms and routed[name]["transform"]:
            return "metadata is routed to a transform"
        if params and why_opaque(step) is None:
            return "metadata is routed into a pipeline in the pipeline"
        found[name] = params
    return found


def _steps(pipeline: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the steps of a pipeline, and of pipelines in it, by their names in a chain."""
    for name, step in pipeline.steps:
        if why_opaque(step) is None:
            yield from _steps(step, f"{prefix}{name}__")
        else:
            yield prefix + name, step
