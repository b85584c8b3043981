"""Temperature scaling."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import log_loss

from gridfold.estimators.mlp.realmlp.temperature import fit_temperature, tempered


def drawn(n_rows, sharpness, seed=0):
    """Return logits that are too sure by a factor `sharpness`, and classes drawn from them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n_rows, 3))
    noise = rng.gumbel(size=(n_rows, 3))
    return sharpness * logits, np.argmax(logits + noise, axis=1)


@pytest.mark.parametrize("sharpness", [0.2, 1.0, 5.0])
def test_the_temperature_is_what_probabilities_are_too_sure_by(sharpness):
    logits, codes = drawn(20_000, sharpness)
    assert fit_temperature(logits, codes) == pytest.approx(sharpness, rel=0.05)


def test_it_minimises_the_log_loss():
    logits, codes = drawn(500, 3.0)
    best = fit_temperature(logits, codes)
    losses = [log_loss(codes, tempered(logits, t, np)) for t in (0.97 * best, best, 1.03 * best)]
    assert losses[1] < losses[0]
    assert losses[1] < losses[2]
    assert losses[1] < log_loss(codes, tempered(logits, 1.0, np))


def test_weights_count_rows():
    logits, codes = drawn(300, 2.0)
    counts = np.random.default_rng(1).integers(0, 4, size=300)
    repeated = fit_temperature(np.repeat(logits, counts, axis=0), np.repeat(codes, counts))
    # Only the targets' share of all classes goes by the number of rows.
    assert fit_temperature(logits, codes, counts.astype(float)) == pytest.approx(repeated, rel=0.02)


def test_rows_that_are_all_right_do_not_make_certain():
    """n rows, all right: the probability of the class goes to about 1 - 1 / (n + 1)."""
    logits, codes = np.tile([2.0, 0.0], (99, 1)), np.zeros(99, dtype=int)
    temperature = fit_temperature(logits, codes)
    assert tempered(logits, temperature, np)[0, 0] == pytest.approx(1 - 0.005, abs=1e-4)


def test_probabilities_by_hand(library):
    log_proba = library.put(np.log([[0.2, 0.8], [0.5, 0.5]]))
    found = library.host(tempered(log_proba, 0.5, library.xp))
    assert_allclose(found, [[0.04 / 0.68, 0.64 / 0.68], [0.5, 0.5]])
    far = library.put(np.array([[-1e5, 1e5]]))
    assert_allclose(library.host(tempered(far, 1.0, library.xp)), [[0.0, 1.0]])
