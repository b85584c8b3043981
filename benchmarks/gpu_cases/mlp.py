"""The MLP on a GPU: a step beside PyTorch's, 60 models as one batch, agreement with the CPU."""

from __future__ import annotations

import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from data import one_hot, there_are_tables
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from .device import Device

ROWS, HIDDEN, BATCH = 10_000, (256, 256, 256), 256
SEARCHED, FOLDS = (64, 64, 64), 5
GRID = {"learning_rate_init": [3e-4, 1e-3, 3e-3], "alpha": [1e-5, 1e-3, 1e-1, 1.0]}
Results = dict[str, Any]


def parts(device: Device, repeat: int) -> dict[str, Callable[[], Results]]:
    """Return what is measured of the MLP: functions, by name, that measure when they are called."""
    X, y = problem(ROWS if device.on_gpu else 1_500)
    epochs = (5, 45) if device.on_gpu else (1, 2)
    limit = device.products_per_second(8192 if device.on_gpu else 1024)
    measures = {
        "step": lambda: step(X, y, device.name, epochs, repeat, limit),
        "search": lambda: search(X, y, device.name, 20 if device.on_gpu else 1, limit),
        "agreement": lambda: agreement(X, y, device.name, 10 if device.on_gpu else 2),
    }
    return {name: partial(_quietly, measure) for name, measure in measures.items()}


def _quietly(measure: Callable[[], Results]) -> Results:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        try:
            return measure()
        except ImportError as error:
            return {"reason": str(error)}


