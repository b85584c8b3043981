"""Random decompositions of a table, by scikit-learn's own draws, on every array library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.utils import check_random_state

from ..arrays import Array, Namespace, place_of, to_numpy
from ..threads import threads_for
from .centred import Centred, signed
from .truncated import Sketch, decompose_randomly, is_accurate, normalise, thin_svd

_LARGEST = 3000  # columns of a Gram matrix: 72 MB
_WORTH = 4  # a product of the Gram matrix in so many products with a random vector
_FEWEST = 2  # rows for each column from which a triangle is less than they
_LEAST = 1e-6  # of the first singular value: left vectors of smaller ones are not from a triangle


@dataclass(frozen=True)
class Parts:
    """The first singular values and vectors of a table.

    Attributes
    ----------
    singular : array of shape (n_components,)
    axes : array of shape (n_components, n_features)
        Of unit length, the entry of largest size positive.
    left : callable
        Makes the left singular vectors, of shape (n_samples, n_components).
    gram, triangle : arrays of shape (n_features, n_features), optional
        (X - mean)' (X - mean), and R with R'R that matrix, where they were made.
    """

    singular: Array
    axes: Array
    left: Callable[[], Array]
    gram: Array | None = None
    triangle: Array | None = None

    def squares(self, axes: Array, xp: Namespace) -> tuple[Array, Array] | None:
        """Return the squares of X - mean summed down its columns and along axes.

        Float64; None where that takes another pass over the rows.
        """
        axes = xp.astype(axes, xp.float64, copy=False)
        if self.gram is not None:
            along = xp.sum((axes @ self.gram) * axes, axis=1)
            return xp.linalg.diagonal(self.gram), along
        if self.triangle is not None:
            R = self.triangle
            return xp.sum(R * R, axis=0), xp.sum((R @ axes.T) ** 2, axis=0)
        return None


def randomized_svd(rows: Centred, params: Mapping[str, Any], n_iter: Any) -> Parts:
    """Find the first `params["n_components"]` parts (Halko, Martinsson and Tropp 2011).

    The span of A (A'A)^n_iter W, for random vectors W, does not depend on how the factors are
    normalised on the way, nor on whether A'A is multiplied out: it is where that is less work, and
    the singular values found say that squaring them costs no digits. Else, of few columns, R of
    A = QR stands for A: it has the same right vectors.

    Parameters
    ----------
    rows : Centred
        A, of shape (n_samples, n_features).
    params : mapping
        n_components, n_oversamples, power_iteration_normalizer and random_state of scikit-learn.
    n_iter : int or "auto"
    """
    sketch, least = _sketch(rows.shape, params, n_iter), min(rows.shape)
    k, n_iter = sketch.n_components, sketch.n_iter
    drawn = check_random_state(params["random_state"]).normal(size=(least, sketch.n_random))
    normalizer = params["power_iteration_normalizer"]
    if normalizer == "auto":
        normalizer = "none" if n_iter <= 2 else "LU"
    everything = sketch.n_random >= least
    found = None
    # Powers that are not normalised have rounding of their own, which the Gram matrix has not.
    squares = everything or normalizer != "none" or not n_iter
    if squares and least <= min(_LARGEST, _WORTH * (rows.n_products or _n_products(sketch))):
        found = _by_gram(rows, sketch, drawn)
        if found is None and rows.shape[0] >= _FEWEST * least:
            found = _by_triangle(rows, sketch, drawn, normalizer)
    if found is None and everything:
        found = _whole(rows, k)
    return found or _by_rows(rows, sketch, drawn, normalizer)


def n_products_of(shape: tuple[int, int], params: Mapping[str, Any], n_iter: Any) -> int:
    """Return how many products with a vector a Gram matrix saves a random decomposition."""
    return _n_products(_sketch(shape, params, n_iter))


def _n_products(sketch: Sketch) -> int:
    return (sketch.n_iter + 1) * sketch.n_random


def _sketch(shape: tuple[int, int], params: Mapping[str, Any], n_iter: Any) -> Sketch:
    k = int(params["n_components"])
    if n_iter == "auto":
        n_iter = 7 if k < 0.1 * min(shape) else 4
    return Sketch(k, k + params["n_oversamples"], n_iter, None)


def _by_gram(rows: Centred, sketch: Sketch, drawn: Any) -> Parts | None:
    """Decompose by the Gram matrix of the shorter side; None where that costs digits."""
    xp, k, least = rows.xp, sketch.n_components, min(rows.shape)
    tall = rows.shape[0] >= rows.shape[1]
    gram = rows.gram(xp.float64)[0] if tall else rows.row_gram()
    if sketch.n_random >= least:
        values, vectors = xp.linalg.eigh(gram)
        singular = xp.sqrt(xp.flip(xp.where(values > 0, values, xp.zeros_like(values))))
        if not is_accurate(to_numpy(singular), k, last=min(k, least) - 1):
            return None
        k = min(k, least)
        singular, right = singular[:k], xp.flip(vectors, axis=1)[:, :k].T
        back = right.T / singular
    else:
        with threads_for(least, xp):
            random = decompose_randomly(gram, sketch, xp, place_of(gram).put(drawn))
        if random is None:
            return None
        singular, right, back = random.singular, random.right, random.back
    singular, right, back = (
        xp.astype(a, rows.X.dtype, copy=False) for a in (singular, right, back)
    )
    if tall:
        axes, signs = signed(right, xp)
        return Parts(singular, axes, lambda: rows.times(back * signs), gram)
    axes, signs = signed(rows.transposed_times(back).T, xp)
    return Parts(singular, axes, lambda: right.T * signs)


def _whole(rows: Centred, k: int) -> Parts:
    """Decompose the table itself: there are as many random vectors as rows or columns."""
    xp = rows.xp
    left, singular, right = thin_svd(rows.whole(), xp)
    axes, signs = signed(right[:k, :], xp)
    return Parts(singular[:k], axes, lambda: left[:, :k] * signs)


def _by_triangle(rows: Centred, sketch: Sketch, drawn: Any, normalizer: str) -> Parts | None:
    """Decompose by R of the rows; None where left vectors would lose digits."""
    xp = rows.xp
    with threads_for(rows.shape[1], xp):
        R = rows.triangle()
        if sketch.n_random >= rows.shape[1]:
            _, singular, right = thin_svd(R, xp)
            singular, right = singular[: sketch.n_components], right[: sketch.n_components, :]
        else:
            times, back, drawn = (lambda Q: R @ Q), (lambda Q: R.T @ Q), place_of(R).put(drawn)
            _, singular, right = _iterated(times, back, drawn, sketch, normalizer, xp)
    if not bool(singular[-1] > _LEAST * singular[0]):
        return None
    singular, right = (xp.astype(a, rows.X.dtype, copy=False) for a in (singular, right))
    axes, _ = signed(right, xp)
    return Parts(singular, axes, lambda: rows.times(axes.T / singular), triangle=R)


def _by_rows(rows: Centred, sketch: Sketch, drawn: Any, normalizer: str) -> Parts:
    """Decompose by products with the table and with its transpose in turn."""
    xp = rows.xp
    drawn = place_of(rows.X).put(drawn, rows.X.dtype)
    products = rows.times, rows.transposed_times
    if rows.shape[0] >= rows.shape[1]:
        left, singular, right = _iterated(*products, drawn, sketch, normalizer, xp)
        axes, signs = signed(right, xp)
        return Parts(singular, axes, lambda: left * signs)
    left, singular, right = _iterated(*products[::-1], drawn, sketch, normalizer, xp)
    axes, signs = signed(left.T, xp)
    return Parts(singular, axes, lambda: right.T * signs)


def _iterated(
    times: Callable[[Array], Array],
    back: Callable[[Array], Array],
    Q: Array,
    sketch: Sketch,
    normalizer: str,
    xp: Namespace,
) -> tuple[Array, Array, Array]:
    """Return the first left vectors, singular values and right vectors of A, from random Q.

    `times` and `back` multiply by A and by A'.
    """
    for _ in range(sketch.n_iter):
        for product in (times, back):
            Q = product(Q) if normalizer == "none" else normalise(product(Q), xp, normalizer)
    Q, k = normalise(times(Q), xp, "QR"), sketch.n_components
    inner, singular, right = thin_svd(back(Q).T, xp)
    return Q @ inner[:, :k], singular[:k], right[:k, :]
