"""RealMLP in files that are safe to open."""

from __future__ import annotations

import pytest
from numpy.testing import assert_array_equal

import gridfold

from .conftest import quick_classifier


def test_a_model_goes_through_a_file_that_is_safe_to_open(tmp_path, table):
    pytest.importorskip("skops", reason="skops is not installed")
    X, _, label = table
    model = quick_classifier(n_epochs=2).fit(X, label)
    gridfold.save(model, tmp_path / "model.skops")
    loaded = gridfold.load(tmp_path / "model.skops")
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
