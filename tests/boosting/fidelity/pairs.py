"""One of ours and one of xgboost's: made alike, fitted alike, and compared to the last bit."""

from __future__ import annotations

import inspect
import json
from typing import Any

import numpy as np
import pytest

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

from gridfold import boosting  # noqa: E402

SMALL = {"n_estimators": 4, "max_depth": 3, "n_jobs": 1}
CLASSES = ("XGBRegressor", "XGBClassifier", "XGBRanker")
N_ROWS, N_TRAIN = 240, 160

each_class = pytest.mark.parametrize("name", CLASSES)


def _table() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_ROWS, 5)).astype(np.float32)
    signal = X[:, 0] + X[:, 1] * X[:, 2]
    X[:, 4] = rng.integers(0, 6, N_ROWS)  # a column of codes
    signal += np.array([0.0, 2, -1, 1, -2, 0.5])[X[:, 4].astype(int)]
    X[rng.uniform(size=N_ROWS) < 0.1, 1] = np.nan
    X[rng.uniform(size=N_ROWS) < 0.1, 2] = -9
    return X, signal


X, SIGNAL = _table()
Y = {
    "XGBRegressor": SIGNAL,
    "XGBClassifier": np.digitize(SIGNAL, [-1, 1]),
    "XGBRanker": np.digitize(SIGNAL, [-2, -1, 0, 1]),
}
QID = np.sort(np.random.default_rng(1).integers(0, 20, N_ROWS))


def pair(name: str, **params: Any) -> tuple[Any, Any]:
    """Return an estimator of ours and xgboost's own, with the same parameters."""
    params = {**SMALL, **params}
    return getattr(boosting, name)(**params), getattr(xgboost, name)(**params)


def train_data(name: str) -> dict[str, Any]:
    """Return X and y of the training rows, and for the ranker their queries."""
    data = {"X": X[:N_TRAIN], "y": Y[name][:N_TRAIN]}
    return data | ({"qid": QID[:N_TRAIN]} if name == "XGBRanker" else {})


def valid_data(name: str) -> dict[str, Any]:
    """Return an eval_set of the other rows, and for the ranker their queries."""
    found: dict[str, Any] = {"eval_set": [(X[N_TRAIN:], Y[name][N_TRAIN:])], "verbose": False}
    return found | ({"eval_qid": [QID[N_TRAIN:]]} if name == "XGBRanker" else {})


def n_groups(qid: np.ndarray) -> int:
    return len(np.unique(qid))


def weights(name: str, rows: slice) -> np.ndarray:
    """Return a weight for each of the rows, or for the ranker for each of their queries."""
    n = n_groups(QID[rows]) if name == "XGBRanker" else len(X[rows])
    return np.random.default_rng(2).uniform(0.2, 3, n)


def margins(name: str, rows: slice) -> np.ndarray:
    shape = (len(X[rows]), 3) if name == "XGBClassifier" else len(X[rows])
    return np.random.default_rng(3).normal(size=shape)


def fitted_pair(name: str, fit_params: dict[str, Any] | None = None, **params: Any) -> Any:
    """Return both, fitted on the training rows."""
    data = train_data(name) | (fit_params or {})
    return tuple(estimator.fit(**data) for estimator in pair(name, **params))


def model_bytes(estimator: Any) -> bytes:
    return bytes(estimator.get_booster().save_raw("ubj"))


def settings(estimator: Any) -> Any:
    """Return what the booster says of its own settings."""
    return json.loads(estimator.get_booster().save_config())


def assert_same_model(ours: Any, theirs: Any) -> None:
    assert settings(ours) == settings(theirs)
    assert model_bytes(ours) == model_bytes(theirs)


def keywords(function: Any) -> set[str]:
    """Return the names of the keyword-only parameters."""
    found = inspect.signature(function).parameters.values()
    return {parameter.name for parameter in found if parameter.kind is parameter.KEYWORD_ONLY}
