"""The shared fit of RealMLP: candidates of one network train as one batch, on rows encoded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from ...arrays import Array, find_place
from ...shared import Cost, Members, Meta, SharedFit, register_shared_fit
from ..engine.batches import RowOrder
from ..engine.problem import Problem
from ..parameters import hidden_sizes
from ..shared_rows import new_models
from ..shared_training import Watch
from .recipe import n_epochs_for

State = tuple[Members, Sequence[Any]]


class RealMLPFit(SharedFit):
    """RealMLPs trained together; those with one seed have validation rows and preprocessing too.

    The numbers are those of their own fits, on a CPU bit for bit. The state is the members and
    their fitted estimators.
    """

    varying = frozenset(
        {"learning_rate", "weight_decay", "dropout", "label_smoothing", "random_state"}
    )
    independent = True

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X and lines for the terminal."""
        if meta.sparse:
            return "X is sparse"
        return f"verbose={params['verbose']!r}" if params["verbose"] else None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: six operations for each weight, row and epoch."""
        params, n, m = members.params(0), meta.n_samples, len(members)
        try:
            hidden = hidden_sizes(params["hidden_layer_sizes"])
            n_epochs = n_epochs_for(params["n_epochs"], n, params["batch_size"])
        except (TypeError, ValueError):  # the fit will tell what is wrong with them
            return Cost()
        sizes = (4 * (meta.n_features or 100), *hidden, max(meta.n_outputs, meta.n_classes or 1))
        n_weights = sum((a + 1) * b for a, b in pairwise(sizes))
        return Cost(6.0 * n_weights * n * n_epochs * m, state=4.0 * n_weights * m)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> State:
        """Train all members, those with one seed as one batch."""
        models = new_models(members, fit_params)
        for alike in _by_seed(models):
            _fit_together(models, alike, X, y, fit_params.get("sample_weight"))
        return members, models

    def respond(
        self, state: State, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer by each member's own method: next to its training that is little."""
        return [getattr(state[1][i], method)(X) for i in members]

    def materialise(self, state: State, i: int) -> BaseEstimator:
        """Return member `i` with the attributes of its own fit."""
        estimator = state[0].instance(i)
        vars(estimator).update(deepcopy(vars(state[1][i])))
        return estimator


def _by_seed(models: Sequence[Any]) -> list[list[int]]:
    """Sort out the members that draw the same validation rows."""
    found: dict[Any, list[int]] = {}
    for i, model in enumerate(models):
        seed = model.random_state
        key = int(seed) if isinstance(seed, int | np.integer) else f"of {i}"
        found.setdefault(key, []).append(i)
    return list(found.values())


def _fit_together(
    models: Sequence[Any], alike: Sequence[int], X: Any, y: Any, sample_weight: Any
) -> None:
    """Fit the members `alike`, of one seed."""
    from ..engine.chunks import train_all
    from .fitting import problem_of

    first = models[alike[0]]
    place, random_state = find_place(first.device, X), check_random_state(first.random_state)
    train, held = first._open(X, y, sample_weight, random_state, splits=True)
    known = {k: v for k, v in vars(first).items() if k not in first.get_params(deep=False)}
    settings = []
    for i in alike:
        vars(models[i]).update(deepcopy(known))
        settings.append(models[i]._settings(len(train.rows)))
        models[i].architecture_ = models[i]._architecture(settings[-1].recipe, train)
    drops = any(models[i].architecture_.drops for i in alike)
    architecture = replace(first.architecture_, drops=drops)
    one = problem_of(architecture, settings[0], train, held, random_state, place)
    problem = _for_all(one, [each.recipe for each in settings])
    watch = Watch(dict(zip(map(id, problem.orders), alike, strict=True)))
    with np.errstate(over="ignore", invalid="ignore"):
        trained = train_all(problem, watch)
    for i, each, own in zip(alike, settings, trained, strict=True):
        models[i].weights_ = own.flat
        models[i]._keep(own.progress, each.recipe)
        models[i]._finish(held, place)


def _for_all(one: Problem, recipes: Sequence[Any]) -> Problem:
    """Return the problem of one model as that of several, with their own recipes."""
    order, n = one.orders[0], len(recipes)
    others = [RowOrder(order.rows, deepcopy(order.random_state)) for _ in recipes[1:]]

    def column(name: str) -> np.ndarray:
        return np.array([float(getattr(recipe, name)) for recipe in recipes])

    return replace(
        one.take([0] * n),
        orders=[order, *others],
        recipe=replace(
            one.recipe.take([0] * n),
            rate=column("learning_rate"),
            decay=column("weight_decay"),
            dropout=column("dropout"),
            smoothing=None if one.recipe.smoothing is None else column("label_smoothing"),
        ),
    )


for _name in ("RealMLPClassifier", "RealMLPRegressor"):
    register_shared_fit(f"gridfold.estimators:{_name}", RealMLPFit())
