"""scikit-learn's callbacks on RealMLP: they hear of the fit and of every epoch."""

from __future__ import annotations

import pytest

from estimators.mlp.recorder import Recorder

from .conftest import numbers, quick_classifier, quick_regressor


@pytest.mark.parametrize("make", [quick_classifier, quick_regressor])
def test_each_epoch_is_told_with_the_model_as_it_is_then(make):
    X, value, label = numbers(120)
    y = label if make is quick_classifier else value
    params = {"validation_fraction": 0.0, "n_epochs": 3}
    recorder = Recorder()
    model = make(**params).set_callbacks(recorder).fit(X, y)
    assert recorder.events == [
        ("setup", "fit"),
        ("begin", "fit", 0),
        *[(hook, "epoch", i) for i in range(3) for hook in ("begin", "end")],
        ("end", "fit", 0),
        ("teardown", "fit"),
    ]
    assert recorder.scores[-1] == pytest.approx(model.score(X, y), rel=1e-5)
    assert len(set(recorder.scores)) > 1
    silent = make(**params).fit(X, y)
    assert silent.score(X, y) == model.score(X, y)


def test_a_callback_may_stop_the_training():
    X, value, _ = numbers(120)
    model = quick_regressor().set_callbacks(Recorder(last=2)).fit(X, value)
    assert model.n_epochs_ == 2
