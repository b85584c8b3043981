"""The shared fit of TransformedTargetRegressor: that of the regressor inside, on its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.utils.validation import validate_data

from ....estimators.shared import (
    Cost,
    Declined,
    Members,
    Meta,
    SharedFit,
    State,
    register_shared_fit,
    shared_fit_for,
)
from ..planning.chain import is_pipeline, why_opaque
from .copies import private

_INSIDE = "regressor__"


@dataclass(frozen=True)
class TargetState:
    """Fitted members.

    Attributes
    ----------
    outside : TransformedTargetRegressor
        Fitted, with a stand-in for its regressor.
    steps : list of transformer
        Of a pipeline inside: its steps before the last, fitted.
    inside : State
        Of the shared fit of the last step.
    seen : estimator
        Knows the columns that the last step was fitted on.
    """

    members: Members
    outside: Any
    steps: Sequence[Any]
    inside: State
    seen: Any

    def rows(self, X: Any) -> Any:
        """What the last step sees of X."""
        for step in self.steps:
            X = step.transform(private(step, X))
        return X


class TransformedTargetFit(SharedFit):
    """Regressors on one transformed target, fitted together as they would be without it.

    The target is transformed, and predictions transformed back, by scikit-learn's own class.

    Parameters
    ----------
    inside : SharedFit, optional
        Of the regressor, or of the last step of the pipeline that is the regressor.
    path : str
        What the names of its parameters begin with.
    """

    def __init__(self, inside: SharedFit | None = None, path: str = "") -> None:
        self._inside, self._path = inside, path
        if inside is not None:
            self.varying = frozenset(path + name for name in inside.varying)

    def for_params(self, params: Mapping[str, Any]) -> SharedFit:
        """Return the shared fit for what these parameters have inside."""
        last, path = _last(params.get("regressor"))
        found = None if last is None else shared_fit_for(type(last))
        return self if found is None else _bound(found, path)

    def is_exact(self, params: Mapping[str, Any], meta: Meta) -> bool:
        """As the regressor's own shared fit."""
        last, path = _last(params.get("regressor"))
        if self._inside is None or last is None:
            return True
        return self._inside.is_exact(*_inside(last, path, params, meta))

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what the regressor's own shared fit refuses."""
        last, path = _last(params.get("regressor"))
        if self._inside is None or last is None:
            kind = type(params.get("regressor")).__name__
            return f"no shared fit is registered for the {kind} inside"
        if any(name.startswith(path) and "__" in name[len(path) :] for name in params):
            return "something deeper inside is changed"
        return self._inside.declines(*_inside(last, path, params, meta))

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost of the shared fit inside."""
        assert self._inside is not None
        return self._inside.cost(self._members(members), meta)

    def fit(self, members: Members, X: Any, y: Any, **fit_params: Any) -> TargetState:
        """Transform the target once, and fit the regressors together."""
        assert self._inside is not None
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        outside: Any = clone(members.prototype)
        outside.set_params(regressor=_StandIn()).fit(X, y)
        target = outside.regressor_.__dict__.pop("target")
        steps = []
        regressor: Any = members.prototype.get_params(deep=False)["regressor"]
        for step in _transformers(regressor):
            fitted = clone(step)
            X = _fitted_output(fitted, private(fitted, X), target)
            steps.append(fitted)
        seen = _StandIn().fit(X, target)
        del seen.target
        inside = self._inside.fit(self._members(members), X, target)
        return TargetState(members, outside, steps, inside, seen)

    def respond(
        self, state: TargetState, X: Any, method: str, members: Sequence[int]
    ) -> Sequence[Any]:
        """Transform back what the regressors predict."""
        assert self._inside is not None
        answers = self._inside.respond(state.inside, state.rows(X), method, members)
        found = []
        for answer in answers:
            state.outside.regressor_.answer = answer
            found.append(state.outside.predict(X))
        del state.outside.regressor_.answer
        return found

    def materialise(self, state: TargetState, i: int) -> BaseEstimator:
        """Return member `i` with a complete regressor inside."""
        assert self._inside is not None
        last = self._inside.materialise(state.inside, i)
        for name in ("n_features_in_", "feature_names_in_"):
            if name in vars(state.seen) and not hasattr(last, name):
                setattr(last, name, getattr(state.seen, name))
        estimator: Any = state.members.instance(i)
        vars(estimator).update({k: v for k, v in vars(state.outside).items() if k.endswith("_")})
        estimator._training_dim = state.outside._training_dim
        estimator.regressor_ = last
        if state.steps:
            estimator.regressor_ = clone(estimator.regressor)
            names = [name for name, _ in estimator.regressor_.steps]
            estimator.regressor_.steps = list(zip(names, [*state.steps, last], strict=True))
        if hasattr(estimator.regressor_, "feature_names_in_"):
            estimator.feature_names_in_ = estimator.regressor_.feature_names_in_
        return estimator

    def _members(self, members: Members) -> Members:
        """The members of the shared fit inside."""
        last, _ = _last(members.common["regressor"])
        length = len(self._path)
        inside = [{name[length:]: v for name, v in own.items()} for own in members.overrides]
        return Members(last, inside, members.only_exact)


class _StandIn(RegressorMixin, BaseEstimator):
    """Takes the place of a regressor: keeps the target it is given, predicts what it is told."""

    def fit(self, X: Any, y: Any) -> _StandIn:
        validate_data(self, X, skip_check_array=True)
        self.target = y
        return self

    def predict(self, X: Any) -> np.ndarray:
        # What transforms it back may compute in place.
        answer: np.ndarray = self.answer.copy(order="K")
        return answer


@cache
def _bound(inside: SharedFit, path: str) -> TransformedTargetFit:
    return TransformedTargetFit(inside, path)


def _last(regressor: Any) -> tuple[Any, str]:
    """Return the model inside and what its parameters begin with; (None, "") where unclear."""
    if not is_pipeline(regressor):
        return regressor, _INSIDE
    plain = why_opaque(regressor) is None and all(
        hasattr(step, "transform") for step in _transformers(regressor)
    )
    if not plain or not hasattr(regressor.steps[-1][1], "fit"):
        return None, ""
    return regressor.steps[-1][1], f"{_INSIDE}{regressor.steps[-1][0]}__"


def _inside(last: Any, path: str, params: Mapping[str, Any], meta: Meta) -> tuple[Any, Meta]:
    """Return the parameters of the model inside, and what is known of the rows it sees."""
    own = {name[len(path) :]: v for name, v in params.items() if name.startswith(path)}
    behind = meta if path == _INSIDE else Meta(meta.n_samples, n_outputs=meta.n_outputs)
    return {**last.get_params(deep=False), **own}, behind


def _transformers(regressor: Any) -> list[Any]:
    """The steps of a pipeline before the last; none of anything else."""
    return [step for _, step in regressor.steps[:-1]] if is_pipeline(regressor) else []


def _fitted_output(transformer: Any, X: Any, y: Any) -> Any:
    if hasattr(transformer, "fit_transform"):
        return transformer.fit_transform(X, y)
    return transformer.fit(X, y).transform(X)


register_shared_fit("sklearn.compose:TransformedTargetRegressor", TransformedTargetFit())
