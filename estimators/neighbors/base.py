"""What the nearest-neighbour estimators have in common: where they live and how they search."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse
from sklearn import config_context as sklearn_context
from sklearn import get_config as sklearn_config
from sklearn.utils.validation import check_is_fitted

from ..arrays import HOST, Array, Place, find_place, is_foreign, is_sparse, place_of, to_numpy
from ..base import OnDevice, result_place, to_host
from ..config import get_config
from ..door import Opened, check_rows
from .search import nearest

POWERS = {"manhattan": 1, "cityblock": 1, "l1": 1, "euclidean": 2, "l2": 2}


class NeighborsOnDevice(OnDevice):
    """Nearest neighbours by scikit-learn's compiled search on the host, by brute force elsewhere.

    Elsewhere neighbours at equal distance are taken in the order of the training rows; in
    scikit-learn's trees their order is that of the tree.
    """

    _fit_X: Any
    _y: Any
    effective_metric_params_: dict[str, Any]

    def _fit_neighbors(self, X: Any, y: Any) -> Any:
        if not self._is_here(X):
            self._validate_params()
            if find_place(self.device, X) != HOST or is_sparse(X):
                return self._fit_on_device(X, y)
            X = to_host(X)
        self._parent.fit(self, X, to_host(y))
        self.fallback_ = None
        return self

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if self.algorithm not in ("auto", "brute"):
            return f"algorithm={self.algorithm!r} has no kernel here"
        if callable(self.metric) or not isinstance(self.metric, str):
            return "metric is a function or an object"
        if self.metric != "minkowski":
            return None if self.metric in POWERS else f"metric={self.metric!r} has no kernel here"
        if self.metric_params:
            return "metric_params are given"
        return None if self.p in (1, 2) else f"p={self.p!r} has no kernel here"

    def _keep_rows(self, data: Opened) -> None:
        """Set what scikit-learn's own methods look for in a brute-force model."""
        self._fit_X, self._tree, self._fit_method = data.X, None, "brute"
        self.n_samples_fit_ = data.X.shape[0]
        self.effective_metric_, self.effective_metric_params_ = self.metric, {}
        if self.metric == "minkowski":
            self.effective_metric_ = {1: "manhattan", 2: "euclidean"}[self.p]

    def _place_for(self, X: Any) -> Place:
        """Where an answer for `X` is computed; the host where only scikit-learn has the search."""
        check_is_fitted(self)
        place = place_of(self._fit_X)
        if place != HOST or self.fallback_ is not None or self._fallback_reason(None, None):
            return place
        return find_place(self.device, X)

    def _search(self, X: Any, k: int) -> tuple[Array, Array]:
        """Distances in float64 and numbers of the `k` nearest rows, where they are computed."""
        place = self._place_for(X)
        if place == HOST:
            with _bounded_blocks():
                return self._parent.kneighbors(self, to_host(X), k)
        if X is not None:
            X = place.put(check_rows(self, X))
            self._enough_rows(k, X.shape[0])
            return self._nearest(X, k, place)
        X = place.put(self._fit_X)
        self._enough_rows(k, X.shape[0], own=1)
        return _without_self(*self._nearest(X, k + 1, place), place)

    def _nearest(self, X: Array, k: int, place: Place) -> tuple[Array, Array]:
        power = POWERS[self.effective_metric_]
        return nearest(X, place.put(self._fit_X), k, power, place.xp)

    def _enough_rows(self, k: int, n_queries: int, own: int = 0) -> None:
        if k + own > self.n_samples_fit_:
            raise ValueError(
                f"Expected n_neighbors {'<' if own else '<='} n_samples_fit, but n_neighbors = {k},"
                f" n_samples_fit = {self.n_samples_fit_}, n_samples = {n_queries}"
            )

    def kneighbors(
        self, X: Any = None, n_neighbors: int | None = None, return_distance: bool = True
    ) -> Any:
        """Find the nearest training rows.

        Parameters
        ----------
        X : array-like of shape (n_queries, n_features), optional
            Without it the training rows, none being its own neighbour.
        n_neighbors : int, optional
            That of the constructor by default.

        Returns
        -------
        distances : array of shape (n_queries, n_neighbors), where X is; if `return_distance`
        indices : array of shape (n_queries, n_neighbors)
        """
        if self._place_for(X) == HOST:
            with _bounded_blocks():
                found = self._parent.kneighbors(self, to_host(X), n_neighbors, return_distance)
            return self._bring_home(X, found, numbers=True)
        k = self.n_neighbors if n_neighbors is None else n_neighbors
        if not isinstance(k, Integral):
            raise TypeError(f"n_neighbors does not take {type(k)} value, enter integer value")
        if k <= 0:
            raise ValueError(f"Expected n_neighbors > 0. Got {k}")
        distances, indices = self._search(X, int(k))
        home = self._home(X)
        indices = home.put(indices)
        return (home.put(distances, self._float_of(X)), indices) if return_distance else indices

    def kneighbors_graph(
        self, X: Any = None, n_neighbors: int | None = None, mode: str = "connectivity"
    ) -> sparse.csr_matrix:
        """Return the neighbours as a SciPy sparse matrix of shape (n_queries, n_samples)."""
        if self._place_for(X) == HOST:
            with _bounded_blocks():
                return self._parent.kneighbors_graph(self, to_host(X), n_neighbors, mode)
        distances, indices = self.kneighbors(X, n_neighbors)
        return as_graph(distances, indices, mode, self.n_samples_fit_)

    def _home(self, X: Any) -> Place:
        """Where an answer for `X` goes: to `X`, or to the training rows that stand for it."""
        return place_of(self._fit_X if X is None else X)

    def _float_of(self, X: Any) -> Any:
        """The floating dtype of an answer for `X`: its own, float64 for other numbers."""
        X = self._fit_X if X is None else X
        xp = place_of(X).xp
        dtype = getattr(X, "dtype", None)
        return xp.float32 if dtype == xp.float32 else xp.float64

    def _bring_home(self, X: Any, answer: Any, numbers: bool = False) -> Any:
        """Put an answer of scikit-learn's, or several, where `X` is; labels may stay NumPy.

        With `numbers` an answer is no label, and takes the dtype of an `X` of another library.
        """
        if isinstance(answer, list | tuple):
            return type(answer)(self._bring_home(X, part, numbers) for part in answer)
        home = result_place(self._home(X), answer)
        to_float = numbers and home != HOST and answer.dtype.kind == "f"
        return home.put(answer, self._float_of(X) if to_float else None)

    def to_device(self, device: str) -> Any:
        """Move the training rows and their targets to `device`, in place.

        Raises
        ------
        NotImplementedError
            When only scikit-learn's search on the CPU serves the metric or algorithm.
        """
        check_is_fitted(self)
        place = find_place(device, None)
        reason = self.fallback_ or self._fallback_reason(None, None)
        if place != HOST and reason is not None:
            raise NotImplementedError(f"{type(self).__name__} stays on the CPU: {reason}.")
        self._fit_X = place.put(self._fit_X)
        if hasattr(self, "_y"):
            self._y = place.put(self._y)
        if place != HOST:
            self._tree, self._fit_method = None, "brute"
        return self


