"""The program as a process: exit statuses, Ctrl-C, a reader that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from gridfold.pipelines.cli import main as call_main
from gridfold.pipelines.cli import predict, report
from gridfold.pipelines.cli.main import main

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
PROGRAM = [sys.executable, "-m", "gridfold"]


def start(*argv: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [*PROGRAM, *argv],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_fit_then_predict_in_new_processes(folder):
    fit = start("fit", "people.csv", "--target", "rich", "--models", "linear", "--cv", "2")
    out, err = fit.communicate()
    assert fit.returncode == 0, err
    assert "\x1b" not in out  # no colours where the output is no terminal
    answer = start("predict", "model.skops", "people.csv", "--out", "-")
    out, err = answer.communicate()
    assert answer.returncode == 0, err
    assert out.splitlines()[0] == "rich"
    assert len(out.splitlines()) == 121


def test_an_error_is_one_line_on_stderr(folder):
    fit = start("fit", "people.csv", "--target", "ritch")
    out, err = fit.communicate()
    assert fit.returncode == 2
    assert out == ""
    assert err.startswith("gridfold: error: There is no column 'ritch'")
    assert err.count("\n") == 1


@pytest.mark.skipif(os.name != "posix", reason="SIGINT cannot be sent to a process on Windows")
def test_ctrl_c_is_one_line_and_leaves_nothing(folder, people):
    people(40_000).to_csv("people.csv", index=False)
    argv = ["fit", "people.csv", "--target", "rich", "--models", "linear,neighbors", "--cv", "19"]
    # A suite run in the background ignores Ctrl-C, and so would its children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    fit = start(*argv, start_new_session=True)
    signal.signal(signal.SIGINT, before)
    line = fit.stdout.readline()
    while line and "Fitting" not in line:
        line = fit.stdout.readline()
    time.sleep(0.5)
    os.kill(fit.pid, signal.SIGINT)
    _, err = fit.communicate(timeout=60)
    assert fit.returncode == 130, err
    assert "Traceback" not in err
    assert "gridfold: error: interrupted" in err
    assert os.listdir() == ["people.csv"]


def test_ctrl_c_in_this_process(monkeypatch, folder, capsys):
    def interrupted(args):
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "run", interrupted)
    assert main(["predict", "m.skops", "t.csv"]) == 130
    assert capsys.readouterr().err == (
        "gridfold: error: interrupted; no file was written or changed.\n"
    )


def test_a_reader_that_goes_away_costs_no_model(folder):
    reader, writer = os.pipe()
    os.close(reader)
    argv = ["fit", "people.csv", "--target", "rich", "--models", "linear", "--cv", "2"]
    fit = subprocess.run(
        [*PROGRAM, *argv], env=ENVIRONMENT, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    assert (fit.returncode, fit.stderr) == (0, "")
    assert sorted(os.listdir()) == ["model.skops", "people.csv"]


def test_a_report_that_cannot_be_printed_costs_no_model(folder, monkeypatch, capsys):
    def full(study, out):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "report", full)
    argv = ["fit", "people.csv", "--target", "rich", "--models", "linear", "--cv", "2"]
    assert main(argv) == 2
    assert capsys.readouterr().err == "gridfold: error: the output: No space left on device.\n"
    assert "model.skops" in os.listdir()


def test_closed_streams_do_not_matter(folder, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    argv = ["fit", "people.csv", "--target", "rich", "--models", "linear", "--cv", "2"]
    assert main(argv) == 0
    sys.stdout.close()
    sys.stderr.close()


def test_an_error_of_ours_is_not_hidden(monkeypatch, folder):
    def broken(args):
        raise ZeroDivisionError

    monkeypatch.setattr(predict, "run", broken)
    with pytest.raises(ZeroDivisionError):
        main(["predict", "m.skops", "t.csv"])
    assert call_main is main
