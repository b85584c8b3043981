"""The parameters of the MLP: scikit-learn's, and what is added, each with its rule."""

from __future__ import annotations

import os
from collections.abc import Mapping
from inspect import Parameter, signature
from numbers import Integral, Real
from typing import Any

import numpy as np

from ..sklearn_private import Interval, StrOptions

STOCHASTIC = frozenset({"sgd", "adam", "adamw", "rmsprop"})
_ACTIVATIONS = {
    "identity",
    "relu",
    "leaky_relu",
    "gelu",
    "silu",
    "mish",
    "selu",
    "tanh",
    "logistic",
}
_SCHEDULES = {"constant", "step", "one_cycle", "flat_cos", "coslog4", "reduce_on_plateau"}
_RATE = Interval(Real, 0, 1, closed="left")

# name -> (default, rules), of what scikit-learn does not have.
COMMON: dict[str, tuple[Any, list[Any]]] = {
    "device": (None, [str, None]),
    "dtype": ("auto", [StrOptions({"auto", "float32", "float64"}), None]),
    "dropout": (0.0, [_RATE]),
    "normalization": (None, [StrOptions({"layer", "batch"}), None]),
    "schedule": (None, [StrOptions(_SCHEDULES), None]),
    "checkpoint": (None, [str, os.PathLike, None]),
    "checkpoint_every": (10, [Interval(Integral, 1, None, closed="left")]),
}
CLASSIFIER: dict[str, tuple[Any, list[Any]]] = {
    **COMMON,
    "label_smoothing": (0.0, [_RATE]),
    "class_weight": (None, [StrOptions({"balanced"}), dict, list, None]),
}
REGRESSOR: dict[str, tuple[Any, list[Any]]] = {
    **COMMON,
    "quantile": (0.5, [Interval(Real, 0, 1, closed="neither")]),
    "delta": (1.0, [Interval(Real, 0, None, closed="neither")]),
}
# What scikit-learn has, with more values here.
WIDER: dict[str, list[Any]] = {
    "activation": [StrOptions(_ACTIVATIONS)],
    "solver": [StrOptions(STOCHASTIC | {"lbfgs"})],
}
LOSSES: dict[str, list[Any]] = {
    "loss": [StrOptions({"squared_error", "poisson", "huber", "pinball"})],
}
# The values of these that scikit-learn has.
_KNOWN = {
    "activation": {"identity", "logistic", "tanh", "relu"},
    "solver": {"sgd", "adam", "lbfgs"},
    "loss": {"log_loss", "squared_error", "poisson"},
}
# Added parameters that change nothing by themselves, or only where the computing is done.
_HARMLESS = {"device", "dtype", "quantile", "delta", "checkpoint_every"}
# What scikit-learn calls a value that it does not have, where predictions are the same.
NEAREST = {
    "solver": {"adamw": "adam", "rmsprop": "adam"},
    "loss": {"huber": "squared_error", "pinball": "squared_error"},
}


def adopt_parent(cls: Any, parent: Any, added: Mapping[str, tuple[Any, list[Any]]]) -> None:
    """Give `cls` the constructor of scikit-learn's class with parameters `added`, by keyword."""
    defaults = {name: default for name, (default, _) in added.items()}

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        own = {name: kwargs.pop(name, default) for name, default in defaults.items()}
        parent.__init__(self, *args, **kwargs)
        for name, value in own.items():
            setattr(self, name, value)

    inherited = signature(parent.__init__)
    more = [Parameter(n, Parameter.KEYWORD_ONLY, default=d) for n, d in defaults.items()]
    __init__.__signature__ = inherited.replace(  # type: ignore[attr-defined]
        parameters=[*inherited.parameters.values(), *more]
    )
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = __init__
    cls._parent = parent
    rules = {name: rule for name, (_, rule) in added.items()}
    cls._parameter_constraints = {**parent._parameter_constraints, **rules, **WIDER}


def hidden_sizes(hidden_layer_sizes: Any) -> tuple[int, ...]:
    """Return the widths of the hidden layers.

    Raises
    ------
    ValueError
        When a layer has no unit, or a part of one.
    """
    sizes = np.atleast_1d(np.asarray(hidden_layer_sizes, dtype=object)).tolist()
    if not all(isinstance(size, Integral) for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be whole numbers, got {sizes}.")
    if any(size <= 0 for size in sizes):
        raise ValueError(
            f"hidden_layer_sizes must be > 0, got {sizes}: leave out a layer that is to have no "
            "unit."
        )
    return tuple(int(size) for size in sizes)


def beyond_sklearn(estimator: Any, added: Mapping[str, tuple[Any, list[Any]]]) -> list[str]:
    """Return the parameters that are set to what scikit-learn's class does not do."""
    changed = [
        name
        for name, (default, _) in added.items()
        if name not in _HARMLESS and getattr(estimator, name) != default
    ]
    wider = [n for n, known in _KNOWN.items() if getattr(estimator, n, None) not in known]
    return changed + [name for name in wider if hasattr(estimator, name)]


def dtypes(dtype: str | None, solver: str, given: Any) -> tuple[np.dtype, np.dtype]:
    """Return the dtypes of the computing and of the fitted weights.

    "auto" computes in float32, for lbfgs in float64, and gives weights in the dtype of X, so that
    answers for X need no conversion.

    Parameters
    ----------
    given : dtype
        That of X.
    """
    if dtype == "auto":
        computing = np.dtype(np.float64 if solver == "lbfgs" else np.float32)
        return computing, np.result_type(computing, given)
    own = np.dtype(given if dtype is None else dtype)
    return own, own
