"""One model to be trained: what it draws from its random state, as scikit-learn draws it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from .initial import glorot_weights
from .perceptron import flat_of


@dataclass(frozen=True)
class Member:
    """A model before its training.

    Attributes
    ----------
    params : mapping
        All constructor parameters. Those that only gridfold has may be missing.
    random_state : numpy.random.RandomState
        As it is before the first shuffle.
    sizes : tuple of int
        Widths of the network, from the number of features to the number of outputs.
    start : ndarray of shape (n_weights,), float64
        Initial weights, as `Network` has them side by side.
    rows, validation_rows : int array of shape (n_rows,)
        Numbers of the rows to train on, and to score on after each epoch (none: empty).
    seed : int
        Of the dropout masks; 0 without dropout.
    """

    params: Mapping[str, Any]
    random_state: np.random.RandomState
    sizes: tuple[int, ...]
    start: np.ndarray
    rows: np.ndarray
    validation_rows: np.ndarray
    seed: int = 0

    @property
    def batch_size(self) -> int:
        """The rows of a minibatch: at most 200 with "auto", and never more than there are."""
        wanted = self.params["batch_size"]
        return min(200 if wanted == "auto" else int(wanted), len(self.rows))


def new_member(
    params: Mapping[str, Any],
    sizes: Sequence[int],
    rows: np.ndarray,
    labels: np.ndarray | None = None,
    *,
    split: bool | None = None,
    start: np.ndarray | None = None,
) -> Member:
    """Draw a member's initial weights, its validation rows and its seed, in this order.

    Parameters
    ----------
    sizes : sequence of int
        Widths of the network, from the number of features to the number of outputs.
    rows : int array of shape (n_rows,)
        The rows of the table that the member may use.
    labels : ndarray of shape (n_rows, 1), optional
        What the split is stratified by.
    split : bool, optional
        Whether validation rows are split off; by default where `early_stopping` says so.
    start : ndarray of shape (n_weights,), optional
        The weights to begin with, of an earlier fit; nothing is drawn for them.

    Raises
    ------
    ValueError
        When the validation part would have less than two rows, or cannot be stratified.
    """
    random_state = check_random_state(params["random_state"])
    if start is None:
        start = flat_of(*glorot_weights(sizes, params["activation"], random_state))
        if params.get("normalization"):
            start = np.concatenate([start, *_neutral(sizes[1:-1])])
    train, held = rows, rows[:0]
    if params["early_stopping"] if split is None else split:
        train, held = train_test_split(
            rows,
            random_state=random_state,
            test_size=params["validation_fraction"],
            stratify=labels,
        )
        if len(held) < 2:
            raise ValueError(
                "The validation set is too small. Increase 'validation_fraction' or the size of "
                "your dataset."
            )
    _warn_of_clipped_batch(params["batch_size"], len(train))
    seed = random_state.randint(2**31 - 1) if params.get("dropout") else 0
    return Member(params, random_state, tuple(sizes), start, train, held, int(seed))


def _neutral(widths: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The factors and the shifts that normalisations of these widths start from."""
    return np.ones(sum(widths)), np.zeros(sum(widths))


def _warn_of_clipped_batch(batch_size: Any, n_rows: int) -> None:
    if batch_size != "auto" and batch_size > n_rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped "
            f"to the {n_rows} rows there are to train on.",
            stacklevel=8,  # where fit was called
        )
