"""The tables of the classic estimators and of the GPU name what is slower, and what fell back."""

from __future__ import annotations

import estimators_table
import gpu_table
import pytest

MACHINE = {
    "date": "2026-01-01",
    "cores": 2,
    "processor": "a processor",
    "python": "3.12",
    "versions": {},
}


def timed(ratios):
    both = {"cpu_seconds": ratios, "seconds": ratios}
    return {
        "seconds": {"scikit-learn": 2.0, "gridfold": 1.0},
        "cpu_seconds": {"scikit-learn": 2.0, "gridfold": 1.0},
        "faster": {"gridfold": both},
    }


def case(name, fit, answer, **more):
    return {
        "estimator": name,
        "table": "a table",
        "rows": 5000,
        "columns": 4,
        "queries": 5000,
        "method": "predict",
        "fit": timed(fit),
        "answer": timed(answer),
        "difference": {"gridfold": 0.0},
        "objective": {"scikit-learn": 1.0, "gridfold": 1.0},
        "fallback": None,
        "reasons": {"scikit-learn-intelex": "scikit-learn-intelex has no such class"},
        **more,
    }


def estimators(*cases):
    named = {str(n): each for n, each in enumerate(cases)}
    return {"machine": MACHINE, "threads": None, "cases": named}


def test_slower_cases_are_named():
    results = estimators(
        case("Fast", [4.0, 3.9, 4.1], [1.0, 1.0, 1.0]),
        case("Slow", [0.5, 0.4, 0.6], [0.9, 0.8, 1.1]),
    )
    page = estimators_table.estimators(results)
    assert "in every round: Slow.fit on a table (0.50)." in page
    assert "not in every round: Slow.predict on a table (0.90; 0.80 to 1.10)." in page
    assert "A fit takes 1.41 times fewer" in page
    assert "Slow.fit on a table (0.50)" in estimators_table.short_estimators(results)


def test_nothing_slower_is_said_too():
    page = estimators_table.estimators(estimators(case("Fast", [4.0, 3.9, 4.1], [2.0, 1.9, 2.1])))
    assert "in every round: nothing." in page


def test_worse_optima_and_fallbacks_are_named():
    worse = {"scikit-learn": 1.0, "gridfold": 1.5}
    results = estimators(
        case("Worse", [1.0] * 3, [1.0] * 3, objective=worse, fallback="sparse X"),
        case("Alike", [1.0] * 3, [1.0] * 3),
    )
    page = estimators_table.estimators(results)
    assert "in 1 of 2 cases that have one; not in Worse on a table (+5e-01)." in page
    assert "Fitted by scikit-learn: Worse (sparse X)." in page


@pytest.fixture
def on_gpu():
    def one(seconds, rows=0, fallback=None):
        return {
            "gemm": True,
            "rows": 500_000,
            "columns": 50,
            "seconds": {
                "scikit-learn": {"fit": 1.0, "answer": 1.0},
                "from NumPy": {"fit": seconds, "answer": seconds},
                "from CuPy": {"fit": seconds, "answer": seconds},
            },
            "agreement": {
                "rows": 2000,
                "from NumPy": 1e-9,
                "from CuPy": 2e-9,
                "answer stays": True,
                "host rows": {"matrix": rows, "vector": 0},
                "fallback": fallback,
            },
        }

    return {
        "machine": {**MACHINE, "device": "a GPU", "cuda": {"cupy": "14"}},
        "library": "CuPy",
        "seconds": 100.0,
        "limit": {"cores": 16},
        "estimators": {
            "Fast": one(0.01),
            "Slow": one(0.5, rows=2000),
            "Broken": {"reason": "ValueError: no"},
        },
        "mlp": {"step": {"reason": "out of time"}},
    }


def test_the_gpu_page_names_what_is_slow_copied_or_missing(on_gpu):
    page = gpu_table.gpu(on_gpu)
    assert "1 of the 2 estimators" in page and "not Slow (2.0)." in page
    slow = next(line for line in page.splitlines() if line.startswith("| Slow"))
    assert slow.endswith("2e-09 | matrix |")
    assert "Broken (ValueError: no)" in page
    assert "The MLP's step: not measured (out of time)." in page
    assert "On a GPU (cupy 14)" in gpu_table.short_gpu(on_gpu)
