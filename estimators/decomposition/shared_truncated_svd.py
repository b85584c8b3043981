"""The shared fit of TruncatedSVD: parts of one decomposition, or random ones of one matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import svd_flip
from sklearn.utils.sparsefuncs import mean_variance_axis
from sklearn.utils.validation import validate_data

from ..arrays import HOST, Array, find_place
from ..base import OnDevice
from ..shared import Cost, Declined, Members, Meta, SharedFit, register_shared_fit
from ..sklearn_private import get_output_config
from .random_pca import Own, fit_alone, fit_where_x_is
from .truncated import Random, are_apart, decompose_randomly, gram_of, pays, sketch_for

_LEAST_VARIANCE = 1e-10  # of the mean square: below it rounding shows
_SLICED = ("components_", "explained_variance_", "explained_variance_ratio_", "singular_values_")


@dataclass(frozen=True)
class TruncatedState:
    """Fitted members.

    Attributes
    ----------
    whole : Own, optional
        The largest member, where the others have its first components.
    own : sequence of Own, optional
        The members, where each has a decomposition of its own.
    """

    members: Members
    whole: Own | None = None
    own: Sequence[Own] = ()


class TruncatedSVDFit(SharedFit):
    """Truncated singular value decompositions for many counts.

    With "arpack" the first parts of the largest, where the singular values are apart. With
    "randomized" the iterations of all members multiply by one Gram matrix in place of the rows.
    """

    varying = frozenset({"n_components"})
    exact = False

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Refuse what is out of range, and iterations that stop early."""
        n_components = params.get("n_components", 2)
        if not isinstance(n_components, Integral) or not 1 <= int(n_components) < meta.n_samples:
            return f"n_components={n_components!r} is out of range"
        if params.get("algorithm") == "arpack" and params.get("tol", 0.0) != 0.0:
            return "algorithm='arpack' stops early with a tol above 0"
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return the cost: the Gram matrix, some iterations by it, and the projections."""
        n, p = meta.n_samples, meta.n_features or 100
        stored = (meta.n_bytes / 12 if meta.sparse else meta.n_bytes / 8) if meta.n_bytes else n * p
        total = sum(members.values("n_components"))
        work = stored * min(n, p) + total * (4.0 * stored + 20.0 * min(n, p) ** 2)
        return Cost(work, state=8.0 * (n + p) * total, responses=8.0 * n * total)

    def fit(
        self, members: Members, X: Array, y: Array | None = None, **fit_params: Any
    ) -> TruncatedState:
        """Decompose once by Lanczos' iterations, or make one Gram matrix."""
        if fit_params:
            raise Declined(f"the fit parameter {sorted(fit_params)[0]!r} is given")
        if find_place(members.common.get("device"), X) != HOST:
            return TruncatedState(members, own=_random_off_host(members, X))
        named: Any = members.instance(0)
        rows = validate_data(named, X, accept_sparse=["csr", "csc"], ensure_min_features=2)
        if not rows.dtype == np.float64:
            raise Declined("X is not float64")
        is_arpack = members.common["algorithm"] == "arpack"
        least = min(rows.shape) - 1 if is_arpack else rows.shape[1]
        wrong = [i for i, n in enumerate(members.values("n_components")) if n > least]
        if wrong:
            raise Declined("n_components is more than can be found", wrong)
        if is_arpack:
            return TruncatedState(members, whole=_largest(members, X, rows.shape[0]))
        return TruncatedState(members, own=_random(members, X, rows, named))

    def respond(
        self, state: TruncatedState, X: Array, method: str, members: Sequence[int]
    ) -> Sequence[Array]:
        """Project on each member's axes, or on those of the largest."""
        if state.whole is None or _asks_for_tables(state.members):
            return [self.materialise(state, i).transform(X) for i in members]
        return self._sliced(state, state.whole.estimator.transform(X), members)

    def transform_fitted(
        self, state: TruncatedState, X: Array, members: Sequence[int]
    ) -> Sequence[Array]:
        """Return what the decomposition made of the rows."""
        if _asks_for_tables(state.members):
            return [self.materialise(state, i).transform(X) for i in members]
        if state.whole is None:
            return [state.own[i].projected for i in members]
        return self._sliced(state, state.whole.projected, members)

    def _sliced(self, state: TruncatedState, projected: Array, members: Sequence[int]) -> list[Any]:
        sizes = state.members.values("n_components")
        return [projected[:, : sizes[i]] for i in members]

    def materialise(self, state: TruncatedState, i: int) -> Any:
        """Return member `i` with scikit-learn's fitted attributes."""
        if state.whole is None:
            return state.own[i].estimator
        member: Any = state.members.instance(i)
        for name, value in vars(state.whole.estimator).items():
            if name in _SLICED:
                setattr(member, name, value[: member.n_components].copy())
            elif name.endswith("_"):
                setattr(member, name, value)
        return member


