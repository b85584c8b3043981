"""The shared fits of univariate selections: one scoring of the columns, each member its choice."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from copy import deepcopy
from numbers import Integral, Real
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator

from ..arrays import Array
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from .chosen import Chosen, choose, materialised, transformed

_PLAIN = 30.0  # operations for each number in X that a score of sums takes
_MUTUAL = 3e4  # and one that looks for neighbours
_BY_PVALUE = ("fpr", "fdr", "fwe")


class UnivariateFit(SharedFit):
    """Selections that differ in how much they choose, from one scoring of the columns.

    The scores come from the class's own fit, and its own rules choose by them, ties included.

    Parameters
    ----------
    mode : {"k_best", "percentile", "fpr", "fdr", "fwe"}, optional
        How the class chooses; None where it is a parameter.
    name : str
        The parameter that says how much.
    """

    def __init__(self, mode: str | None, name: str) -> None:
        self._mode, self._name = mode, name
        self.varying = frozenset({name} if mode else {name, "mode"})

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse parameters that scikit-learn refuses."""
        if not callable(params.get("score_func", len)):
            return "score_func is no function"
        mode = self._mode or params.get("mode", "percentile")
        value = params.get(self._name)
        if value is None or _is_valid(mode, value):
            return None
        return f"{self._name}={value!r} is out of range"

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: one scoring, and the columns that each member takes."""
        p = meta.n_features or 100
        whole = float(meta.n_bytes or 8.0 * meta.n_samples * p)
        shares = [self._share(members.params(i), p) for i in range(len(members))]
        score = members.common.get("score_func")
        name = getattr(getattr(score, "func", score), "__name__", "")
        each = _MUTUAL if name.startswith("mutual_info") else _PLAIN
        return Cost(
            each * meta.n_samples * p, state=9.0 * p * len(members), responses=whole * sum(shares)
        )

    def _share(self, params: Mapping[str, Any], n_features: int) -> float:
        """The part of the columns that a member takes, all where that is not known."""
        mode, value = self._mode or params["mode"], params[self._name]
        if mode == "percentile":
            return float(value) / 100
        return 1.0 if mode != "k_best" or value == "all" else min(1.0, value / n_features)

    def fit(self, members: Members, X: Array, y: Array | None = None, **fit_params: Any) -> Chosen:
        """Score the columns once."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        whole = _scored(members.instance(0), X, y)
        modes = [self._mode or mode for mode in self._modes(members)]
        by_pvalue = [i for i, mode in enumerate(modes) if mode in _BY_PVALUE]
        if whole.pvalues_ is None and by_pvalue:
            raise Declined("score_func gives no p-values", by_pvalue)
        for mode, k in list(zip(modes, members.values(self._name), strict=True))[1:]:
            _warn_of_too_many(mode, k, whole.n_features_in_)
        attributes = {"scores_": whole.scores_, "pvalues_": whole.pvalues_}
        return choose(members, whole, [attributes] * len(members))

    def _modes(self, members: Members) -> list[str]:
        return [self._mode] * len(members) if self._mode else members.values("mode")

    def respond(
        self, state: Chosen, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Take each member's columns."""
        return transformed(state, X, members)

    def materialise(self, state: Chosen, i: int) -> BaseEstimator:
        """Return member `i` with scikit-learn's fitted attributes."""
        return materialised(state, i)


def _is_valid(mode: Any, value: Any) -> bool:
    """Whether a value says how much to choose in a mode."""
    if mode == "k_best":
        return value == "all" if isinstance(value, str) else _is_count(value)
    if not isinstance(value, Real):
        return False
    return 0 <= float(value) <= (100 if mode == "percentile" else 1)


def _is_count(value: Any) -> bool:
    return isinstance(value, Integral) and int(value) >= 0


def _scored(selector: Any, X: Array, y: Array | None) -> Any:
    """Fit a selector; a function that is not scikit-learn's gets a copy, and may not write."""
    function = getattr(selector.score_func, "func", selector.score_func)
    if (getattr(function, "__module__", None) or "").partition(".")[0] == "sklearn":
        return selector.fit(X, y)
    copies = deepcopy((X, y))
    selector.fit(*copies)
    if not all(_is_same(one, copy) for one, copy in zip((X, y), copies, strict=True)):
        raise Declined("score_func writes into the data")
    return selector


def _is_same(data: Any, copy: Any) -> bool:
    if isinstance(data, np.ndarray) and data.dtype.kind in "fiub":
        return np.array_equal(data, copy, equal_nan=data.dtype.kind == "f")
    return bool(joblib.hash(data) == joblib.hash(copy))


def _warn_of_too_many(mode: str, k: Any, n_features: int) -> None:
    """Warn as scikit-learn's fit does, which only the first member has had."""
    if mode == "k_best" and not isinstance(k, str) and k > n_features:
        warnings.warn(
            f"k={k} is greater than n_features={n_features}. All the features will be returned.",
            stacklevel=2,
        )


for _name, _mode, _parameter in (
    ("SelectKBest", "k_best", "k"),
    ("SelectPercentile", "percentile", "percentile"),
    ("SelectFpr", "fpr", "alpha"),
    ("SelectFdr", "fdr", "alpha"),
    ("SelectFwe", "fwe", "alpha"),
    ("GenericUnivariateSelect", None, "param"),
):
    register_shared_fit(f"sklearn.feature_selection:{_name}", UnivariateFit(_mode, _parameter))
