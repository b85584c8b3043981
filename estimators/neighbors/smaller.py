"""What scikit-learn's search for fewer neighbours finds, for rows where that is in doubt."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn import get_config

from ..sklearn_private import ArgKmin, openmp_threads

ON_X, ON_Y = "parallel_on_X", "parallel_on_Y"


class SmallerSearch:
    """Searches of one fitted structure for smaller k, each row searched for once per k.

    Which of several rows at the k-th distance are kept, and the order of equal distances, depend
    on k and on how the search goes through the training rows. Here it goes through them as
    `estimator.kneighbors(X, k)` would, for some rows of `X`.

    Parameters
    ----------
    estimator : KNeighborsClassifier or KNeighborsRegressor
        Fitted, on the host.
    X : array or CSR matrix of shape (n_queries, n_features)
        All rows that are asked for, C-contiguous.
    """

    def __init__(self, estimator: Any, X: Any) -> None:
        self.estimator, self._X = estimator, X
        self._known: dict[tuple[int, bool], Neighbours] = {}
        self._exact: bool | None = None

    def neighbours(self, k: int, rows: np.ndarray, by_class: bool) -> tuple[np.ndarray, np.ndarray]:
        """Return distances and numbers of the `k` neighbours of some rows, nearest first.

        With `by_class` as the search finds them that counts votes without `kneighbors`.

        Parameters
        ----------
        rows : array of shape (n_rows,)
            Numbers of rows of `X`, ascending.

        Returns
        -------
        distances, indices : arrays of shape (n_rows, k)
        """
        known = self._known.get((k, by_class))
        missing = rows if known is None else np.setdiff1d(rows, known.rows, assume_unique=True)
        if missing.size:
            known = self._search(k, missing, by_class).with_(known)
            self._known[k, by_class] = known
        assert known is not None
        return known.of(rows)

    def _search(self, k: int, rows: np.ndarray, by_class: bool) -> Neighbours:
        model, X = self.estimator, self._X
        if model._fit_method != "brute":
            return Neighbours(rows, *model._tree.query(X[rows], k))
        if ArgKmin.is_usable_for(X, model._fit_X, model.effective_metric_):
            return self._by_argkmin(k, rows, ON_X if by_class else self._strategy())
        if sparse.issparse(X):  # products of sparse rows are made row by row
            return Neighbours(rows, *model.kneighbors(X[rows], k))
        return Neighbours(np.arange(X.shape[0]), *model.kneighbors(X, k))

    def _by_argkmin(self, k: int, rows: np.ndarray, strategy: str) -> Neighbours:
        model = self.estimator
        if "euclidean" in model.effective_metric_ and not self._is_exact():
            rows = self._whole_blocks(rows)
        found = ArgKmin.compute(
            X=self._X[rows],
            Y=model._fit_X,
            k=k,
            metric=model.effective_metric_,
            metric_kwargs=model.effective_metric_params_,
            strategy=strategy,
            return_distance=True,
        )
        return Neighbours(rows, *found)

    def _strategy(self) -> str:
        """The order in which scikit-learn goes through the rows where it is asked for all of `X`.

        Fewer rows would be gone through in another order.
        """
        n_queries, n_samples = self._X.shape[0], self.estimator._fit_X.shape[0]
        many = 4 * _block_rows() * openmp_threads() < n_queries
        return ON_X if n_samples < n_queries or many else ON_Y

    def _whole_blocks(self, rows: np.ndarray) -> np.ndarray:
        """The rows of all blocks that some rows are in: products round by the shape of a block."""
        size = _block_rows()
        blocks = np.unique(rows // size)
        whole = (blocks[:, None] * size + np.arange(size)[None, :]).ravel()
        return whole[whole < self._X.shape[0]]

    def _is_exact(self) -> bool:
        """Whether products of rows are exact, so that they do not depend on the shape of a block.

        They are for whole numbers, and sums of products below 2^53.
        """
        if self._exact is None:
            self._exact = _are_whole_and_small(self._X, self.estimator._fit_X)
        return self._exact


class Neighbours:
    """Neighbours of some rows: `rows` ascending, `distances` and `indices` with a row for each."""

    def __init__(self, rows: np.ndarray, distances: np.ndarray, indices: np.ndarray) -> None:
        self.rows, self.distances, self.indices = rows, distances, indices

    def with_(self, other: Neighbours | None) -> Neighbours:
        """Return these and those of other rows."""
        if other is None:
            return self
        rows, place = np.unique(np.concatenate([self.rows, other.rows]), return_index=True)
        distances = np.concatenate([self.distances, other.distances])[place]
        return Neighbours(rows, distances, np.concatenate([self.indices, other.indices])[place])

    def of(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return distances and indices of some of the rows."""
        places = np.searchsorted(self.rows, rows)
        return self.distances[places], self.indices[places]


def _block_rows() -> int:
    """How many rows scikit-learn makes products of at a time."""
    return int(get_config().get("pairwise_dist_chunk_size", 256))


def _are_whole_and_small(*tables: Any) -> bool:
    values = [table.data if sparse.issparse(table) else table for table in tables]
    if not all(np.array_equal(v[:1], np.rint(v[:1])) for v in values):  # most are not, at a glance
        return False
    largest = max((float(np.max(np.abs(v), initial=0.0)) for v in values), default=0.0)
    n_features = max(table.shape[1] for table in tables)
    if not 4.0 * n_features * largest * largest < 2.0**53:
        return False
    return all(np.array_equal(v, np.rint(v)) for v in values)
