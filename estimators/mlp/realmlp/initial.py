"""Initial weights of RealMLP: normal, or made for the training rows."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import numpy as np

from ...arrays import Array, Place, to_numpy
from ..engine.network import Context, Layer, Network

_SIGMA = 0.1  # of the frequencies of the periodic embedding
_CONSTANT = 1e-6  # a smaller deviation is rounding
_N_PICKED = 5  # rows of which a bias is a random mean: "he+5"


def initial_weights(
    network: Network, inputs: Any, *, data_driven: bool, rng: np.random.Generator, place: Place
) -> Array:
    """Draw the weights of one model, of shape (1, n_weights), float32.

    The embeddings and scales are those of the recipes. Linear layers, in the neural tangent
    parametrisation, have weights and biases from N(0, 1), and zeros in the last layer; or, where
    `data_driven`, what `data_driven_linear` gives, layer after layer.

    Parameters
    ----------
    inputs : array or tuple of arrays of shape (1, n_rows, ...), on `place`
        Training rows.
    """
    xp, last = place.xp, len(network.layers) - 1
    context = Context(xp)
    X, weights = _in_float64(inputs, xp), []
    for i, layer in enumerate(network.layers):
        drawn = _draw(layer, X, i == last, data_driven, rng, place)
        weights.append([place.put(w[None, ...].astype(np.float32)) for w in drawn])
        if data_driven and i < last:
            X, _ = layer(X, [xp.astype(w, xp.float64) for w in weights[-1]], context)
    return network.join(weights, xp)


def _in_float64(inputs: Any, xp: Any) -> Any:
    """Return numbers as float64: what is drawn is then the same whatever the library rounds."""
    if isinstance(inputs, tuple):
        return xp.astype(inputs[0], xp.float64), *inputs[1:]
    return xp.astype(inputs, xp.float64)


def _draw(
    layer: Layer, X: Any, is_last: bool, data_driven: bool, rng: np.random.Generator, place: Place
) -> list[np.ndarray]:
    if tuple(layer.kinds) == ("scale", "bias"):  # the members' affine maps
        signs = rng.integers(2, size=layer.shapes[0]) * 2 - 1
        return [signs.astype(np.float64), np.zeros(layer.shapes[1])]
    if tuple(layer.kinds[-2:]) != ("weight", "bias"):
        return [
            _DRAWS[kind](rng, shape, position)
            for position, (kind, shape) in enumerate(zip(layer.kinds, layer.shapes, strict=True))
        ]
    scales = [np.ones(shape) for shape in layer.shapes[:-2]]
    return scales + _draw_linear(layer, X, is_last, data_driven, rng, place)


def _draw_linear(
    layer: Layer, X: Any, is_last: bool, data_driven: bool, rng: np.random.Generator, place: Place
) -> list[np.ndarray]:
    shape, bias_shape = layer.shapes[-2:]
    if data_driven and len(shape) == 3:
        return _data_driven_heads(X, shape, rng, place)
    if data_driven:
        return list(data_driven_linear(X, shape, rng, place))
    draw = np.zeros if is_last else rng.standard_normal
    return [draw(shape), draw(bias_shape)]


def data_driven_linear(
    X: Array, shape: tuple[int, ...], rng: np.random.Generator, place: Place
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a linear layer so that each unit has unit standard deviation over the rows of X.

    With W from N(0, 1) and P = X W / sqrt(n_in), a unit's weights are W / std(P) and its bias is
    minus a mean of P / std(P) over five random rows, its weights uniform on the simplex ("he+5").
    A unit that is constant on these rows keeps its W.

    Parameters
    ----------
    X : array of shape (1, n_rows, n_in), float64

    Returns
    -------
    W, b : ndarray of shape (n_in, n_out), (n_out,)

    Notes
    -----
    Steinwart, A Sober Look at Neural Network Initializations (2019), for the biases.
    """
    xp, n_out = place.xp, shape[1]
    W = rng.standard_normal(shape)
    P = xp.matmul(X[0, ...], place.put(W)) / sqrt(shape[0])
    std, mean = (to_numpy(f(P, axis=0)) for f in (xp.std, xp.mean))
    std[std <= _CONSTANT * (1.0 + np.abs(mean))] = 1.0
    n_rows = P.shape[0]
    picked = rng.integers(n_rows, size=(_N_PICKED, n_out)) * n_out + np.arange(n_out)
    values = to_numpy(xp.take(xp.reshape(P, (-1,)), place.put(picked.reshape(-1)), axis=0))
    share = rng.exponential(size=(_N_PICKED, n_out))
    share /= share.sum(axis=0)
    return W / std, -(share * values.reshape(_N_PICKED, n_out)).sum(axis=0) / std


def _data_driven_heads(
    X: Array, shape: tuple[int, ...], rng: np.random.Generator, place: Place
) -> list[np.ndarray]:
    """Draw the last layer of each member for its own rows of X."""
    n_rows = X.shape[1] // shape[0]
    rows = [X[:, i * n_rows : (i + 1) * n_rows, :] for i in range(shape[0])]
    pairs = [data_driven_linear(own, shape[1:], rng, place) for own in rows]
    return [np.stack(parts) for parts in zip(*pairs, strict=True)]


def _periodic(rng: np.random.Generator, shape: tuple[int, ...], position: int) -> np.ndarray:
    if position == 0:
        return rng.normal(0.0, _SIGMA, shape)
    bound = pi if position == 1 else 0.25  # 1 / sqrt(16 frequencies)
    return rng.uniform(-bound, bound, shape)


_DRAWS: dict[str, Any] = {
    "periodic": _periodic,
    "embedding": lambda rng, shape, position: rng.standard_normal(shape),
    "activation": lambda rng, shape, position: np.ones(shape),
}
