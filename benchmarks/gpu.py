"""The estimators and the MLP on a GPU: agreement with the CPU, and seconds beside scikit-learn.

    python benchmarks/gpu.py [--device cuda] [--repeat 3] [--seconds 440] [--out FILE] [CASE ...]

One call runs everything, within --seconds: what is not begun by then is "out of time". Needs CuPy,
and for the steps beside PyTorch's a build of it for CUDA. The estimators' rows are drawn; the MLP's
are a real table's where GRIDFOLD_DATA has one. Writes results/gpu.json after each case. With
--device cpu everything runs on the CPU, small, with PyTorch's arrays in the place of CuPy's, and
without a file unless --out names one: to see that the script works. A CASE is "mlp" or the name of
an estimator.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from estimator_cases import SUBJECTS
from gpu_cases import estimators, mlp
from gpu_cases.device import Device, NotesKept
from machine import machine

import gridfold.estimators

PATH = Path(__file__).parent / "results" / "gpu.json"
Results = dict[str, Any]


def measure(device: Device, options: argparse.Namespace) -> Iterator[tuple[str, str, Results]]:
    """Yield kind, name and result of each case; the estimators first, the MLP last."""
    end = time.perf_counter() + options.seconds
    for subject in SUBJECTS:
        if options.cases and subject.name not in options.cases:
            continue
        if not hasattr(gridfold.estimators, subject.name):
            yield "estimators", subject.title, {"reason": "gridfold does not have it"}
        elif time.perf_counter() > end:
            yield "estimators", subject.title, {"reason": "out of time"}
        else:
            found = estimators.measure(subject, device, options.repeat)
            yield "estimators", subject.title, found
    if not options.cases or "mlp" in options.cases:
        for name, run in mlp.parts(device, options.repeat).items():
            late = time.perf_counter() > end
            yield "mlp", name, {"reason": "out of time"} if late else run()


def main() -> None:
    """Run all cases on the device named; print them, and write the result file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("--device", default="cuda", help="cuda, cuda:1, ..., or cpu for a try")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=440.0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    device = Device(options.device)
    said: list[str] = []
    found: Results = {
        "machine": {**machine(), **device.described()},
        "library": device.library,
        "seconds": 0.0,
        "limit": limits(device),
        "estimators": {},
        "mlp": {},
        "notes": said,
    }
    out = options.out or (PATH if device.on_gpu else None)
    start = time.perf_counter()
    with NotesKept(said):
        for kind, name, result in measure(device, options):
            found[kind][name] = result
            found["seconds"] = time.perf_counter() - start
            print(f"{found['seconds']:4.0f} s  {line(name, result)}", flush=True)
            if out is not None:
                out.write_text(json.dumps(found, indent=1) + "\n")
    print("\n".join(said))


def limits(device: Device) -> Results:
    """Return the operations per second of large matrix products, and the cores of the CPU."""
    n = 8192 if device.on_gpu else 512
    products = {np.dtype(t).name: device.products_per_second(n, t) for t in (np.float32, float)}
    return {"matrix products": products, "cores": os.cpu_count()}


def line(name: str, result: Results) -> str:
    """Return what a case came to, in one line."""
    if "reason" in result:
        return f"{name}: {result['reason']}"
    if "seconds" not in result or "agreement" not in result:
        return f"{name}: {json.dumps(result)}"
    shown = [f"{s} {t['fit']:.3f} + {t['answer']:.3f} s" for s, t in result["seconds"].items()]
    return f"{name}: {', '.join(shown)}; {json.dumps(result['agreement'])}"


if __name__ == "__main__":
    main()
