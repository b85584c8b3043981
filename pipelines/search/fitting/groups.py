"""Fitting one group on one fold: its shared fit, or an ordinary fit, behind one interface."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sklearn.base import BaseEstimator

from ..planning.plan import Group
from .branches import Branch, Branches
from .copies import private
from .fitted import FittedAlone, FittedGroup
from .fold import Stage


class FittedBranches(FittedAlone):
    """A transformer with branches, some of which serve others on the same stage too."""

    def __init__(self, branch: Branch, branches: Branches) -> None:
        super().__init__(branch.estimator, branch.seconds)
        self._branch, self._branches = branch, branches

    def on(self, part: str) -> AbstractContextManager[None]:
        """The block in which branches know which part they are asked for."""
        return self._branches.of(part)

    def respond(self, method: str, X: Any, members: Sequence[int] | None = None) -> Any:
        """The output for a part of the fold: what several need is computed once."""
        assert method == "transform"
        return [self._branch.apply(X)]


def fit_shared(group: Group, stage: Stage) -> FittedGroup:
    """Fit all members of a group on a fold's training rows by its shared fit."""
    start = time.perf_counter()
    members = group.as_members()
    assert group.shared is not None
    fold = stage.fold
    state = group.shared.fit(members, stage.X_fit, fold.y("train"), **fold.fit_params(group.name))
    return FittedGroup(members, group.shared, state, time.perf_counter() - start)


def fit_alone(
    estimator: BaseEstimator, group: Group, stage: Stage, transform: bool
) -> tuple[FittedAlone, Any]:
    """Fit the one member of a group; where steps follow (`transform`) return its output too."""
    start = time.perf_counter()
    y, params = stage.fold.y("train"), stage.fold.fit_params(group.name)
    output: Any = None
    if transform and group.recipe and stage.branches and not params:
        branch, output = stage.branches.fit(estimator, group.recipe, stage.X_fit, y)
        return FittedBranches(branch, stage.branches), output
    X = private(estimator, stage.X_fit)
    if not transform:
        # As scikit-learn does: a pipeline hands a missing target on, the search itself does not.
        target = () if y is None and not group.name else (y,)
        estimator.fit(X, *target, **params)
    else:
        memory = stage.fold.memory if group.name else None
        call = _fit_transform if memory is None else memory.cache(_fit_transform)
        estimator, output = call(estimator, X, y, params)
    return FittedAlone(estimator, time.perf_counter() - start), output


def _fit_transform(estimator: Any, X: Any, y: Any, params: Mapping[str, Any]) -> tuple[Any, Any]:
    """Fit a transformer; return it, for it may come from a memory, and what it made of `X`."""
    if hasattr(estimator, "fit_transform"):
        return estimator, estimator.fit_transform(X, y, **params)
    return estimator, estimator.fit(X, y, **params).transform(X)


def fit_scaler(scaler: Group, stage: Stage, transform: bool) -> tuple[FittedAlone, Any]:
    """Fit a scaler as `fit_alone` does, and keep it for the other branches behind it."""
    before = fitted_before(scaler, stage, transform)
    if before is not None:
        return before
    fitted, output = fit_alone(scaler.as_members().instance(0), scaler, stage, transform)
    stage.fold.scalers[id(scaler.members[0].overrides)] = fitted
    return fitted, output


def fitted_before(group: Group, stage: Stage, transform: bool) -> tuple[FittedAlone, Any] | None:
    """Return what `fit_scaler` has fitted for another branch of this fold, or None."""
    fitted = stage.fold.scalers.get(id(group.members[0].overrides))
    if fitted is None:
        return None
    return fitted, fitted.respond("transform", stage.X_fit)[0] if transform else None


def outputs_of(fitted: FittedGroup, stage: Stage, members: Sequence[int]) -> Sequence[Any]:
    """Return what members of a fitted transformer group make of the training rows."""
    outputs: Sequence[Any] = fitted.outputs(stage.X_fit, members)
    return outputs
