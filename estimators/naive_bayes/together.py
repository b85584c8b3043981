"""Naive Bayes members off the host: models that are asked together, where X is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..arrays import Array, Namespace, Place, place_of, to_numpy
from ..blocks import in_row_blocks
from ..class_sums import bytes_of_a_row
from ..shared import Declined, FittedMembers, Members
from .base import NaiveBayesOnDevice, log_shares

Joint = Callable[[Array], Array]


@dataclass(frozen=True)
class Together(FittedMembers):
    """Fitted members of gridfold's own class, whose arrays are on one device.

    Attributes
    ----------
    estimators : sequence of NaiveBayesOnDevice
    joint_of : callable
        From some of the models and a place to what takes values there, in float64, to joint log
        likelihoods of shape (n_models, n_rows, n_classes).
    """

    joint_of: Callable[[Sequence[Any], Place], Joint]

    def respond(self, X: Array, method: str, members: Sequence[int]) -> list[Array]:
        """Answer predict, predict_proba or predict_log_proba, by products for all members."""
        models = [self.estimators[i] for i in members]
        first = models[0]

        def kernel(rows: Array, xp: Namespace) -> Array:
            joint = self.joint_of(models, place_of(rows))
            return _answers(joint, len(models), first, rows, method, xp)

        found = first._answer(method, X, first._lives_by, kernel)
        return [found[i, ...] for i in range(len(models))]


def check_shared(members: Members, X: Any, fit_params: Any) -> None:
    """Decline what has no common fit off the host."""
    if not isinstance(members.prototype, NaiveBayesOnDevice):
        raise Declined("X is an array of another library")
    if hasattr(X, "tocsr"):
        raise Declined("X is sparse, and a device is asked for")
    others = sorted(set(fit_params) - {"sample_weight"})
    if others:
        raise Declined(f"the fit parameter {others[0]!r} is given")


def _answers(
    joint: Joint, n_models: int, first: Any, X: Array, method: str, xp: Namespace
) -> Array:
    """Answers of shape (n_models, n_samples, ...), block by block: what stays is the answers."""
    n_classes, start = len(first.classes_), 0
    by_class = () if method == "predict" else (n_classes,)
    dtype = xp.int64 if method == "predict" else X.dtype
    shape = (n_models, X.shape[0], *by_class)
    found = xp.empty(shape, dtype=dtype, device=place_of(X).device)

    def work(rows: slice) -> Array:
        scores = joint(first._values(X[rows, :], xp))
        if method == "predict":
            return xp.argmax(scores, axis=2)
        shares = xp.astype(log_shares(scores, xp), dtype, copy=False)
        return xp.exp(shares) if method == "predict_proba" else shares

    for part in in_row_blocks(work, X.shape[0], bytes_of_a_row(X, n_models * n_classes)):
        stop = start + part.shape[1]
        found[:, start:stop, ...] = part
        start = stop
    return first.classes_[to_numpy(found)] if method == "predict" else found
