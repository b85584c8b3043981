"""The container of a model: a card, the model's bytes, and a digest of both."""

from __future__ import annotations

import zipfile

import pytest

import gridfold
from gridfold.pipelines import model_file
from gridfold.pipelines.model_file import ModelFileError, read_model_file, write_model_file


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "m.skops"
    write_model_file(path, {"form": "skops", "target": "y", "columns": []}, b"bytes")
    card, payload = read_model_file(path)
    assert payload == b"bytes"
    assert (card["target"], card["format"]) == ("y", model_file.FORMAT)
    assert len(card["sha256"]) == 64
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["gridfold.json", "model.skops"]


@pytest.mark.parametrize(
    ("made_by", "opens"),
    [
        ("0.0.1", True),
        (gridfold.__version__, True),
        (f"{gridfold.__version__}.dev3", True),
        ("999", False),
        ("10.0.0rc1", False),
    ],
)
def test_versions_are_compared_by_number(tmp_path, monkeypatch, made_by, opens):
    path = tmp_path / "m.skops"
    monkeypatch.setattr(model_file, "current_versions", lambda: {"gridfold": made_by})
    write_model_file(path, {"form": "skops"}, b"")
    if opens:
        assert read_model_file(path)[0]["versions"] == {"gridfold": made_by}
    else:
        with pytest.raises(ModelFileError, match=made_by):
            read_model_file(path)


@pytest.mark.parametrize("card", ["[]", "{}", "not json", '{"form": "skops", "format": "x"}'])
def test_a_card_that_is_none_is_damage(tmp_path, card):
    path = tmp_path / "m.skops"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gridfold.json", card)
        archive.writestr("model.skops", b"")
    with pytest.raises(ModelFileError, match="damaged"):
        read_model_file(path)
