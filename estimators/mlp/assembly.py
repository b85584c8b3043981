"""From members and their data to a training problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..arrays import Array, Namespace
from .engine.batches import RowOrder, Rows
from .engine.losses import LOSSES, OUTPUTS
from .engine.network import Network
from .engine.optimizers import RULES, Rule
from .engine.problem import Problem, Recipe
from .engine.schedules import SCHEDULES
from .engine.stopping import Stopping
from .engine.validation import Validation, accuracy, all_labels, r2
from .members import Member
from .perceptron import perceptron

_SMOOTHED = ("log_loss", "binary_log_loss")


def training_problem(
    members: Sequence[Member],
    table: Rows,
    loss: str,
    *,
    validation_table: Rows | None = None,
    multilabel: bool = False,
) -> Problem:
    """Return the problem of training members together.

    They must agree in the shape of the network, the optimizer, the loss, the batch size, the
    largest number of epochs and the rule of stopping: in `group_key`.

    Parameters
    ----------
    table : Rows
        The rows that members refer to, in the dtype of the computation.
    loss : str
        Name of the loss, of losses.py.
    validation_table : Rows, optional
        Other rows, on which all members are scored.
    multilabel : bool
        Whether outputs are flags, of which a row needs all right.
    """
    params, place = members[0].params, table.place
    dropout = max(member.params.get("dropout") or 0.0 for member in members)
    return Problem(
        network=network_of({**params, "dropout": dropout}, members[0].sizes),
        rows=table,
        recipe=recipe_of(members, loss, table),
        stopping=stopping_of(params),
        start=place.put(np.stack([member.start for member in members]), table.y.dtype),
        orders=[RowOrder(m.rows, m.random_state if m.params["shuffle"] else None) for m in members],
        seeds=[member.seed for member in members],
        validation=_validation(members, table, validation_table, score_of(loss, multilabel)),
    )


def network_of(params: Mapping[str, Any], sizes: tuple[int, ...]) -> Network:
    """Return the network of these parameters and widths."""
    return perceptron(
        tuple(int(size) for size in sizes),
        params["activation"],
        params.get("normalization"),
        bool(params.get("dropout")),
    )


def recipe_of(members: Sequence[Member], loss: str, table: Rows) -> Recipe:
    """Return how members are trained."""
    first, params = members[0].params, [member.params for member in members]

    def column(name: str) -> np.ndarray:
        return np.array([float(each.get(name) or 0.0) for each in params])

    alpha, rule = column("alpha"), rule_of(first)
    smoothing, none = column("label_smoothing"), np.zeros(len(members))
    return Recipe(
        loss=loss_of(loss, first, table),
        rule=rule,
        rate=column("learning_rate_init"),
        penalty=none if rule.decoupled else alpha,
        decay=alpha if rule.decoupled else none,
        decay_factors={"bias": 0.0, "scale": 0.0, "shift": 0.0} if rule.decoupled else {},
        dropout=column("dropout"),
        smoothing=smoothing if loss in _SMOOTHED and smoothing.any() else None,
        schedules=[schedule_of(each) for each in params],
        batch_size=members[0].batch_size,
        n_epochs=int(first["max_iter"]),
    )


def rule_of(params: Mapping[str, Any]) -> Rule:
    """Return the update of the weights that `solver` and its parameters name."""
    rule = RULES[params["solver"] if params["solver"] != "lbfgs" else "sgd"]
    if rule.beta_2 is None:
        nesterov = bool(params["nesterovs_momentum"])
        return replace(rule, momentum=params["momentum"], nesterov=nesterov)
    beta_1 = params["beta_1"] if rule.beta_1 else 0.0
    return replace(rule, beta_1=beta_1, beta_2=params["beta_2"], epsilon=params["epsilon"])


def loss_of(name: str, params: Mapping[str, Any], table: Rows) -> Any:
    """Return the loss function, with its own parameters in it."""
    if name == "huber":
        return partial(LOSSES[name], delta=params["delta"])
    if name == "pinball":
        levels = table.place.put(np.array([params["quantile"]]), table.y.dtype)
        return partial(LOSSES[name], levels=levels)
    return LOSSES[name]


def schedule_of(params: Mapping[str, Any]) -> Any:
    """Return the factors of the learning rate over the steps."""
    name = params.get("schedule")
    return SCHEDULES["constant" if name in (None, "reduce_on_plateau") else name]


def stopping_of(params: Mapping[str, Any]) -> Stopping:
    """Return the rule of stopping: scikit-learn's, and that of reduce_on_plateau."""
    early = bool(params["early_stopping"])
    slower: dict[str, Any] = {}
    rate = params["learning_rate"] if params["solver"] == "sgd" else "constant"
    if params.get("schedule") == "reduce_on_plateau" or rate == "adaptive":
        slower = {"cut_factor": 0.2}
    elif rate == "invscaling" and params.get("schedule") is None:
        slower = {"inverse_power": params["power_t"]}
    return Stopping(
        monitor="score" if early else "loss",
        tol=params["tol"],
        patience=params["n_iter_no_change"],
        keep_best=early,
        **slower,
    )


def score_of(loss: str, multilabel: bool) -> Any:
    """Return the score that the estimator's `score` gives: accuracy, or R2 of the predictions."""
    if loss in _SMOOTHED:
        return all_labels if multilabel else accuracy
    link = OUTPUTS[loss]

    def score(outputs: Array, y: Array, weight: Array, xp: Namespace) -> Array:
        return r2(link(outputs, xp), y, weight, xp)

    return score


def _validation(
    members: Sequence[Member], table: Rows, other: Rows | None, score: Any
) -> Validation | None:
    put = table.place.put
    if other is not None:
        xp, n_rows = table.place.xp, other.y.shape[0]
        ones = xp.ones((1, n_rows), dtype=other.y.dtype, device=table.place.device)
        weight = ones if other.weight is None else other.weight[None, :]
        return Validation(other, None, weight, score)
    longest = max(len(member.validation_rows) for member in members)
    if not longest:
        return None
    rows = np.zeros((len(members), longest), dtype=np.int64)
    present = np.zeros((len(members), longest))
    for i, member in enumerate(members):
        rows[i, : len(member.validation_rows)] = member.validation_rows
        present[i, : len(member.validation_rows)] = 1.0
    weight = put(present, table.y.dtype)
    if table.weight is not None:
        weight = weight * table.rows_of(table.weight, put(rows))
    return Validation(table, put(rows), weight, score)
