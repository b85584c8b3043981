"""Losses of generalised linear models: value, slope and curvature at each row's linear outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ..arrays import Array, Namespace, place_of


@dataclass(frozen=True)
class AtRows:
    """A loss at some outputs.

    Attributes
    ----------
    values : array of shape (n_problems, n_rows)
    slopes : array of shape (n_problems, n_outputs, n_rows)
        First derivatives by the outputs.
    kept : array of shape (n_problems, n_outputs, n_rows)
        What the second derivatives are made of.
    """

    values: Array
    slopes: Array
    kept: Array


class Loss(Protocol):
    """A convex loss of linear outputs of a row and its target.

    It is zero where it fits a target perfectly: nearness to the minimum is measured by its value.

    Attributes
    ----------
    n_outputs : int
    perfect : float
        Mean loss at which more steps only make larger numbers: of separable classes.
    """

    n_outputs: int
    perfect: float

    def encode(self, y: Array, xp: Namespace) -> Array:
        """Return targets `y` (n_samples,) as `at` wants them, rows along the last axis."""

    def start(self, y: Array, weight: Array, xp: Namespace) -> Array:
        """Return intercepts (n_problems, n_outputs) that fit all rows alike.

        `weight` (n_problems, n_samples) adds up to 1 in each row.
        """

    def at(self, Z: Array, target: Array, xp: Namespace) -> AtRows:
        """Evaluate at outputs `Z` of shape (n_problems, n_outputs, n_rows)."""

    def second(self, kept: Array, xp: Namespace) -> Array:
        """Return each output's own second derivative (n_problems, n_outputs, n_rows)."""


class BinaryLoss:
    """The log loss of class numbers 0 and 1: `log(1 + e^s)`, `s` being z of class 0, -z of 1."""

    n_outputs = 1
    perfect = 1e-10

    def encode(self, y: Array, xp: Namespace) -> Array:
        return 1.0 - 2.0 * y

    def start(self, y: Array, weight: Array, xp: Namespace) -> Array:
        share = xp.clip(weight @ y, min=1e-6, max=1.0 - 1e-6)
        return xp.log(share / (1.0 - share))[:, None]

    def at(self, Z: Array, target: Array, xp: Namespace) -> AtRows:
        sign = target[None, None, :]
        wrong = xp.clip(sign * Z, min=-700.0)  # beyond, the exponential overflows
        rest = 1.0 + xp.exp(-wrong)
        P = 1.0 / rest
        values = wrong + xp.log(rest)
        return AtRows(values[:, 0, :], sign * P, P)

    def second(self, kept: Array, xp: Namespace) -> Array:
        return kept * (1.0 - kept)


@dataclass(frozen=True)
class SoftmaxLoss:
    """The log loss of class numbers 0, 1, ..., with an output per class."""

    n_outputs: int
    perfect: float = 1e-10

    def encode(self, y: Array, xp: Namespace) -> Array:
        classes = xp.arange(self.n_outputs, dtype=y.dtype, device=place_of(y).device)
        return xp.astype(classes[:, None] == y[None, :], xp.float64)

    def start(self, y: Array, weight: Array, xp: Namespace) -> Array:
        odds = xp.log(xp.clip(weight @ self.encode(y, xp).T, min=1e-6))
        return odds - xp.mean(odds, axis=1, keepdims=True)

    def at(self, Z: Array, target: Array, xp: Namespace) -> AtRows:
        Y = target[None, :, :]
        Z = Z - xp.max(Z, axis=1, keepdims=True)
        P = xp.exp(Z)
        total = xp.sum(P, axis=1, keepdims=True)
        P = P / total
        values = xp.log(total[:, 0, :]) - xp.sum(Z * Y, axis=1)
        return AtRows(values, P - Y, P)

    def second(self, kept: Array, xp: Namespace) -> Array:
        return kept * (1.0 - kept)


def bend(loss: Loss, weighted: Array, kept: Array, U: Array, xp: Namespace) -> Array:
    """Return weighted second derivatives times `U` (n_problems, n_outputs, n_rows).

    Parameters
    ----------
    weighted : array of shape (n_problems, n_outputs, n_rows)
        Row weights times second derivatives; times the probabilities themselves for several
        outputs.
    """
    if loss.n_outputs == 1:
        return weighted * U
    return weighted * (U - xp.sum(kept * U, axis=1, keepdims=True))


class SquaredLoss:
    """Half the squared error, `(z - y)^2 / 2`."""

    n_outputs = 1
    perfect = 0.0

    def encode(self, y: Array, xp: Namespace) -> Array:
        return y

    def start(self, y: Array, weight: Array, xp: Namespace) -> Array:
        return (weight @ y)[:, None]

    def at(self, Z: Array, target: Array, xp: Namespace) -> AtRows:
        slopes = Z - target[None, None, :]
        return AtRows(0.5 * slopes[:, 0, :] ** 2, slopes, slopes)

    def second(self, kept: Array, xp: Namespace) -> Array:
        return xp.ones_like(kept)


class _LogLink:
    """What losses of `mu = e^z` have in common.

    They are half a deviance, written by `t = z - log y`, with `expm1`, so that nothing cancels
    near a perfect fit. Where y is 0 the place of log y is taken by 0.
    """

    n_outputs = 1
    perfect = 0.0

    def encode(self, y: Array, xp: Namespace) -> Array:
        zero = xp.astype(y <= 0, y.dtype)
        return xp.stack([y + zero, xp.log(y + zero), zero])

    def start(self, y: Array, weight: Array, xp: Namespace) -> Array:
        return xp.log(weight @ y)[:, None]

    def second(self, kept: Array, xp: Namespace) -> Array:
        return kept


class PoissonLoss(_LogLink):
    """Half the Poisson deviance: `y (e^t - 1 - t)`, or `e^t` where y is 0."""

    def at(self, Z: Array, target: Array, xp: Namespace) -> AtRows:
        y, log_y, zero = (target[j, :][None, None, :] for j in range(3))
        t = Z - log_y
        above = xp.expm1(t)
        values = y * (above - t) + zero * (t + 1.0)
        return AtRows(values[:, 0, :], y * (above + zero), y * (above + 1.0))


class GammaLoss(_LogLink):
    """Half the gamma deviance: `e^-t - 1 + t`."""

    def at(self, Z: Array, target: Array, xp: Namespace) -> AtRows:
        t = Z - target[1, :][None, None, :]
        above = xp.expm1(-t)
        values = above + t
        return AtRows(values[:, 0, :], -above, above + 1.0)


@dataclass(frozen=True)
class TweedieLoss(_LogLink):
    """Half the Tweedie deviance of a power p between 1 and 2.

    `y^(2-p) ((e^((2-p) t) - 1) / (2-p) - (e^((1-p) t) - 1) / (1-p))`, or `e^((2-p) t) / (2-p)`
    where y is 0.
    """

    power: float

    def at(self, Z: Array, target: Array, xp: Namespace) -> AtRows:
        y, log_y, zero = (target[j, :][None, None, :] for j in range(3))
        a, b = 2.0 - self.power, 1.0 - self.power
        t = Z - log_y
        size, there = y**a, 1.0 - zero
        first, second = xp.expm1(a * t) + zero, xp.expm1(b * t) * there
        values = size * (first / a - second / b)
        bends = size * (a * (first + there) - b * (second + there))
        return AtRows(values[:, 0, :], size * (first - second), bends)


def log_loss(n_classes: int) -> Any:
    """Return the loss of logistic regression for so many classes."""
    return BinaryLoss() if n_classes == 2 else SoftmaxLoss(n_classes)
