"""Transformers inside branches that differ only in what a shared fit serves: fitted together."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import Any

from sklearn.base import BaseEstimator, clone

from ....estimators.shared import Declined, Members
from ..planning.recipe import Recipe, Token
from .fitted import FittedGroup, blame

_Fitted = tuple[FittedGroup | None, dict[Hashable, int]]


class Kin:
    """The transformers of one kind that the branches of a stage need for the same rows.

    Parameters
    ----------
    recipes : sequence of Recipe
        One per transformer with branches that will be fitted on the stage.

    Attributes
    ----------
    notes : list of str
        What turned out otherwise.
    """

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self._all: dict[Token, dict[Hashable, Recipe]] = defaultdict(dict)
        for recipe in recipes:
            for source, part in recipe.parts():
                if part.shared is not None:
                    self._all[source, part.kin][part.key] = part
        self._waiting = {token: len(kin) for token, kin in self._all.items()}
        self._fitted: dict[Token, _Fitted] = {}
        self.notes: list[str] = []

    def fit_transform(
        self, estimator: BaseEstimator, recipe: Recipe, source: Token, X: Any, y: Any
    ) -> tuple[BaseEstimator, Any] | None:
        """Return a fitted transformer and its output for `X`.

        None where it has no kin, or where these must be fitted alone.
        """
        token = (source, recipe.kin)
        if recipe.shared is None or len(self._all[token]) < 2:
            return None
        if token not in self._fitted:
            self._fitted[token] = self._fit(estimator, list(self._all[token].values()), X, y)
        fitted, places = self._fitted[token]
        self._waiting[token] -= 1
        if not self._waiting[token]:
            del self._fitted[token]
        if fitted is None or recipe.key not in places:
            return None
        i = places[recipe.key]
        return fitted.materialise(i, X), fitted.outputs(X, [i])[0]

    def _fit(self, estimator: Any, recipes: Sequence[Recipe], X: Any, y: Any) -> _Fitted:
        """Fit what can be fitted together; return it with the place of each recipe's key."""
        shared = recipes[0].shared
        assert shared is not None
        members = Members(estimator, [recipe.varying for recipe in recipes])
        start = time.perf_counter()
        try:
            state = shared.fit(members, X, y)
        except Declined as reason:
            self.notes.append(f"{type(estimator).__name__} in a branch fitted alone: {reason}")
            rest = [recipe for i, recipe in enumerate(recipes) if i not in reason.members]
            together = bool(reason.members) and len(rest) > 1
            return self._fit(estimator, rest, X, y) if together else (None, {})
        except Exception as error:
            self._abandon(estimator, X, y, error)
            return None, {}
        places = {recipe.key: i for i, recipe in enumerate(recipes)}
        return FittedGroup(members, shared, state, time.perf_counter() - start), places

    def _abandon(self, estimator: Any, X: Any, y: Any, error: Exception) -> None:
        """Say that a shared fit was abandoned, if the estimator alone succeeds."""
        clone(estimator).fit(X, y)
        name = type(estimator).__name__
        message = f"the shared fit of {name} in a branch was abandoned ({error!r})"
        self.notes.append(message)
        blame(message, error)
