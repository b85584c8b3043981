"""Explanations made by hand: no model, every number known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gridfold.boosting.explanation.explanation import Explanation

COLOURS = np.array(["red", None, "green", "red"], dtype=object)


def one_output(**changes: Any) -> Explanation:
    """Four rows of a number, a category with a missing cell, and a number with one."""
    fields: dict[str, Any] = {
        "values": np.array(
            [[1.0, -2.0, 0.5], [-1.0, 0.0, 0.25], [2.0, 4.0, -0.5], [0.0, -2.0, 0.0]],
            dtype=np.float32,
        ),
        "base_values": np.full(4, 0.5, dtype=np.float32),
        "data": np.array([[1, 1, 7], [2, np.nan, 8], [3, 0, np.nan], [4, 1, 9]], dtype=np.float32),
        "feature_names": ("size", "colour", "age"),
        "cells": {"colour": COLOURS},
        "categorical": frozenset(["colour"]),
        "index": pd.Index(list("wxyz")),
    }
    return Explanation(**{**fields, **changes})


def three_outputs() -> Explanation:
    """The same rows, with a multiple of the values for each class."""
    one = one_output()
    values = np.stack([one.values, -2 * one.values, 0.5 * one.values], axis=-1)
    pairs = values[:, :, None, :] * np.array([0.25, 0.25, 0.5])[None, None, :, None]
    return one_output(
        values=values,
        base_values=np.tile(np.array([0.5, 0.25, -1.0], dtype=np.float32), (4, 1)),
        output_names=("cat", "dog", "newt"),
        interactions=pairs.astype(np.float32),
    )


def many_columns(n: int = 400, p: int = 30, k: int = 1) -> Explanation:
    """Columns with names of 60 letters, every sixth a category with long cells."""
    rng = np.random.default_rng(0)
    data = rng.normal(size=(n, p)).astype(np.float32)
    names = tuple(f"the answer to question {j} of a survey that had a great many" for j in range(p))
    cells = {}
    for j in range(0, p, 6):
        data[:, j] = rng.integers(0, 8, n)
        levels = [f"a category with a name of some length, number {c}" for c in range(8)]
        cells[names[j]] = np.array(levels, dtype=object)[data[:, j].astype(int)]
    values = data[:, :, None] * np.linspace(1, 0.01, p)[:, None] * rng.normal(size=k)
    return Explanation(
        values if k > 1 else values[..., 0],
        np.zeros((n, k) if k > 1 else n, dtype=np.float32),
        data,
        names,
        tuple(f"the class that is called number {c}" for c in range(k)) if k > 1 else None,
        cells=cells,
        categorical=frozenset(cells),
    )
