"""What a result file says of where and with what it was measured."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = ("gridfold", "numpy", "scipy", "scikit-learn", "xgboost-cpu", "xgboost", "joblib")
OTHERS = (
    "dask-ml",
    "scikit-learn-intelex",
    "himalaya",
    "torch",
    "pytabkit",
    "lightgbm",
    "catboost",
)


def machine(before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return processor, cores, versions and date.

    `before` is a result file of which a part stays: with it stay the versions of what was
    installed then and is not now.
    """
    installed = {name: found for name in PACKAGES + OTHERS if (found := _version(name))}
    earlier = before["machine"]["versions"] if before else {}
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {**earlier, **installed},
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
