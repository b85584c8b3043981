"""About what rows are centred where their exact means are not needed."""

from __future__ import annotations

from ..arrays import Array, place_of

_ROWS = 1024  # whose means are near enough to those of all
_OFF_CENTRE = 30.0  # standard deviations from 0 that cost digits


def centre_of(X: Array, far: float = _OFF_CENTRE) -> Array | None:
    """Return about what to centre X: (n_features,), float64; None where it is near zero already.

    Parameters
    ----------
    far : float, optional
        Standard deviations from zero, from which a column is not near.
    """
    mean, deviation = mean_and_deviation(X)
    xp = place_of(X).xp
    return mean if bool(xp.any(xp.abs(mean) > far * deviation)) else None


def mean_and_deviation(X: Array) -> tuple[Array, Array]:
    """Return about the means and standard deviations of the columns, (n_features,), float64.

    Those of some rows do. The mean of a constant column is its value, not what rounding makes of
    it: less that, it is one of zeros.
    """
    xp = place_of(X).xp
    some = xp.astype(X[:: max(1, X.shape[0] // _ROWS), :], xp.float64)
    constant = xp.all(some[:1, :] == some, axis=0)
    mean = xp.where(constant, some[0, :], xp.mean(some, axis=0))
    return mean, xp.std(some, axis=0)
