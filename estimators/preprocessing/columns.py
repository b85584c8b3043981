"""What transformers of columns share: rows in which cells may be missing, where the data is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from ..arrays import (
    HOST,
    Array,
    Namespace,
    Place,
    find_place,
    is_foreign,
    is_sparse,
    place_of,
    without_gradient,
)
from ..base import OnDevice, to_host
from ..blocks import rows_in_memory
from ..door import FLOATS, Opened, float_matrix


class OnColumns(OnDevice):
    """A transformer of columns. NaN is a cell that is missing: left out, and left in place.

    On the host, where no device is asked for, scikit-learn's own methods serve unless a subclass
    says otherwise; else `_fit_arrays` and the kernels given to `_answer_columns`.
    """

    def _fit_where_x_is(self, X: Any, y: Any = None, *, on_host: bool = False) -> Any:
        """Fit by `_fit_arrays` off the host, and on it if `on_host`; else by scikit-learn."""
        if not on_host and self._is_here(X) and self._fallback_reason(X, y) is None:
            self._parent.fit(self, X)
            self.fallback_ = None
            return self
        self._validate_params()
        place = find_place(self.device, X)
        reason = "sparse X" if is_sparse(X) else self._fallback_reason(X, y)
        if reason is not None:
            return self._fit_parent(X, y, None, reason)
        if place == HOST and not on_host:
            self._parent.fit(self, to_host(X))
        else:
            self._fit_arrays(Opened(self._rows(X, place, reset=True), None, None, place))
        self.fallback_ = None
        return self

    def _rows(self, X: Any, place: Place, *, reset: bool = False) -> Array:
        """Check rows of a table that may have NaN in it, and bring them to `place`."""
        if not is_foreign(X):
            finite = "allow-nan"
            X = validate_data(self, X, dtype=FLOATS, ensure_all_finite=finite, reset=reset)
            return place.put(X)
        X = float_matrix(self, X, finite=False)
        if reset:
            self.n_features_in_ = X.shape[1]
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
        else:
            self._check_width(X)
        return without_gradient(place.put(X))

    def _check_width(self, X: Array) -> None:
        if X.shape[1] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input."
            )

    def _answer_columns(
        self,
        method: str,
        X: Any,
        kernel: Callable[[Array, Namespace], Array],
        *,
        on_host: bool = False,
    ) -> Any:
        """Answer `method` for `X` in the library and on the device of X.

        The kernel gets an array that it may not write to.
        """
        if not on_host and self._is_here(X) and self._home() == HOST:
            return self._parent_method(method)(self, X)
        check_is_fitted(self)
        home, place = place_of(X), self._home()
        if place == HOST:
            place = find_place(self.device, X)
        if is_sparse(X) or (place == HOST and not on_host):
            answer = getattr(self._parent, method)(self, to_host(X))
            return answer if home == HOST else home.put(answer)
        given = X
        if method == "transform":
            X = self._rows(X, place)
        elif is_foreign(X):
            X = place.put(float_matrix(self, X, finite=False))
            self._check_width(X)
        else:
            X = place.put(check_array(X, dtype=FLOATS, ensure_all_finite="allow-nan"))
            self._check_width(X)
        return in_half_precision(home.put(kernel(X, place.xp)), given)

    def _home(self) -> Place:
        """Where the fitted arrays live."""
        fitted = (v for name, v in vars(self).items() if name.endswith("_"))
        return place_of(*(v for v in fitted if hasattr(v, "shape")))


def in_half_precision(answer: Array, X: Any) -> Array:
    """Return an answer for rows of 16 bits in their dtype, as scikit-learn; else as it is."""
    if not str(getattr(X, "dtype", "")).endswith("float16"):
        return answer
    return place_of(answer).xp.astype(answer, X.dtype)


def in_column_blocks(
    work: Callable[[Array], Array], X: Array, copies: float, xp: Namespace
) -> Array:
    """Return `work` of the columns side by side, so many of them at a time as the memory holds.

    Parameters
    ----------
    work : callable
        From an array of shape (n_samples, some columns) to one with as many columns.
    copies : float
        Arrays of the size of its own that the work makes.
    """
    size = rows_in_memory(copies * X.shape[0] * xp.finfo(X.dtype).bits / 8)
    starts = range(0, X.shape[1], size)
    parts = [work(X[:, i : min(i + size, X.shape[1])]) for i in starts]
    return parts[0] if len(parts) == 1 else xp.concat(parts, axis=-1)


def without_zeros(scale: Array, xp: Namespace) -> Array:
    """Return scales in which those next to 0 are 1: the columns are constant."""
    ones = xp.ones_like(scale)
    return xp.where(scale < 10 * xp.finfo(scale.dtype).eps, ones, scale)
