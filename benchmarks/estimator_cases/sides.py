"""The sides: scikit-learn's class, gridfold's, and that of scikit-learn-intelex."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .subject import Subject

THEM, US, INTELEX = "scikit-learn", "gridfold", "scikit-learn-intelex"
SIDES = (THEM, US, INTELEX)


def make(subject: Subject, side: str) -> Any:
    """Return a new estimator.

    Raises
    ------
    ImportError
        When the side has no such class, or is not installed.
    """
    modules = {THEM: "sklearn", INTELEX: "sklearnex"}
    module = f"{modules[side]}.{subject.module}" if side in modules else "gridfold.estimators"
    found = getattr(import_module(module), subject.name, None)
    if found is None or not _own(found, side):
        raise ImportError(f"{side} has no {subject.name}")
    return found(**subject.params)


def _own(found: type, side: str) -> bool:
    """Whether the class is the side's: scikit-learn-intelex hands some of scikit-learn's on."""
    return side != INTELEX or found.__module__.startswith(("sklearnex", "daal4py"))
