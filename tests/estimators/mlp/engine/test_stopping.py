"""When training stops: scikit-learn's rules, and ours beside them."""

from __future__ import annotations

import numpy as np

from gridfold.estimators.mlp.engine.stopping import Progress, Stopping


def run(rule, losses, scores=None, rate=0.1):
    progress, best = Progress(), []
    for i, loss in enumerate(losses):
        score = None if scores is None else scores[i]
        best.append(progress.after_epoch(rule, rate, loss, score, 10))
        if progress.stopped:
            break
    return progress, best


def test_it_stops_after_more_epochs_than_patience_without_improvement():
    progress, _ = run(Stopping(tol=0.1, patience=2), [3.0, 2.0, 1.95, 1.94, 1.93, 1.0])
    assert progress.stopped == "loss"
    assert progress.n_epochs == 5
    assert progress.best_loss == 1.93
    assert progress.n_seen == 50


def test_an_improvement_starts_the_count_anew():
    progress, _ = run(Stopping(tol=0.1, patience=2), [3.0, 2.95, 2.94, 2.0, 1.99, 1.98])
    assert progress.stopped is None
    assert progress.no_improvement == 2


def test_infinite_patience_never_stops():
    progress, _ = run(Stopping(patience=np.inf), [1.0] * 50)
    assert progress.stopped is None


def test_the_best_of_equal_epochs_is_the_first_or_the_latest():
    scores = [0.1, 0.5, 0.5, 0.4]
    first, best = run(Stopping(monitor="score", patience=9), [1.0] * 4, scores)
    assert first.best_epoch == 2
    assert best == [True, True, False, False]
    latest, best = run(Stopping(monitor="score", patience=9, latest=True), [1.0] * 4, scores)
    assert latest.best_epoch == 3
    assert best == [True, True, True, False]
    assert latest.best_score == 0.5
    assert latest.scores == scores


def test_a_score_is_watched_instead_of_the_loss():
    progress, _ = run(
        Stopping(monitor="score", tol=0.01, patience=1),
        [5.0, 4.0, 3.0, 2.0, 1.0],
        [0.5, 0.505, 0.509, 0.9, 0.9],
    )
    assert progress.stopped == "score"
    assert progress.n_epochs == 3


def test_adaptive_rates_are_cut_until_they_are_small():
    rule = Stopping(tol=0.1, patience=0, cut_factor=0.2)
    progress, _ = run(rule, [1.0] * 20, rate=1e-3)
    assert progress.stopped == "loss"
    # 1e-3 is cut five times (to 3.2e-7) before it is found to be below 1e-6.
    np.testing.assert_allclose(progress.rate_factor, 0.2**5)
    assert progress.n_epochs == 1 + 5 + 1


def test_inverse_scaling_follows_the_rows_seen():
    progress, _ = run(Stopping(inverse_power=0.5), [3.0, 2.0, 1.0])
    np.testing.assert_allclose(progress.rate_factor, 31**-0.5)


def test_a_score_that_is_not_a_number_is_never_the_best():
    progress, best = run(Stopping(monitor="score", patience=9), [1.0, 1.0], [np.nan, 0.2])
    assert best == [False, True]
    assert progress.best_epoch == 2


def test_an_equal_score_is_an_improvement_where_tol_is_0():
    """As in scikit-learn: a score counts as worse below the best + tol, and not at it."""
    rule = Stopping(monitor="score", tol=0.0, patience=1)
    progress, _ = run(rule, [1.0] * 6, [0.5] * 6)
    assert progress.stopped is None
    assert progress.no_improvement == 0
