"""Activations with their derivatives, written so that each costs few passes over the data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf, pi, sqrt

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial
from scipy.special import erfcx

from ..arrays import Array, Namespace, fused
from .operations import clip, positive, sum_rows

Backward = Callable[[Array], tuple[Array, tuple[Array, ...]]]
Activation = Callable[..., tuple[Array, Backward]]

LEAK = 0.01  # slope of leaky_relu at negative input, as PyTorch has it
# Klambauer et al. (2017), Self-normalizing neural networks, equation 2.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
# exp of this adds to 1 without a trace left in float64, and its square is far from overflow.
LARGE = 40.0


# Each activation is a pair: X -> (Y, *kept), then (dY, *kept) -> dX, which may overwrite its input.


def _identity(X: Array, xp: Namespace) -> tuple[Array, ...]:
    return (X,)


def _d_identity(dY: Array, xp: Namespace) -> Array:
    return dY


def _relu(X: Array, xp: Namespace) -> tuple[Array, ...]:
    Y = clip(X, 0.0, inf, xp)
    return Y, Y


def _d_relu(dY: Array, Y: Array, xp: Namespace) -> Array:
    dY *= positive(Y, xp)
    return dY


def _leaky_relu(X: Array, xp: Namespace) -> tuple[Array, ...]:
    Y = xp.maximum(X, LEAK * X)
    return Y, Y


def _d_leaky_relu(dY: Array, Y: Array, xp: Namespace) -> Array:
    slope = positive(Y, xp)
    slope *= 1.0 - LEAK
    slope += LEAK
    dY *= slope
    return dY


def _tanh(X: Array, xp: Namespace) -> tuple[Array, ...]:
    Y = xp.tanh(X)
    return Y, Y


def _d_tanh(dY: Array, Y: Array, xp: Namespace) -> Array:
    taken = Y * Y
    taken *= dY
    dY -= taken
    return dY


def sigmoid(X: Array, xp: Namespace) -> Array:
    """Return `1 / (1 + exp(-X))`, for any X without overflow."""
    Y = xp.exp(clip(X, -inf, LARGE, xp))
    Y /= Y + 1.0
    return Y


def _logistic(X: Array, xp: Namespace) -> tuple[Array, ...]:
    Y = sigmoid(X, xp)
    return Y, Y


def _d_logistic(dY: Array, Y: Array, xp: Namespace) -> Array:
    dY *= Y
    dY *= 1.0 - Y
    return dY


def _silu(X: Array, xp: Namespace) -> tuple[Array, ...]:
    gate = sigmoid(X, xp)
    Y = X * gate
    return Y, Y, gate


def _d_silu(dY: Array, Y: Array, gate: Array, xp: Namespace) -> Array:
    slope = 1.0 - gate
    slope *= Y
    slope += gate
    dY *= slope
    return dY


def _mish(X: Array, xp: Namespace) -> tuple[Array, ...]:
    """With e = exp(x): tanh(log(1 + e)) = n / (n + 2) where n = e (e + 2)."""
    raised = xp.exp(clip(X, -inf, LARGE / 2, xp))
    product = raised + 2.0
    product *= raised
    inverse = 1.0 / (product + 2.0)
    gate = product * inverse
    return X * gate, X, gate, raised, inverse


def _d_mish(
    dY: Array, X: Array, gate: Array, raised: Array, inverse: Array, xp: Namespace
) -> Array:
    """The slope is n / (n + 2) + 4 x e (e + 1) / (n + 2)^2."""
    slope = raised + 1.0
    slope *= raised
    slope *= inverse
    slope *= inverse
    slope *= 4.0
    slope *= X
    slope += gate
    dY *= slope
    return dY


def _selu(X: Array, xp: Namespace) -> tuple[Array, ...]:
    raised = xp.exp(clip(X, -inf, 0.0, xp))
    raised *= SELU_SCALE * SELU_ALPHA
    Y = clip(X, 0.0, inf, xp)
    Y *= SELU_SCALE
    Y += raised
    Y -= SELU_SCALE * SELU_ALPHA
    return Y, X, raised


def _d_selu(dY: Array, X: Array, raised: Array, xp: Namespace) -> Array:
    slope = positive(X, xp)  # there, raised is the scale times alpha, and the slope is the scale
    slope *= SELU_SCALE - SELU_SCALE * SELU_ALPHA
    slope += raised
    dY *= slope
    return dY


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


def _gelu(X: Array, xp: Namespace) -> tuple[Array, ...]:
    """x Phi(x) = max(x, 0) - |x| (1 - Phi(|x|)), to rounding; there is no erf in array terms."""
    size = xp.abs(X)
    density = size * size
    density *= -0.5
    density = xp.exp(density)
    tail = _polynomial(
        MILLS_PIVOT / (size + MILLS_PIVOT), MILLS[32 if X.dtype == xp.float32 else 64]
    )
    tail *= density
    size *= tail
    return clip(X, 0.0, inf, xp) - size, X, tail, density


def _d_gelu(dY: Array, X: Array, tail: Array, density: Array, xp: Namespace) -> Array:
    """The slope is Phi(x) + x phi(x), where Phi is the tail, or 1 less the tail if x > 0."""
    slope = density * X
    slope *= 1.0 / sqrt(2.0 * pi)
    slope += tail
    tail *= -2.0
    tail += 1.0
    tail *= positive(X, xp)
    slope += tail
    dY *= slope
    return dY


def _polynomial(t: Array, coefficients: tuple[float, ...]) -> Array:
    """Evaluate by Horner's rule; `coefficients` begins with that of the zeroth power."""
    *rest, value, leading = coefficients
    total = t * leading
    total += value
    for value in reversed(rest):
        total *= t
        total += value
    return total


def _layer(forward: Callable[..., tuple[Array, ...]], backward: Callable[..., Array]) -> Activation:
    @cache
    def kernels(xp: Namespace) -> tuple[Callable[..., tuple[Array, ...]], Callable[..., Array]]:
        def ahead(X: Array) -> tuple[Array, ...]:
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
    "leaky_relu": _layer(_leaky_relu, _d_leaky_relu),
    "gelu": _layer(_gelu, _d_gelu),
    "silu": _layer(_silu, _d_silu),
    "mish": _layer(_mish, _d_mish),
    "selu": _layer(_selu, _d_selu),
    "tanh": _layer(_tanh, _d_tanh),
    "logistic": _layer(_logistic, _d_logistic),
}
