"""The classic estimators on a GPU: agreement with the CPU, copies, seconds beside scikit-learn."""

from __future__ import annotations

import statistics
import traceback
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from differences import difference
from estimator_cases import Subject, Synthetic
from estimator_cases.sides import THEM, US, make

from gridfold.estimators.arrays import to_numpy

from .device import Device
from .host_copies import HostCopies
from .rows import draw

Results = dict[str, Any]
AGREEMENT_ROWS, TRY_ROWS = 2_000, 600
LONG = 3.0  # seconds, after which a side is not asked again
SAMPLE = 20_000  # rows of the answers that are compared


def measure(subject: Subject, device: Device, repeat: int) -> Results:
    """Return how an estimator agrees, and its seconds; or the reason why it could not be asked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {
                "gemm": subject.gemm,
                "agreement": agreement(subject, device),
                **timings(subject, device, repeat),
            }
    except (
        Exception
    ) as error:  # of whatever kind: the minutes on the machine are for the others too
        traceback.print_exc()
        return {"reason": f"{type(error).__name__}: {error}".splitlines()[0][:300]}
    finally:
        device.clear()


def agreement(subject: Subject, device: Device) -> Results:
    """Return how far the answers on the device are from those on the CPU, for new rows.

    A model is fitted from NumPy with `device`, and from arrays on the device without; for these the
    rows are noted that came through the host on the way.
    """
    X, y, Q = _rows(subject, AGREEMENT_ROWS if device.on_gpu else TRY_ROWS)
    host = _numbers(subject, _ours(subject).fit(X, y), Q)
    sent = _ours(subject, device.name).fit(X, y)
    there = [device.put(each) for each in (X, y, Q)]
    with HostCopies() as copies:
        kept = _ours(subject).fit(*there[:2])
        answer = _numbers(subject, kept, there[2])
        stays = type(subject.ask(kept, there[2])) is type(there[2])
    theirs = _numbers(subject, make(subject, THEM).fit(X, y), Q)
    return {
        "rows": len(X),
        "from NumPy": difference(host, np.asarray(_numbers(subject, sent, Q))),
        f"from {device.library}": difference(host, to_numpy(answer)),
        "from scikit-learn": difference(theirs, to_numpy(answer)),
        "answer stays": stays,
        "host rows": {"matrix": copies.matrix_rows, "vector": copies.vector_rows},
        "fallback": kept.fallback_ or sent.fallback_,
    }


def timings(subject: Subject, device: Device, repeat: int) -> Results:
    """Return seconds of fit and answer: scikit-learn's on the CPU, and ours on the device."""
    X, y, Q = _rows(subject, None if device.on_gpu else TRY_ROWS)
    there = [device.put(each) for each in (X, y, Q)]
    sides = {
        THEM: lambda: (make(subject, THEM), X, y, Q),
        "from NumPy": lambda: (_ours(subject, device.name), X, y, Q),
        f"from {device.library}": lambda: (_ours(subject), *there),
    }
    taken: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    last: dict[str, Any] = {}
    for _ in range(repeat + 1):
        for side, ready in sides.items():
            if taken[side] and sum(taken[side][0]) > LONG:
                continue
            model, fit = device.seconds(_fitting(*ready()[:3]))
            answer, asked = device.seconds(_asking(subject, model, ready()[3]))
            last[side] = (model, to_numpy(answer[:: -(-len(answer) // SAMPLE)]))
            taken[side].append((fit, asked))
    return {
        "rows": X.shape[0],
        "columns": X.shape[1],
        "queries": len(Q),
        "method": subject.answer,
        "seconds": {side: _medians(runs) for side, runs in taken.items()},
        "difference": {s: difference(last[THEM][1], last[s][1]) for s in sides if s != THEM},
        "objective": _objectives(subject, {s: model for s, (model, _) in last.items()}, X, y),
    }


def _rows(subject: Subject, rows: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X, y and the rows to answer for: other ones than X, or of a large X its first."""
    what: Synthetic = subject.synthetic
    if rows is None:
        X, y = draw(what)
        return X, y, X[: what.queries]
    few = replace(what, rows=rows + rows // 4, queries=rows // 4)
    X, y = draw(few)
    return X[:rows], y[:rows], X[rows:]


def _numbers(subject: Subject, model: Any, Q: Any) -> Any:
    """Return the scores behind an answer of labels, which say more than the labels do."""
    if subject.answer == "predict":
        for method in ("decision_function", "predict_proba"):
            if hasattr(model, method):
                return getattr(model, method)(Q)
    return subject.ask(model, Q)


def _ours(subject: Subject, device: str | None = None) -> Any:
    return make(subject, US).set_params(device=device)


def _fitting(model: Any, X: Any, y: Any) -> Any:
    return lambda: model.fit(X, y)


def _asking(subject: Subject, model: Any, Q: Any) -> Any:
    return lambda: subject.ask(model, Q)


def _medians(runs: list[tuple[float, float]]) -> Results:
    """Return medians without the first run, which makes kernels, unless it is the only one."""
    fit, answer = (statistics.median(part) for part in zip(*(runs[1:] or runs), strict=True))
    return {"fit": fit, "answer": answer}


def _objectives(subject: Subject, models: dict[str, Any], X: np.ndarray, y: np.ndarray) -> Results:
    """Return the objective of each side's model, computed on the host."""
    if subject.objective is None:
        return {}
    plain = {s: m if s == THEM else m.to_sklearn() for s, m in models.items()}
    return {side: subject.objective(model, X, y) for side, model in plain.items()}
