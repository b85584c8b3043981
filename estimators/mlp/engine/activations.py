"""Activations with their derivatives, written so that each costs few passes over the data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf, pi, sqrt

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from scipy.special import erfcx

from ...arrays import Array, Namespace, fused
from .operations import clip, positive, raised_below, sum_rows

Backward = Callable[[Array], tuple[Array, tuple[Array, ...]]]
Activation = Callable[..., tuple[Array, Backward]]
Kept = tuple[Array, ...]  # the output, and what backward needs

LEAK = 0.01  # slope of leaky_relu at negative input, as PyTorch has it
# Klambauer et al. (2017), Self-normalizing neural networks, equation 2.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
# exp of this adds to 1 without a trace left in float64, and its square is far from overflow.
LARGE = 40.0


# Each activation is X -> (Y, kept), with (dY, kept) -> dX, which may overwrite dY. What is kept is
# Y, which is held anyway for the layer above, or the slope.


def _identity(X: Array, xp: Namespace) -> Kept:
    return (X,)


def _d_identity(dY: Array, xp: Namespace) -> Array:
    return dY


def _times(dY: Array, slope: Array, xp: Namespace) -> Array:
    dY *= slope
    return dY


def _relu(X: Array, xp: Namespace) -> Kept:
    Y = clip(X, 0.0, inf, xp)
    return Y, Y


def _d_relu(dY: Array, Y: Array, xp: Namespace) -> Array:
    dY *= positive(Y, xp)
    return dY


def _leaky_relu(X: Array, xp: Namespace) -> Kept:
    Y = xp.maximum(X, LEAK * X)
    slope = positive(X, xp)
    slope *= 1.0 - LEAK
    slope += LEAK
    return Y, slope


def _tanh(X: Array, xp: Namespace) -> Kept:
    Y = xp.tanh(X)
    return Y, Y


def _d_tanh(dY: Array, Y: Array, xp: Namespace) -> Array:
    taken = Y * Y
    taken *= dY
    dY -= taken
    return dY


def sigmoid(X: Array, xp: Namespace) -> Array:
    """Return `1 / (1 + exp(-X))`, for any X without overflow."""
    Y = raised_below(X, LARGE, xp)
    Y /= Y + 1.0
    return Y


def _logistic(X: Array, xp: Namespace) -> Kept:
    Y = sigmoid(X, xp)
    return Y, Y


def _d_logistic(dY: Array, Y: Array, xp: Namespace) -> Array:
    dY *= Y
    dY *= 1.0 - Y
    return dY


def _silu(X: Array, xp: Namespace) -> Kept:
    """The slope is s + x s (1 - s), where s is the sigmoid."""
    gate = sigmoid(X, xp)
    Y = X * gate
    slope = 1.0 - gate
    slope *= Y
    slope += gate
    return Y, slope


def _mish(X: Array, xp: Namespace) -> Kept:
    """With e = exp(x): tanh(log(1 + e)) = n / (n + 2) where n = e (e + 2).

    The slope is n / (n + 2) + 4 x e (e + 1) / (n + 2)^2.
    """
    raised = raised_below(X, LARGE / 2, xp)
    gate = raised + 2.0
    gate *= raised
    inverse = 1.0 / (gate + 2.0)
    slope = gate - raised
    gate *= inverse
    Y = X * gate
    slope *= inverse
    slope *= inverse
    slope *= 4.0
    slope *= X
    slope += gate
    return Y, slope


def _selu(X: Array, xp: Namespace) -> Kept:
    """The slope is the scale where x > 0, and the scale times alpha times exp(x) elsewhere."""
    raised = raised_below(X, 0.0, xp)
    raised *= SELU_SCALE * SELU_ALPHA
    Y = clip(X, 0.0, inf, xp)
    Y *= SELU_SCALE
    Y += raised
    Y -= SELU_SCALE * SELU_ALPHA
    slope = positive(X, xp)
    slope *= SELU_SCALE - SELU_SCALE * SELU_ALPHA  # raised is the scale times alpha there
    slope += raised
    return Y, slope


def _mills_polynomial(degree: int, pivot: float) -> tuple[float, ...]:
    """Fit P with `(1 - Phi(a)) exp(a^2 / 2) = P(pivot / (pivot + a))` for a >= 0.

    Phi is the normal distribution function. The mapping to [0, 1] is that of Shepherd and
    Laframboise (1981), Chebyshev approximation of (1 + 2x) exp(x^2) erfc(x).
    """

    def ratio(t: np.ndarray) -> np.ndarray:
        return 0.5 * erfcx(pivot * (1.0 / t - 1.0) / np.sqrt(2.0))

    fitted = Chebyshev.interpolate(ratio, degree, domain=[0, 1])
    return tuple(map(float, fitted.convert(kind=Polynomial).coef))


MILLS_PIVOT = 4.0
MILLS = {bits: _mills_polynomial(degree, MILLS_PIVOT) for bits, degree in ((32, 9), (64, 20))}


def _gelu(X: Array, xp: Namespace) -> Kept:
    """x Phi(x) = max(x, 0) - |x| (1 - Phi(|x|)), to rounding; there is no erf in array terms.

    The slope is Phi(x) + x phi(x).
    """
    size = xp.abs(X)
    density = size * size
    density *= -0.5
    density = xp.exp(density)
    tail = _polynomial(
        MILLS_PIVOT / (size + MILLS_PIVOT), MILLS[32 if X.dtype == xp.float32 else 64]
    )
    tail *= density
    size *= tail
    Y = clip(X, 0.0, inf, xp)
    Y -= size
    slope = density
    slope *= X
    slope *= 1.0 / sqrt(2.0 * pi)
    slope += tail
    tail *= -2.0
    tail += 1.0
    tail *= positive(X, xp)  # Phi is the tail, or 1 less the tail where x > 0
    slope += tail
    return Y, slope


def _polynomial(t: Array, coefficients: tuple[float, ...]) -> Array:
    """Evaluate by Horner's rule; `coefficients` begins with that of the zeroth power."""
    *rest, value, leading = coefficients
    total = t * leading
    total += value
    for value in reversed(rest):
        total *= t
        total += value
    return total


