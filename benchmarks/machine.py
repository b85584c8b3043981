"""What a result file says of where and with what it was measured."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import PackageNotFoundError, version

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


def machine() -> dict[str, object]:
    """Return processor, cores, versions and date."""
    return {
        "date": datetime.date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: found for name in PACKAGES + OTHERS if (found := _version(name))},
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
