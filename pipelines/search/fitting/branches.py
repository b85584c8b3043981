"""Branches of ColumnTransformers and FeatureUnions on one fold: each fitted and applied once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer

from ..planning.recipe import Recipe, Token
from .copies import private, same_content
from .kin import Kin

_FITTING = "fit"  # what fit_transform gives: not always what transform gives for the same rows


@dataclass
class Branch:
    """A fitted transformer, and what it made of the fold's parts for others that need it too.

    Attributes
    ----------
    seconds : float
        One configuration's share of the time it took to fit.
    """

    estimator: BaseEstimator
    apply: Any
    seconds: float = 0.0
    outputs: dict[str, Any] = field(default_factory=dict)


class Branches:
    """What the transformers with branches that stand side by side on one stage have in common.

    Parameters
    ----------
    recipes : sequence of Recipe
        One per transformer that will be fitted on the stage. What only one of them needs is not
        kept; what several need is kept until `done` was called for the last of them.
    """

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self._waiting: Counter[Token] = Counter()
        for recipe in recipes:
            self._waiting.update(set(recipe.tokens()))
        self._uses = dict(self._waiting)
        self._kept: dict[Token, Branch] = {}
        self._kin = Kin(recipes)
        self._part = _FITTING
        self._shares = 0.0
        self._spent = 0.0

    @property
    def notes(self) -> list[str]:
        """What turned out otherwise."""
        return self._kin.notes

    def fit(self, composite: BaseEstimator, recipe: Recipe, X: Any, y: Any) -> tuple[Branch, Any]:
        """Fit a transformer with branches; return it with its output for `X`."""
        self._shares = self._spent = 0.0
        start = time.perf_counter()
        try:
            branch, output = self._fit(composite, recipe, None, X, y)
        except _WritesIntoX:
            # The branch beside it must see what was written, as in scikit-learn.
            own_X = private(composite, X)
            output = composite.fit_transform(own_X, y)
            branch = Branch(composite, lambda X: composite.transform(private(composite, X)))
        own = time.perf_counter() - start - self._spent
        branch.seconds = own + self._shares
        return branch, output

    def done(self, recipe: Recipe) -> None:
        """Let go of what no transformer to come needs."""
        for token in set(recipe.tokens()):
            self._waiting[token] -= 1
            if not self._waiting[token] and token in self._kept:
                # The fitted branch lives on in the transformers that hold it; its outputs go.
                self._kept.pop(token).outputs.clear()

    @contextmanager
    def of(self, part: str) -> Iterator[None]:
        """The block in which branches are applied to the rows of `part`."""
        before, self._part = self._part, part
        try:
            yield
        finally:
            self._part = before

    def fit_transform(
        self, estimator: BaseEstimator, recipe: Recipe, source: Token, X: Any, y: Any
    ) -> tuple[Branch, Any]:
        """Fit a transformer inside, or take what was fitted before with the same identity."""
        token = (source, recipe.key)
        known = self._kept.get(token)
        if known is None:
            start, spent = time.perf_counter(), self._spent
            known, output = self._fit(estimator, recipe, source, X, y)
            own = time.perf_counter() - start - (self._spent - spent)
            self._spent += own
            known.seconds = own / self._uses.get(token, 1)
            if self._waiting[token] > 1:
                known.outputs[_FITTING] = output
                self._kept[token] = known
        else:
            output = known.outputs[_FITTING]
        self._shares += known.seconds
        return known, output

    def transform(self, branch: Branch, X: Any) -> Any:
        """Apply a fitted branch to the rows of the part at hand; those kept are asked once."""
        if self._part in branch.outputs:
            return branch.outputs[self._part]
        output = branch.apply(X)
        if branch.outputs:
            branch.outputs[self._part] = output
        return output

    def _fit(
        self, estimator: BaseEstimator, recipe: Recipe, source: Token, X: Any, y: Any
    ) -> tuple[Branch, Any]:
        if recipe.branches:
            return self._composite(estimator, recipe, source, X, y)
        if recipe.steps:
            return self._pipeline(estimator, recipe, source, X, y)
        together = self._kin.fit_transform(estimator, recipe, source, X, y)
        if together is not None:
            fitted, output = together
            return Branch(fitted, lambda X: fitted.transform(private(fitted, X))), output
        own = private(estimator, X)
        if hasattr(estimator, "fit_transform"):
            output = estimator.fit_transform(own, y)
        else:
            output = estimator.fit(own, y).transform(own)
        if own is not X and not same_content(own, X):
            raise _WritesIntoX
        return Branch(estimator, lambda X: estimator.transform(private(estimator, X))), output

    def _pipeline(
        self, pipeline: Any, recipe: Recipe, source: Token, X: Any, y: Any
    ) -> tuple[Branch, Any]:
        """Fit a pipeline step by step: others may begin with the same steps."""
        fitted: dict[str, Branch] = {}
        for name, step in pipeline.steps:
            if name in recipe.steps:
                inner = recipe.steps[name]
                fitted[name], X = self.fit_transform(step, inner, source, X, y)
                source = (source, inner.key)
        pipeline.steps = [
            (name, fitted[name].estimator if name in fitted else step)
            for name, step in pipeline.steps
        ]

        def apply(X: Any) -> Any:
            for step in fitted.values():
                X = self.transform(step, X)
            return X

        return Branch(pipeline, apply), X

    def _composite(
        self, composite: Any, recipe: Recipe, source: Token, X: Any, y: Any
    ) -> tuple[Branch, Any]:
        """Let scikit-learn's class do its work, with stand-ins in place of its transformers."""
        kind = ColumnTransformer if isinstance(composite, ColumnTransformer) else None
        attribute = "transformers" if kind else "transformer_list"
        present = list(getattr(composite, attribute))
        acting = copy(composite)
        # Stand-ins are known by identity, and must not be sent to other processes.
        acting.n_jobs = 1
        setattr(acting, attribute, list(self._stand_ins(present, recipe, source, y)))
        output = acting.fit_transform(X, y)
        fitted = copy(acting)
        fitted.n_jobs = composite.n_jobs
        if kind:
            fitted.transformers = present
            fitted.transformers_ = _without_stand_ins(acting.transformers_)
        else:
            fitted.transformer_list = _without_stand_ins(acting.transformer_list)
        return Branch(fitted, acting.transform), output

    def _stand_ins(
        self, parts: Sequence[Any], recipe: Recipe, source: Token, y: Any
    ) -> Iterator[tuple[Any, ...]]:
        for name, transformer, *columns in parts:
            if name in recipe.branches:
                seen, inner = recipe.branches[name]
                transformer = StandIn(self, clone(transformer), inner, (source, seen))
            yield (name, transformer, *columns)


