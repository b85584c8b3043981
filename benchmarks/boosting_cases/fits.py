"""One side on one split of one table: its scores on the test rows and its seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score, root_mean_squared_error
from worker import timed

from .sides import SIDES
from .tables import TABLES, split

Results = dict[str, Any]


def warm_up(side: str) -> Results:
    """Import what the fits need, and let the libraries start their threads."""
    fit(side, "titanic", 0)
    return {}


def fit(side: str, table: str, seed: int) -> Results:
    """Fit one side; return its scores, and the seconds of fit and predict."""
    parts, classes = split(table, seed), TABLES[table].classes
    model, (train, test) = SIDES[side](parts.train, parts.test, classes, seed)
    _, fitted = timed(lambda: model.fit(train, parts.y_train))
    answer = model.predict_proba if classes else model.predict
    found, predicted = timed(lambda: answer(test))
    return {**scores(parts.y_test, np.asarray(found)), "fit": fitted, "predict": predicted}


def scores(y: np.ndarray, found: np.ndarray) -> Results:
    """Return RMSE for numbers; for classes log loss and, of two, the area under the ROC curve."""
    if found.ndim == 1:
        return {"rmse": float(root_mean_squared_error(y, found))}
    found = found.astype(np.float64)
    found /= found.sum(axis=1, keepdims=True)
    said = {"log_loss": float(log_loss(y, found))}
    return {"auc": float(roc_auc_score(y, found[:, 1])), **said} if found.shape[1] == 2 else said
