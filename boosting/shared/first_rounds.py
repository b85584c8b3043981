"""What the first rounds of an xgboost model answer, and the model of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ...estimators.frames import is_frame


def answers_after(estimator: Any, X: Any, method: str, rounds: Sequence[int]) -> dict[int, Any]:
    """Answer after each of the ascending `rounds`, from the margin that the trees before left.

    xgboost adds the trees to the margin one by one, in float32, so going on from a margin gives
    the bits that starting anew would. Each tree is asked once, or twice where a member ends.
    """
    X, options = _encoded(estimator, X)
    answer, margin, done, answers = getattr(estimator, method), None, 0, {}
    for k in rounds:
        options["base_margin"] = margin
        if k < rounds[-1] and done < k - 1:
            margin = estimator.predict(
                X, output_margin=True, iteration_range=(done, k - 1), **options
            )
            options["base_margin"], done = margin, k - 1
        answers[k] = answer(X, iteration_range=(done, k), **options)
    return answers


def _encoded(estimator: Any, X: Any) -> tuple[Any, dict[str, Any]]:
    """Encode a table of gridfold's estimators once, and say so to their predictions."""
    columns = vars(estimator).get("_columns")
    if columns is None or not is_frame(X):
        return X, {}
    return columns.for_predict(X), {"validate_features": False}


def first_rounds(booster: Any, rounds: int) -> Any:
    """Return a booster of the first rounds, as if training had ended there."""
    part = booster[:rounds]
    if booster.get_categories().empty() or not part.get_categories().empty():
        return part
    # Slicing in xgboost 3.2 drops the categories, by which it reads tables in another coding.
    whole, model = (json.loads(each.save_raw("json")) for each in (booster, part))
    trees = model["learner"]["gradient_booster"]["model"]
    trees["cats"] = whole["learner"]["gradient_booster"]["model"]["cats"]
    restored = type(booster)(model_file=bytearray(json.dumps(model).encode()))
    restored.load_config(part.save_config())
    return restored