class StandIn:
    """Takes the place of a transformer in a ColumnTransformer or a FeatureUnion.

    Its fit and its answers come from `Branches`; all else is the transformer's own.
    """

    def __init__(
        self, branches: Branches, transformer: BaseEstimator, recipe: Recipe, source: Token
    ) -> None:
        self._branches = branches
        self._recipe, self._source = recipe, source
        self._branch: Branch | None = None
        self.fitted = transformer

    def __sklearn_clone__(self) -> StandIn:
        return self

    def __getattr__(self, name: str) -> Any:
        if name == "fitted":  # asked while it is copied
            raise AttributeError(name)
        return getattr(self.fitted, name)

    def fit(self, X: Any, y: Any = None) -> StandIn:
        """Fit the transformer, or take it from before."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit the transformer and return its output, or take both from before."""
        self._branch, output = self._branches.fit_transform(
            self.fitted, self._recipe, self._source, X, y
        )
        self.fitted = self._branch.estimator
        return output

    def transform(self, X: Any) -> Any:
        """Apply the fitted transformer to the part at hand."""
        assert self._branch is not None
        return self._branches.transform(self._branch, X)


class _WritesIntoX(Exception):
    """A branch wrote into the rows it was given."""


def _without_stand_ins(parts: Sequence[Any]) -> list[Any]:
    """Return (name, transformer, ...) with the fitted transformers themselves."""
    return [
        (name, part.fitted if isinstance(part, StandIn) else part, *columns)
        for name, part, *columns in parts
    ]
