"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
import sys

import pytest

from gridfold.estimators.files import WriteError, check_writable, whole_file


def test_the_new_content_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "out.txt"
    path.write_text("old")
    path.chmod(0o640)
    with whole_file(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["out.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
@pytest.mark.parametrize("before", [None, "old"])
def test_an_interruption_leaves_what_was_there(tmp_path, error, before):
    path = tmp_path / "out.txt"
    if before:
        path.write_text(before)
    with pytest.raises(error), whole_file(path) as file:
        file.write(b"half")
        raise error
    assert os.listdir(tmp_path) == (["out.txt"] if before else [])
    assert not before or path.read_text() == before


def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / "out.txt"
    path.write_text("old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="No space left"), whole_file(path) as file:
        file.write(b"new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "target").write_text("old")
    (tmp_path / "link").symlink_to("target")
    with whole_file(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_a_writable_path_is_left_untouched(tmp_path):
    assert check_writable(tmp_path / "out.txt") == tmp_path / "out.txt"
    assert os.listdir(tmp_path) == []


def test_what_cannot_be_written_is_found_out_before(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="there is no folder"):
        check_writable(tmp_path / "missing" / "out.txt")
    with pytest.raises(WriteError, match="there is no folder"):
        check_writable(tmp_path / "file" / "out.txt")
    with pytest.raises(WriteError, match="it is a folder"):
        check_writable(tmp_path)
    with pytest.raises(WriteError, match="names no file"):
        check_writable("")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder nobody can write to")
def test_a_folder_that_takes_no_files_is_found_out_before():
    with pytest.raises(WriteError, match=r"Cannot write /proc/out\.txt"):
        check_writable("/proc/out.txt")


@pytest.mark.skipif(not os.path.exists("/dev/null"), reason="needs a device file")
def test_a_device_is_not_replaced():
    with pytest.raises(WriteError, match="no plain file"):
        check_writable("/dev/null")
