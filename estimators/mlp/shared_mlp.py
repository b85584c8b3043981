"""The shared fit of MLPClassifier and MLPRegressor: all members train as one batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import pairwise
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.utils.validation import validate_data

from ..arrays import HOST, Array, Place, find_place, is_foreign, place_of, to_numpy
from ..base import result_place
from ..config import get_config
from ..door import check_rows
from ..linear.targets import affines_at, same_labels_in_folds
from ..shared import Affine, Cost, Declined, Folds, Members, Meta, SharedFit, register_shared_fit
from .assembly import network_of
from .batches import Rows
from .fitted import buffers_of
from .losses import OUTPUTS
from .network import Context, Network
from .parameters import STOCHASTIC, hidden_sizes
from .shared_rows import Checked, is_ours, loss_of_model, training_rows
from .shared_training import Task

_BLOCK = 32_768  # rows times models answered at a time
_STACKED_BYTES = 2 * 2**30  # of the rows of all folds behind their scalers


@dataclass(frozen=True)
class PerceptronsState:
    """Fitted members.

    Attributes
    ----------
    members : Members
    models : list of estimator
    network : Network
        Without dropout.
    flat : array of shape (n_members, n_weights)
    buffers : dict of arrays of shape (n_members, ...)
    affine : (shift, scale) or None
        The scaler in front, where the rows come as they were before it.
    """

    members: Members
    models: Sequence[Any]
    network: Network
    flat: Array
    buffers: Mapping[str, Array]
    affine: Affine | None = None

    @property
    def place(self) -> Place:
        """Where the weights are."""
        return place_of(self.flat)

    def outputs(self, X: Array, members: Sequence[int], place: Place) -> Array:
        """Return what members predict for rows X, of shape (n_members, n_rows, n_outputs)."""
        xp, chosen = place.xp, list(members)
        flat = place.put(self.flat)[place.put(np.asarray(chosen)), ...]
        dtype = xp.result_type(X.dtype, flat.dtype)
        if self.affine is not None:
            shift, scale = (place.put(part) for part in self.affine)
            X = (X - shift) / scale
        X, flat = xp.astype(X, dtype, copy=False), xp.astype(flat, dtype, copy=False)
        buffers = {
            name: xp.astype(place.put(b)[place.put(np.asarray(chosen)), ...], dtype)
            for name, b in self.buffers.items()
        }
        weights, context = self.network.split(flat, xp), Context(xp, buffers=buffers)
        block = max(_BLOCK // len(chosen), 1)
        parts = [
            self.network.predict(X[None, start : start + block, :], weights, context)
            for start in range(0, X.shape[0], block)
        ]
        return OUTPUTS[loss_of_model(self.models[0])](xp.concat(parts, axis=1), xp)


class PerceptronsFit(SharedFit):
    """Networks of one shape trained together, every step a product with an axis of members.

    Each member has the initial weights, the validation rows, the shuffles and the dropout masks
    that its own fit would draw, its own learning rate and its own end. On a CPU the members are cut
    into batches that fit the cache; all folds of a search are one batch only on a GPU.

    `exact` of our classes: their own fit is the same training of one network. Scikit-learn's sums
    in another order, and training makes more of rounding with every step.
    """

    varying = frozenset(
        {"alpha", "learning_rate_init", "random_state"} | {"dropout", "label_smoothing", "schedule"}
    )

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
        widest = 8.0 * max(sizes) * _BLOCK
        responses = 8.0 * meta.n_samples * m * n_outputs + 3 * widest
        return Cost(work, state=8.0 * 6 * n_weights * m, responses=responses)

    def fit(self, members: Members, X: Array, y: Array, **fit_params: Any) -> PerceptronsState:
        """Train all members on the rows of X."""
        models = _new_models(members, fit_params)
        data = training_rows(models[0], X, y, fit_params.get("sample_weight"))
        used = np.arange(data.rows.y.shape[0])
        task = _task(models, range(len(models)), data, [used] * len(models))
        return _state(members, models, task.train(), task.sizes, data.rows.place, None)

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
        models = [_new_models(members, fit_params) for _ in folds]
        data = training_rows(models[0][0], X, y, fit_params.get("sample_weight"))
        used, place = [to_numpy(train) for train, _ in folds], data.rows.place
        affine = affines_at(affine, X.shape[1], place)
        if affine is not None:
            rows, used = _behind_scalers(data.rows, used, affine, X)
            data = replace(data, rows=rows)
        m, everyone = len(members), [model for fold in models for model in fold]
        numbers = [*range(m)] * len(folds)
        task = _task(everyone, numbers, data, [part for part in used for _ in range(m)])
        flats = task.train()
        return [
            _state(
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
        model, home = state.models[members[0]], place_of(X)
        X = check_rows(model, X) if is_foreign(X) else validate_data(model, X, reset=False)
        place = state.place
        if place == HOST and is_ours(model):
            place = find_place(model.device, X)
        outputs = state.outputs(place.put(X), members, place)
        answers = [outputs[i, ...] for i in range(len(members))]
        if not is_classifier(model):
            return [home.put(a[:, 0] if a.shape[1] == 1 else a) for a in answers]
        if method == "predict":
            return [_labels(model, to_numpy(answer), home) for answer in answers]
        if outputs.shape[2] == 1:
            answers = [place.xp.concat([1 - answer, answer], axis=1) for answer in answers]
        return [home.put(answer) for answer in answers]

    def materialise(self, state: PerceptronsState, i: int) -> BaseEstimator:
        """Return member `i` with the attributes of its own fit."""
        estimator = state.members.instance(i)
        vars(estimator).update(deepcopy(vars(state.models[i])))
        return estimator


def _new_models(members: Members, fit_params: Mapping[str, Any]) -> list[Any]:
    """Return the members as unfitted estimators, whose parameters have been checked."""
    others = sorted(set(fit_params) - {"sample_weight"})
    if others:
        raise Declined(f"the fit parameter {others[0]!r} is given")
    if getattr(members.prototype, "_skl_callbacks", None):
        raise Declined("callbacks follow the epochs of one network")
    models = [members.instance(i) for i in range(len(members))]
    for i, model in enumerate(models):
        try:
            model._validate_params()
            if is_ours(model):
                model._check_together(None, None, False)
        except ValueError as error:
            raise Declined(str(error), {i}) from error
    return models


def _task(
    models: Sequence[Any],
    numbers: Sequence[int],
    data: Checked,
    used: Sequence[np.ndarray],
) -> Task:
    """Return the task of training models, with what is known of the data noted on all of them."""
    first = models[0]
    hidden = hidden_sizes(first.hidden_layer_sizes)
    sizes = (data.rows.inputs[0].shape[1], *hidden, data.rows.y.shape[1])
    params = first.get_params(deep=False)
    known = {name: value for name, value in vars(first).items() if name not in params}
    for model in models[1:]:
        vars(model).update(known)
    return Task(models, numbers, data, used, sizes)


def _state(
    members: Members,
    models: Sequence[Any],
    flats: Sequence[Array],
    sizes: tuple[int, ...],
    place: Place,
    affine: Affine | None,
) -> PerceptronsState:
    xp, network = place.xp, network_of({**members.params(0), "dropout": 0.0}, sizes)
    each = [buffers_of(model, network) for model in models]
    buffers = {name: xp.stack([one[name] for one in each]) for name in each[0]}
    return PerceptronsState(members, models, network, xp.stack(list(flats)), buffers, affine)


def _behind_scalers(
    rows: Rows, used: Sequence[np.ndarray], affine: Sequence[Affine], X: Array
) -> tuple[Rows, list[np.ndarray]]:
    """Return a table of the rows of each fold behind its scaler, one below the other."""
    xp, place, n_folds = rows.place.xp, rows.place, len(used)
    table, n = rows.inputs[0], rows.y.shape[0]
    if n_folds * n * table.shape[1] * table.dtype.itemsize > _STACKED_BYTES:
        raise Declined("the rows behind the scalers of all folds are too many bytes")
    X = place.put(X)
    scaled = [xp.astype((X - shift) / scale, table.dtype) for shift, scale in affine]
    weight = None if rows.weight is None else xp.concat([rows.weight] * n_folds)
    stacked = Rows((xp.concat(scaled),), xp.concat([rows.y] * n_folds), weight, place)
    return stacked, [part + k * n for k, part in enumerate(used)]


def _labels(model: Any, outputs: np.ndarray, home: Place) -> Array:
    labels = model._label_binarizer.inverse_transform(
        outputs[:, 0] if outputs.shape[1] == 1 else outputs
    )
    return result_place(home, labels).put(labels)


_OURS, _THEIRS = PerceptronsFit(exact=True), PerceptronsFit(exact=False)
_ON_GPU = PerceptronsFit(exact=True, shares_folds=True)
for _name in ("MLPClassifier", "MLPRegressor"):
    register_shared_fit(f"gridfold.estimators:{_name}", _OURS)
    register_shared_fit(f"sklearn.neural_network:{_name}", _THEIRS)