def _without_self(distances: Array, indices: Array, place: Place) -> tuple[Array, Array]:
    """Drop each row from its own neighbours; where duplicates crowd it out, the first of them."""
    xp = place.xp
    rows = xp.arange(indices.shape[0], dtype=indices.dtype, device=place.device)
    own = indices == rows[:, None]
    first = xp.arange(indices.shape[1], device=place.device)[None, :] == 0
    drop = own | (first & ~xp.any(own, axis=1, keepdims=True))
    order = xp.argsort(xp.astype(drop, xp.int64), axis=1, stable=True)[:, :-1]
    return xp.take_along_axis(distances, order, axis=1), xp.take_along_axis(indices, order, axis=1)


def _bounded_blocks() -> Any:
    """Hold scikit-learn's blocks of distances, where it makes any, to our working memory.

    It takes a block and selects from it with as many row numbers and two copies.
    """
    ours, theirs = get_config()["working_memory"] / 4, sklearn_config()["working_memory"]
    return sklearn_context(working_memory=min(ours, theirs))


def as_graph(distances: Any, indices: Any, mode: str, n_samples: int) -> sparse.csr_matrix:
    """Return neighbours, as many for each query or not, as a SciPy sparse matrix.

    Raises
    ------
    ValueError
        When `mode` is neither "connectivity" nor "distance".
    """
    if mode not in ("connectivity", "distance"):
        raise ValueError(
            f'Unsupported mode, must be one of "connectivity", or "distance" but got {mode} instead'
        )
    if is_foreign(indices):
        distances, indices = to_numpy(distances), to_numpy(indices)
    counts = [row.shape[0] for row in indices]
    columns = np.concatenate([to_numpy(row) for row in indices])
    data = np.concatenate([to_numpy(row) for row in distances]).astype(np.float64)
    if mode == "connectivity":
        data = np.ones_like(data)
    starts = np.concatenate([[0], np.cumsum(counts)])
    return sparse.csr_matrix((data, columns, starts), shape=(len(counts), n_samples))


def class_numbers(y: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the classes of each column of `y`, and `y` as numbers of its classes (int64)."""
    columns = [np.unique(y[:, j], return_inverse=True) for j in range(y.shape[1])]
    codes = [np.reshape(codes, -1).astype(np.int64) for _, codes in columns]
    return [classes for classes, _ in columns], np.stack(codes, axis=1)
