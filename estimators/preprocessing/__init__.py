"""Transformers of columns that work where the data is."""

from .standard_scaler import StandardScaler

__all__ = ["StandardScaler"]
