"""The house around the code: imports that stay cheap, arrows that run down, commands that exist."""

from __future__ import annotations

import ast
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import gridfold

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = ROOT / "README.md"
FLOORS = ("estimators", "boosting", "pipelines")
BOOSTERS = {"xgboost", "lightgbm", "catboost"}


def run(
    *command: str | Path, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def modules_after(code: str) -> set[str]:
    """The top-level modules that a new process holds after `code`."""
    code += "\nprint(*sorted({name.partition('.')[0] for name in sys.modules}))"
    prelude = f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})\n"
    done = run(sys.executable, "-c", prelude + code)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_import_gridfold_brings_nothing_heavy():
    brought = modules_after("import gridfold")
    assert "gridfold" in brought
    assert not brought & {"matplotlib", "cupy", "torch", *BOOSTERS}
    assert brought <= modules_after("import sklearn, pandas") | {"gridfold"}


def test_floor_1_brings_no_plots_and_no_other_array_library():
    brought = modules_after("from gridfold.estimators import Ridge")
    assert "numpy" in brought
    assert not brought & {"matplotlib", "cupy", "torch", *BOOSTERS}


def test_names_are_found_when_asked_for():
    code = """import gridfold
assert set(gridfold.__all__) <= set(dir(gridfold))
with gridfold.config_context(device="cpu"):
    assert gridfold.get_config()["device"] == "cpu"
gridfold.estimators.Ridge
"""
    assert "sklearn" in modules_after(code)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        gridfold.nothing  # noqa: B018


@pytest.mark.parametrize("name", gridfold.__all__)
def test_every_public_name_is_there(name):
    assert getattr(gridfold, name) is not None


def test_installed_metadata_has_the_version_of_the_code():
    try:
        installed = metadata.version("gridfold")
    except metadata.PackageNotFoundError:
        pytest.skip("gridfold is not installed here, only on the path")
    assert installed == gridfold.__version__


def test_extras_are_the_documented_ones_and_tests_need_no_torch():
    extras = PROJECT["optional-dependencies"]
    names = {"cpu", "cuda12", "cuda13", "parquet", "dask", "test"}
    assert set(extras) == names | {"bench", "bench-torch", "dev"}
    with_torch = {name for name, needs in extras.items() for need in needs if "torch" in need}
    assert with_torch == {"bench-torch"}


@pytest.mark.parametrize("name", ["demo", "test"])
def test_readme_commands_do_their_own_set_up(name):
    readme_command = runpy.run_path(str(ROOT / "tools" / "readme_command.py"))["readme_command"]
    command = readme_command(name)
    assert command.startswith("python3 -m venv .venv && ")
    (extras,) = re.findall(r"\.\[([\w,]+)\]", command)
    assert "cpu" in extras.split(",")
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])


def test_python_of_the_readme_runs_from_top_to_bottom(tmp_path):
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.+?)```", text, re.DOTALL)
    printed = "".join(re.findall(r"```text\n(.+?)```", text, re.DOTALL))
    assert len(blocks) == 5
    script = [f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})", *blocks]
    done = run(sys.executable, "-X", "utf8", "-W", "error", "-c", "\n".join(script), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed
    assert (tmp_path / "model.skops").exists()


def test_the_guide_to_shared_fits_runs_and_prints_what_it_says(tmp_path):
    text = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.+?)```", text, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.+?)```", text, re.DOTALL)
    script = f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})\n{block}"
    script += """
from sklearn import model_selection
theirs = model_selection.GridSearchCV(search.estimator, search.param_grid).fit(X, y)
for key in ("mean_test_score", "split3_test_score"):
    np.testing.assert_allclose(search.cv_results_[key], theirs.cv_results_[key], rtol=1e-12)
"""
    done = run(sys.executable, "-X", "utf8", "-W", "error", "-c", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed


def test_the_guide_to_boosting_runs_and_prints_what_it_says(tmp_path):
    pytest.importorskip("xgboost", reason="xgboost is not installed")
    text = (ROOT / "docs" / "boosting.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.+?)```", text, re.DOTALL)
    printed = "".join(re.findall(r"```text\n(.+?)```", text, re.DOTALL))
    script = [f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r})", *blocks]
    done = run(
        *(sys.executable, "-X", "utf8", "-W", "error", "-c", "\n".join(script)),
        cwd=tmp_path,
        OMP_NUM_THREADS="1",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == printed


@pytest.fixture
def broken(tmp_path):
    """The checkout that git makes with core.symlinks=false: each link is a small text file."""
    for name in ("setup.py", "conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    package = tmp_path / "src" / "gridfold"
    package.mkdir(parents=True)
    for name in FLOORS:
        (package / name).write_text(f"../../{name}", encoding="utf-8")
        shutil.copytree(ROOT / name, tmp_path / name)
    tests = tmp_path / "tests"
    tests.mkdir()
    (tests / "test_nothing.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
    return tmp_path


def test_build_stops_without_links(broken):
    done = run(sys.executable, "setup.py", "--version", cwd=broken)
    assert done.returncode == 1
    assert "git config core.symlinks true" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_test_run_stops_without_links(broken):
    done = run(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", cwd=broken)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "git config core.symlinks true" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Each import in a file of a floor as (floor, "") or ("", module of elsewhere)."""
    inside = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (("", alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield "", str(node.module).partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            base = [*inside[: len(inside) - node.level + 1], *(node.module or "").split(".")]
            yield base[0] or node.names[0].name, ""


@pytest.mark.parametrize("floor", FLOORS)
def test_arrows_run_down_and_are_relative(floor):
    above = FLOORS[FLOORS.index(floor) + 1 :]
    faults = [
        f"{path.relative_to(ROOT)} imports {target or module}"
        for path in sorted((ROOT / floor).rglob("*.py"))
        for target, module in imports(path)
        if target in above or module in ("gridfold", *FLOORS)
    ]
    assert not faults


def test_libraries_that_may_be_missing_are_imported_in_their_one_place():
    faults = [
        f"{path.relative_to(ROOT)} imports {module}"
        for floor in FLOORS
        for path in sorted((ROOT / floor).rglob("*.py"))
        for _, module in imports(path)
        if (module in BOOSTERS and floor != "boosting")
        or (module == "cupy" and path != ROOT / "estimators" / "arrays.py")
    ]
    assert not faults
