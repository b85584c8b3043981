"""Snapshots: all that a training goes on from, as NumPy arrays and plain Python values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from ...arrays import Array, to_numpy
from .stopping import Progress
from .training import Training


def snapshot(training: Training) -> dict[str, Any]:
    """Return the state of a training between two epochs; later epochs do not change it."""
    return {
        "models": list(training.models),
        "flat": _copy(training.flat),
        "state": [_copy(part) for part in training.state],
        "buffers": _copies(training.buffers),
        "best": [_copy(training.best[0]), _copies(training.best[1])],
        "results": {i: [_copy(w), _copies(b)] for i, (w, b) in training.results.items()},
        "states": {i: [[_copy(p) for p in state], n] for i, (state, n) in training.states.items()},
        "n_updates": training.n_updates.copy(),
        "progress": [asdict(progress) for progress in training.progress],
        "orders": [order.snapshot() for order in training.problem.orders],
        "streams": training.streams.snapshot(),
    }


def restore(training: Training, state: dict[str, Any]) -> None:
    """Let a new training of the same problem go on from a snapshot."""
    put = training.problem.rows.place.put

    def placed(pair: Any) -> tuple[Array, dict[str, Array]]:
        return put(pair[0].copy()), {name: put(b.copy()) for name, b in pair[1].items()}

    gone = [i for i in training.models if i not in state["models"]]
    training.drop(gone)
    training.flat, training.buffers = placed((state["flat"], state["buffers"]))
    training.state = tuple(put(part.copy()) for part in state["state"])
    training.best = placed(state["best"])
    training.results = {i: placed(pair) for i, pair in state["results"].items()}
    training.states = {
        i: (tuple(put(part.copy()) for part in parts), n)
        for i, (parts, n) in state["states"].items()
    }
    training.n_updates = state["n_updates"].copy()
    training.progress = [Progress(**values) for values in state["progress"]]
    for order, saved in zip(training.problem.orders, state["orders"], strict=True):
        order.restore(saved)
    training.streams.restore(state["streams"])
    training.prepare()


def _copy(array: Array) -> np.ndarray:
    return np.array(to_numpy(array))


def _copies(buffers: dict[str, Array]) -> dict[str, np.ndarray]:
    return {name: _copy(buffer) for name, buffer in buffers.items()}
