"""The MLP: layers and losses with hand-written gradients, and their training in batches."""

from .classifier import MLPClassifier
from .regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
