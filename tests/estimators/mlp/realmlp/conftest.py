"""Small tables and quick settings for RealMLP."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from gridfold.estimators import RealMLPClassifier, RealMLPRegressor

QUICK: dict[str, Any] = {
    "n_epochs": 20,
    "hidden_layer_sizes": (24, 24),
    "batch_size": 32,
    "random_state": 0,
}


def quick_classifier(**params: Any) -> RealMLPClassifier:
    return RealMLPClassifier(**{**QUICK, **params})


def quick_regressor(**params: Any) -> RealMLPRegressor:
    return RealMLPRegressor(**{**QUICK, **params})


def numbers(n_rows: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X of shape (n_rows, 4), a number and one of three classes for each row."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4)) * [1.0, 10.0, 0.1, 1.0]
    value = np.sin(2 * X[:, 0]) + 0.1 * X[:, 1] + rng.normal(scale=0.1, size=n_rows)
    return X, value, np.digitize(value, [-0.7, 0.7])


@pytest.fixture
def table() -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Return a frame of all kinds of columns with missing cells, a number and a label per row."""
    rng = np.random.default_rng(1)
    n_rows = 240
    city = rng.choice([f"city {i}" for i in range(12)], size=n_rows).astype(object)
    size = rng.choice(["small", "large"], size=n_rows).astype(object)
    area = rng.lognormal(size=n_rows)
    value = (size == "large") * 2.0 + np.log(area) + (city < "city 4") * 1.0
    label = np.where(value > np.median(value), "dear", "cheap")
    area[::7], city[::9], size[::11] = np.nan, None, None
    X = pd.DataFrame(
        {
            "area": area,
            "rooms": rng.integers(1, 6, size=n_rows),
            "city": city,
            "size": pd.Categorical(size, categories=["small", "large"]),
            "garden": rng.integers(2, size=n_rows).astype(bool),
        }
    )
    return X, value, label
