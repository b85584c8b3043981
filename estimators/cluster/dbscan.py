"""Clusters of dense neighbourhoods."""

from __future__ import annotations

from typing import Any

from sklearn import cluster

from ..arrays import HOST, find_place, place_of
from ..base import OnDevice, to_host


class DBSCAN(OnDevice, cluster.DBSCAN):
    """Clusters that grow from rows with many neighbours within `eps` (Ester et al. 1996).

    Parameters are those of `sklearn.cluster.DBSCAN`, and `device`: None (where X is), "cpu",
    "cuda", "cuda:1" or "auto". The search for neighbours and the growth are scikit-learn's, on the
    host; where another device or library is asked for, `fallback_` says so.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), int64
        -1 for rows of no cluster.
    core_sample_indices_ : ndarray of shape (n_core_samples,)
    components_ : ndarray of shape (n_core_samples, n_features)
        The rows with at least `min_samples` neighbours.
    fallback_ : str or None
        Why the fit was not where it was asked for, or None.
    """

    _on_host = "the search within a radius has no kernel here"

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> DBSCAN:
        """Find the clusters.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Distances of shape (n_samples, n_samples) with `metric="precomputed"`.
        y : None
            Ignored.
        sample_weight : array-like of shape (n_samples,), optional
        """
        self._validate_params()
        if find_place(self.device, X) != HOST:
            return self._fit_parent(X, None, sample_weight, self._on_host)
        self._parent.fit(self, to_host(X), sample_weight=to_host(sample_weight))
        self.fallback_ = None
        return self

    def _fit_arrays(self, data: Any) -> None:
        raise NotImplementedError("DBSCAN is fitted by scikit-learn.")

    def fit_predict(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Find the clusters and return their numbers for the rows, where X is; -1 is none."""
        return place_of(X).put(self.fit(X, sample_weight=sample_weight).labels_)
