"""Arguments: defaults, and errors of one line."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gridfold import __version__
from gridfold.pipelines.cli.arguments import make_parser


def test_defaults_are_those_of_the_manual():
    args = make_parser().parse_args(["fit", "t.csv", "--target", "y"])
    assert (args.cv, args.test_size, args.device, args.seed) == (5, 0.2, "auto", 0)
    assert (args.task, args.models, args.scoring, args.out) == ("auto", None, None, "model.skops")
    args = make_parser().parse_args(["predict", "m.skops", "t.csv"])
    assert (args.out, args.proba, args.device, args.trusted) == (
        "predictions.csv",
        False,
        None,
        False,
    )
    assert make_parser().parse_args(["demo"]).out is None


def test_lists_have_commas_and_families_their_order():
    args = make_parser().parse_args(
        ["fit", "t.csv", "--target", "y", "--models", "boosting, linear", "--text", "a,b"]
    )
    assert args.models == ["linear", "boosting"]
    assert args.text == ["a", "b"]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "COMMAND"),
        (["fits"], "invalid choice"),
        (["fit", "people.csv"], "--target"),
        (["fit", "people.csv", "--target", "y", "--cv", "1"], "at least 2"),
        (["fit", "people.csv", "--target", "y", "--cv", "x"], "at least 2"),
        (["fit", "people.csv", "--target", "y", "--test-size", "1"], "between 0 and 1"),
        (["fit", "people.csv", "--target", "y", "--test-size", "nan"], "between 0 and 1"),
        (["fit", "people.csv", "--target", "y", "--models", "forest"], "linear, neighbors"),
        (["fit", "people.csv", "--target", "y", "--task", "clustering"], "invalid choice"),
        (["fit", "people.csv", "--target", "y", "--seed", "-1"], "--seed"),
    ],
)
def test_errors_are_one_line(gridfold, complaint, argv, words):
    assert words in complaint(gridfold(*argv))


def test_help_and_version(gridfold):
    run = gridfold("--help")
    assert run.status == 0
    assert all(command in run.out for command in ("demo", "fit", "predict"))
    assert gridfold("--version").out == f"gridfold {__version__}\n"


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "from gridfold.pipelines.cli import main\n"
        "assert main(['fit', '--help']) == 0\n"
        "heavy = {'numpy', 'pandas', 'sklearn', 'scipy', 'rich', 'skops', 'xgboost'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
