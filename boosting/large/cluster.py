"""The user's Dask cluster, and xgboost's estimators that train on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .watch import watched


def client_here() -> Any:
    """Return the client of the user's cluster.

    Raises
    ------
    ImportError
        When distributed is not installed.
    ValueError
        When no client is connected.
    """
    try:
        from distributed import get_client
    except ImportError as error:
        raise ImportError(
            'Training on Dask collections needs distributed: pip install "gridfold[dask]".'
        ) from error
    try:
        return get_client()
    except ValueError as error:
        raise ValueError(
            "There is no Dask client to train with: connect one first, for example by "
            "client = distributed.Client(address)."
        ) from error


def run_watched(client: Any, begin: Callable[[], Any]) -> Any:
    """Wait for what `begin` begins on the cluster, unless the cluster goes away."""
    return client.sync(watched, client, begin)


def on_cluster(client: Any, has_classes: bool, **params: Any) -> Any:
    """Return xgboost's estimator for Dask collections, which notices when its cluster is gone."""
    from xgboost import dask as theirs

    parent = theirs.DaskXGBClassifier if has_classes else theirs.DaskXGBRegressor
    estimator = type(parent.__name__, (_Watched, parent), {})(**params)
    estimator.client = client
    return estimator


class _Watched:
    """Stands before an estimator of `xgboost.dask`."""

    client: Any

    def fit(self, X: Any, y: Any, **fit_params: Any) -> Any:
        """Fit, or raise ClusterLostError."""
        fit = super().fit  # type: ignore[misc]
        return run_watched(self.client, lambda: fit(X, y, **fit_params))
