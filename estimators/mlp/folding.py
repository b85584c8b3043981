"""A fitted network in scikit-learn's terms: batch normalisation folded into the weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays import to_numpy
from .engine.layers import NORM_EPSILON
from .fitted import normalization_of


def plain_weights(model: Any) -> dict[str, list[np.ndarray]]:
    """Return the weights of a network of linear layers that predicts the same, by attribute.

    With batch normalisation of a layer's outputs, z = (x W + b - mean) / sqrt(variance + epsilon)
    * scale + shift is linear in x.

    Raises
    ------
    ValueError
        When scikit-learn has no such network.
    """
    normalization = normalization_of(model)
    if normalization == "layer":
        raise ValueError(
            "scikit-learn's MLP has no layer normalisation: no plain object predicts what this "
            "model does."
        )
    if model.activation not in ("identity", "logistic", "tanh", "relu"):
        raise ValueError(
            f"scikit-learn's MLP has no activation {model.activation!r}: no plain object predicts "
            "what this model does."
        )
    coefs = [to_numpy(part) for part in model.coefs_]
    intercepts = [to_numpy(part) for part in model.intercepts_]
    for i, factor in enumerate(_factors(model) if normalization == "batch" else ()):
        mean, shift = to_numpy(model.norm_means_[i]), to_numpy(model.norm_shifts_[i])
        coefs[i] = coefs[i] * factor
        intercepts[i] = (intercepts[i] - mean) * factor + shift
    return {
        "coefs_": coefs,
        "intercepts_": intercepts,
        "_best_coefs": list(coefs),
        "_best_intercepts": list(intercepts),
    }


def _factors(model: Any) -> list[np.ndarray]:
    pairs = zip(model.norm_scales_, model.norm_variances_, strict=True)
    return [to_numpy(scale) / np.sqrt(to_numpy(v) + NORM_EPSILON) for scale, v in pairs]
