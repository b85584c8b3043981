"""Truncated decompositions: random ones from one Gram matrix, and when the first parts are alike.

A random decomposition (Halko, Martinsson and Tropp 2011) of A multiplies by A and A' in turn,
which is a product with the Gram matrix A'A, the same for all members. Its span does not depend on
how the factors are normalised on the way, so members have the numbers of separate fits as long as
squaring A costs no digits that matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import numpy as np_namespace
from scipy import linalg
from sklearn.utils import check_random_state

from ..arrays import Array, Namespace, to_numpy

_LARGEST = 3000  # columns of a Gram matrix: 72 MB
_ACCURACY = 1e-5  # of the bound below: the errors seen are smaller by four digits and more
_LEAST_GAP = 1e-8  # of squared singular values, beside the first: Lanczos' errors over it are small


@dataclass(frozen=True)
class Sketch:
    """How a member's random decomposition is made.

    Attributes
    ----------
    n_components : int
    n_random : int
        Random vectors: the components and some more.
    n_iter : int
        Power iterations.
    seed : None, int or RandomState
    """

    n_components: int
    n_random: int
    n_iter: int
    seed: Any


def sketch_for(params: Mapping[str, Any], n_iter: Any, shape: tuple[int, int]) -> Sketch | None:
    """Read a member's sketch off its parameters; None where it cannot come from a Gram matrix.

    It cannot with as many random vectors as rows or columns, and without normalising: then
    scikit-learn's own answer is one of rounding.
    """
    n_components, least = params["n_components"], min(shape)
    if n_iter == "auto":
        n_iter = 7 if n_components < 0.1 * least else 4
    normalizer = params["power_iteration_normalizer"]
    bare = normalizer == "none" or (normalizer == "auto" and n_iter <= 2)
    n_random = n_components + params["n_oversamples"]
    if n_random >= least or (bare and n_iter):
        return None
    return Sketch(n_components, n_random, n_iter, params["random_state"])


def pays(sketches: list[Sketch], shape: tuple[int, int], n_stored: int) -> bool:
    """Whether one Gram matrix is less work than what it saves these members.

    `n_stored` counts the stored numbers of the table.
    """
    least = min(shape)
    if least > _LARGEST or len(sketches) < 2:
        return False
    gram = n_stored * max(n_stored / max(shape), 1.0) + least**2
    saved = sum(2 * s.n_iter * s.n_random * (2 * n_stored - least**2) for s in sketches)
    return saved > 2 * gram


def gram_of(X: Array) -> np.ndarray:
    """Return X'X, or XX' of a table with more columns than rows; always dense."""
    gram = X.T @ X if X.shape[0] >= X.shape[1] else X @ X.T
    return gram.toarray() if hasattr(gram, "toarray") else gram


@dataclass(frozen=True)
class Random:
    """A member's random decomposition of A, given its Gram matrix; A is X, or X' of a wide table.

    Attributes
    ----------
    singular : array of shape (n_components,)
    right : array of shape (n_components, n_columns of A)
        Right singular vectors of A.
    back : array of shape (n_columns of A, n_components)
        `A @ back` are the left singular vectors.
    """

    singular: Array
    right: Array
    back: Array


def decompose_randomly(
    gram: Array, sketch: Sketch, xp: Namespace = np_namespace, start: Array | None = None
) -> Random | None:
    """Decompose by a Gram matrix of shape (n, n); None where that costs too many digits.

    With Q the iterated random vectors and Q'A'AQ = W D W', the projection of A on the span of AQ is
    B = D^-1/2 W'Q'A'A, of shape (n_random, n).

    Parameters
    ----------
    start : array of shape (n, n_random), optional
        The random vectors, where they are drawn already.
    """
    if start is None:
        start = check_random_state(sketch.seed).normal(size=(gram.shape[0], sketch.n_random))
    Q = start
    for _ in range(sketch.n_iter):
        Q = normalise(gram @ Q, xp)
    Q, _ = xp.linalg.qr(Q)
    product = gram @ Q
    values, vectors = xp.linalg.eigh(Q.T @ product)
    if not bool(values[0] > 0):
        return None
    vectors = vectors / xp.sqrt(values)
    left, singular, right = xp.linalg.svd((product @ vectors).T, full_matrices=False)
    k = sketch.n_components
    if not is_accurate(to_numpy(singular), k):
        return None
    return Random(singular[:k], right[:k, :], Q @ (vectors @ left[:, :k]))


def normalise(Q: Array, xp: Namespace, by: str = "LU") -> Array:
    """Return vectors that span what the columns of `Q` span, apart from each other.

    Only SciPy has the cheap ones of an LU decomposition; elsewhere they are made orthonormal.
    """
    if xp is not np_namespace:
        return xp.linalg.qr(Q)[0]
    if by == "LU":
        return linalg.lu(Q, permute_l=True, check_finite=False)[0]
    return linalg.qr(Q, mode="economic", check_finite=False)[0]  # faster than NumPy's


def thin_svd(A: Array, xp: Namespace) -> tuple[Array, Array, Array]:
    """Return the singular values of `A` and as many left and right vectors, in its dtype."""
    if xp is np_namespace and A.dtype == np.float32:  # NumPy's own works in float64
        return linalg.svd(A, full_matrices=False, check_finite=False)
    return xp.linalg.svd(A, full_matrices=False)


def is_accurate(singular: np.ndarray, k: int, last: int = -1) -> bool:
    """Bound the errors of the first `k` singular vectors: rounding, squared, over the least gap.

    `last` is the number of the least singular value that is divided by.
    """
    if not singular[last] > 0:
        return False
    scaled = singular / singular[0]
    gap = np.min(-np.diff(scaled[: k + 1]), initial=1.0)
    return bool(np.finfo(np.float64).eps <= _ACCURACY * gap * scaled[last] ** 2)


def are_apart(singular: np.ndarray) -> bool:
    """Whether singular values are so far apart that iterations for more of them find the same."""
    squares = (singular / singular[0]) ** 2 if singular[0] > 0 else np.zeros(2)
    return bool(np.all(-np.diff(squares) >= _LEAST_GAP))
