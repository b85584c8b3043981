"""The cache of streamed rows: a full disk, Ctrl-C and other ends leave nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections import namedtuple

import pytest

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from gridfold.boosting import XGBRegressor  # noqa: E402
from gridfold.boosting.large import budget, stream  # noqa: E402
from gridfold.boosting.large.stream import Streamed, require_disk  # noqa: E402

from .parquet import SMALL, make_table, write  # noqa: E402

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a folder of files, whose cache must be gone when the test ends."""
    monkeypatch.setattr(budget, "_MOST_ROWS", 70)
    monkeypatch.setattr(budget, "_LEAST_ROWS", 70)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    yield write(make_table(), tmp_path / "rows", "numbers")
    assert not list((tmp_path / "cache").iterdir())


def test_a_full_disk_is_an_error_before_it_is_written_to(folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10, 10, 0))
    with pytest.raises(OSError, match=r"too full to cache.*Set TMPDIR"):
        XGBRegressor(**SMALL).fit(folder, "amount")


def test_a_disk_that_others_fill_is_an_error_in_the_midst(folder, monkeypatch):
    free = iter([2**40] * 8)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(10, 10, next(free, 0)))
    model = XGBRegressor(**SMALL)
    with pytest.raises(OSError, match="too full to cache"):
        model.fit(folder, "amount")
    assert not model.__sklearn_is_fitted__()


def test_what_the_cache_takes_must_be_free(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(3 * 2**30, 2**30, 2**31))
    assert require_disk(str(tmp_path), 2.0**31) is None
    with pytest.raises(OSError, match="too full to cache"):
        require_disk(str(tmp_path), 2.0**31 + 1)


@pytest.mark.parametrize("batch", [0, 3, 20, 40])
def test_an_interrupt_while_rows_are_read(folder, monkeypatch, batch):
    read, numbers = Streamed.batches, iter(range(1000))

    def batches(self):
        for each in read(self):
            if next(numbers) == batch:
                os.kill(os.getpid(), signal.SIGINT)
            yield each

    monkeypatch.setattr(Streamed, "batches", batches)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            XGBRegressor(**SMALL).fit(folder, "amount")
    finally:
        signal.signal(signal.SIGINT, before)
    assert next(numbers) > batch


class Interrupt(xgboost.callback.TrainingCallback):
    """Interrupts the training in its third round."""

    def after_iteration(self, model, epoch, evals_log):
        if epoch == 2:
            raise KeyboardInterrupt
        return False


def test_an_interrupt_of_the_training(folder):
    with pytest.raises(KeyboardInterrupt):
        XGBRegressor(**SMALL, callbacks=[Interrupt()]).fit(folder, "amount")


def test_an_error_in_a_batch_is_that_error(folder, monkeypatch):
    def broken(self):
        yield from ()
        raise ValueError("a broken page")

    monkeypatch.setattr(Streamed, "batches", broken)
    with pytest.raises(ValueError, match="a broken page"):
        XGBRegressor(**SMALL).fit(folder, "amount")


def test_rows_that_went_missing_between_two_passes_are_an_error(folder, monkeypatch):
    read = Streamed.batches
    monkeypatch.setattr(
        Streamed, "batches", lambda self: (each for i, each in enumerate(read(self)) if i)
    )
    with pytest.raises(RuntimeError, match=r"ended after \d+ of 900 rows"):
        XGBRegressor(**SMALL).fit(folder, "amount")


def test_the_cache_is_where_temporary_files_are(folder, tmp_path, monkeypatch):
    seen = []
    build = stream._built
    monkeypatch.setattr(
        stream,
        "_built",
        lambda batches, *args, **kw: (
            build(batches, *args, **kw),
            seen.extend((tmp_path / "cache").rglob("*.page")),
        )[0],
    )
    XGBRegressor(**SMALL).fit(folder, "amount")
    assert seen
