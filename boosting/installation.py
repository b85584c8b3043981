"""Which builds of xgboost are installed, and what to do where that is none or more than one."""

from __future__ import annotations

import warnings
from importlib import metadata
from importlib.util import find_spec

# Distributions that all bring the same module, each overwriting the files of the others.
_BUILDS = ("xgboost", "xgboost-cpu", "xgboost-cu12")

_EXTRAS = 'pip install "gridfold[cpu]" (for a GPU, "gridfold[cuda12]" or "gridfold[cuda13]")'


def check_installation() -> str | None:
    """Say what is wrong with the installation of xgboost, and the remedy; None if nothing is.

    Imports nothing: it asks for the module and for the distributions that bring it.
    """
    if find_spec("xgboost") is None:
        return f"Boosting needs xgboost, which is not installed: {_EXTRAS}."
    builds = [name for name in _BUILDS if _is_installed(name)]
    if len(builds) < 2:
        return None
    return (
        f"{' and '.join(builds)} are installed together: they overwrite one another's files. "
        f"Remove all of them (pip uninstall {' '.join(builds)}), then install one: {_EXTRAS}."
    )


def require_xgboost() -> None:
    """Make sure that xgboost can be imported, and warn where it is installed twice.

    Raises
    ------
    ImportError
        When no build of xgboost is installed; the message names the extras.
    """
    problem = check_installation()
    if problem is None:
        return
    if find_spec("xgboost") is None:
        raise ImportError(problem)
    warnings.warn(problem, UserWarning, stacklevel=2)


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
