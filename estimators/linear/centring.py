"""About what rows are centred where their exact means are not needed."""

from __future__ import annotations

from ..arrays import Array, Namespace, place_of

_ROWS = 1024  # whose means are near enough to those of all
_OFF_CENTRE = 30.0  # standard deviations from 0 that cost digits


def centre_of(X: Array, far: float = _OFF_CENTRE) -> Array | None:
    """Return about what to centre X: (n_features,), float64; None where it is near zero already.

    Parameters
    ----------
    far : float, optional
        Standard deviations from zero, from which a column is not near.
    """
    xp, some = place_of(X).xp, _some_rows(X)
    mean = _means(some, xp)
    return mean if bool(xp.any(xp.abs(mean) > far * xp.std(some, axis=0))) else None


def rough_means(X: Array) -> Array:
    """Return about the means of the columns, (n_features,), float64: those of some rows do."""
    return _means(_some_rows(X), place_of(X).xp)


def _some_rows(X: Array) -> Array:
    xp = place_of(X).xp
    return xp.astype(X[:: max(1, X.shape[0] // _ROWS), :], xp.float64)


def _means(some: Array, xp: Namespace) -> Array:
    """Return means; that of a constant column is its value, not what rounding makes of it.

    Less that, it is one of zeros.
    """
    constant = xp.all(some[:1, :] == some, axis=0)
    return xp.where(constant, some[0, :], xp.mean(some, axis=0))
