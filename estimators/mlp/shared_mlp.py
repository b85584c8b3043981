"""The shared fit of MLPClassifier and MLPRegressor: all members train as one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from itertools import pairwise
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from ..arrays import Array, find_place, is_foreign, to_numpy
from ..config import get_config
from ..linear.targets import affines_at, same_labels_in_folds
from ..shared import Affine, Cost, Declined, Folds, Members, Meta, SharedFit, register_shared_fit
from .engine.batches import Rows
from .parameters import STOCHASTIC, hidden_sizes
from .shared_rows import new_models, training_rows
from .shared_state import ROWS_AT_ONCE, PerceptronsState, scaled
from .shared_training import Task

_STACKED_BYTES = 2 * 2**30  # of the rows of all folds behind their scalers


class PerceptronsFit(SharedFit):
    """Networks of one shape trained together, every step a product with an axis of members.

    Each member has the initial weights, the validation rows, the shuffles and the dropout masks
    that its own fit would draw, its own learning rate and its own end. On a CPU the members are cut
    into batches that fit the cache; all folds of a search are one batch only on a GPU.

    Our classes get the numbers of their own fits, on a CPU bit for bit. Scikit-learn's sum in
    another order, in float64 here, and training makes more of rounding with every step: at the
    default learning rate scores were the same to the last digit after 200 epochs, on five tables;
    at ten times that rate, and without an early end, they moved by up to 0.03 on some of them: so
    it is not `exact`. In float32, where they moved at the default rate too, it is declined.
    """

    varying = frozenset(
        {"alpha", "learning_rate_init", "random_state"} | {"dropout", "label_smoothing", "schedule"}
    )

    independent = True

    def __init__(self, *, exact: bool, shares_folds: bool = False) -> None:
        self.exact = exact
        self.shares_folds = shares_folds

    def for_params(self, params: Mapping[str, Any]) -> SharedFit:
        """Return what shares folds too, where the parameters say that a GPU does the work."""
        device = params.get("device", "cpu")
        device = get_config()["device"] if device is None else device
        on_gpu = device == "auto" and not find_place("auto", None).on_host
        return _ON_GPU if on_gpu or str(device).startswith("cuda") else self

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse sparse X, L-BFGS, and what goes on from, or follows, the fit of one network."""
        if meta.sparse:
            return "X is sparse"
        if params["solver"] not in STOCHASTIC:
            return f"solver={params['solver']!r} takes no minibatches"
        for name in ("warm_start", "verbose"):
            if params[name]:
                return f"{name}={params[name]!r}"
        if params.get("checkpoint") is not None:
            return "each fit with a checkpoint writes its own"
        try:
            hidden_sizes(params["hidden_layer_sizes"])
        except ValueError as error:
            return str(error)
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: six operations for each weight, row and epoch."""
        params, m = members.params(0), len(members)
        hidden = hidden_sizes(params["hidden_layer_sizes"])
        n_outputs = max(meta.n_outputs, meta.n_classes or 1)
        sizes = (meta.n_features or 100, *hidden, n_outputs)
        n_weights = sum((a + 1) * b for a, b in pairwise(sizes))
        epochs = params["max_iter"] if isinstance(params["max_iter"], Integral) else 1
        work = 6.0 * n_weights * meta.n_samples * int(epochs) * m
        widest = 8.0 * max(sizes) * ROWS_AT_ONCE
        responses = 8.0 * meta.n_samples * m * n_outputs + 3 * widest
        return Cost(work, state=8.0 * 6 * n_weights * m, responses=responses)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> PerceptronsState:
        """Train all members on the rows of X."""
        models = new_models(members, fit_params)
        rows, kept = training_rows(models[0], X, y, fit_params.get("sample_weight"))
        used = np.arange(rows.y.shape[0])
        task = _task(models, range(len(models)), rows, [used] * len(models), kept)
        return PerceptronsState.of(members, models, task.train(), task.sizes, rows.place)

    def fit_folds(
        self,
        members: Members,
        X: Array,
        y: Array,
        folds: Folds,
        affine: Sequence[Affine] | None = None,
        **fit_params: Any,
    ) -> list[PerceptronsState]:
        """Train all members on all folds as one batch.

        Raises
        ------
        Declined
            When a training part lacks a class, row weights depend on the fold, or the rows behind
            the scalers of all folds are too many bytes.
        """
        same_labels_in_folds(members.prototype, y, folds)
        if members.common.get("class_weight") == "balanced":
            raise Declined("balanced class weights depend on the fold")
        models = [new_models(members, fit_params) for _ in folds]
        rows, kept = training_rows(models[0][0], X, y, fit_params.get("sample_weight"))
        used, place = [to_numpy(train) for train, _ in folds], rows.place
        affine = affines_at(affine, X.shape[1], place)
        if affine is not None:
            rows, used = _behind_scalers(rows, used, affine, X)
        m, everyone = len(members), [model for fold in models for model in fold]
        numbers = [*range(m)] * len(folds)
        task = _task(everyone, numbers, rows, [part for part in used for _ in range(m)], kept)
        flats = task.train()
        return [
            PerceptronsState.of(
                members,
                models[k],
                flats[k * m : (k + 1) * m],
                task.sizes,
                place,
                None if affine is None else affine[k],
            )
            for k in range(len(folds))
        ]

    def respond(
        self, state: PerceptronsState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Answer predict or predict_proba for many members by one pass through the network."""
        return state.answers(X, method, members)

    def materialise(self, state: PerceptronsState, i: int) -> BaseEstimator:
        """Return member `i` with the attributes of its own fit."""
        estimator = state.members.instance(i)
        vars(estimator).update(deepcopy(vars(state.models[i])))
        return estimator


