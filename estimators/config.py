"""Settings for a block of code: today the default device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_DEFAULTS: dict[str, Any] = {"device": None}
_config: ContextVar[dict[str, Any]] = ContextVar("gridfold_config", default=_DEFAULTS)


def get_config() -> dict[str, Any]:
    """Return a copy of the settings in force here."""
    return dict(_config.get())


@contextmanager
def config_context(*, device: str | None = None) -> Iterator[None]:
    """Set the default `device` of every estimator used inside the block.

    Parameters
    ----------
    device : {None, "cpu", "cuda", "cuda:N", "auto"}
        The device of estimators whose own `device` is None.

    Examples
    --------
    >>> import gridfold
    >>> with gridfold.config_context(device="cpu"):
    ...     gridfold.get_config()
    {'device': 'cpu'}
    """
    token = _config.set({"device": device})
    try:
        yield
    finally:
        _config.reset(token)
