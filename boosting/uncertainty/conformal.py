"""Conformal prediction: intervals that hold the truth as often as was asked."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from numbers import Real
from typing import Any

import numpy as np

from .shifted_lists import kth_smallest

_BLOCK = 1 << 16  # rows at a time: some megabytes for each model


@dataclass(frozen=True)
class Conformal:
    """What intervals are made from: how far off predictions were for rows not trained on.

    Attributes
    ----------
    kind : {"split", "cross"}
    scores : list of ascending float64 ndarrays
        One for "split"; one for each model for "cross". As many numbers as rows were held out.
    """

    kind: str
    scores: list[np.ndarray]

    def interval(self, predictions: np.ndarray, coverage: float) -> np.ndarray:
        """Return intervals that hold y with probability `coverage`; see `fit_conformal`.

        Parameters
        ----------
        predictions : float ndarray of shape (n_models, n_samples[, n_levels])
            For "split" of the one model, n_models = 1; for "cross" of the model of each fold.
        coverage : float in (0, 1)

        Returns
        -------
        float64 ndarray of shape (n_samples, 2)
            Lower and upper ends. In float32 rounding might leave out a y right on the end.

        Raises
        ------
        ValueError
            When `coverage` is no number in (0, 1), or too few rows were held out for it.
        """
        rank = _rank(coverage, sum(len(each) for each in self.scores))
        n_samples = predictions.shape[1]
        ends = np.empty((n_samples, 2))
        for start in range(0, n_samples, _BLOCK):
            rows = slice(start, start + _BLOCK)
            low, high = _band(predictions[:, rows])
            ends[rows, 0] = -kth_smallest(self.scores, -low, rank)
            ends[rows, 1] = kth_smallest(self.scores, high, rank)
        # An empty interval: of quantiles too far apart, or models that differ more than they err.
        crossed = ends[:, 0] > ends[:, 1]
        ends[crossed] = ends[crossed].mean(axis=1, keepdims=True)
        return ends


def fit_conformal(
    kind: str, y: np.ndarray, prediction: np.ndarray, fold: np.ndarray | None = None
) -> Conformal:
    """Learn from rows that a model has not seen how wide its intervals must be.

    The score of a row is `|y - prediction|`, or with quantiles `max(low - y, y - high)` with the
    lowest and the highest of them, negative inside (Romano, Patterson and Candès, Conformalized
    quantile regression, NeurIPS 2019). With n scores and `k = ceil((n + 1) coverage)`:

    - "split": `[low - s, high + s]` with the k-th smallest score s. Where the rows held out and
      the new one are exchangeable, it holds y with a probability of at least `coverage`, and less
      than `coverage + 1 / (n + 1)` if no scores are tied (Lei, G'Sell, Rinaldo, Tibshirani and
      Wasserman, Distribution-free predictive inference for regression, JASA 2018, theorem 2.2).
    - "cross" (CV+): each score goes with the model that has not seen its row, so that the ends are
      the k-th largest of all `low_i - s_i` and the k-th smallest of all `high_i + s_i`. It trains
      on all rows. With `a = 1 - coverage`, the probability is at least `1 - 2 a - sqrt(2 / n)`; it
      is mostly about `coverage`, and more where the models of the folds disagree (Barber, Candès,
      Ramdas and Tibshirani, Predictive inference with the jackknife+, Annals of Statistics 2021,
      section 3, theorem 4; for quantiles Gupta, Kuchibhotla and Ramdas, Nested conformal prediction
      and quantile out-of-bag ensemble methods, Pattern Recognition 2022).

    Each row counts once: weights are for the training, and rows of unequal weight would not be
    exchangeable.

    Parameters
    ----------
    kind : {"split", "cross"}
    y : float ndarray of shape (n_held_out,)
    prediction : float ndarray of shape (n_held_out,) or (n_held_out, n_levels)
        Of models that have not seen the row, neither to train on nor to stop by. Quantiles in any
        order.
    fold : int ndarray of shape (n_held_out,)
        For "cross", the number of the model that has not seen the row.
    """
    low, high = _band(prediction[None])
    y = np.asarray(y, dtype=np.float64).reshape(len(y))  # (n, 1) is one target, too
    scores = np.maximum(low[0] - y, y - high[0])
    if kind == "split" or fold is None:
        return Conformal(kind, [np.sort(scores)])
    return Conformal(kind, [np.sort(scores[fold == i]) for i in range(int(fold.max()) + 1)])


def check_conformal(kind: str, y: Any, objective: Any) -> None:
    """Make sure, before anything is trained, that intervals can be made.

    Raises
    ------
    ValueError
        When y has several targets, or may be censored.
    """
    if np.ndim(y) > 1 and np.shape(y)[1] > 1:
        raise ValueError(
            f"conformal={kind!r} makes intervals of one target, and y has {np.shape(y)[1]}: fit "
            "one model for each."
        )
    if isinstance(objective, str) and objective.startswith("survival:"):
        raise ValueError(
            f"conformal={kind!r} compares predictions with y, and y of {objective!r} may be "
            "censored: take conformal=None."
        )


def _band(predictions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest prediction for each row, float64: (n_models, n_samples)."""
    predictions = predictions.astype(np.float64)
    if predictions.ndim == 2:
        return predictions, predictions
    return predictions.min(axis=2), predictions.max(axis=2)


def _rank(coverage: float, n_scores: int) -> int:
    """Return `ceil((n_scores + 1) coverage)`."""
    if not (isinstance(coverage, Real) and 0 < coverage < 1):
        raise ValueError(f"coverage must be a number between 0 and 1, not {coverage!r}.")
    # 0.55 * 20 is a hair above 11.
    rank = ceil((n_scores + 1) * coverage - 1e-9)
    if rank > n_scores:
        needed = ceil(coverage / (1 - coverage) - 1e-9)
        raise ValueError(
            f"coverage={coverage:g} needs at least {needed} rows held out, and there were "
            f"{n_scores}: ask for less, or fit on more rows."
        )
    return rank
