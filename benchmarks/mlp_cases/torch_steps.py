"""Steps of our MLP beside a plain PyTorch loop: the same network, batches and number of steps."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

from worker import Worker, timed

from .loss_curves import ROWS, problem

US, THEM = "gridfold", "PyTorch"
EPOCHS = 20
Results = dict[str, Any]

# Hidden layers and batch size.
NETS: dict[str, tuple[tuple[int, ...], int]] = {
    "3 x 64, batch 200": ((64, 64, 64), 200),
    "3 x 64, batch 256": ((64, 64, 64), 256),
    "3 x 256, batch 200": ((256, 256, 256), 200),
    "3 x 256, batch 256": ((256, 256, 256), 256),
}


def measure(kept: Results, options: Any) -> Iterator[Results]:
    """Train both sides in turn; yield the results after each network.

    PyTorch trains with one thread and with all, and what is faster counts.
    """
    found: Results = dict(kept)
    cores = sorted({1, os.cpu_count() or 1})
    with ExitStack() as stack:
        sides: dict[str, tuple[Worker, Results]] = {
            f"{THEM}, {n} thread{'s' * (n > 1)}": (stack.enter_context(Worker()), {"threads": n})
            for n in cores
        }
        sides[US] = (stack.enter_context(Worker()), {})
        for name in NETS:
            runs: dict[str, list[Results]] = {side: [] for side in sides}
            for counted in range(-1, options.repeat):
                for side, (worker, arguments) in sides.items():
                    run = worker.ask(
                        "mlp_cases.torch_steps",
                        "theirs" if arguments else "ours",
                        name=name,
                        **arguments,
                    )
                    if counted >= 0 or "reason" in run:
                        runs[side].append(run)
            found[name] = compared(runs)
            print(f"{name:20} {_said(found[name])}", flush=True)
            yield found


def ours(name: str) -> Results:
    """Train our network; return the seconds and the number of steps."""
    from gridfold.estimators import MLPClassifier

    hidden, batch_size = NETS[name]
    X, y = problem("adult", "income", "float32")
    model = MLPClassifier(
        hidden_layer_sizes=hidden,
        batch_size=batch_size,
        alpha=0.0,
        max_iter=EPOCHS,
        n_iter_no_change=EPOCHS,
        random_state=0,
    )
    _, found = timed(lambda: model.fit(X, y))
    steps = EPOCHS * -(-len(y) // batch_size)
    return {**found, "steps": steps, "loss": float(model.loss_)}


def theirs(name: str, threads: int) -> Results:
    """Train with PyTorch: rows gathered by number, fused Adam, no loader; as `ours` otherwise."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(0)
    hidden, batch_size = NETS[name]
    table, codes = problem("adult", "income", "float32")
    X, y = torch.from_numpy(table), torch.from_numpy(codes).float()[:, None]
    sizes = [X.shape[1], *hidden]
    layers = [m for a, b in zip(sizes, hidden) for m in (nn.Linear(a, b), nn.ReLU())]  # noqa: B905
    net = nn.Sequential(*layers, nn.Linear(hidden[-1], 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    loss_function = nn.BCEWithLogitsLoss()

    def train() -> float:
        total = torch.zeros(())
        for _ in range(EPOCHS):
            total.zero_()
            for rows in torch.randperm(len(X)).split(batch_size):
                loss = loss_function(net(X[rows]), y[rows])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(rows)
        return float(total) / len(X)

    loss, found = timed(train)
    return {**found, "steps": EPOCHS * -(-len(y) // batch_size), "loss": loss}


def compared(runs: dict[str, list[Results]]) -> Results:
    """Return milliseconds per step of each side, and of PyTorch at its better over ours."""
    missing = {s: r["reason"] for s, each in runs.items() for r in each if "reason" in r}
    if missing:
        return {"reason": missing}
    found: Results = {"steps": runs[US][0]["steps"], "rows": ROWS, "table": "adult"}
    found["loss"] = {side: each[-1]["loss"] for side, each in runs.items()}
    for unit in ("seconds", "cpu_seconds"):
        found[f"milliseconds_{unit}"] = {
            side: statistics.median(1e3 * run[unit] / run["steps"] for run in each)
            for side, each in runs.items()
        }
    best = [min(run["seconds"] for run in each) for each in _turns(runs)]
    ratios = [one / run["seconds"] for one, run in zip(best, runs[US], strict=True)]
    return {**found, "faster": statistics.median(ratios), "range": [min(ratios), max(ratios)]}


def _turns(runs: dict[str, list[Results]]) -> Iterator[list[Results]]:
    """Yield PyTorch's runs of each turn."""
    yield from (list(turn) for turn in zip(*(r for s, r in runs.items() if s != US), strict=True))


def _said(result: Results) -> str:
    if "reason" in result:
        return f"not measured: {result['reason']}"
    wall, cpu = result["milliseconds_seconds"], result["milliseconds_cpu_seconds"]
    each = "  ".join(f"{s}: {wall[s]:.2f} ms ({cpu[s]:.2f} of processors)" for s in wall)
    return f"{each}  {result['faster']:.2f} times"
