"""The parameters that the search classes have beyond scikit-learn's, in one place."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from numbers import Integral, Real
from os import PathLike
from typing import Any, TypeVar

from .sklearn_private import Interval, StrOptions

# Name to default, type for the signature, and scikit-learn's rules for its values.
_OPTIONS: dict[str, tuple[Any, str, list[Any]]] = {
    "sharing": ("all", "str", [StrOptions({"all", "exact", "off"})]),
    "memory_limit": (None, "Any", [Interval(Real, 0, None, closed="neither"), str, None]),
    "checkpoint": (None, "Any", [str, PathLike, None]),
    "audit": (0, "int", [Interval(Integral, 0, None, closed="left")]),
    "return_predictions": (
        False,
        "Any",
        ["boolean", StrOptions({"predict", "predict_proba", "decision_function"})],
    ),
    "device": (None, "str | None", [str, None]),
    "time_budget": (None, "Any", [Interval(Real, 0, None, closed="neither"), None]),
}

Class = TypeVar("Class", bound=type)


def with_options(*names: str) -> Callable[[Class], Class]:
    """Give a search class the constructor of its scikit-learn parent, with options added."""

    def decorate(cls: Class) -> Class:
        _extend_constructor(cls, {name: _OPTIONS[name] for name in names})
        return cls

    return decorate


def _extend_constructor(cls: Any, options: dict[str, tuple[Any, str, list[Any]]]) -> None:
    parent = next(base for base in cls.__mro__[1:] if "__init__" in base.__dict__)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        own = {name: kwargs.pop(name, default) for name, (default, _, _) in options.items()}
        parent.__init__(self, *args, **kwargs)
        for name, value in own.items():
            setattr(self, name, value)

    inherited = signature(parent.__init__)
    added = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, (default, kind, _) in options.items()
    ]
    __init__.__signature__ = inherited.replace(  # type: ignore[attr-defined]
        parameters=[*inherited.parameters.values(), *added]
    )
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = __init__
    rules = {name: rule for name, (_, _, rule) in options.items()}
    cls._parameter_constraints = {**parent._parameter_constraints, **rules}