def problem(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of a real table, one-hot, scaled, float32; where there is none, drawn ones."""
    X, y = one_hot("adult", "income") if there_are_tables() else _drawn(n_rows)
    rows = np.random.default_rng(0).permutation(len(y))[:n_rows]
    return scale(X[rows]).astype(np.float32), y[rows]


def _drawn(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of the same width: few numbers and many columns of zeros and ones."""
    rng = np.random.default_rng(0)
    X = np.hstack([rng.standard_normal((n_rows, 6)), rng.random((n_rows, 102)) < 0.1])
    return X, (X @ rng.standard_normal(108) + rng.standard_normal(n_rows) > 0).astype(np.int64)


def step(
    X: np.ndarray, y: np.ndarray, where: str, epochs: tuple[int, int], repeat: int, limit: float
) -> Results:
    """Return milliseconds of a training step of 3 x 256 at batch 256: ours, PyTorch's eager ones.

    From a short and a long training, so that what comes once, such as the capture, drops out.
    """
    sides: dict[str, Callable[[int], None]] = {
        "gridfold": lambda n: fit(X, y, where, n),
        "gridfold, without a graph": lambda n: fit(X, y, where, n, cuda_graphs=False),
        "PyTorch": lambda n: torch_fit(X, y, where, n, fused=False),
        "PyTorch, fused Adam": lambda n: torch_fit(X, y, where, n, fused=True),
    }
    each: dict[str, list[float]] = {side: [] for side in sides}
    n_batches = -(-len(y) // BATCH)
    for counted in range(-1, repeat):
        for side, run in sides.items():
            short, long = (seconds(run, n) for n in epochs)
            if counted >= 0:
                n_steps = (epochs[1] - epochs[0]) * n_batches
                each[side].append(1e3 * (long - short) / n_steps)
    ours = statistics.median(each["gridfold"])
    theirs = zip(each["PyTorch"], each["PyTorch, fused Adam"], strict=True)
    ratios = [min(t) / us for us, t in zip(each["gridfold"], theirs, strict=True)]
    work = operations(X.shape[1], HIDDEN, BATCH)
    return {
        "hidden": HIDDEN,
        "batch_size": BATCH,
        "milliseconds": {side: statistics.median(times) for side, times in each.items()},
        "faster": statistics.median(ratios),
        "range": [min(ratios), max(ratios)],
        "share_of_limit": work / (ours / 1e3) / limit,
    }


def search(X: np.ndarray, y: np.ndarray, where: str, epochs: int, limit: float) -> Results:
    """Return seconds of a search over 60 models as one batch and one by one."""
    from gridfold.estimators import MLPClassifier, config_context
    from gridfold.pipelines import GridSearchCV

    model = MLPClassifier(
        hidden_layer_sizes=SEARCHED,
        batch_size=BATCH,
        max_iter=epochs,
        n_iter_no_change=epochs,
        random_state=0,
        device=where,
    )
    searches, taken = {}, {}
    for sharing in ("all", "off"):
        options = {"cv": FOLDS, "refit": False, "sharing": sharing}
        warm = {name: values[:1] for name, values in GRID.items()}
        GridSearchCV(model, warm, **options).fit(X[:2000], y[:2000])
        searches[sharing] = GridSearchCV(model, GRID, **options)
        with config_context(cuda_graphs=True):
            taken[sharing] = seconds(searches[sharing].fit, X, y)
    scores = [each.cv_results_["mean_test_score"] for each in searches.values()]
    n_models = len(scores[0]) * FOLDS
    n_steps = n_models * epochs * -(-(len(y) * (FOLDS - 1) // FOLDS) // BATCH)
    work = n_steps * operations(X.shape[1], SEARCHED, BATCH)
    return {
        "models": n_models,
        "hidden": SEARCHED,
        "epochs": epochs,
        "seconds": {"one batch": taken["all"], "one by one": taken["off"]},
        "faster": taken["off"] / taken["all"],
        "share_of_limit": work / taken["all"] / limit,
        "largest_difference": float(np.max(np.abs(scores[0] - scores[1]))),
        "plan": str(searches["all"].plan_),
    }


def agreement(X: np.ndarray, y: np.ndarray, where: str, epochs: int) -> Results:
    """Return how far the losses and probabilities of the device are from those of the CPU."""
    here, there = (fit(X, y, each, epochs) for each in ("cpu", where))
    curves = np.asarray([model.loss_curve_ for model in (here, there)])
    answers = [model.predict_proba(X[:1000]) for model in (here, there)]
    return {
        "epochs": epochs,
        "loss_curve": float(np.max(np.abs(curves[0] / curves[1] - 1))),
        "first_epoch": float(abs(curves[0, 0] / curves[1, 0] - 1)),
        "probabilities": float(np.max(np.abs(answers[0] - answers[1]))),
    }


def fit(X: np.ndarray, y: np.ndarray, where: str, epochs: int, *, cuda_graphs: bool = True) -> Any:
    """Train our network for so many epochs."""
    from gridfold.estimators import MLPClassifier, config_context

    model = MLPClassifier(
        hidden_layer_sizes=HIDDEN,
        batch_size=BATCH,
        alpha=0.0,
        max_iter=epochs,
        n_iter_no_change=epochs,
        random_state=0,
        device=where,
    )
    with config_context(cuda_graphs=cuda_graphs):
        return model.fit(X, y)


def torch_fit(X: np.ndarray, y: np.ndarray, where: str, epochs: int, *, fused: bool) -> None:
    """Train the same network with PyTorch: rows gathered on the device, no loader, no waiting."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    table = torch.from_numpy(X).to(where)
    labels = torch.from_numpy(y).float()[:, None].to(where)
    sizes = [X.shape[1], *HIDDEN]
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Linear(HIDDEN[-1], 1)).to(where)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=fused)
    loss_function = nn.BCEWithLogitsLoss()
    for _ in range(epochs):
        total = torch.zeros((), device=where)
        for rows in torch.randperm(len(table), device=where).split(BATCH):
            loss = loss_function(net(table[rows]), labels[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
        float(total)


def operations(n_features: int, hidden: tuple[int, ...], batch: int) -> int:
    """Return the multiplications and additions of the matrix products of a training step."""
    sizes = (n_features, *hidden, 1)
    layers = [a * b for a, b in pairwise(sizes)]
    return 2 * batch * (3 * sum(layers) - layers[0])  # the first layer needs no gradient of X


def seconds(function: Callable[..., Any], *arguments: Any) -> float:
    """Return how long a call takes; it must wait for the device itself."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start
