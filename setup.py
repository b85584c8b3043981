"""Stops a build that would leave the three floors out; everything else is in pyproject.toml."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def complaint():
    """Say what is wrong with this checkout, or return None."""
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