def _largest(members: Members, X: Array, n_samples: int) -> Own:
    """Fit the class itself for the most components."""
    sizes = members.values("n_components")
    whole: Any = members.instance(int(np.argmax(sizes)))
    whole.set_output(transform="default")
    found = fit_alone(whole, X)
    if not are_apart(whole.singular_values_):
        raise Declined("singular values are so close that the vectors depend on n_components")
    if not _vary(whole.explained_variance_, whole.singular_values_, n_samples):
        raise Declined("components have next to no variance")
    return found


def _vary(variance: np.ndarray, singular: np.ndarray, n_samples: int) -> bool:
    """Whether variances are more than what rounding makes of projected rows."""
    return bool(np.all(variance > _LEAST_VARIANCE * singular**2 / n_samples))


def _random_off_host(members: Members, X: Array) -> list[Own]:
    """Decompose where X is, if gridfold's own class does."""
    if not isinstance(members.prototype, OnDevice):
        raise Declined("X is an array of another library")
    if sparse.issparse(X) or members.common["algorithm"] == "arpack":
        raise Declined("scikit-learn decomposes on the host: X is sparse, or algorithm='arpack'")
    everyone = range(len(members))
    found = fit_where_x_is(members, X, everyone, centred=False, n_iter="n_iter")
    return [found[i] for i in everyone]


def _random(members: Members, X: Array, rows: Array, named: Any) -> list[Own]:
    """Decompose by the Gram matrix; fit alone whom that would cost digits."""
    sketches = {}
    for i in range(len(members)):
        params = members.instance(i).get_params(deep=False)
        sketch = sketch_for(params, params["n_iter"], rows.shape)
        if sketch is not None:
            sketches[i] = sketch
    n_stored = rows.nnz if sparse.issparse(rows) else rows.size
    if not pays(list(sketches.values()), rows.shape, n_stored):
        raise Declined("algorithm='randomized' finds only the components asked for")
    gram = gram_of(rows)
    variance = (
        mean_variance_axis(rows, axis=0)[1] if sparse.issparse(rows) else np.var(rows, axis=0)
    )
    found = []
    for i in range(len(members)):
        random = decompose_randomly(gram, sketches[i]) if i in sketches else None
        member: Any = members.instance(i)
        if random is not None:
            projected = _set_attributes(member, random, rows, variance.sum())
        if random is None or not _vary(member.explained_variance_, random.singular, rows.shape[0]):
            found.append(fit_alone(members.instance(i), X))
            continue
        if hasattr(named, "feature_names_in_"):
            member.feature_names_in_ = named.feature_names_in_
        found.append(Own(member, projected))
    return found


def _set_attributes(estimator: Any, random: Random, rows: Array, total: float) -> Array:
    """Set scikit-learn's fitted attributes; return the projected rows."""
    tall = rows.shape[0] >= rows.shape[1]
    axes = random.right if tall else (rows.T @ random.back).T
    _, axes = svd_flip(None, axes, u_based_decision=False)
    projected = rows @ axes.T
    variance = np.var(projected, axis=0)
    estimator.n_features_in_ = rows.shape[1]
    estimator.components_ = axes
    estimator.explained_variance_ = variance
    estimator.explained_variance_ratio_ = variance / total
    estimator.singular_values_ = random.singular
    if isinstance(estimator, OnDevice):
        estimator.fallback_ = "sparse X" if sparse.issparse(rows) else None
    return projected


def _asks_for_tables(members: Members) -> bool:
    return bool(get_output_config("transform", members.prototype)["dense"] != "default")


register_shared_fit("sklearn.decomposition:TruncatedSVD", TruncatedSVDFit())
register_shared_fit("gridfold.estimators:TruncatedSVD", TruncatedSVDFit())
