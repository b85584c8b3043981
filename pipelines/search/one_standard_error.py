"""`refit="one_standard_error"`: the simplest candidate that is not clearly worse than the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .planning.identity import Identity

ONE_STANDARD_ERROR = "one_standard_error"

# Which way a parameter makes a model simpler, whatever the estimator.
_SIMPLER_WHEN_LARGER = {
    "alpha",
    "ccp_alpha",
    "l2_regularization",
    "min_child_samples",
    "min_child_weight",
    "min_impurity_decrease",
    "min_samples_leaf",
    "min_samples_split",
    "n_neighbors",
    "reg_alpha",
    "reg_lambda",
    "reg_param",
    "var_smoothing",
}
_SIMPLER_WHEN_SMALLER = {
    "C",
    "degree",
    "k",
    "max_depth",
    "max_leaf_nodes",
    "n_components",
    "n_estimators",
    "n_knots",
    "num_leaves",
    "percentile",
}
_UNLIMITED = {"max_depth", "max_leaf_nodes", "n_components"}  # where None means no limit
_COUNT_OR_FRACTION = {"min_samples_leaf", "min_samples_split", "n_components"}


def check_simplicity(template: BaseEstimator, candidates: Sequence[Mapping[str, Any]]) -> None:
    """Raise before anything is fitted when no parameter says which candidate is the simpler.

    Raises
    ------
    ValueError
    """
    names = sorted({name for params in candidates for name in params})
    if not any(_direction(template, name) for name in names):
        raise ValueError(
            f"refit={ONE_STANDARD_ERROR!r} chooses the simplest of the candidates that score "
            "about as well as the best, but it is not known which values of "
            f"{', '.join(names) or 'no parameter'} make a simpler model. Pass a function as "
            "refit: it is given cv_results_ and returns the index of the candidate to refit."
        )


def simplest_within_one_standard_error(
    template: BaseEstimator, results: Mapping[str, Any], best: int, n_splits: int
) -> int:
    """Return the simplest candidate within one standard error of the best.

    The standard error is that of the best candidate's mean over the splits, s / sqrt(n_splits).
    A candidate is simpler than the best if it is so in some parameter whose direction is known
    (a larger `alpha`, fewer `n_components`), the other way in none, and alike in all others. The
    simplest is that with the largest sum of ranks over these parameters; of several, the one with
    the best score.

    Parameters
    ----------
    results : dict
        `cv_results_`; of a halving search only the last iteration counts.
    best : int
        The candidate with the best score.
    """
    means, candidates = results["mean_test_score"], results["params"]
    error = results["std_test_score"][best] / np.sqrt(max(n_splits - 1, 1))
    near = means >= means[best] - error
    if "iter" in results:
        near &= results["iter"] == results["iter"][best]
    simplicity = {
        int(i): found
        for i in np.flatnonzero(near)
        if (found := _simpler(template, candidates[i], candidates[best])) is not None
    }
    if not simplicity:
        return best  # its score is not a number
    values = np.array(list(simplicity.values())).reshape(len(simplicity), -1)
    ranks = sum(np.unique(column, return_inverse=True)[1] for column in values.T)
    order = np.lexsort((means[list(simplicity)], ranks * np.ones(len(simplicity))))
    return list(simplicity)[order[-1]]


def _simpler(
    template: BaseEstimator, params: Mapping[str, Any], best: Mapping[str, Any]
) -> list[float] | None:
    """How simple a candidate is in each parameter of known direction, larger being simpler.

    None where it is less simple than the best in one of them, or not to be compared with it.
    """
    identity = Identity()
    if params.keys() != best.keys():
        return None
    simplicity = []
    for name, value in params.items():
        alike = identity.key(value) == identity.key(best[name])
        direction = _direction(template, name)
        sizes = _size(name, value), _size(name, best[name])
        if not direction or None in sizes or _mixed(name, value, best[name]):
            if not alike:
                return None
            continue
        own, other = (direction * size for size in sizes if size is not None)
        if own < other:
            return None
        simplicity.append(own)
    return simplicity


def _direction(template: BaseEstimator, name: str) -> int:
    """Return 1 where larger values make a simpler model, -1 where smaller do, 0 if not known."""
    prefix, _, last = name.rpartition("__")
    owner = template.get_params(deep=True).get(prefix) if prefix else template
    if last == "alpha" and hasattr(owner, "ccp_alpha"):
        return 0  # gradient boosting: a quantile of its loss, no penalty
    return (last in _SIMPLER_WHEN_LARGER) - (last in _SIMPLER_WHEN_SMALLER)


def _size(name: str, value: Any) -> float | None:
    """Return a value as a number, or None if it is none."""
    if value is None and name.rpartition("__")[2] in _UNLIMITED:
        return np.inf
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else None


def _mixed(name: str, value: Any, other: Any) -> bool:
    """Whether one of two values is a count and the other a fraction."""
    counts = {isinstance(v, Integral) for v in (value, other) if v is not None}
    return name.rpartition("__")[2] in _COUNT_OR_FRACTION and len(counts) == 2
