"""Initial weights, drawn as scikit-learn draws them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np


def glorot_weights(
    sizes: Sequence[int], activation: str, random_state: np.random.RandomState
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Draw weights and biases of linear layers: uniform in +-sqrt(6 / (fan_in + fan_out)).

    The bound is sqrt(2 / (fan_in + fan_out)) for the logistic activation. The order of the draws
    is scikit-learn's: the weights and then the biases of each layer in turn.

    Parameters
    ----------
    sizes : sequence of int
        Widths, from the number of features to the number of outputs.

    Returns
    -------
    weights : list of arrays of shape (fan_in, fan_out), float64
    biases : list of arrays of shape (fan_out,), float64

    References
    ----------
    Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks,
    AISTATS 2010, equation 16.
    """
    factor = 2.0 if activation == "logistic" else 6.0
    weights, biases = [], []
    for fan_in, fan_out in pairwise(sizes):
        bound = np.sqrt(factor / (fan_in + fan_out))
        weights.append(random_state.uniform(-bound, bound, (fan_in, fan_out)))
        biases.append(random_state.uniform(-bound, bound, fan_out))
    return weights, biases
