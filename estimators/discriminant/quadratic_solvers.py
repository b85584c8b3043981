"""Quadratic discriminants from the moments of the classes: two solvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..arrays import Array, Namespace
from .axes import class_axes, descending
from .class_rows import ClassRows
from .covariances import ledoit_wolf, shrunk


@dataclass(frozen=True)
class QuadraticClass:
    """What scikit-learn holds of a class: `covariance = rotation diag(scaling) rotation'`.

    Attributes
    ----------
    scaling : array of shape (n_axes,), float64
        Descending.
    rotation : array of shape (n_features, n_axes)
    covariance : array of shape (n_features, n_features), or None
    """

    scaling: Array
    rotation: Array
    covariance: Array | None


@dataclass
class QuadraticProblem:
    """The rows of the classes, and what several discriminants have in common.

    Attributes
    ----------
    rows : ClassRows
    classes : list of ClassRows
    means : array of shape (n_classes, n_features), float64
    """

    rows: ClassRows
    classes: list[ClassRows] = field(init=False)
    means: Array = field(init=False)
    _covariances: dict[tuple[int, bool], Array] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.classes, self.means = list(self.rows.apart()), self.rows.means()

    @cached_property
    def _axes(self) -> list[tuple[Array, Array]]:
        return class_axes(self.classes, self.means)

    def solve(self, k: int, params: Mapping[str, Any]) -> QuadraticClass:
        """Solve class `k`, as the solver, the shrinkage and `reg_param` of a member say."""
        if params["solver"] == "eigen":
            covariance = self._shrunk(k, params["shrinkage"])
            return QuadraticClass(*descending(covariance, self.rows.xp), covariance)
        variances, rotation = self._axes[k]
        scaling = (1.0 - params["reg_param"]) * variances + params["reg_param"]
        stored = params["store_covariance"]
        covariance = (rotation * scaling) @ rotation.T if stored else None
        return QuadraticClass(scaling, rotation, covariance)

    def _shrunk(self, k: int, shrinkage: Any) -> Array:
        is_auto = isinstance(shrinkage, str)
        if (k, is_auto) not in self._covariances:
            rows, mean = self.classes[k], self.means[k : k + 1, :]
            weight = np.asarray([1.0 / rows.shape[0]])
            found = ledoit_wolf(rows, mean) if is_auto else rows.scatter(mean, weight)
            self._covariances[k, is_auto] = found
        covariance = self._covariances[k, is_auto]
        return covariance if is_auto else shrunk(covariance, shrinkage, self.rows.xp)


def check_rank(
    one: QuadraticClass, label: Any, n_rows: int, params: Mapping[str, Any], xp: Namespace
) -> None:
    """Check that all variances of a class are above `tol`.

    Raises
    ------
    numpy.linalg.LinAlgError
        When one is not, with what may help.
    """
    n_features = one.rotation.shape[0]
    if int(xp.sum(xp.astype(one.scaling > float(params["tol"]), xp.int64))) == n_features:
        return
    text = f"The covariance matrix of class {label} is not full rank. "
    if params["solver"] == "svd" and n_rows <= n_features:
        raise np.linalg.LinAlgError(
            f"{text}When using `solver='svd'` the number of samples in each class should be more "
            f"than the number of features, but class {label} has {n_rows} samples and {n_features} "
            "features. Try using `solver='eigen'` and setting the parameter `shrinkage` for "
            "regularization."
        )
    name = "shrinkage" if params["solver"] == "eigen" else "reg_param"
    raise np.linalg.LinAlgError(f"{text}Increase the value of `{name}` to reduce the collinearity.")