def _layer(forward: Callable[..., Kept], backward: Callable[..., Array]) -> Activation:
    @cache
    def kernels(xp: Namespace) -> tuple[Callable[..., Kept], Callable[..., Array]]:
        def ahead(X: Array) -> Kept:
            return forward(X, xp)

        def back(dY: Array, *kept: Array) -> Array:
            return backward(dY, *kept, xp)

        return fused(ahead, xp), fused(back, xp)

    def activation(X: Array, *, xp: Namespace) -> tuple[Array, Backward]:
        ahead, back = kernels(xp)
        Y, *kept = ahead(X)
        return Y, lambda dY: (back(dY, *kept), ())

    activation.__name__ = forward.__name__.lstrip("_")
    return activation


def parametric(activation: Activation) -> Activation:
    """Return the layer `(X, w) -> X + (f(X) - X) * w`, of an activation f.

    w of shape (n_models, n_features) is learnt: how much of the activation each unit gets. It is
    1 at the start. Holzmüller et al. (2024), Better by default, appendix A.
    """

    def layer(X: Array, w: Array, *, xp: Namespace) -> tuple[Array, Backward]:
        Y, activation_backward = activation(X, xp=xp)
        change = Y - X
        Y = change * w[:, None, :]
        Y += X

        def backward(dY: Array) -> tuple[Array, tuple[Array, ...]]:
            dw = sum_rows(dY * change, xp)
            dF = dY * w[:, None, :]
            dY -= dF
            dX, _ = activation_backward(dF)
            dY += dX
            return dY, (dw,)

        return Y, backward

    return layer


ACTIVATIONS: dict[str, Activation] = {
    "identity": _layer(_identity, _d_identity),
    "relu": _layer(_relu, _d_relu),
    "leaky_relu": _layer(_leaky_relu, _times),
    "gelu": _layer(_gelu, _times),
    "silu": _layer(_silu, _times),
    "mish": _layer(_mish, _times),
    "selu": _layer(_selu, _times),
    "tanh": _layer(_tanh, _d_tanh),
    "logistic": _layer(_logistic, _d_logistic),
}
