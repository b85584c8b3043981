"""Regression by the mean of the nearest neighbours."""

from __future__ import annotations

from typing import Any

from sklearn import neighbors

from ..arrays import HOST, Array, place_of
from ..base import to_host
from ..door import Opened
from .base import NeighborsOnDevice
from .votes import means, neighbour_weights


class KNeighborsRegressor(NeighborsOnDevice, neighbors.KNeighborsRegressor):
    """Regressor by the mean target of the `n_neighbors` nearest training rows.

    Predicts `sum_i w_i y_i / sum_i w_i` over the neighbours; a weight is 1, or `1 / distance`. On
    the host scikit-learn's trees find the neighbours; on a GPU, and for arrays of other libraries,
    distances to all training rows do, in float64.

    Parameters are those of `sklearn.neighbors.KNeighborsRegressor`, and `device`: None (where X
    is), "cpu", "cuda", "cuda:1" or "auto". Off the host, metrics other than euclidean and
    manhattan and the algorithms "kd_tree" and "ball_tree" are left to scikit-learn; `fallback_`
    says so.

    Attributes
    ----------
    n_samples_fit_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served although another device or library was asked for.
    """

    _task = "regression"

    def fit(self, X: Any, y: Any) -> KNeighborsRegressor:
        """Keep the training rows, in a tree where that is faster.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        """
        return self._fit_neighbors(X, y)

    def _fit_arrays(self, data: Opened) -> None:
        self._y = data.y
        self._keep_rows(data)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_queries,) or (n_queries, n_outputs), where X is.

        Without X (None) the training rows are asked, none being its own neighbour.
        """
        if self._place_for(X) == HOST:
            return self._bring_home(X, self._parent.predict(self, to_host(X)), numbers=True)
        distances, indices = self._search(X, self.n_neighbors)
        xp = place_of(distances).xp
        weights = neighbour_weights(distances, self.weights, xp)
        (predicted,) = means(targets_of(self, indices), weights, [self.n_neighbors], xp)
        predicted = predicted[:, 0] if self._y.ndim == 1 else predicted
        return self._home(X).put(predicted, self._float_of(X))


def targets_of(estimator: Any, indices: Array) -> Array:
    """Return the targets of neighbours, of shape (n_queries, k, n_outputs)."""
    place = place_of(indices)
    y = place.put(estimator._y)
    if not place.xp.isdtype(y.dtype, "real floating"):  # elsewhere than in NumPy they have no mean
        y = place.xp.astype(y, place.xp.float64)
    taken = place.xp.take(y, place.xp.reshape(indices, (-1,)), axis=0)
    return place.xp.reshape(taken, (*indices.shape, 1 if y.ndim == 1 else y.shape[1]))
