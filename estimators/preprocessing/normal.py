"""The distribution function of the normal distribution and its inverse, on every array library.

The array API has neither. Each is one Chebyshev series, of a function made smooth beforehand, with
coefficients from SciPy's functions: absolute errors are next to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import log, sqrt

import numpy as np
from numpy.polynomial import Chebyshev
from scipy import special

from ..arrays import Array, Namespace, place_of

_LEAST = 1e-8  # probabilities are not told from less: output is clipped above it
_DEGREE = 40


def normal_quantile(p: Array, xp: Namespace) -> Array:
    """Return x with P(X <= x) = p, for p between 1e-8 and 1 - 1e-8; others are taken as these."""
    if place_of(p).on_host:
        return special.ndtri(p)
    upper = p > 0.5
    tail = xp.where(upper, 1.0 - p, p)
    tail = xp.where(tail < _LEAST, xp.full_like(tail, _LEAST), tail)
    x = _series(_quantile_series(), xp.sqrt(-2.0 * xp.log(tail)))
    return xp.where(upper, -x, x)


def normal_probability(x: Array, xp: Namespace) -> Array:
    """Return P(X <= x)."""
    if place_of(x).on_host:
        return special.ndtr(x)
    z = xp.abs(x) / sqrt(2.0)
    t = 2.0 / (2.0 + z)  # as in Press et al. (2007), section 6.2.2
    tail = 0.5 * t * xp.exp(_series(_tail_series(), t) - z * z)
    return xp.where(x > 0, 1.0 - tail, tail)


@cache
def _quantile_series() -> Chebyshev:
    """Of the quantile by s = sqrt(-2 log p), in which it is almost straight."""
    ends = [sqrt(-2.0 * log(p)) for p in (0.5, _LEAST)]
    return _interpolated(lambda s: special.ndtri(np.exp(-0.5 * s * s)), ends)


@cache
def _tail_series() -> Chebyshev:
    """Of log(erfc(z) exp(z^2) / t) by t = 2 / (2 + z)."""
    return _interpolated(lambda t: np.log(special.erfcx(2.0 / t - 2.0) / t), [1e-9, 1.0])


def _interpolated(function: Callable[[np.ndarray], np.ndarray], ends: list[float]) -> Chebyshev:
    return Chebyshev.interpolate(function, _DEGREE, domain=ends)


def _series(series: Chebyshev, x: Array) -> Array:
    """Sum a Chebyshev series by Clenshaw's recurrence."""
    low, high = (float(end) for end in series.domain)
    u = (2.0 * x - (low + high)) / (high - low)
    one_on, two_on = u * 0.0, u * 0.0
    for coefficient in (float(c) for c in series.coef[:0:-1]):
        one_on, two_on = 2.0 * u * one_on - two_on + coefficient, one_on
    return u * one_on - two_on + float(series.coef[0])
