"""The robust scaling of numbers: median to 0, quartiles one apart, far values drawn in."""

from __future__ import annotations

import numpy as np

_REACH = 3.0  # no value is further from 0 after the smooth clip
_FAR = 1e30


def robust_scale(column: np.ndarray) -> tuple[float, float]:
    """Return centre and factor of the robust scaling of a column.

    The centre is the median. The factor is 1 / (q75 - q25); 2 / (max - min) where the quartiles
    are equal; 0 where the column is constant or has no values.

    Parameters
    ----------
    column : ndarray of shape (n_samples,)
        NaN is missing, and left out.

    Notes
    -----
    Holzmüller, Grinsztajn and Steinwart, Better by Default (NeurIPS 2024), appendix A.1.
    """
    if column.dtype.kind == "f":
        column = column[~np.isnan(column)]
    if not len(column):
        return 0.0, 0.0
    low, centre, high = np.quantile(column.astype(np.float64, copy=False), [0.25, 0.5, 0.75])
    spread = high - low
    if spread == 0:
        spread = (float(column.max()) - float(column.min())) / 2
    return float(centre), 1.0 / spread if spread > 0 else 0.0


def smooth_clip(X: np.ndarray) -> np.ndarray:
    """Return x / sqrt(1 + (x / 3)^2): near x where x is small, and never beyond 3."""
    X = np.clip(X, -_FAR, _FAR)  # its square is finite
    return X / np.sqrt(1.0 + (X / _REACH) ** 2)
