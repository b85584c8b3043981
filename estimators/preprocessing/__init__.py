"""Transformers of columns that work where the data is."""

from .min_max_scaler import MinMaxScaler
from .polynomial_features import PolynomialFeatures
from .quantile_transformer import QuantileTransformer
from .robust_scaler import RobustScaler
from .simple_imputer import SimpleImputer
from .standard_scaler import StandardScaler

__all__ = [
    "MinMaxScaler",
    "PolynomialFeatures",
    "QuantileTransformer",
    "RobustScaler",
    "SimpleImputer",
    "StandardScaler",
]
