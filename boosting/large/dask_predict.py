"""Predictions for Dask collections, made when they are computed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from .dask_parts import is_dask, partitions


def lazy_on_dask(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method of an estimator that answers for each row of X take Dask collections too."""

    @wraps(method)
    def answer(self: Any, X: Any, *args: Any, **params: Any) -> Any:
        if is_dask(X):
            return _lazily(self, method.__name__, X, args, params)
        return method(self, X, *args, **params)

    return answer


def _lazily(estimator: Any, method: str, X: Any, args: Any, params: Any) -> Any:
    """Return a Dask array with a chunk for each partition of X."""
    import dask
    import dask.array as da

    if params.get("base_margin") is not None:
        raise ValueError("base_margin is for tables in memory, not for Dask collections.")
    # A row of missing cells tells the shape and the type of the answers.
    if hasattr(X, "columns"):
        example = X._meta.reset_index(drop=True).reindex([0])
    else:
        example = np.full((1, X.shape[1]), np.nan)
    like = getattr(estimator, method)(example, *args, **params)
    model = dask.delayed(estimator)
    lengths = X.chunks[0] if hasattr(X, "chunks") else None
    answers = []
    for number, part in enumerate(partitions(X, "X")):
        n_rows = np.nan if lengths is None else lengths[number]
        found = dask.delayed(getattr(model, method))(part, *args, **params)
        answers.append(da.from_delayed(found, (n_rows, *like.shape[1:]), like.dtype))
    return da.concatenate(answers)
