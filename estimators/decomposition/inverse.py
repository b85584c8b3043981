"""Rows from projected ones, where the model or the rows are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.utils.validation import check_array, check_is_fitted

from ..arrays import HOST, Array, Namespace, find_place, is_foreign, place_of
from ..door import float_matrix


def inverse_answer(estimator: Any, X: Any, kernel: Callable[[Array, Namespace], Array]) -> Any:
    """Return what `kernel` makes of projected rows `X` (n_samples, n_components), where X is.

    On the host the answer is scikit-learn's. They have not the columns that the fit has seen, so
    that `OnDevice._answer` would refuse them.
    """
    check_is_fitted(estimator)
    home, place = place_of(X), place_of(estimator.components_)
    place = find_place(estimator.device, X) if place == HOST else place
    if place == HOST and home == HOST:
        return estimator._parent.inverse_transform(estimator, X)
    if is_foreign(X):
        X = float_matrix(estimator, X)
    else:
        X = check_array(X, input_name="X", dtype=[np.float64, np.float32])
    return home.put(kernel(place.put(X), place.xp))
