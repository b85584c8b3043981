"""Run the suite on the oldest and the newest versions supported, each in its own environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUITES = {
    "3.11": ["xgboost-cpu==3.2.*"],
    "3.12": ["xgboost-cpu>=3.4"],
}


def candidates(version: str) -> list[str]:
    """Return where an interpreter may be: on PATH, else among those of pyenv."""
    on_path = shutil.which(f"python{version}")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    patches = (pyenv / "versions").glob(f"{version}.*/bin/python")
    return [*([on_path] if on_path else []), *map(str, patches)]


def runs(python: str, version: str) -> bool:
    """Whether it starts and is of that version: a shim of pyenv may be there and refuse."""
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    answer = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=False)
    return answer.stdout.strip() == version


def interpreter(version: str) -> str:
    """Return a Python of that version, or stop with a sentence."""
    for python in candidates(version):
        if runs(python, version):
            return python
    raise SystemExit(f"There is no Python {version} here, neither on PATH nor among pyenv's.")


def run_suite(version: str, python: str, pytest_args: list[str]) -> int:
    """Set the environment up, and run the suite in it."""
    env = ROOT / f".venv-{version}"
    inside = env / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not inside.exists():
        subprocess.run([python, "-m", "venv", env], check=True)
    install = [inside, "-m", "pip", "install", "--quiet", "--upgrade", "-e", ".[cpu,test]"]
    subprocess.run([*install, *SUITES[version]], check=True, cwd=ROOT)
    subprocess.run([inside, "-m", "pip", "freeze", "--exclude-editable"], check=True)
    return subprocess.run([inside, "-m", "pytest", *pytest_args], cwd=ROOT, check=False).returncode


def main() -> None:
    """Find every interpreter first, then run; fail if any suite fails."""
    found = {version: interpreter(version) for version in SUITES}
    failed = [v for v, python in found.items() if run_suite(v, python, sys.argv[1:])]
    if failed:
        raise SystemExit(f"The suite fails on Python {' and '.join(failed)}.")


if __name__ == "__main__":
    main()
