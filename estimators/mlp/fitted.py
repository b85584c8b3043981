"""From finished training to fitted attributes, and back to what training goes on from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays import Array, Namespace, Place, to_numpy
from ..sklearn_private import AdamOptimizer, SGDOptimizer
from .engine.network import Network
from .engine.optimizers import Rule
from .engine.stopping import Progress
from .perceptron import flat_of, weights_of

_LISTS = {
    "coefs_": "weight",
    "intercepts_": "bias",
    "norm_scales_": "scale",
    "norm_shifts_": "shift",
}
NORM_ATTRIBUTES = ("norm_scales_", "norm_shifts_", "norm_means_", "norm_variances_")


def normalization_of(model: Any) -> str | None:
    """Return the normalisation of the fitted network, whatever the parameter says now."""
    if hasattr(model, "norm_means_"):
        return "batch"
    return "layer" if hasattr(model, "norm_scales_") else None


def set_shape(model: Any, sizes: Sequence[int], out_activation: str) -> None:
    """Set what is known of the network before training."""
    model.n_layers_ = len(sizes)
    model.n_outputs_ = sizes[-1]
    model.out_activation_ = out_activation


def set_weights(
    model: Any, network: Network, flat: Array, buffers: dict[str, Array], xp: Namespace
) -> None:
    """Set `coefs_` and `intercepts_` and, with normalisation, what belongs to it.

    Parameters
    ----------
    flat : array of shape (n_weights,)
    buffers : dict of arrays
        Without the axis of models.
    """
    for name in NORM_ATTRIBUTES:
        vars(model).pop(name, None)  # of an earlier fit
    vars(model).update(weight_attributes(network, flat, buffers, xp))


def weight_attributes(
    network: Network, flat: Array, buffers: dict[str, Array], xp: Namespace
) -> dict[str, list[Array]]:
    """Return the attributes that hold weights, by name."""
    found = {
        name: weights_of(network, flat, kind, xp)
        for name, kind in _LISTS.items()
        if kind in network.kinds
    }
    for part in ("mean", "variance"):
        names = [name for name in buffers if name.endswith(part)]
        if names:
            found[f"norm_{part}s_"] = [buffers[name] for name in names]
    return found


def flat_weights(model: Any) -> np.ndarray:
    """Return the weights of a fitted model as one NumPy array."""
    return flat_of(*(getattr(model, name, ()) for name in _LISTS))


def flat_at(model: Any, place: Place, dtype: Any) -> Array:
    """Return the weights of a fitted model as one array at `place`, of shape (n_weights,)."""
    parts = [part for name in _LISTS for part in getattr(model, name, ())]
    return place.xp.concat([place.xp.reshape(place.put(part, dtype), (-1,)) for part in parts])


def buffers_of(model: Any, network: Network) -> dict[str, Array]:
    """Return what a fitted model keeps beside weights, by the names of its network's buffers."""
    found: dict[str, Array] = {}
    for part in ("mean", "variance"):
        names = [n for layer in network.layers for n in layer.buffers if n.endswith(part)]
        found |= dict(zip(names, getattr(model, f"norm_{part}s_", ()), strict=False))
    return found


def set_progress(model: Any, progress: Progress, *, early_stopping: bool) -> None:
    """Set the losses and scores of the epochs, and what counts them."""
    model.n_iter_ = progress.n_epochs
    model.t_ = progress.n_seen
    model.loss_curve_ = list(progress.loss_curve)
    if progress.loss_curve:
        model.loss_ = progress.loss_curve[-1]
    model.best_loss_ = None if early_stopping else progress.best_loss
    # Weights that are not finite have no score.
    last = [float("nan")] if progress.stopped == "error" else []
    model.validation_scores_ = [*progress.scores, *last] if early_stopping else None
    model.best_validation_score_ = progress.best_score if early_stopping else None
    model._no_improvement_count = progress.no_improvement


def progress_of(model: Any, *, early_stopping: bool) -> Progress:
    """Return the progress from which a warm start or `partial_fit` goes on.

    As in scikit-learn, a warm start whose scores never reach the best one of earlier fits ends
    with the weights of its last epoch: going back would let it never get anywhere.
    """
    best_loss, best_score = (
        getattr(model, name, None) for name in ("best_loss_", "best_validation_score_")
    )
    return Progress(
        loss_curve=list(getattr(model, "loss_curve_", ())),
        scores=list(getattr(model, "validation_scores_", None) or ()) if early_stopping else [],
        best_loss=np.inf if best_loss is None else best_loss,
        best_score=-np.inf if best_score is None else best_score,
        no_improvement=getattr(model, "_no_improvement_count", 0),
        n_seen=getattr(model, "t_", 0),
    )


def set_optimizer(
    model: Any, rule: Rule, network: Network, state: Sequence[Array], n_updates: int, rate: float
) -> None:
    """Set `_optimizer`, scikit-learn's object, from which `partial_fit` goes on.

    Parameters
    ----------
    state : sequence of arrays of shape (n_weights,)
        Of optimizers.py.
    rate : float
        The learning rate after the last epoch, before Adam's correction.
    """
    weights = [*model.coefs_, *model.intercepts_]
    host = [np.asarray(to_numpy(part)) for part in state]
    if rule.beta_2 is None:
        optimizer = SGDOptimizer(
            [to_numpy(part) for part in weights],
            model.learning_rate_init,
            model.learning_rate,
            model.momentum,
            model.nesterovs_momentum,
            model.power_t,
        )
        optimizer.learning_rate = rate
        if host:
            optimizer.velocities = _parts(network, host[-1])
    else:
        optimizer = AdamOptimizer([], rate, rule.beta_1, rule.beta_2, rule.epsilon)
        moments = [host[0] if rule.beta_1 else np.zeros_like(host[0]), host[-1]]
        optimizer.ms = _parts(network, moments[0] * (1 - rule.beta_1))
        optimizer.vs = _parts(network, moments[1] * (1 - rule.beta_2))
        optimizer.t = n_updates
        if n_updates:
            optimizer.learning_rate = rate * _correction(rule, n_updates)
    model._optimizer = optimizer


def optimizer_state(optimizer: Any, rule: Rule) -> list[np.ndarray] | None:
    """Return the state, of optimizers.py, that `_optimizer` holds; None for another solver's."""
    if rule.beta_2 is None and isinstance(optimizer, SGDOptimizer):
        return [flat_of(optimizer.velocities)] if rule.momentum else []
    if rule.beta_2 is not None and isinstance(optimizer, AdamOptimizer):
        squares = flat_of(optimizer.vs) / (1 - rule.beta_2)
        return [flat_of(optimizer.ms) / (1 - rule.beta_1), squares] if rule.beta_1 else [squares]
    return None


def optimizer_rate(optimizer: Any) -> float:
    """Return the learning rate that `_optimizer` would go on with, before Adam's correction."""
    adam = isinstance(optimizer, AdamOptimizer)
    return float(optimizer.learning_rate_init if adam else optimizer.learning_rate)


def _parts(network: Network, flat: np.ndarray) -> list[np.ndarray]:
    return [part for kind in network.kinds for part in weights_of(network, flat, kind, np)]


def _correction(rule: Rule, n_updates: int) -> float:
    assert rule.beta_2 is not None
    return float(np.sqrt(1 - rule.beta_2**n_updates) / (1 - rule.beta_1**n_updates))
