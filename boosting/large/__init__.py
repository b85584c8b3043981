"""Tables larger than memory: Parquet files by path, and Dask collections on a user's cluster."""

from .files import fit_files
from .paths import is_files
from .predicting import predict_files

__all__ = ["fit_files", "is_files", "predict_files"]
