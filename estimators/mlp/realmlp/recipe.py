"""The recipes RealMLP-TD-S and RealMLP-TD, as tuned by their authors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import ceil

# More steps than these are taken off the number of epochs: see `n_epochs_for`.
_MAX_STEPS = 100_000
_MIN_EPOCHS = 8


@dataclass(frozen=True)
class Recipe:
    """What a recipe says of network and training.

    Attributes
    ----------
    activation : str
    parametric : bool
        Whether each hidden unit learns how much of its activation it takes.
    periodic : bool
        Whether numbers are embedded periodically (PBLD).
    data_driven : bool
        Whether initial weights are scaled, and biases drawn, by what the training rows give.
    max_one_hot : int
        Categories of more values are embedded.
    learning_rate, dropout, weight_decay, label_smoothing : float
    clamp : bool
        Whether predicted numbers are kept within the range of the training target.
    rate_factors, decay_factors : mapping of kind of weight to float
        Of the learning rate, and of the decay beside that.
    """

    activation: str
    learning_rate: float
    parametric: bool = False
    periodic: bool = False
    data_driven: bool = False
    max_one_hot: int = 255
    dropout: float = 0.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    clamp: bool = False
    rate_factors: Mapping[str, float] = field(default_factory=dict)
    decay_factors: Mapping[str, float] = field(default_factory=dict)


_RATES = {"scale": 6.0, "bias": 0.1, "activation": 0.1, "periodic": 0.1}
# The authors' code multiplies by the factor of the learning rate twice when it decays weights, and
# the recipe was tuned that way: a scale decays 36 times as fast as a weight, and not 6 times.
_DECAYS = {**_RATES, "bias": 0.0}
_TD_S = Recipe("selu", 0.04, label_smoothing=0.1, rate_factors=_RATES)
_TD = replace(
    _TD_S,
    parametric=True,
    periodic=True,
    data_driven=True,
    max_one_hot=8,
    dropout=0.15,
    weight_decay=0.02,
    decay_factors=_DECAYS,
)

# (name, whether for classes) -> recipe. Holzmüller, Grinsztajn and Steinwart, Better by Default
# (NeurIPS 2024), table A.1; pytabkit 1.7.
RECIPES = {
    ("td-s", True): _TD_S,
    ("td-s", False): replace(_TD_S, activation="mish", label_smoothing=0.0, learning_rate=0.07),
    ("td", True): _TD,
    ("td", False): replace(
        _TD, activation="mish", label_smoothing=0.0, learning_rate=0.2, clamp=True
    ),
}


def n_epochs_for(n_epochs: int, n_rows: int, batch_size: int) -> int:
    """Return the number of epochs for so many training rows.

    That is `n_epochs`, but no more than give 100,000 steps, and never less than 8 by that: with
    the defaults fewer than 256 from 100,000 training rows on, and 32 with 800,000.
    """
    steps = max(n_rows // batch_size, 1)
    return min(n_epochs, max(ceil(_MAX_STEPS / steps), _MIN_EPOCHS))
