"""Updates of flat weights against scikit-learn's and PyTorch's optimizers, step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from gridfold.estimators.mlp.engine import optimizers as module
from gridfold.estimators.mlp.engine.optimizers import (
    RULES,
    Rule,
    new_state,
    step_epsilons,
    step_rates,
    update,
)

N_STEPS = 8
SGD = {
    "plain": Rule(),
    "momentum": Rule(momentum=0.9),
    "nesterov": Rule(momentum=0.7, nesterov=True),
}
RULES_AND_MORE = {
    **RULES,
    **SGD,
    "rmsprop with momentum": Rule(beta_2=0.9, momentum=0.8),
    "adam of torch": replace(RULES["adam"], corrected_epsilon=True),
}


def start_and_gradients(n_models=1, n_weights=40, seed=0):
    rng = np.random.default_rng(seed)
    gradients = rng.normal(size=(N_STEPS, n_models, n_weights)) * 10.0 ** rng.integers(-9, 2)
    gradients[:, :, 0] = 0.0  # a weight that nothing moves
    return rng.normal(size=(n_models, n_weights)), gradients


def steps(rule, start, gradients, rates, decay=None, first=1, library=None, **options):
    """Weights after each update; rates and decay of shape (n_steps, n_models or 1, 1 or more)."""
    from array_api_compat import numpy as numpy_namespace

    put = np.array if library is None else lambda a: library.xp.asarray(library.put(a), copy=True)
    xp = numpy_namespace if library is None else library.xp
    weights = put(start)
    state = new_state(rule, weights, xp)
    found = []
    for i, gradient in enumerate(gradients):
        more = dict(options)
        if rule.corrected_epsilon:
            more["epsilon"] = put(step_epsilons(rule, np.full((len(start), 1), first + i)))
        shrink = None if decay is None else put(np.asarray(decay[i], dtype=start.dtype))
        rate = step_rates(rule, rates[i], first + i).astype(start.dtype)
        answer = update(rule, weights, put(gradient), state, put(rate), shrink, xp=xp, **more)
        assert answer[0] is weights and answer[1] is state
        found.append(np.array(weights) if library is None else library.host(weights).copy())
    return np.stack(found)


def sklearn_steps(optimizer, start, gradients):
    weights = start.copy()
    found = []
    for i, gradient in enumerate(gradients):
        optimizer([weights], i).update_params([weights], [gradient])
        found.append(weights.copy())
    return np.stack(found)


@pytest.mark.parametrize("name", SGD)
def test_sgd_is_that_of_scikit_learn(name):
    rule, (start, gradients) = SGD[name], start_and_gradients()
    rates = np.linspace(0.1, 0.02, N_STEPS)[:, None, None]  # a schedule: the velocity keeps rates
    theirs = SGDOptimizer([start], 0.1, momentum=rule.momentum, nesterov=rule.nesterov)

    def at(params, step):
        theirs.learning_rate = float(rates[step, 0, 0])
        return theirs

    assert_allclose(
        steps(rule, start, gradients, rates), sklearn_steps(at, start, gradients), rtol=1e-12
    )


@pytest.mark.parametrize("beta_1, beta_2, epsilon", [(0.9, 0.999, 1e-8), (0.0, 0.95, 1e-3)])
@pytest.mark.parametrize("seed", range(3))
def test_adam_is_that_of_scikit_learn(seed, beta_1, beta_2, epsilon):
    start, gradients = start_and_gradients(seed=seed)
    theirs = AdamOptimizer([start], 0.03, beta_1=beta_1, beta_2=beta_2, epsilon=epsilon)
    rule = Rule(beta_1=beta_1, beta_2=beta_2, epsilon=epsilon, corrected=True)
    rates = np.full((N_STEPS, 1, 1), 0.03)
    expected = sklearn_steps(lambda params, step: theirs, start, gradients)
    assert_allclose(steps(rule, start, gradients, rates), expected, rtol=1e-12)


def torch_steps(make, start, gradients):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    weights = torch.tensor(start, requires_grad=True)
    optimizer = make(torch.optim, [weights])
    found = []
    for gradient in gradients:
        weights.grad = torch.tensor(gradient)
        optimizer.step()
        found.append(weights.detach().numpy().copy())
    return np.stack(found)


TORCH = {
    "nesterov": (SGD["nesterov"], "SGD", {"momentum": 0.7, "nesterov": True}),
    "adam": (RULES_AND_MORE["adam of torch"], "Adam", {"eps": 1e-8}),
    "adamw": (
        replace(RULES["adamw"], corrected_epsilon=True, epsilon=1e-4, beta_1=0.8),
        "AdamW",
        {"weight_decay": 0.1, "eps": 1e-4, "betas": (0.8, 0.999)},
    ),
    "rmsprop": (RULES["rmsprop"], "RMSprop", {"alpha": 0.99}),
    "rmsprop with momentum": (
        RULES_AND_MORE["rmsprop with momentum"],
        "RMSprop",
        {"alpha": 0.9, "momentum": 0.8},
    ),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", TORCH)
def test_updates_are_those_of_torch(name, seed):
    rule, optimizer, options = TORCH[name]
    start, gradients = start_and_gradients(seed=seed)
    expected = torch_steps(
        lambda optim, params: getattr(optim, optimizer)(params, lr=0.05, **options),
        start,
        gradients,
    )
    decay = None
    if "weight_decay" in options:
        decay = np.full((N_STEPS, 1, 1), 0.05 * options["weight_decay"])
    rates = np.full((N_STEPS, 1, 1), 0.05)
    assert_allclose(steps(rule, start, gradients, rates, decay), expected, rtol=1e-12)


@pytest.mark.parametrize("name", RULES_AND_MORE)
def test_any_library_does_the_same(name, foreign):
    rule, (start, gradients) = RULES_AND_MORE[name], start_and_gradients(n_models=3)
    rates = np.linspace(0.1, 0.3, 3 * N_STEPS).reshape(N_STEPS, 3, 1)
    found = steps(rule, start, gradients, rates, rates / 10, library=foreign)
    assert_allclose(found, steps(rule, start, gradients, rates, rates / 10), rtol=1e-12)


@pytest.mark.parametrize("block", [1, 7, 40, 90, 1000])
@pytest.mark.parametrize("name", RULES_AND_MORE)
def test_blocks_change_nothing(name, block, monkeypatch):
    rule, (start, gradients) = RULES_AND_MORE[name], start_and_gradients(n_models=5)
    rates = np.random.default_rng(1).uniform(size=(N_STEPS, 5, 40))
    on = np.array([True, False, True, True, False])
    whole = steps(rule, start, gradients, rates, rates / 10, active=on)
    monkeypatch.setattr(module, "BLOCK", block)
    assert_array_equal(steps(rule, start, gradients, rates, rates / 10, active=on), whole)


@pytest.mark.parametrize("block", [131_072, 16])
@pytest.mark.parametrize("name", RULES_AND_MORE)
def test_members_are_updated_as_if_alone(name, block, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", block)
    rule, (start, gradients) = RULES_AND_MORE[name], start_and_gradients(n_models=3)
    start, gradients = start.astype(np.float32), gradients.astype(np.float32)
    rates = np.random.default_rng(1).uniform(size=(N_STEPS, 3, 1))
    together = steps(rule, start, gradients, rates, rates / 5)
    assert together.dtype == np.float32
    for i in range(3):
        own = slice(i, i + 1)
        alone = steps(rule, start[own], gradients[:, own], rates[:, own], rates[:, own] / 5)
        assert_array_equal(together[:, own], alone)


def test_rates_by_weight_are_separate_rates():
    rule, (start, gradients) = RULES["adam"], start_and_gradients()
    factors = np.repeat([[6.0, 1.0, 0.1, 0.0]], 10, axis=1)
    by_weight = steps(rule, start, gradients, [0.01 * factors] * N_STEPS)
    for factor, columns in ((6.0, slice(0, 10)), (0.1, slice(20, 30))):
        alone = steps(
            rule, start[:, columns], gradients[:, :, columns], [[[0.01 * factor]]] * N_STEPS
        )
        assert_allclose(by_weight[:, :, columns], alone, rtol=1e-12)
    assert_array_equal(by_weight[:, :, 30:], np.repeat(start[None, :, 30:], N_STEPS, axis=0))


@pytest.mark.parametrize("block", [131_072, 16])
def test_a_pair_of_rates_stands_for_its_product(block, monkeypatch, library):
    monkeypatch.setattr(module, "BLOCK", block)
    rule, (start, gradients) = RULES["adam"], start_and_gradients(n_models=3)
    put, xp = library.put, library.xp
    rates = np.array([[0.1], [0.2], [0.3]])
    factors = np.random.default_rng(2).uniform(size=(1, 40))
    found = []
    for pair in (False, True):
        weights = xp.asarray(put(start), copy=True)
        given = (put(rates), put(factors)) if pair else put(rates * factors)
        state = new_state(rule, weights, xp)
        update(rule, weights, put(gradients[0].copy()), state, given, given, xp=xp)
        found.append(library.host(weights))
    assert_array_equal(*found)


def test_models_may_be_at_different_steps():
    table = step_rates(RULES["adam"], np.array([0.1, 0.2]), np.array([[1, 50], [2, 51]]))
    for i, j in np.ndindex(2, 2):
        alone = step_rates(RULES["adam"], [0.1, 0.2][j], [[1, 50], [2, 51]][i][j])
        assert table[i, j] == alone
    assert table.shape == (2, 2)
    assert step_rates(RULES["sgd"], 0.1, np.arange(1, 4)).tolist() == [0.1, 0.1, 0.1]
    assert step_rates(RULES["rmsprop"], 0.1, np.arange(1, 4)) == pytest.approx([1.0] * 3)


@pytest.mark.parametrize("name", RULES_AND_MORE)
def test_a_model_without_a_batch_stays_as_it_is(name, library):
    rule, (start, gradients) = RULES_AND_MORE[name], start_and_gradients(n_models=3)
    put, xp = library.put, library.xp
    weights = xp.asarray(put(start), copy=True)
    state = new_state(rule, weights, xp)
    rate = put(np.full((3, 1), 0.1))
    options = {"epsilon": put(np.full((3, 1), 1e-8))} if rule.corrected_epsilon else {}
    update(rule, weights, put(gradients[0].copy()), state, rate, rate, xp=xp, **options)
    before = [library.host(array).copy() for array in (weights, *state)]
    gradient = gradients[1].copy()
    gradient[1] = np.nan  # whatever stands there
    unmasked = [np.array(array) for array in before]
    with np.errstate(invalid="ignore"):
        own, rates = {name: np.full((3, 1), 1e-8) for name in options}, [np.full((3, 1), 0.1)] * 2
        update(rule, unmasked[0], gradient.copy(), unmasked[1:], *rates, xp=np, **own)
    on = put(np.array([True, False, True]))
    update(rule, weights, put(gradient), state, rate, rate, xp=xp, active=on, **options)
    for array, was, all_step in zip((weights, *state), before, unmasked, strict=True):
        now = library.host(array)
        assert_array_equal(now[1], was[1])
        assert_allclose(now[[0, 2]], all_step[[0, 2]], rtol=1e-12)


def test_a_diverged_model_without_a_batch_keeps_its_weights():
    rule = RULES["adam"]
    weights = np.ones((2, 3))
    state = (np.full((2, 3), np.inf), np.full((2, 3), np.inf))
    with np.errstate(invalid="ignore"):
        update(
            rule,
            weights,
            np.zeros((2, 3)),
            state,
            np.full((2, 1), 0.1),
            xp=np,
            active=np.array([False, True]),
        )
    assert_array_equal(weights[0], np.ones(3))
    assert np.isnan(weights[1]).all()


def test_only_columns_may_be_updated(library):
    rule, (start, gradients) = RULES["adam"], start_and_gradients(n_models=2)
    xp = library.xp
    weights = xp.asarray(library.put(start), copy=True)
    state = new_state(rule, weights, xp)
    columns = slice(5, 25)
    update(
        rule,
        weights[:, columns],
        library.put(gradients[0, :, columns].copy()),
        [part[:, columns] for part in state],
        library.put(np.full((2, 1), 0.1)),
        xp=xp,
    )
    found = library.host(weights)
    assert_array_equal(
        np.delete(found, np.r_[columns], axis=1), np.delete(start, np.r_[columns], 1)
    )
    assert (found[:, columns] != start[:, columns]).all()
    assert (library.host(state[1])[:, columns] > 0).all()


def test_a_rule_of_changing_epsilons_needs_them():
    with pytest.raises(ValueError, match="step_epsilons"):
        ones = np.ones((1, 2))
        rule = RULES_AND_MORE["adam of torch"]
        update(rule, ones, ones, new_state(rule, ones, np), ones, xp=np)
