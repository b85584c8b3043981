"""Losses of one linear output, row by row: value, slope and curvature, by few passes."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any, Protocol

from ..arrays import Array, Namespace

RowValues = tuple[Array, Array, Array]  # value, first and second derivative by z, (n_rows,) each

_LEAST = 1e-10  # mean target from which a logarithm starts: there may be nothing but zeros


class RowLoss(Protocol):
    """A convex loss of a row's linear output z and its target y.

    Attributes
    ----------
    quadratic : bool
        Whether the second derivative is the same everywhere.
    has_flat_rows : bool
        Whether it is zero for some rows, which need not be counted.
    """

    quadratic: bool
    has_flat_rows: bool

    def at(self, z: Array, y: Array, xp: Namespace) -> RowValues:
        """Evaluate at outputs and targets of shape (n_rows,)."""

    def lowest(self, y: Array, xp: Namespace) -> Array:
        """Return the value of a perfect fit of each row, (n_rows,)."""

    def start(self, mean: float) -> float:
        """Return the output that fits all rows alike whose mean target is `mean`."""


class Squared:
    """Half the squared error, `(z - y)^2 / 2`."""

    quadratic = True
    has_flat_rows = False

    def at(self, z: Array, y: Array, xp: Namespace) -> RowValues:
        slope = z - y
        return 0.5 * slope * slope, slope, xp.ones_like(z)

    def lowest(self, y: Array, xp: Namespace) -> Array:
        return xp.zeros_like(y)

    def start(self, mean: float) -> float:
        return mean


class _LogLink:
    """Half a deviance of `mu = e^z`, but for a constant of each row.

    `glm_losses` has them with `expm1`, which keeps the digits of a nearly perfect fit and takes
    three times as long as the exponential; here `lowest` is the constant that is left out.
    """

    quadratic = False
    has_flat_rows = False

    def start(self, mean: float) -> float:
        return log(max(mean, _LEAST))


class Poisson(_LogLink):
    """`mu - y z`."""

    def at(self, z: Array, y: Array, xp: Namespace) -> RowValues:
        mu = xp.exp(z)
        return mu - y * z, mu - y, mu

    def lowest(self, y: Array, xp: Namespace) -> Array:
        return y - y * xp.log(xp.where(y > 0, y, xp.ones_like(y)))


class Gamma(_LogLink):
    """`z + y / mu`."""

    def at(self, z: Array, y: Array, xp: Namespace) -> RowValues:
        part = y * xp.exp(-z)
        return z + part, 1.0 - part, part

    def lowest(self, y: Array, xp: Namespace) -> Array:
        return 1.0 + xp.log(y)


@dataclass(frozen=True)
class Tweedie(_LogLink):
    """`mu^(2-p) / (2-p) - y mu^(1-p) / (1-p)` for a power p between 1 and 2."""

    power: float

    def at(self, z: Array, y: Array, xp: Namespace) -> RowValues:
        a, b = 2.0 - self.power, 1.0 - self.power
        first, second = xp.exp(a * z), y * xp.exp(b * z)
        return first / a - second / b, first - second, a * first - b * second

    def lowest(self, y: Array, xp: Namespace) -> Array:
        a, b = 2.0 - self.power, 1.0 - self.power
        return y**a / a - y**a / b


class Logistic:
    """`log(1 + e^z) - y z` of labels y that are 0 and 1."""

    quadratic = False
    has_flat_rows = False

    def at(self, z: Array, y: Array, xp: Namespace) -> RowValues:
        small = xp.exp(-xp.abs(z))  # never overflows
        rest = 1.0 / (1.0 + small)
        probability = xp.where(z > 0, rest, small * rest)
        value = xp.clip(z, min=0.0) - xp.log(rest) - y * z
        return value, probability - y, small * rest * rest

    def lowest(self, y: Array, xp: Namespace) -> Array:
        return xp.zeros_like(y)

    def start(self, mean: float) -> float:
        mean = min(max(mean, 1e-6), 1.0 - 1e-6)
        return log(mean / (1.0 - mean))


class SquaredHinge:
    """`max(0, 1 - y z)^2` of labels y that are -1 and 1."""

    quadratic = False
    has_flat_rows = True

    def at(self, z: Array, y: Array, xp: Namespace) -> RowValues:
        short = xp.clip(1.0 - y * z, min=0.0)
        return short * short, -2.0 * y * short, 2.0 * xp.astype(short > 0, z.dtype)

    def lowest(self, y: Array, xp: Namespace) -> Array:
        return xp.zeros_like(y)

    def start(self, mean: float) -> float:
        return 0.0


@dataclass(frozen=True)
class SquaredInsensitive:
    """`max(0, |z - y| - epsilon)^2`."""

    epsilon: float
    quadratic = False
    has_flat_rows = True

    def at(self, z: Array, y: Array, xp: Namespace) -> RowValues:
        off = z - y
        beyond = off - xp.clip(off, min=-self.epsilon, max=self.epsilon)
        there = xp.astype(xp.abs(off) > self.epsilon, z.dtype)
        return beyond * beyond, 2.0 * beyond, 2.0 * there

    def lowest(self, y: Array, xp: Namespace) -> Array:
        return xp.zeros_like(y)

    def start(self, mean: float) -> float:
        return 0.0


def tweedie_loss(power: Any, link: str) -> RowLoss | None:
    """Return the loss of `TweedieRegressor`, or None where it is not convex or has no start."""
    if link == "auto":
        link = "identity" if power <= 0 else "log"
    if link == "identity":
        return Squared() if power == 0 else None
    if link != "log" or not 1 <= power <= 2:
        return None
    return Poisson() if power == 1 else Gamma() if power == 2 else Tweedie(float(power))
