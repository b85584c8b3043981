"""Search for nearest rows, and for those within a radius."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import neighbors

from ..arrays import HOST, Array, Place
from ..base import to_host
from ..door import Opened, check_rows
from .base import POWERS, NeighborsOnDevice, as_graph
from .radius import within


class NearestNeighbors(NeighborsOnDevice, neighbors.NearestNeighbors):
    """Search for the `n_neighbors` nearest rows, or for those at most `radius` away.

    On the host scikit-learn's search serves; on a GPU, and for arrays of other libraries, distances
    to all training rows do, in float64: block by block, chosen by a product of matrices and then
    taken exactly. Rows at equal distance are then taken in their order.

    Parameters are those of `sklearn.neighbors.NearestNeighbors`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Off the host, metrics other than euclidean and manhattan and
    the algorithms "kd_tree" and "ball_tree" are left to scikit-learn; `fallback_` says so.

    Attributes
    ----------
    effective_metric_ : str
    n_samples_fit_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served although another device or library was asked for.
    """

    radius: float

    def fit(self, X: Any, y: Any = None) -> NearestNeighbors:
        """Keep the rows, in a tree where that is faster.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Or a fitted tree or search of scikit-learn's.
        y : None
            Ignored.
        """
        return self._fit_neighbors(X, None)

    def _fit_arrays(self, data: Opened) -> None:
        self._keep_rows(data)

    def radius_neighbors(
        self,
        X: Any = None,
        radius: float | None = None,
        return_distance: bool = True,
        sort_results: bool = False,
    ) -> Any:
        """Find the training rows within a radius.

        Parameters
        ----------
        X : array-like of shape (n_queries, n_features), optional
            Without it the training rows, none being its own neighbour.
        radius : float, optional
            That of the constructor by default.
        sort_results : bool, default=False
            Whether the nearest come first.

        Returns
        -------
        distances : ndarray of shape (n_queries,) of arrays, which are where X is; if
            `return_distance`
        indices : ndarray of shape (n_queries,) of arrays

        Raises
        ------
        ValueError
            When they are to be sorted without returning distances.
        """
        place = self._place_for(X)
        if place == HOST:
            found = self._parent.radius_neighbors(
                self, to_host(X), radius, return_distance, sort_results
            )
            if not return_distance:
                return self._lists_home(X, found)
            return self._lists_home(X, found[0]), self._lists_home(X, found[1])
        if sort_results and not return_distance:
            raise ValueError("return_distance must be True if sort_results is True.")
        radius = self.radius if radius is None else radius
        return self._within(X, float(radius), return_distance, sort_results, place)

    def _within(
        self, X: Any, radius: float, return_distance: bool, sort_results: bool, place: Place
    ) -> Any:
        home, dtype, xp = self._home(X), self._float_of(X), place.xp
        rows = place.put(self._fit_X)
        queries = rows if X is None else place.put(check_rows(self, X))
        distances: list[Array] = []
        indices: list[Array] = []
        power = POWERS[self.effective_metric_]
        for found, numbers in within(queries, rows, radius, power, xp, own=X is None):
            if sort_results:
                order = xp.argsort(found, stable=True)
                found, numbers = xp.take(found, order), xp.take(numbers, order)
            indices.append(home.put(numbers))
            if return_distance:
                distances.append(home.put(found, dtype))
        return (_objects(distances), _objects(indices)) if return_distance else _objects(indices)

    def _lists_home(self, X: Any, lists: np.ndarray) -> np.ndarray:
        return _objects([self._bring_home(X, array, numbers=True) for array in lists])

    def radius_neighbors_graph(
        self,
        X: Any = None,
        radius: float | None = None,
        mode: str = "connectivity",
        sort_results: bool = False,
    ) -> sparse.csr_matrix:
        """Return the neighbours as a SciPy sparse matrix of shape (n_queries, n_samples)."""
        if self._place_for(X) == HOST:
            return self._parent.radius_neighbors_graph(self, to_host(X), radius, mode, sort_results)
        distances, indices = self.radius_neighbors(X, radius, True, sort_results)
        return as_graph(distances, indices, mode, self.n_samples_fit_)


def _objects(arrays: Sequence[Any]) -> np.ndarray:
    """Hold arrays, of whatever lengths and library, in a NumPy array of objects."""
    held = np.empty(len(arrays), dtype=object)
    for i, array in enumerate(arrays):
        held[i] = array
    return held
