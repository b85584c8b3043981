"""Fitted members of a group of MLPs, and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import validate_data

from ..arrays import HOST, Array, Namespace, Place, find_place, is_foreign, place_of, to_numpy
from ..base import result_place
from ..door import check_rows
from ..shared import Affine, Members
from .assembly import network_of
from .engine.losses import OUTPUTS
from .engine.network import Context, Network
from .fitted import buffers_of
from .shared_rows import is_ours, loss_of_model

ROWS_AT_ONCE = 32_768  # rows times members answered at a time


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

    @classmethod
    def of(
        cls,
        members: Members,
        models: Sequence[Any],
        flats: Sequence[Array],
        sizes: tuple[int, ...],
        place: Place,
        affine: Affine | None = None,
    ) -> PerceptronsState:
        """Gather fitted models, whose weights are `flats`, at `place`."""
        xp, network = place.xp, network_of({**members.params(0), "dropout": 0.0}, sizes)
        each = [buffers_of(model, network) for model in models]
        buffers = {name: xp.stack([one[name] for one in each]) for name in each[0]}
        return cls(members, models, network, xp.stack(list(flats)), buffers, affine)

    def answers(self, X: Any, method: str, members: Sequence[int]) -> list[Array]:
        """Answer predict or predict_proba for members, each as its own method would."""
        model, home = self.models[members[0]], place_of(X)
        X = check_rows(model, X) if is_foreign(X) else validate_data(model, X, reset=False)
        place = self.place
        if place == HOST and is_ours(model):
            place = find_place(model.device, X)
        outputs = self._outputs(place.put(X), members, place)
        answers = [outputs[i, ...] for i in range(len(members))]
        if not is_classifier(model):
            return [home.put(a[:, 0] if a.shape[1] == 1 else a) for a in answers]
        if method == "predict":
            return [_labels(model, to_numpy(answer), home) for answer in answers]
        if outputs.shape[2] == 1:
            answers = [place.xp.concat([1 - answer, answer], axis=1) for answer in answers]
        return [home.put(answer) for answer in answers]

    def _outputs(self, X: Array, members: Sequence[int], place: Place) -> Array:
        """Return what members predict for rows X, of shape (n_members, n_rows, n_outputs)."""
        xp, index = place.xp, place.put(np.asarray(list(members), dtype=np.int64))
        flat = xp.take(place.put(self.flat), index, axis=0)
        dtype = xp.result_type(X.dtype, flat.dtype)
        if self.affine is not None:
            X = scaled(X, tuple(place.put(part) for part in self.affine), dtype, xp)
        X, flat = xp.astype(X, dtype, copy=False), xp.astype(flat, dtype, copy=False)
        buffers = {
            name: xp.astype(xp.take(place.put(buffer), index, axis=0), dtype)
            for name, buffer in self.buffers.items()
        }
        weights, context = self.network.split(flat, xp), Context(xp, buffers=buffers)
        block = max(ROWS_AT_ONCE // len(members), 1)
        outputs = self.network.predict_rows(X, weights, context, block)
        return OUTPUTS[loss_of_model(self.models[0])](outputs, xp)


def scaled(X: Array, affine: Affine, dtype: Any, xp: Namespace) -> Array:
    """Return `(X - shift) / scale` in a dtype."""
    shift, scale = affine
    return xp.astype((xp.astype(X, shift.dtype, copy=False) - shift) / scale, dtype)


def _labels(model: Any, outputs: np.ndarray, home: Place) -> Array:
    labels = model._label_binarizer.inverse_transform(
        outputs[:, 0] if outputs.shape[1] == 1 else outputs
    )
    return result_place(home, labels).put(labels)
