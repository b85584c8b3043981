"""The MLP on a GPU: a step beside PyTorch's, 60 models as one batch, the share of the limit.

    python benchmarks/gpu.py [--device cuda] [--repeat 3] [--out FILE]

Needs CuPy, PyTorch built for CUDA, and the real tables (GRIDFOLD_DATA). Writes results/gpu.json.
With --device cpu everything runs on the CPU, small and without a file unless --out names one: to
see that the script works.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from data import one_hot
from machine import machine
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

PATH = Path(__file__).parent / "results" / "gpu.json"
ROWS, HIDDEN, BATCH = 10_000, (256, 256, 256), 256
SEARCHED, FOLDS = (64, 64, 64), 5
GRID = {"learning_rate_init": [3e-4, 1e-3, 3e-3], "alpha": [1e-5, 1e-3, 1e-1, 1.0]}
Results = dict[str, Any]


def main() -> None:
    """Run all cases on the device named; print them, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, ..., or cpu for a try")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    on_gpu = options.device != "cpu"
    X, y = problem(ROWS if on_gpu else 1_500)
    epochs = (5, 45) if on_gpu else (1, 2)
    limit = products_per_second(options.device, 8192 if on_gpu else 1024)
    said: list[str] = []
    with NotesKept(said), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = {
            "limit": {"matrix products, float32": limit},
            "step": step(X, y, options.device, epochs, options.repeat, limit),
            "search": search(X, y, options.device, 20 if on_gpu else 1, limit),
            "agreement": agreement(X, y, options.device, 10 if on_gpu else 2),
        }
    found = {"machine": {**machine(), **device(options.device)}, "cases": found, "notes": said}
    print(json.dumps(found, indent=1))
    out = options.out or (PATH if on_gpu else None)
    if out is not None:
        out.write_text(json.dumps(found, indent=1) + "\n")


def problem(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of a real table, one-hot, scaled, float32."""
    X, y = one_hot("adult", "income")
    rows = np.random.default_rng(0).permutation(len(y))[:n_rows]
    return scale(X[rows]).astype(np.float32), y[rows]


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


def products_per_second(where: str, n: int) -> float:
    """Return the operations per second of a large float32 matrix product: the limit."""
    from gridfold.estimators.arrays import find_place, to_numpy

    place = find_place(where, None)
    A = place.put(np.random.default_rng(0).standard_normal((n, n)).astype(np.float32))

    def multiply(times: int) -> None:
        for _ in range(times):
            product = place.xp.matmul(A, A)
        to_numpy(product[:1, :1])  # waits for the device

    multiply(3)
    return 10 * 2 * n**3 / min(seconds(multiply, 10) for _ in range(3))


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


def device(where: str) -> Results:
    """Return the name of the device and the versions of what drives it."""
    if where == "cpu":
        return {"device": "cpu"}
    import cupy
    import torch

    index = int(where.partition(":")[2] or 0)
    return {
        "device": cupy.cuda.runtime.getDeviceProperties(index)["name"].decode(),
        "cuda": {
            "driver": cupy.cuda.runtime.driverGetVersion(),
            "runtime": cupy.cuda.runtime.runtimeGetVersion(),
            "cupy": cupy.__version__,
            "torch": f"{torch.__version__}, CUDA {torch.version.cuda}",
        },
    }


class NotesKept(logging.Handler):
    """Keep what the library says, such as that steps were not captured in a CUDA graph."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.INFO)
        self.said = said
        self.logger = logging.getLogger("gridfold")

    def __enter__(self) -> None:
        self.level_before = self.logger.level
        self.logger.setLevel(logging.INFO)
        self.logger.addHandler(self)

    def __exit__(self, *error: object) -> None:
        self.logger.removeHandler(self)
        self.logger.setLevel(self.level_before)

    def emit(self, record: logging.LogRecord) -> None:
        """Note a line, once."""
        if record.getMessage() not in self.said:
            self.said.append(record.getMessage())


if __name__ == "__main__":
    main()