def _task(
    models: Sequence[Any],
    numbers: Sequence[int],
    rows: Rows,
    used: Sequence[np.ndarray],
    kept: np.dtype,
) -> Task:
    """Return the task of training models, with what is known of the data noted on all of them."""
    first = models[0]
    hidden = hidden_sizes(first.hidden_layer_sizes)
    sizes = (rows.inputs[0].shape[1], *hidden, rows.y.shape[1])
    params = first.get_params(deep=False)
    known = {name: value for name, value in vars(first).items() if name not in params}
    for model in models[1:]:
        vars(model).update(known)
    return Task(models, numbers, rows, used, sizes, kept)


def _behind_scalers(
    rows: Rows, used: Sequence[np.ndarray], affine: Sequence[Affine], X: Array
) -> tuple[Rows, list[np.ndarray]]:
    """Return a table of the rows of each fold behind its scaler, one below the other."""
    xp, place, n_folds = rows.place.xp, rows.place, len(used)
    table, n = rows.inputs[0], rows.y.shape[0]
    if n_folds * n * table.shape[1] * table.dtype.itemsize > _STACKED_BYTES:
        raise Declined("the rows behind the scalers of all folds are too many bytes")
    X = place.put(X if is_foreign(X) else np.asarray(X, dtype=np.float64))
    tables = [scaled(X, pair, table.dtype, xp) for pair in affine]
    weight = None if rows.weight is None else xp.concat([rows.weight] * n_folds)
    stacked = Rows((xp.concat(tables),), xp.concat([rows.y] * n_folds), weight, place)
    return stacked, [part + k * n for k, part in enumerate(used)]


_OURS, _THEIRS = PerceptronsFit(exact=True), PerceptronsFit(exact=False)
_ON_GPU = PerceptronsFit(exact=True, shares_folds=True)
for _name in ("MLPClassifier", "MLPRegressor"):
    register_shared_fit(f"gridfold.estimators:{_name}", _OURS)
    register_shared_fit(f"sklearn.neural_network:{_name}", _THEIRS)
