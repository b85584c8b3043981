"""Build the wheel, look into it, install it into a new environment and import it there."""

import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
FLOORS = ("estimators", "boosting", "pipelines")

IMPORTED = """
import importlib, pathlib, sys
import gridfold
assert pathlib.Path(gridfold.__file__).is_relative_to(sys.prefix), gridfold.__file__
for floor in sys.argv[1:]:
    importlib.import_module(f"gridfold.{floor}")
gridfold.estimators.Ridge().fit([[0.0], [1.0]], [0.0, 1.0]).predict([[2.0]])
print(f"gridfold {gridfold.__version__} was imported from {gridfold.__file__}")
"""


def expected() -> set[str]:
    """Return what the wheel must hold besides its own records: every module, and py.typed."""
    package = SOURCE / "gridfold"
    files = [package / "py.typed", *package.glob("*.py")]
    for floor in FLOORS:
        files += [p for p in (package / floor).rglob("*.py") if "__pycache__" not in p.parts]
    return {path.relative_to(SOURCE).as_posix() for path in files}


def build(folder: Path) -> Path:
    """Build an sdist, and the wheel from it, in isolation; return the wheel."""
    subprocess.run([sys.executable, "-m", "build", "--outdir", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def compare(wheel: Path) -> None:
    """Stop unless the wheel holds exactly the modules of the tree."""
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    print(*sorted(held), sep="\n")
    wanted = expected()
    faults = [f"  missing: {name}" for name in sorted(wanted - held)]
    faults += [f"  not of the tree: {name}" for name in sorted(held - wanted)]
    if faults:
        raise SystemExit("\n".join([f"{wheel.name} is not the tree:", *faults]))


def try_out(wheel: Path, folder: Path) -> None:
    """Install the wheel alone into a new environment; its dependencies come from this one."""
    new = folder / "venv"
    venv.create(new)
    scripts = new / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", wheel], check=True)
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    # A folder named in a .pth file comes after the new site-packages, and its own .pth files (the
    # link of an editable install to the tree) are not read.
    borrowed = Path(site.stdout.strip()) / "borrowed.pth"
    borrowed.write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    subprocess.run([python, "-I", "-c", IMPORTED, *FLOORS], check=True, cwd=folder)


def main() -> None:
    """Do all of it in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        wheel = build(folder / "dist")
        compare(wheel)
        try_out(wheel, folder)


if __name__ == "__main__":
    main()
