"""`gridfold demo`: needs no file and writes none."""

from __future__ import annotations

import os

import gridfold as library


def test_it_shows_a_search_and_writes_nothing(gridfold):
    run = gridfold("demo", "--models", "linear", "--cv", "2", "--device", "cpu")
    assert run.status == 0, run.err
    assert "569 tumours" in run.out
    assert "Leaderboard" in run.out and "saved" in run.out
    assert os.listdir() == ["people.csv"]


def test_its_model_can_be_kept(gridfold):
    run = gridfold("demo", "--models", "linear", "--cv", "2", "--out", "demo.skops")
    assert run.status == 0, run.err
    assert list(library.load("demo.skops").classes_) == ["benign", "malignant"]
