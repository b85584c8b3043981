"""K-means clustering."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn import cluster
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from ..arrays import HOST, Array, Namespace, to_numpy
from ..blocks import rows_in_memory
from ..door import Opened
from ..sklearn_private import compiled_elkan, compiled_lloyd, is_same_clustering
from .base import CentersOnDevice
from .lloyd import Run, lloyd
from .rows import Rows

# Distances of rows that are not centred lose the digits of this factor, by bytes of a number: the
# squared length of the mean over the variance.
_NEAR = {8: 1000.0, 4: 1.0}


class KMeans(CentersOnDevice, cluster.KMeans):
    """Clusters whose centres are the means of the rows nearest to them.

    Minimises `sum_i w_i min_j |x_i - c_j|^2` by Lloyd's algorithm (1982), from centres that greedy
    k-means++ chooses with the random draws of scikit-learn: the same seed gives the same clusters.
    On the host the iterations are scikit-learn's, compiled, where a centred copy of X is within the
    setting `working_memory`, or X so near to 0 that it need not be centred; else they are two
    matrix products each, of blocks of rows.

    Parameters are those of `sklearn.cluster.KMeans`, and `device`: None (where X is), "cpu",
    "cuda", "cuda:1" or "auto". X is never written to, `copy_x=False` or not. Where the iterations
    are not compiled `algorithm="elkan"`, which finds the same clusters, is Lloyd's too. Sparse X,
    and off the host a function as `init`, are scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features), dtype of X
    labels_ : array of shape (n_samples,), int32
    inertia_ : float
        The weighted sum of squared distances of rows to their centres.
    n_iter_ : int
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    cluster_centers_: Any
    labels_: Any

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> KMeans:
        """Find the centres.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional

        Raises
        ------
        ValueError
            When there are fewer rows than clusters, or `init` has another shape than the centres.
        """
        return self._fit_on_device(X, None, sample_weight)

    def _fit_arrays(self, data: Opened) -> None:
        self._prepare(data)
        xp = data.xp
        rows, mean, variance = self._rows(data)
        self._tol = self.tol * variance
        if rows.shift is None and self._algorithm == "lloyd":
            self._check_mkl_vcomp(rows.X, rows.X.shape[0])
        best = self._best_run(rows, data.sample_weight, self._given_centers(data), mean)
        self.cluster_centers_ = best.centers + mean
        self.labels_, self.inertia_, self.n_iter_ = best.labels, best.inertia, best.n_iter
        self._n_features_out = self.n_clusters
        found = int(xp.unique_values(best.labels).shape[0])
        if found < self.n_clusters:
            warnings.warn(
                f"Number of distinct clusters ({found}) found smaller than n_clusters "
                f"({self.n_clusters}). Possibly due to duplicate points in X.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _rows(self, data: Opened) -> tuple[Rows, Array, float]:
        """Return the rows as they are clustered, what they are less, and the mean variance.

        Rows without a shift of their own are those for which there are compiled iterations.
        """
        X, xp, width = data.X, data.xp, data.X.shape[1]
        mean = xp.mean(X, axis=0)
        if data.place == HOST:
            if rows_in_memory(X.itemsize * width) >= X.shape[0] or callable(self.init):
                rows = Rows(np.subtract(X, mean, order="C"), None, xp)
                return rows, mean, rows.mean_square() / width
            rows, offset = Rows(X, None, xp), float(mean @ mean)
            variance = rows.mean_square() - offset
            if X.flags.c_contiguous and offset <= _NEAR[X.itemsize] * variance:
                return rows, np.zeros_like(mean), variance / width
        rows = Rows(X, mean, xp)
        return rows, mean, rows.mean_square() / width

    def _best_run(
        self, rows: Rows, weight: Array | None, given: np.ndarray | None, mean: Array
    ) -> Run:
        """Run from each initialization; return the run of the smallest inertia."""
        random_state, best = check_random_state(self.random_state), None
        weight_here = None if weight is None else to_numpy(weight)
        for _ in range(self._n_init):
            if given is None:
                centers = self._first_centers(rows, weight_here, random_state)
            else:
                centers = rows.place.put(given) - mean
            if self.verbose:
                print("Initialization complete")
            run = self._run(rows, weight, centers)
            if best is None or (
                run.inertia < best.inertia
                and not _same(run.labels, best.labels, self.n_clusters, rows.xp)
            ):
                best = run
        assert best is not None
        return best

    def _run(self, rows: Rows, weight: Array | None, centers: Array) -> Run:
        if rows.shift is not None:
            return lloyd(rows, weight, centers, self.max_iter, self._tol, bool(self.verbose))
        compiled = compiled_elkan if self._algorithm == "elkan" else compiled_lloyd
        if weight is None:
            weight = np.ones(rows.X.shape[0], dtype=rows.X.dtype)
        labels, inertia, centers, n_iter = compiled(
            rows.X,
            weight,
            np.ascontiguousarray(centers),
            max_iter=self.max_iter,
            verbose=self.verbose,
            tol=self._tol,
            n_threads=self._n_threads,
        )
        return Run(labels, inertia, centers, n_iter)


def _same(labels: Array, others: Array, n_clusters: int, xp: Namespace) -> bool:
    """Whether rows of one cluster among the first labels are of one among the others."""
    if isinstance(labels, np.ndarray):
        return bool(is_same_clustering(labels, others, n_clusters))
    pairs = xp.astype(labels, xp.int64) * n_clusters + xp.astype(others, xp.int64)
    return xp.unique_values(pairs).shape[0] == xp.unique_values(labels).shape[0]
