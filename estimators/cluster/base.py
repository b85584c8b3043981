"""What k-means estimators share: initial centres, and answers from fitted ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, check_is_fitted

from ..arrays import HOST, Array, Namespace, Place, find_place, is_sparse, place_of, to_numpy
from ..base import OnDevice, to_host
from ..door import Opened, check_rows
from ..sklearn_private import check_sample_weight, compiled_labels, openmp_threads
from .plus_plus import chosen_rows, plus_plus
from .rows import Rows, labels_and_inertia, nearest


class CentersOnDevice(OnDevice):
    """Answers of a clustering by `cluster_centers_`, and the start of its fit."""

    _n_threads: int

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        if callable(self.init) and find_place(self.device, X) != HOST:
            return "init is a function of NumPy rows"
        return None

    def _prepare(self, data: Opened) -> None:
        """Check the parameters, and note what scikit-learn notes of them."""
        # Of X it takes the number of rows, and the variance for the tolerance: ours comes later.
        self._check_params_vs_input(np.zeros((data.X.shape[0], 1)))
        self._n_threads = openmp_threads()

    def _scale_tolerance(self, centred: Rows) -> None:
        """Multiply the tolerance by the mean variance of the columns."""
        if self.tol > 0:
            self._tol = self.tol * centred.mean_square() / centred.X.shape[1]

    def _given_centers(self, data: Opened) -> np.ndarray | None:
        """Return the initial centres that are given, on the host, in the dtype of X, or None."""
        init = to_host(self.init)
        if isinstance(init, str) or callable(init):
            return None
        init = check_array(init, dtype=to_numpy(data.X[:1, :1]).dtype, copy=True, order="C")
        self._validate_center_shape(data.X, init)
        return init

    def _first_centers(self, rows: Rows, weight: np.ndarray | None, random_state: Any) -> Array:
        """Return initial centres by the parameter `init`, where the rows are."""
        if callable(self.init):
            centers = self.init(rows.X, self.n_clusters, random_state=random_state)
            centers = check_array(centers, dtype=rows.X.dtype, copy=False, order="C")
            self._validate_center_shape(rows.X, centers)
            return centers
        choose = plus_plus if self.init == "k-means++" else chosen_rows
        return rows.take(choose(rows, self.n_clusters, weight, random_state))

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Find the centres and return the distances of the rows to them."""
        return self.fit(X, sample_weight=sample_weight).transform(X)

    def predict(self, X: Any) -> Any:
        """Return the number of the nearest centre of each row, int32, where X is."""
        return self._answer("predict", X, "cluster_centers_", self._labels_of)

    def transform(self, X: Any) -> Any:
        """Return the distances of rows to centres, (n_samples, n_clusters), where X is."""
        return self._answer("transform", X, "cluster_centers_", self._distances)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Return minus the weighted sum of squared distances of rows to their nearest centres."""
        check_is_fitted(self)
        place = self._working_place(X)
        if place == HOST and place_of(X) == HOST and self._parent_answers(X):
            return float(self._parent.score(self, X, y, to_host(sample_weight)))
        X = place.put(check_rows(self, X))
        if sample_weight is not None:
            weight = check_sample_weight(to_host(sample_weight), np.empty(X.shape[0]))
            sample_weight = place.put(weight)
        rows, centers = _shifted(X, self._here("cluster_centers_", X), place.xp)
        return -labels_and_inertia(rows, sample_weight, centers)[1]

    def _working_place(self, X: Any) -> Place:
        place = place_of(self.cluster_centers_)
        return find_place(self.device, X) if place == HOST else place

    def _parent_answers(self, X: Any) -> bool:
        # Scikit-learn's compiled functions take rows in the dtype of the centres only.
        if is_sparse(X):
            return True
        single = getattr(X, "dtype", None) == np.float32
        return single == (self.cluster_centers_.dtype == np.float32)

    def _labels_of(self, X: Array, xp: Namespace) -> Array:
        rows, centers = _shifted(X, self._here("cluster_centers_", X), xp)

        def of_block(block: Array, _: slice) -> Array:
            return nearest(block, centers, xp)

        return xp.concat([y for _, y in rows.in_blocks(of_block, 2 * self.n_clusters)])

    def _distances(self, X: Array, xp: Namespace) -> Array:
        rows, centers = _shifted(X, self._here("cluster_centers_", X), xp)
        centers = xp.astype(centers, xp.float64, copy=False)
        own = xp.vecdot(centers, centers)[None, :]

        def of_block(block: Array, _: slice) -> Array:
            block = xp.astype(block, xp.float64, copy=False)
            squares = xp.vecdot(block, block)[:, None] - 2 * (block @ centers.T) + own
            distances = xp.sqrt(xp.where(squares > 0, squares, xp.zeros_like(squares)))
            return xp.astype(distances, X.dtype, copy=False)

        return xp.concat([d for _, d in rows.in_blocks(of_block, 4 * self.n_clusters)])


def _shifted(X: Array, centers: Array, xp: Namespace) -> tuple[Rows, Array]:
    """Return rows and centres less the mean of the centres."""
    shift = xp.mean(centers, axis=0)
    return Rows(X, shift, xp), centers - shift


def host_labels(
    X: np.ndarray, weight: np.ndarray, centers: np.ndarray, n_threads: int
) -> tuple[np.ndarray, float]:
    """Return labels and inertia by scikit-learn's compiled functions."""
    labels, inertia = compiled_labels(X, weight, centers, n_threads=n_threads)
    return labels, float(inertia)
