"""Schedules: factors of the learning rate over the course of training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def constant(t: np.ndarray) -> np.ndarray:
    """1 at any time `t`."""
    return np.ones_like(t, dtype=np.float64)


def step(t: np.ndarray) -> np.ndarray:
    """1, then 0.1 from half of the training on, and 0.01 from three quarters on.

    Source: He et al. 2016, "Deep residual learning for image recognition", section 4.2.
    """
    t = np.asarray(t, dtype=np.float64)
    return np.where(t < 0.5, 1.0, np.where(t < 0.75, 0.1, 0.01))


def one_cycle(t: np.ndarray) -> np.ndarray:
    """Up from 1/25 to 1 in the first 30 %, then down to 1/250,000, along half cosines.

    Source: Smith and Topin 2018, arXiv 1708.07120, with the cosines of fastai and the constants of
    PyTorch's `OneCycleLR` (pct_start 0.3, div_factor 25, final_div_factor 10,000).
    """
    t = np.asarray(t, dtype=np.float64)
    low, end, peak = 1.0 / 25.0, 1.0 / 250_000.0, 0.3
    rising = low + (1.0 - low) * _half_cosine(1.0 - t / peak)
    falling = end + (1.0 - end) * _half_cosine((t - peak) / (1.0 - peak))
    return np.where(t < peak, rising, falling)


def flat_cos(t: np.ndarray) -> np.ndarray:
    """1 for the first half, then down to 0 along half a cosine.

    Source: dropout and weight decay of RealMLP-TD (Holzmüller et al. 2024, arXiv 2407.04491).
    """
    t = np.asarray(t, dtype=np.float64)
    return _half_cosine(np.maximum(2.0 * t - 1.0, 0.0))


def coslog4(t: np.ndarray) -> np.ndarray:
    """`0.5 (1 - cos(2 pi log2(1 + 15 t)))`: four cosine cycles from 0 to 1 to 0, each longer.

    Source: the learning rates of RealMLP (Holzmüller et al. 2024, arXiv 2407.04491).
    """
    t = np.asarray(t, dtype=np.float64)
    return 0.5 * (1.0 - np.cos(2.0 * np.pi * np.log2(1.0 + 15.0 * t)))


# name -> factor of the learning rate at t = step / n_steps in [0, 1), elementwise.
# What depends on the losses seen (reduce on plateau, scikit-learn's "adaptive") or on the rows
# seen ("invscaling") is in stopping.py.
SCHEDULES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "constant": constant,
    "step": step,
    "one_cycle": one_cycle,
    "flat_cos": flat_cos,
    "coslog4": coslog4,
}


def _half_cosine(part: np.ndarray) -> np.ndarray:
    """From 1 at 0 down to 0 at 1."""
    return 0.5 * (1.0 + np.cos(np.pi * part))
