"""Settings for a block of code: the default device, CUDA graphs, and working memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_DEFAULTS: dict[str, Any] = {"device": None, "cuda_graphs": False, "working_memory": 256}
_config: ContextVar[dict[str, Any]] = ContextVar("gridfold_config", default=_DEFAULTS)


def get_config() -> dict[str, Any]:
    """Return a copy of the settings in force here."""
    return dict(_config.get())


@contextmanager
def config_context(
    *,
    device: str | None = None,
    cuda_graphs: bool | None = None,
    working_memory: float | None = None,
) -> Iterator[None]:
    """Set defaults of every estimator used inside the block; None leaves a setting as it is.

    Parameters
    ----------
    device : {None, "cpu", "cuda", "cuda:N", "auto"}
        The device of estimators whose own `device` is None.
    cuda_graphs : bool, optional
        Whether the steps in which MLPs train on a GPU are captured in a CUDA graph and replayed.
        False unless set: this has been tested against stand-ins, but not on a GPU yet.
    working_memory : float, optional
        MiB that an estimator may work with beyond X and its result, such as a block of distances;
        256 unless set.

    Raises
    ------
    ValueError
        When `working_memory` is not above 0.

    Examples
    --------
    >>> import gridfold
    >>> with gridfold.config_context(device="cpu"):
    ...     gridfold.get_config()
    {'device': 'cpu', 'cuda_graphs': False, 'working_memory': 256}
    """
    settings = get_config()
    if device is not None:
        settings["device"] = device
    if cuda_graphs is not None:
        settings["cuda_graphs"] = bool(cuda_graphs)
    if working_memory is not None:
        if not working_memory > 0:
            raise ValueError(f"working_memory must be above 0 MiB, not {working_memory!r}.")
        settings["working_memory"] = working_memory
    token = _config.set(settings)
    try:
        yield
    finally:
        _config.reset(token)
