"""What a fit on files or on a cluster cannot do, said before it begins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sklearn.base import is_classifier, is_regressor

from ..objectives import xgboost_objective

# What needs the whole table at once, or predictions for it: the parameter and its harmless value.
_IN_MEMORY = {"n_bags": 1, "keep_oof": False, "calibration": None, "conformal": None}


def check_estimator(estimator: Any, where: str) -> None:
    """Raise where an estimator asks for what cannot be had of rows that are never together.

    Parameters
    ----------
    where : str
        "from files" or "on a cluster", for messages.

    Raises
    ------
    ValueError
        The message names the parameter.
    NotImplementedError
        For the ranker.
    """
    params = estimator.get_params(deep=False)
    if not (is_classifier(estimator) or is_regressor(estimator)):
        raise NotImplementedError(
            f"{type(estimator).__name__} cannot be fitted {where}: the rows of a query would have "
            "to stay together. Classifiers and regressors can."
        )
    for name, harmless in _IN_MEMORY.items():
        if name in params and params[name] != harmless:
            raise ValueError(
                f"{name}={params[name]!r} needs all rows in memory, and these come {where}: leave "
                f"it at {harmless!r}."
            )
    if params["booster"] == "gblinear" or params["tree_method"] not in (None, "auto", "hist"):
        name = "booster" if params["booster"] == "gblinear" else "tree_method"
        raise ValueError(
            f"{name}={params[name]!r} cannot be trained {where}: use trees with tree_method='hist'."
        )
    objective = xgboost_objective(params["objective"], estimator._task)
    if isinstance(objective, str) and objective.startswith("survival:"):
        raise ValueError(
            f"objective={params['objective']!r} cannot be trained {where}: its target is times "
            "with bounds, and not one column of numbers."
        )


def check_given(given: Mapping[str, Any], taken: Collection[str], where: str) -> None:
    """Raise TypeError where `fit` is given what is not among the names `taken`."""
    refused = sorted(set(given) - set(taken))
    if refused:
        raise TypeError(
            f"fit takes no {refused[0]} for a model trained {where}, only {', '.join(taken)}."
        )


def has_classes(estimator: Any) -> bool:
    """Whether the target of the estimator is labels."""
    return bool(is_classifier(estimator))
