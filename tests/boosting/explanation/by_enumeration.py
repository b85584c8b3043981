"""Shapley values by their definition, for small boosters: every subset of columns is asked."""

from __future__ import annotations

import json
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np


def margin_parts(booster: Any, X: np.ndarray) -> np.ndarray:
    """Return E[sum of trees | x_S] for every row and every set S of columns, by trees' cover.

    Returns
    -------
    parts : float64 array of shape (n_samples, 2 ** n_features, n_outputs)
        Set number b holds column j where bit j of b is set.
    """
    model = json.loads(booster.save_raw("json"))["learner"]
    trees, outputs, weights = _trees(model["gradient_booster"])
    n, p = X.shape
    parts = np.zeros((n, 2**p, max(outputs) + 1))
    for tree, output, weight in zip(trees, outputs, weights, strict=True):
        for i in range(n):
            for subset in range(2**p):
                parts[i, subset, output] += weight * _expected(tree, X[i], subset)
    return parts


def shapley_values(parts: np.ndarray) -> np.ndarray:
    """Return phi_j = sum over S without j of |S|! (p - |S| - 1)! / p! (v(S + j) - v(S))."""
    n, n_sets, k = parts.shape
    p = n_sets.bit_length() - 1
    values = np.zeros((n, p, k))
    for j in range(p):
        for subset in _subsets([i for i in range(p) if i != j]):
            size = subset.bit_count()
            weight = factorial(size) * factorial(p - size - 1) / factorial(p)
            values[:, j] += weight * (parts[:, subset | 1 << j] - parts[:, subset])
    return values


def shapley_interactions(parts: np.ndarray) -> np.ndarray:
    """Return half the Shapley interaction index off the diagonal, and what is left of phi on it."""
    n, n_sets, k = parts.shape
    p = n_sets.bit_length() - 1
    pairs = np.zeros((n, p, p, k))
    for i, j in combinations(range(p), 2):
        a, b = 1 << i, 1 << j
        for subset in _subsets([each for each in range(p) if each not in (i, j)]):
            size = subset.bit_count()
            weight = factorial(size) * factorial(p - size - 2) / (2 * factorial(p - 1))
            together = parts[:, subset | a | b] - parts[:, subset | a]
            pairs[:, i, j] += weight * (together - parts[:, subset | b] + parts[:, subset])
        pairs[:, j, i] = pairs[:, i, j]
    diagonal = np.arange(p)
    pairs[:, diagonal, diagonal] = shapley_values(parts) - pairs.sum(axis=2)
    return pairs


def _subsets(columns: list[int]) -> list[int]:
    return [
        sum(1 << j for j in chosen)
        for size in range(len(columns) + 1)
        for chosen in combinations(columns, size)
    ]


def _trees(content: dict[str, Any]) -> tuple[list[Any], list[int], list[float]]:
    """Return the trees, the output that each belongs to, and (dart) its weight."""
    model = content.get("gbtree", content)["model"]  # xgboost before 3.4 wraps the model for dart
    weights = content.get("weight_drop") or model.get("weight_drop")
    return model["trees"], model["tree_info"], weights or [1.0] * len(model["trees"])


def _expected(tree: dict[str, Any], row: np.ndarray, subset: int) -> float:
    cover = tree["sum_hessian"]

    def below(node: int) -> float:
        left, right = tree["left_children"][node], tree["right_children"][node]
        if left == -1:
            return tree["split_conditions"][node]
        if subset >> tree["split_indices"][node] & 1:
            return below(left if _goes_left(tree, node, row) else right)
        total = cover[left] + cover[right]
        return (cover[left] * below(left) + cover[right] * below(right)) / total

    return below(0)


def _goes_left(tree: dict[str, Any], node: int, row: np.ndarray) -> bool:
    cell = row[tree["split_indices"][node]]
    if np.isnan(cell):
        return bool(tree["default_left"][node])
    if not tree["split_type"][node]:
        return cell < np.float32(tree["split_conditions"][node])
    which = tree["categories_nodes"].index(node)
    start, size = tree["categories_segments"][which], tree["categories_sizes"][which]
    return int(cell) not in tree["categories"][start : start + size]
