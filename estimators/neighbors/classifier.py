"""Classification by the votes of the nearest neighbours."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn import neighbors
from sklearn.exceptions import DataConversionWarning

from ..arrays import HOST, Array, place_of, to_numpy
from ..base import result_place, to_host
from ..door import Opened
from .base import NeighborsOnDevice, class_numbers
from .votes import Votes, neighbour_weights


class KNeighborsClassifier(NeighborsOnDevice, neighbors.KNeighborsClassifier):
    """Classifier by the votes of the `n_neighbors` nearest training rows.

    The class with the largest sum of weights wins, the first of those with equal sums; a weight is
    1, or `1 / distance`. On the host scikit-learn's trees find the neighbours; on a GPU, and for
    arrays of other libraries, distances to all training rows do, in float64.

    Parameters are those of `sklearn.neighbors.KNeighborsClassifier`, and `device`: None (where X
    is), "cpu", "cuda", "cuda:1" or "auto". Off the host, metrics other than euclidean and
    manhattan and the algorithms "kd_tree" and "ball_tree" are left to scikit-learn; `fallback_`
    says so.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or a list of them for several outputs
    n_samples_fit_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served although another device or library was asked for.
    """

    _task = "classification"
    classes_: Any

    def fit(self, X: Any, y: Any) -> KNeighborsClassifier:
        """Keep the training rows, in a tree where that is faster.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), any labels
        """
        return self._fit_neighbors(X, y)

    def _fit_arrays(self, data: Opened) -> None:
        y = np.asarray(data.y)
        if y.ndim == 2 and y.shape[1] == 1:
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected. Please change the "
                "shape of y to (n_samples,), for example using ravel().",
                DataConversionWarning,
                stacklevel=5,
            )
            y = y[:, 0]
        self.outputs_2d_ = y.ndim == 2
        classes, codes = class_numbers(y if y.ndim == 2 else y[:, None])
        self.classes_ = classes if self.outputs_2d_ else classes[0]
        self._y = data.place.put(codes if self.outputs_2d_ else codes[:, 0])
        self._keep_rows(data)

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_queries,) or (n_queries, n_outputs).

        Numeric labels are where X is, others are NumPy. Without X (None) the training rows are
        asked, none being its own neighbour.
        """
        if self._place_for(X) == HOST:
            return self._bring_home(X, self._parent.predict(self, to_host(X)))
        columns = []
        for classes, votes in zip(self._class_lists(), self._votes(X), strict=True):
            (winners,) = votes.winners([self.n_neighbors])
            columns.append(classes[to_numpy(winners.chosen)])
        labels = np.stack(columns, axis=1) if self.outputs_2d_ else columns[0]
        return result_place(self._home(X), labels).put(labels)

    def predict_proba(self, X: Any) -> Any:
        """Return each class's share of the votes, of shape (n_queries, n_classes), where X is.

        For several outputs a list of such arrays.
        """
        if self._place_for(X) == HOST:
            shares = self._parent.predict_proba(self, to_host(X))
            return self._bring_home(X, shares, numbers=True)
        home, dtype = self._home(X), self._float_of(X)
        tables = [votes.shares([self.n_neighbors])[0] for votes in self._votes(X)]
        answers = [home.put(table, dtype) for table in tables]
        return answers if self.outputs_2d_ else answers[0]

    def _class_lists(self) -> list[np.ndarray]:
        return self.classes_ if self.outputs_2d_ else [self.classes_]

    def _votes(self, X: Any) -> list[Votes]:
        """The votes for each output, on the device where they were found."""
        distances, indices = self._search(X, self.n_neighbors)
        xp = place_of(distances).xp
        weights = neighbour_weights(distances, self.weights, xp)
        return votes_of(self, indices, weights)


def votes_of(estimator: Any, indices: Array, weights: Array | None) -> list[Votes]:
    """Return the votes of neighbours `indices` of a fitted classifier, one for each output."""
    place = place_of(indices)
    codes = place.put(estimator._y)
    codes = codes if estimator.outputs_2d_ else codes[:, None]
    classes = estimator.classes_ if estimator.outputs_2d_ else [estimator.classes_]
    flat = place.xp.reshape(indices, (-1,))
    if weights is not None:  # those of sparse float32 rows are in float32, their votes are not
        weights = place.xp.astype(weights, place.xp.float64, copy=False)
    return [
        Votes(
            place.xp.reshape(place.xp.take(codes[:, j], flat, axis=0), indices.shape),
            weights,
            len(classes[j]),
            place.xp,
        )
        for j in range(len(classes))
    ]
