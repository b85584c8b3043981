"""The door of a search: estimator and data are brought to the device asked for, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn.base import BaseEstimator, clone

from ...estimators.arrays import HOST, Place, find_place, place_of
from ...estimators.base import to_host
from ...estimators.config import config_context, get_config
from ..devices import (
    exchanged,
    exchanged_values,
    is_dense_numbers,
    takes_any_array,
    why_on_host,
)


def on_device(device: str | None) -> AbstractContextManager[None]:
    """The block in which estimators compute on `device`; None leaves the setting as it is."""
    return nullcontext() if device is None else config_context(device=device)


def host_unless_dispatched(data: Any) -> Any:
    """Bring a target, or weights, to the host, where splitters and scikit-learn's metrics work.

    They are small beside X. With scikit-learn's `array_api_dispatch` they stay where they are.
    """
    return data if sklearn.get_config()["array_api_dispatch"] else to_host(data)


@dataclass(frozen=True)
class Entry:
    """The estimator and the rows of a search, where the settings in force want them.

    Attributes
    ----------
    template : estimator
        Unfitted. On a device that was asked for, scikit-learn's classes are ours of their name.
    X : data
        Moved if all steps compute there.
    place : Place
        Where the estimators compute.
    exchanges : bool
        Whether classes of scikit-learn's are exchanged for ours.
    note : str or None
        Why X stays on the host though they compute elsewhere.
    """

    template: BaseEstimator
    X: Any
    place: Place
    exchanges: bool = False
    note: str | None = None

    @classmethod
    def of(cls, estimator: Any, X: Any, space: Any = ()) -> Entry:
        """Enter with the user's estimator and data.

        Parameters
        ----------
        space : dict or list of dicts, optional
            What candidates are made of: a grid, or distributions.

        Raises
        ------
        DeviceError
            When a GPU is asked for that cannot be used.
        """
        template, place = clone(estimator), find_place(None, X)
        if get_config()["device"] is None:
            return cls(template, X, place)
        if place == HOST:
            return cls(template, to_host(X), place)
        template = exchanged(template)
        note = _why_x_stays(template, X, space)
        X = place.put(X) if note is None else to_host(X)
        return cls(template, X, place, True, note)

    def params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a candidate's parameters, the estimators among them as the template's are.

        Raises
        ------
        NotImplementedError
            When one of them cannot take X where it is.
        """
        if not self.exchanges:
            return dict(params)
        params = exchanged_values(params)
        for name, value in params.items():
            if hasattr(value, "fit") and place_of(self.X) != HOST and not takes_any_array(value):
                raise NotImplementedError(
                    f"A candidate sets {name!r} to {type(value).__name__}, which computes on the "
                    f"host only, and X is on {self.place.device}: search it without a device."
                )
        return params


def _why_x_stays(template: Any, X: Any, space: Any) -> str | None:
    """Say why X is not moved to the device, or None."""
    if not is_dense_numbers(X):
        return f"X stays on the host: it is a {type(X).__name__}, no array of numbers"
    reason = why_on_host(template)
    if reason is not None:
        return f"X stays on the host: {reason}"
    for name, estimator in _estimators_in(space):
        reason = why_on_host(exchanged(estimator))
        if reason is not None:
            return f"X stays on the host for the {name!r} of a candidate: {reason}"
    return None


def _estimators_in(space: Any) -> Iterator[tuple[str, Any]]:
    """The estimators among the values of a grid, or among those that values are drawn from."""
    for grid in [space] if isinstance(space, Mapping) else space:
        for name, values in grid.items() if isinstance(grid, Mapping) else ():
            if isinstance(values, list | tuple | np.ndarray):
                yield from ((name, value) for value in values if hasattr(value, "fit"))
