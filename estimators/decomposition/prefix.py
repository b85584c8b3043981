"""Members that have the first components of one decomposition: its fit, and their slices of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array

from ..arrays import Array, is_foreign, place_of, to_numpy
from ..door import float_matrix
from ..shared import Declined, Members
from .components import Components, count_for, shares_of, whitening_scale
from .truncated import are_apart

_WEAK = 1e-10  # rounding of so much of a component's scale is to be just as scikit-learn's
_VOID = 1e-4  # and of so much is all that a whitened component would show


@dataclass(frozen=True)
class Prefix:
    """Members that have the first components of one decomposition.

    Attributes
    ----------
    found : Components
    solver : str
    counts : dict of int to int
        How many components each member has.
    fitted : estimator
        With all of them.
    projected : array of shape (n_samples, n_axes), optional
        What `fit_transform` made of the training rows, where that is not what `transform` makes.
    weak : set of int
        Members that project rows themselves: with components so small that rounding shows, and
        with one only, for BLAS sums the product with one vector in another order.
    """

    found: Components
    solver: str
    counts: Mapping[int, int]
    fitted: BaseEstimator
    projected: Array | None
    weak: frozenset[int]

    def project(self, X: Array, count: int) -> Array:
        """Return the projection of rows on the first `count` axes."""
        if is_foreign(X):
            X = float_matrix(self.fitted, X)
        else:
            X = check_array(X, accept_sparse=("csr", "csc"), dtype=[np.float64, np.float32])
        place = place_of(self.found.axes if sparse.issparse(X) else X)
        axes, mean = place.put(self.found.axes)[:count, :], place.put(self.found.mean)
        return X @ axes.T - mean[None, :] @ axes.T

    def sliced(self, projected: Array, whiten: Mapping[int, bool]) -> dict[int, Array]:
        """Return the first columns of a projection, for each member those it has.

        `whiten` says of each member, by its number, whether it divides by the standard deviations.
        """
        whitened = None
        answers = {}
        for i, whitens in whiten.items():
            source = projected
            if whitens:
                if whitened is None:
                    place = place_of(projected)
                    variance = place.put(self.found.variance)[: projected.shape[1]]
                    whitened = projected / whitening_scale(variance, place.xp)
                source = whitened
            answers[i] = source[:, : self.counts[i]]
        return answers


def fit_prefix(
    members: Members, X: Array, shape: tuple[int, int], alike: Sequence[int], solver: str
) -> Prefix:
    """Fit the class itself for the most components that a member has."""
    if solver == "covariance_eigh" and shape[0] < shape[1]:
        raise Declined("the covariance matrix has more columns than there are rows")
    sizes = [members.params(i)["n_components"] for i in alike]
    most = None
    if solver == "arpack":
        wrong = [i for i, n in zip(alike, sizes, strict=True) if not _is_for_arpack(n, shape)]
        most = None if None in sizes else max(sizes)
    else:
        wrong = [i for i, n in zip(alike, sizes, strict=True) if n is not None and n > min(shape)]
    if wrong:
        raise Declined(f"n_components is not of what svd_solver={solver!r} finds", wrong)
    whole: Any = members.instance(alike[0]).set_params(
        n_components=most, svd_solver=solver, whiten=False, copy=True
    )
    whole.set_output(transform="default")
    projected = whole.fit_transform(X) if solver != "covariance_eigh" else None
    found = _components(whole if projected is not None else whole.fit(X), shape, solver)
    if solver == "arpack" and to_numpy(found.singular).dtype != np.float64:
        raise Declined("svd_solver='arpack' on data that are not float64")
    if solver == "arpack" and not are_apart(to_numpy(found.singular)):
        raise Declined("singular values are so close that the vectors depend on n_components")
    ratio = shares_of(found, place_of(found.axes).xp)
    all_ = found.axes.shape[0]
    counts = {
        i: all_ if size is None else count_for(size, ratio, min(shape))
        for i, size in zip(alike, sizes, strict=True)
    }
    strong, sound = _count_above(found, _WEAK), _count_above(found, _VOID)
    weak = frozenset(i for i, count in counts.items() if count > strong or count == 1)
    void = [i for i in weak if counts[i] > sound and members.params(i)["whiten"]]
    if void and solver != "covariance_eigh":
        raise Declined("components of next to no variance are whitened", void)
    return Prefix(found, solver, counts, whole, projected, weak)


def _is_for_arpack(size: Any, shape: tuple[int, int]) -> bool:
    return size is None or 1 <= size < min(shape)


def _count_above(found: Components, part: float) -> int:
    """Return how many components, from the first, have less rounding than a part of their scale."""
    scales = np.sqrt(to_numpy(found.variance).astype(float))
    if not scales.size:
        return 0
    size = float(np.linalg.norm(to_numpy(found.mean))) + scales[0]
    noise = np.finfo(to_numpy(found.axes).dtype).eps * size
    return int(np.count_nonzero(noise <= part * scales))


def _components(fitted: Any, shape: tuple[int, ...], solver: str) -> Components:
    """Read the components off a fitted estimator."""
    total = None
    if solver == "arpack":
        shares = fitted.explained_variance_ratio_
        total = fitted.explained_variance_[0] / shares[0] if shares[0] > 0 else 0.0
    return Components(
        fitted.mean_,
        fitted.components_,
        fitted.explained_variance_,
        fitted.singular_values_,
        shape[0],
        shape[1],
        total,
    )
