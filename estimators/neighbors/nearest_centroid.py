"""Classification by the nearest mean, or median, of a class."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import neighbors
from sklearn.utils.metaestimators import available_if

from ..arrays import HOST, Array, Namespace, find_place, place_of, to_numpy
from ..base import OnDevice, to_host
from ..blocks import in_row_blocks
from ..class_sums import class_codes, class_moments
from ..door import Opened

_NO_VARIANCE = "All features have zero variance. Division by zero."
_NO_DEVIATION = (
    "self.within_class_std_dev_ has at least 1 zero standard deviation."
    "Inputs within the same classes for at least 1 feature are identical."
)


@dataclass(frozen=True)
class Seen:
    """What rows tell of their classes, before any shrinking; float64.

    Attributes
    ----------
    counts : array of shape (n_classes,)
    centre : array of shape (n_features,)
        The mean of all rows.
    centroids : array of shape (n_classes, n_features)
    within : array of shape (n_features,)
        The deviation from the centroids.
    """

    counts: Array
    centre: Array
    centroids: Array
    within: Array


def _is_euclidean(self: Any) -> bool:
    return self.metric == "euclidean"


class NearestCentroid(OnDevice, neighbors.NearestCentroid):
    """Classifier by the nearest centroid: the mean of a class, or for "manhattan" its median.

    With `shrink_threshold` centroids are drawn to the mean of all rows,
    `mean + m_c (s + s0) soft(deviation, threshold)`, where `deviation` is how far a class mean is
    off in units of `m_c (s + s0)`, the deviation that it has by chance [Tibshirani et al., 2002].

    Parameters are those of `sklearn.neighbors.NearestCentroid`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Sparse X is scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    centroids_, deviations_ : arrays of shape (n_classes, n_features), float64
    within_class_std_dev_ : array of shape (n_features,)
    class_prior_ : array of shape (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "classification"
    _numbers_only = True
    _multi_output = False
    _is_double = True
    classes_: Any

    def fit(self, X: Any, y: Any) -> NearestCentroid:
        """Take the centroids.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), any labels

        Raises
        ------
        ValueError
            When there is one class only, or no column varies.
        """
        if self.metric != "manhattan" or find_place(self.device, X) != HOST:
            return self._fit_on_device(X, y)
        self._parent.fit(self, to_host(X), to_host(y))  # medians, which it selects without sorting
        self.fallback_ = None if not hasattr(X, "tocsr") else "sparse X"
        return self

    def _fit_arrays(self, data: Opened) -> None:
        self._take(self._seen(data))

    def _seen(self, data: Opened) -> Seen:
        """Set the classes; take their centroids, and the deviations from these."""
        xp, n_samples = data.xp, data.X.shape[0]
        self.classes_, numbers = class_codes(data.y)
        n_classes, codes = len(self.classes_), data.place.put(numbers)
        if n_classes < 2:
            raise ValueError(
                f"The number of classes has to be greater than one; got {n_classes} class"
            )
        counts, means, squares = class_moments(data.X, codes, n_classes, None, xp)
        centre, centroids, within = (counts @ means) / n_samples, means, xp.sum(squares, axis=0)
        if self.metric == "manhattan":
            centroids = _medians(data.X, codes, n_classes, xp)
            within = within + counts @ (means - centroids) ** 2
        if bool(xp.all(within == 0)) and bool(xp.all(means == means[:1, :])):
            raise ValueError(_NO_VARIANCE)
        within = xp.sqrt(within / (n_samples - n_classes))
        if bool(xp.any(within == 0)):
            warnings.warn(_NO_DEVIATION, stacklevel=5)
        return Seen(counts, centre, centroids, within)

    def _priors(self, counts: np.ndarray) -> np.ndarray:
        if isinstance(self.priors, str):
            n_classes = len(counts)
            shares = counts / counts.sum()
            priors = shares if self.priors == "empirical" else np.full(n_classes, 1 / n_classes)
        else:
            priors = np.asarray(to_host(self.priors))
        if (priors < 0).any():
            raise ValueError("priors must be non-negative")
        if np.isclose(priors.sum(), 1.0):
            return priors
        warnings.warn(
            "The priors do not sum to 1. Normalizing such that it sums to one.",
            UserWarning,
            stacklevel=6,
        )
        return priors / priors.sum()

    def _take(self, seen: Seen) -> None:
        """Set priors and deviations from the centre of all rows, and draw the centroids to it."""
        counts, within, place = seen.counts, seen.within, place_of(seen.counts)
        xp = place.xp
        self.class_prior_ = place.put(self._priors(to_numpy(counts)))
        self.within_class_std_dev_, self.centroids_ = within, seen.centroids
        by_chance = xp.sqrt(1.0 / counts - 1.0 / xp.sum(counts))[:, None]
        by_chance = by_chance * (within + float(np.median(to_numpy(within))))
        with np.errstate(divide="ignore", invalid="ignore"):  # columns that do not vary, as there
            self.deviations_ = (seen.centroids - seen.centre) / by_chance
        if self.shrink_threshold:
            size = xp.abs(self.deviations_) - float(self.shrink_threshold)
            size = xp.where(size > 0, size, xp.zeros_like(size))
            self.deviations_ = xp.sign(self.deviations_) * size
            self.centroids_ = seen.centre + by_chance * self.deviations_

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_samples,); numeric ones where X is, others NumPy."""
        return self._answer("predict", X, "centroids_", self._labels)

    @available_if(_is_euclidean)
    def decision_function(self, X: Any) -> Any:
        """Return scores of shape (n_samples, n_classes), or (n_samples,) for two classes."""
        return self._answer("decision_function", X, "centroids_", self._decision)

    @available_if(_is_euclidean)
    def predict_proba(self, X: Any) -> Any:
        """Return probabilities of shape (n_samples, n_classes), where X is."""
        return self._answer(
            "predict_proba", X, "centroids_", lambda rows, xp: xp.exp(self._log_proba(rows, xp))
        )

    @available_if(_is_euclidean)
    def predict_log_proba(self, X: Any) -> Any:
        """Return log-probabilities of shape (n_samples, n_classes), where X is."""
        return self._answer("predict_log_proba", X, "centroids_", self._log_proba)

    def _labels(self, X: Array, xp: Namespace) -> np.ndarray:
        uniform = np.allclose(to_host(self.class_prior_), 1 / len(self.classes_))
        scores = -self._distances(X, xp, scaled=False) if uniform else self._scores(X, xp)
        return self.classes_[to_numpy(xp.argmax(scores, axis=1))]

    def _decision(self, X: Array, xp: Namespace) -> Array:
        scores = xp.astype(self._scores(X, xp), X.dtype, copy=False)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def _log_proba(self, X: Array, xp: Namespace) -> Array:
        scores = self._scores(X, xp)
        scores = scores - xp.max(scores, axis=1, keepdims=True)
        total = xp.log(xp.sum(xp.exp(scores), axis=1, keepdims=True))
        return xp.astype(scores - total, X.dtype, copy=False)

    def _scores(self, X: Array, xp: Namespace) -> Array:
        """The scores `-distance^2 + 2 log prior` of scaled rows, float64."""
        prior = place_of(X).put(self.class_prior_, xp.float64)
        return 2 * xp.log(prior) - self._distances(X, xp, scaled=True) ** 2

    def _distances(self, X: Array, xp: Namespace, scaled: bool) -> Array:
        """Distances of shape (n_samples, n_classes), float64, from differences: no digit is lost.

        With `scaled` columns are divided by their deviation within the classes, where there is any.
        """
        place = place_of(X)
        centroids = place.put(self.centroids_, xp.float64)
        scale = place.put(self.within_class_std_dev_, xp.float64)
        scale = xp.where(scale == 0, xp.ones_like(scale), scale) if scaled else None

        def work(rows: slice) -> Array:
            block = xp.astype(X[rows, :], xp.float64, copy=False)
            columns = []
            for c in range(centroids.shape[0]):
                difference = block - centroids[c, :]
                difference = difference if scale is None else difference / scale
                if self.metric == "manhattan":
                    columns.append(xp.sum(xp.abs(difference), axis=1))
                else:
                    columns.append(xp.sqrt(xp.sum(difference * difference, axis=1)))
            return xp.stack(columns, axis=1)

        row_bytes = 8 * (4 * X.shape[1] + 2 * centroids.shape[0])
        return xp.concat(list(in_row_blocks(work, X.shape[0], row_bytes)))


def _medians(X: Array, codes: Array, n_classes: int, xp: Namespace) -> Array:
    """The median of each class and column, float64."""
    medians = []
    for c in range(n_classes):
        rows = xp.nonzero(codes == c)[0]
        middle = (rows.shape[0] - 1) / 2
        low, high = int(middle), int(middle + 0.5)
        columns = []
        for j in range(X.shape[1]):
            column = xp.sort(xp.take(X[:, j], rows))
            columns.append((xp.astype(column[low], xp.float64) + column[high]) / 2)
        medians.append(xp.stack(columns))
    return xp.stack(medians)
