"""The columns of X: learnt once, and coded the same way for training and prediction."""

from .columns import Columns

__all__ = ["Columns"]
