"""Losses: values of scikit-learn and PyTorch, gradients, extremes, padding, all libraries."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from array_api_compat import numpy as np_namespace
from helpers.gradients import drawn, on, slopes
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import metrics
from sklearn.neural_network import MLPClassifier, MLPRegressor

from gridfold.estimators.mlp.engine.losses import LOSSES, OUTPUTS

LEVELS = np.array([0.1, 0.5, 0.8])
OPTIONS = {"pinball": {"levels": LEVELS}, "huber": {"delta": 0.7}}
names = pytest.mark.parametrize("name", sorted(LOSSES))


def problem(name, n_models=2, n_samples=6, dtype=np.float64):
    """Outputs, targets and weights fit for the loss, 3 outputs each."""
    rng = np.random.default_rng(n_samples)
    shape = (n_models, n_samples, 3)
    y = rng.normal(size=shape)
    if name == "log_loss":
        y = np.eye(3)[rng.integers(3, size=shape[:2])]
    elif name == "binary_log_loss":
        y = rng.integers(2, size=shape)
    elif name == "poisson":
        y = rng.poisson(1.5, size=shape)
    weight = rng.uniform(0.1, 2, size=shape[:2])
    weight /= weight.sum(axis=1, keepdims=True)
    return [np.asarray(a, dtype=dtype) for a in (drawn(*shape), y, weight)]


def options_of(name, library=None, dtype=np.float64):
    options = dict(OPTIONS.get(name, {}))
    if name == "pinball":
        levels = LEVELS.astype(dtype)
        options["levels"] = levels if library is None else library.put(levels)
    return options


def evaluate(name, outputs, y, weight, **options):
    """Values and gradient on NumPy."""
    options = {**options_of(name, dtype=outputs.dtype), **options}
    values, backward = LOSSES[name](outputs, y, weight, xp=np_namespace, **options)
    return values, backward()


def test_every_loss_says_what_it_predicts():
    assert set(LOSSES) == set(OUTPUTS)


@names
@pytest.mark.parametrize("n_models", [1, 3])
def test_gradient(library, name, n_models):
    check_gradient(library, name, n_models, smooth=False)


@pytest.mark.parametrize("name", ["log_loss", "binary_log_loss"])
@pytest.mark.parametrize("n_models", [1, 3])
def test_gradient_with_smoothing(library, name, n_models):
    check_gradient(library, name, n_models, smooth=True)


def check_gradient(library, name, n_models, smooth):
    arrays = problem(name, n_models)
    options, host_options = options_of(name, library), options_of(name)
    if smooth:
        host_options["smoothing"] = np.linspace(0, 0.3, n_models)
        options["smoothing"] = library.put(host_options["smoothing"])
    given = [on(library, array) for array in arrays]
    values, backward = LOSSES[name](*given, xp=library.xp, **options)
    gradient = backward()
    assert library.owns(values) and library.owns(gradient)
    for left, array in zip(given, arrays, strict=True):
        assert_array_equal(library.host(left), array)
    expected, _ = evaluate(name, *arrays, **host_options)
    assert_allclose(library.host(values), expected, rtol=1e-12)

    def value(outputs):
        return evaluate(name, outputs, *arrays[1:], **host_options)[0].sum()

    quirk = 3 if name == "squared_error" else 1  # scikit-learn's slope is that of the sum
    expected = quirk * slopes(value, arrays[0])
    assert_allclose(library.host(gradient), expected, rtol=1e-6, atol=1e-8)


@names
def test_predictions(library, name):
    """Of one model (two axes) and of many (three)."""
    outputs = 3 * drawn(2, 7, 4)
    raised = np.exp(outputs)
    expected = {
        "log_loss": raised / raised.sum(axis=2, keepdims=True),
        "binary_log_loss": raised / (1 + raised),
        "poisson": raised,
    }.get(name, outputs)
    predicted = OUTPUTS[name](on(library, outputs), library.xp)
    assert library.owns(predicted)
    assert_allclose(library.host(predicted), expected, rtol=1e-12)
    of_one = OUTPUTS[name](on(library, outputs[0]), library.xp)
    assert_allclose(library.host(of_one), expected[0], rtol=1e-12)


@names
def test_float32_stays(library, name):
    arrays = [on(library, array) for array in problem(name, dtype=np.float32)]
    options = options_of(name, library, np.float32)
    if name.endswith("log_loss"):
        options["smoothing"] = library.put(np.array([0.1, 0.2], dtype=np.float32))
    values, backward = LOSSES[name](*arrays, xp=library.xp, **options)
    predicted = OUTPUTS[name](on(library, drawn(2, 3, 3, dtype=np.float32)), library.xp)
    assert values.shape == (2,)
    assert all(a.dtype == library.xp.float32 for a in (values, backward(), predicted))


@names
def test_rows_without_weight_count_for_nothing(name):
    outputs, y, weight = problem(name, n_samples=7)
    outputs = np.concatenate([outputs[:, :4], np.full((2, 3, 3), 50.0)], axis=1)
    weight[:, 4:] = 0
    values, gradient = evaluate(name, outputs, y, weight)
    expected, rest = evaluate(name, outputs[:, :4], y[:, :4], weight[:, :4])
    assert_allclose(values, expected, rtol=1e-12)
    assert_allclose(gradient[:, :4], rest, rtol=1e-12)
    assert_array_equal(gradient[:, 4:], 0)


@names
def test_models_do_not_mix(name):
    arrays = problem(name, n_models=4)
    together = evaluate(name, *arrays)
    for i in range(4):
        alone = evaluate(name, *[array[i : i + 1] for array in arrays])
        for ours, expected in zip(together, alone, strict=True):
            assert_allclose(ours[i : i + 1], expected, rtol=1e-12)


@names
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [90, 800, 1e4])
def test_extreme_outputs_have_finite_losses(name, dtype, size):
    _, y, weight = problem(name, dtype=dtype)
    outputs = np.array([size, -size, 0], dtype=dtype) * np.ones_like(y)
    values, gradient = evaluate(name, outputs, y, weight)
    assert np.isfinite(values).all() and np.isfinite(gradient).all()
    assert np.isfinite(OUTPUTS[name](outputs, np_namespace)).all()


def test_log_loss_is_that_of_scikit_learn():
    outputs, y, weight = problem("log_loss", 1, 50)
    proba = OUTPUTS["log_loss"](outputs, np_namespace)[0]
    labels = y[0].argmax(axis=1)
    expected = metrics.log_loss(labels, proba, sample_weight=weight[0])
    assert_allclose(evaluate("log_loss", outputs, y, weight)[0], expected)


def test_log_loss_of_a_sure_mistake_is_not_cut_off():
    y, weight = np.array([[[1.0, 0.0]]]), np.ones((1, 1))
    assert_allclose(evaluate("log_loss", np.array([[[0.0, 500.0]]]), y, weight)[0], 500)
    sure = evaluate("binary_log_loss", np.array([[[-500.0, 500.0]]]), y, weight)[0]
    assert_allclose(sure, 1000)


def test_binary_log_loss_is_that_of_scikit_learn():
    outputs, y, weight = problem("binary_log_loss", 1, 50)
    proba = OUTPUTS["binary_log_loss"](outputs, np_namespace)[0]
    expected = sum(
        metrics.log_loss(y[0, :, j], proba[:, j], sample_weight=weight[0]) for j in range(3)
    )
    assert_allclose(evaluate("binary_log_loss", outputs, y, weight)[0], expected)


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("mse", metrics.mean_squared_error),
        ("squared_error", lambda *a, **k: 0.5 * metrics.mean_squared_error(*a, **k)),
    ],
)
def test_squared_errors_are_those_of_scikit_learn(name, metric):
    outputs, y, weight = problem(name, 1, 50)
    expected = metric(y[0], outputs[0], sample_weight=weight[0])
    assert_allclose(evaluate(name, outputs, y, weight)[0], expected)


def test_poisson_is_half_the_deviance_of_scikit_learn():
    outputs, y, weight = problem("poisson", 1, 50)
    mean = OUTPUTS["poisson"](outputs, np_namespace)
    expected = sum(
        metrics.mean_poisson_deviance(y[0, :, j], mean[0, :, j], sample_weight=weight[0]) / 2
        for j in range(3)
    )
    assert_allclose(evaluate("poisson", outputs, y, weight)[0], expected)


@pytest.mark.parametrize("one_target", [False, True])
def test_pinball_is_that_of_scikit_learn(one_target):
    outputs, y, weight = problem("pinball", 1, 50)
    y = y[..., :1] if one_target else y
    expected = np.mean(
        [
            metrics.mean_pinball_loss(
                y[0, :, 0 if one_target else j], outputs[0, :, j], alpha=q, sample_weight=weight[0]
            )
            for j, q in enumerate(LEVELS)
        ]
    )
    assert_allclose(evaluate("pinball", outputs, y, weight)[0], expected)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("log_loss", MLPClassifier),
        ("squared_error", MLPRegressor),
        ("poisson", partial(MLPRegressor, loss="poisson")),
    ],
)
def test_first_loss_of_scikit_learns_own_network(name, model):
    """A network trained for one step tells the loss, and by its step the gradient."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 5))
    y = rng.integers(3, size=40) if name == "log_loss" else rng.poisson(2, size=(40, 2))
    params = {"hidden_layer_sizes": (4,), "batch_size": 40, "solver": "sgd", "alpha": 0}
    params |= {"momentum": 0, "shuffle": False, "random_state": 0, "max_iter": 1}

    def trained(rate):
        with pytest.warns(Warning, match="Maximum iterations"):
            return model(**params, learning_rate_init=rate).fit(X, y)

    still, moved = trained(1e-300), trained(1.0)
    hidden = np.maximum(X @ still.coefs_[0] + still.intercepts_[0], 0)
    outputs = (hidden @ still.coefs_[1] + still.intercepts_[1])[None]
    target = np.eye(3)[y] if name == "log_loss" else y.astype(float)
    values, gradient = evaluate(name, outputs, target[None], np.full((1, 40), 1 / 40))
    assert_allclose(values[0], still.loss_)
    step = still.intercepts_[1] - moved.intercepts_[1]
    assert_allclose(gradient[0].sum(axis=0), step, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("smoothing", [0.0, 0.15])
def test_against_torch(smoothing):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    functional = torch.nn.functional
    references = {
        "log_loss": lambda z, y: functional.cross_entropy(
            z, y.argmax(dim=1), label_smoothing=smoothing
        ),
        "binary_log_loss": lambda z, y: (
            3 * functional.binary_cross_entropy_with_logits(z, y * (1 - smoothing) + smoothing / 2)
        ),
        "mse": functional.mse_loss,
        "huber": partial(functional.huber_loss, delta=0.7),
    }
    for name, reference in references.items():
        outputs, y, _ = problem(name, 1, 20)
        taped = torch.tensor(outputs[0], requires_grad=True)
        loss = reference(taped, torch.tensor(y[0]))
        (expected,) = torch.autograd.grad(loss, taped)
        options = {"smoothing": np.array([smoothing])} if name.endswith("log_loss") else {}
        values, gradient = evaluate(name, outputs, y, np.full((1, 20), 1 / 20), **options)
        assert_allclose(values[0], loss.item(), rtol=1e-12)
        assert_allclose(gradient[0], expected.numpy(), rtol=1e-10, atol=1e-14)
