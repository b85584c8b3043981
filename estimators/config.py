"""Settings for a block of code: the default device, and CUDA graphs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_DEFAULTS: dict[str, Any] = {"device": None, "cuda_graphs": False}
_config: ContextVar[dict[str, Any]] = ContextVar("gridfold_config", default=_DEFAULTS)


def get_config() -> dict[str, Any]:
    """Return a copy of the settings in force here."""
    return dict(_config.get())


@contextmanager
def config_context(*, device: str | None = None, cuda_graphs: bool | None = None) -> Iterator[None]:
    """Set the default `device` of every estimator used inside the block.

    Parameters
    ----------
    device : {None, "cpu", "cuda", "cuda:N", "auto"}
        The device of estimators whose own `device` is None.
    cuda_graphs : bool, optional
        Whether the steps in which MLPs train on a GPU are captured in a CUDA graph and replayed.
        False unless set: this has been tested against stand-ins, but not on a GPU yet. None leaves
        it as it is.

    Examples
    --------
    >>> import gridfold
    >>> with gridfold.config_context(device="cpu"):
    ...     gridfold.get_config()
    {'device': 'cpu', 'cuda_graphs': False}
    """
    graphs = _config.get()["cuda_graphs"] if cuda_graphs is None else bool(cuda_graphs)
    token = _config.set({"device": device, "cuda_graphs": graphs})
    try:
        yield
    finally:
        _config.reset(token)
