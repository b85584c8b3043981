"""K-means clustering by small batches."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from sklearn import cluster
from sklearn.utils import check_random_state

from ..arrays import HOST, Array, find_place, is_sparse, place_of, to_numpy
from ..base import log, to_host
from ..door import Opened, open_door
from ..sklearn_private import compiled_mini_batch, one_blas_thread
from .base import CentersOnDevice, host_labels
from .mini_batch import mini_batch_step, reassigned
from .plus_plus import first_probabilities
from .rows import Rows, labels_and_inertia


class MiniBatchKMeans(CentersOnDevice, cluster.MiniBatchKMeans):
    """Clusters whose centres follow the rows of small random batches.

    Each step takes the rows of a batch to their nearest centres, and moves a centre to the mean of
    all rows that it ever had (Sculley 2010). Draws are those of scikit-learn: the same seed gives
    the same centres. The steps on the host are scikit-learn's, compiled; that a batch is drawn
    takes time by the size of the batch, not of X.

    Parameters are those of `sklearn.cluster.MiniBatchKMeans`, and `device`: None (where X is),
    "cpu", "cuda", "cuda:1" or "auto". Sparse X, and off the host a function as `init`, are
    scikit-learn's; `fallback_` says so.

    Attributes
    ----------
    cluster_centers_ : array of shape (n_clusters, n_features), dtype of X
    labels_ : array of shape (n_samples,), int32
    inertia_ : float
    n_iter_ : int
        Passes through X, the last one perhaps in part.
    n_steps_ : int
        Batches.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    cluster_centers_: Any
    labels_: Any
    inertia_: float

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> MiniBatchKMeans:
        """Find the centres.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
            The probabilities by which rows are drawn.
        """
        return self._fit_on_device(X, None, sample_weight)

    def _fit_arrays(self, data: Opened) -> None:
        X = data.X
        self._prepare(data)
        if self.tol > 0:
            self._scale_tolerance(Rows(X, data.xp.mean(X, axis=0), data.xp))
        if data.place == HOST:
            X = data.X = np.ascontiguousarray(X)
            self._check_mkl_vcomp(X, self._batch_size)
        random_state = check_random_state(self.random_state)
        weight = None if data.sample_weight is None else to_numpy(data.sample_weight)
        centers = self._best_start(data, weight, random_state)
        self._counts = np.zeros(self.n_clusters, dtype=to_numpy(X[:1, :1]).dtype)
        self._ewa_inertia = self._ewa_inertia_min = None
        self._no_improvement = self._n_since_last_reassign = 0
        with one_blas_thread():
            centers, self.n_steps_ = self._steps(data, weight, centers, random_state)
        self.cluster_centers_, self._n_features_out = centers, self.n_clusters
        self.n_iter_ = ceil(self.n_steps_ * self._batch_size / X.shape[0])
        if self.compute_labels:
            self._label(data)
        else:
            assert self._ewa_inertia is not None
            total = X.shape[0] if weight is None else float(weight.sum())
            self.inertia_ = self._ewa_inertia * total

    def _best_start(
        self, data: Opened, weight: np.ndarray | None, random_state: np.random.RandomState
    ) -> Array:
        """Return the initial centres that are best for some rows, drawn at random."""
        given, best, least = self._given_centers(data), None, np.inf
        drawn = random_state.randint(0, data.X.shape[0], self._init_size)
        valid, valid_weight = _some(data, weight, drawn)
        for i in range(self._n_init):
            if self.verbose:
                print(f"Init {i + 1}/{self._n_init} with method {self.init}")
            centers = self._start(data, weight, random_state, given)
            _, inertia = self._labels_and_inertia(valid, valid_weight, centers)
            if self.verbose:
                print(f"Inertia for init {i + 1}/{self._n_init}: {inertia}")
            if best is None or inertia < least:
                best, least = centers, inertia
        return best

    def _start(
        self,
        data: Opened,
        weight: np.ndarray | None,
        random_state: np.random.RandomState,
        given: np.ndarray | None,
    ) -> Array:
        """Return initial centres, chosen among `_init_size` rows, where X is."""
        rows, n_samples = Rows(data.X, None, data.xp), data.X.shape[0]
        if self._init_size < n_samples:
            drawn = random_state.randint(0, n_samples, self._init_size)
            rows, chosen_weight = _some(data, weight, drawn)
            weight = None if chosen_weight is None else to_numpy(chosen_weight)
        if given is not None:
            return data.place.put(given)
        return self._first_centers(rows, weight, random_state)

    def _labels_and_inertia(
        self, rows: Rows, weight: Array | None, centers: Array
    ) -> tuple[Array, float]:
        if rows.place != HOST:
            return labels_and_inertia(rows, weight, centers)
        weight = np.ones(rows.X.shape[0], dtype=rows.X.dtype) if weight is None else weight
        return host_labels(rows.X, weight, centers, self._n_threads)

    def _label(self, data: Opened) -> None:
        self.labels_, self.inertia_ = self._labels_and_inertia(
            Rows(data.X, None, data.xp), data.sample_weight, self.cluster_centers_
        )

    def _steps(
        self,
        data: Opened,
        weight: np.ndarray | None,
        centers: Array,
        random_state: np.random.RandomState,
    ) -> tuple[Array, int]:
        """Go on step by step until the centres or their inertia stay; return centres and steps."""
        X, xp, n_samples = data.X, data.xp, data.X.shape[0]
        running = first_probabilities(Rows(X, None, xp), weight).astype(np.float64).cumsum()
        running /= running[-1]
        n_steps, size = (self.max_iter * n_samples) // self._batch_size, self._batch_size
        for i in range(n_steps):
            # What `random_state.choice(n_samples, size, p=...)` does, but for the running sum.
            drawn = running.searchsorted(random_state.random_sample(size), side="right")
            batch = xp.take(X, data.place.put(drawn), axis=0)
            moved, inertia = self._step(batch, None, centers, random_state)
            change = float(xp.sum((moved - centers) ** 2)) if self._tol > 0 else 0
            centers = moved
            if self._mini_batch_convergence(i, n_steps, n_samples, change, inertia):
                break
        return centers, i + 1

    def _step(
        self,
        batch: Array,
        weight: Array | None,
        centers: Array,
        random_state: np.random.RandomState,
    ) -> tuple[Array, float]:
        """Return the centres after a batch, and the inertia of the batch before."""
        reassign = self._random_reassign()
        if isinstance(batch, np.ndarray):
            moved = np.empty_like(centers)
            inertia = compiled_mini_batch(
                batch,
                np.ones(len(batch), batch.dtype) if weight is None else weight,
                centers,
                moved,
                self._counts,
                random_state,
                reassign,
                self.reassignment_ratio,
                self.verbose,
                self._n_threads,
            )
            return moved, inertia
        xp, ratio = place_of(batch).xp, self.reassignment_ratio
        moved, inertia = mini_batch_step(batch, weight, centers, self._counts, xp)
        if reassign and ratio > 0:
            moved = reassigned(batch, moved, self._counts, ratio, random_state, bool(self.verbose))
        return moved, inertia

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> MiniBatchKMeans:
        """Move the centres by one batch, whose device they then have.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
        """
        self._validate_params()
        place = find_place(self.device, X)
        started = hasattr(self, "cluster_centers_")
        reason = "sparse X" if is_sparse(X) else self._fallback_reason(X, None)
        if reason is not None:
            log.info("MiniBatchKMeans takes a batch by scikit-learn: %s.", reason)
            if started:
                self.cluster_centers_ = to_host(self.cluster_centers_)
            self._parent.partial_fit(self, to_host(X), y, to_host(sample_weight))
            self.fallback_ = reason
            return self
        data = open_door(self, X, None, sample_weight, place, reset=not started)
        self._take_batch(data, started)
        self.fallback_ = None
        return self

    def _take_batch(self, data: Opened, started: bool) -> None:
        if data.place == HOST:
            data.X = np.ascontiguousarray(data.X)
        if not hasattr(self, "_random_state"):
            self._random_state = check_random_state(self.random_state)
        if not started:
            self._begin(data)
        dtype = to_numpy(data.X[:1, :1]).dtype
        self._counts = self._counts.astype(dtype, copy=False)
        centers = data.place.put(self.cluster_centers_, data.X.dtype)
        with one_blas_thread():
            centers, _ = self._step(data.X, data.sample_weight, centers, self._random_state)
        self.cluster_centers_, self._n_features_out = centers, self.n_clusters
        if self.compute_labels:
            self._label(data)
        self.n_steps_ = getattr(self, "n_steps_", 0) + 1

    def _begin(self, data: Opened) -> None:
        """Set the initial centres by the first batch."""
        self._prepare(data)
        weight = None if data.sample_weight is None else to_numpy(data.sample_weight)
        given = self._given_centers(data)
        self.cluster_centers_ = self._start(data, weight, self._random_state, given)
        self._counts = np.zeros(self.n_clusters, dtype=to_numpy(data.X[:1, :1]).dtype)
        self._n_since_last_reassign = 0


def _some(data: Opened, weight: np.ndarray | None, drawn: np.ndarray) -> tuple[Rows, Array | None]:
    """Return the rows of these numbers and their weights, where X is."""
    chosen = None if weight is None else data.place.put(weight[drawn])
    return Rows(data.xp.take(data.X, data.place.put(drawn), axis=0), None, data.xp), chosen
