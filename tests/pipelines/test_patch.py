"""Patching scikit-learn, from code and for a whole script."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sklearn import model_selection

import gridfold
from gridfold.pipelines import search
from gridfold.pipelines.patch import PATCHED

SCRIPT = """
import sys
import numpy as np
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, cross_val_score

random = np.random.default_rng(0)
X, y = random.normal(size=(60, 3)), random.normal(size=60)
search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3, n_jobs=2).fit(X, y)
print(hasattr(search, "plan_"), HalvingGridSearchCV.__module__.partition(".")[0], sys.argv[1:])
print(__name__, __file__.endswith("script.py"))
if "fail" in sys.argv:
    raise ValueError("of the script")
if "leave" in sys.argv:
    sys.exit(7)
"""


@pytest.fixture
def patched():
    gridfold.patch_sklearn()
    yield
    gridfold.unpatch_sklearn()


def test_names_of_scikit_learn_are_ours_until_they_are_put_back():
    theirs = {name: vars(model_selection).get(name) for name in PATCHED}
    gridfold.patch_sklearn()
    gridfold.patch_sklearn()
    try:
        for name in PATCHED:
            assert getattr(model_selection, name) is getattr(search, name)
    finally:
        gridfold.unpatch_sklearn()
    for name, original in theirs.items():
        assert original is None or getattr(model_selection, name) is original
    assert model_selection.GridSearchCV.__module__.startswith("sklearn.")


def test_modules_that_imported_before_are_served_too(monkeypatch):
    module = type(sys)("a_users_module")
    module.GridSearchCV = model_selection.GridSearchCV
    monkeypatch.setitem(sys.modules, "a_users_module", module)
    gridfold.patch_sklearn()
    assert module.GridSearchCV is search.GridSearchCV
    gridfold.unpatch_sklearn()
    assert module.GridSearchCV is model_selection.GridSearchCV


def test_who_imported_ours_keeps_it(monkeypatch):
    module = type(sys)("a_users_module")
    module.GridSearchCV = search.GridSearchCV
    monkeypatch.setitem(sys.modules, "a_users_module", module)
    gridfold.patch_sklearn()
    gridfold.unpatch_sklearn()
    assert module.GridSearchCV is search.GridSearchCV


def test_scikit_learns_own_modules_keep_their_classes(patched):
    from sklearn.model_selection import _search

    assert _search.GridSearchCV.__module__ == "sklearn.model_selection._search"


def run_script(folder, *arguments):
    script = folder / "script.py"
    script.write_text(SCRIPT)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "gridfold", "run", str(script), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_script_is_run_with_our_search(tmp_path):
    done = run_script(tmp_path, "--depth", "3", "x")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "True gridfold ['--depth', '3', 'x']\n__main__ True\n"


def test_errors_and_exit_statuses_are_the_scripts_own(tmp_path):
    failed = run_script(tmp_path, "fail")
    assert failed.returncode == 1
    assert failed.stderr.startswith("Traceback")
    assert failed.stderr.endswith("ValueError: of the script\n")
    assert run_script(tmp_path, "leave").returncode == 7


def test_a_script_that_is_not_there_is_one_line(tmp_path):
    command = [sys.executable, "-m", "gridfold", "run", str(tmp_path / "gone.py")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("gridfold: error: ")
    assert done.stderr.count("\n") == 1
