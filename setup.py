"""Stops a build that can't come out right; everything else is in pyproject.toml."""

import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def complaint():
    """Say what is wrong with this Python or this checkout, or return None."""
    if sys.version_info < (3, 11):  # noqa: UP036 - pip asks here before it looks at requires-python
        return (
            f"gridfold needs Python 3.11 or newer, and this is {sys.version.split()[0]}: delete "
            ".venv if it is there, and name a newer Python in its place, such as python3.12."
        )
    for floor in ("estimators", "boosting", "pipelines"):
        if not (ROOT / "src" / "gridfold" / floor / "__init__.py").is_file():
            return (
                f"This checkout has no symbolic links (src/gridfold/{floor} is not a folder): run "
                "`git config core.symlinks true` (on Windows, turn on Developer Mode first) and "
                "check out again with `git checkout -- src/gridfold`."
            )
    return None


if __name__ == "__main__":
    if complaint():
        raise SystemExit(complaint())
    from setuptools import setup

    # setuptools would put modules of an earlier build, removed since, into the wheel.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    setup()
