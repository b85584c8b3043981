"""Tables larger than memory: Parquet files by path, and Dask collections on a user's cluster."""

from .dask_fit import fit_dask
from .dask_parts import is_dask
from .dask_predict import lazy_on_dask
from .files import fit_files
from .paths import is_files
from .predicting import predict_files
from .watch import ClusterLostError

__all__ = [
    "ClusterLostError",
    "fit_dask",
    "fit_files",
    "is_dask",
    "is_files",
    "lazy_on_dask",
    "predict_files",
]
