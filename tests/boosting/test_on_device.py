"""Devices of the boosting estimators, and arrays of other libraries."""

from __future__ import annotations

import json
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")

import gridfold  # noqa: E402
from gridfold.boosting import XGBClassifier, XGBRegressor, on_device  # noqa: E402
from gridfold.estimators import arrays  # noqa: E402
from gridfold.estimators.arrays import DeviceError, Place  # noqa: E402

SMALL = {"n_estimators": 5, "max_depth": 3, "n_jobs": 1}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(100, 4))
Y = X[:, 0] + X[:, 1] ** 2
LABELS = np.where(Y > 0.5, "high", "low")
ESTIMATORS = [(XGBRegressor, Y), (XGBClassifier, LABELS)]


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(arrays, "_gpu_problem", lambda: "no GPU was found")


def trained_on(model) -> str:
    return json.loads(model.get_booster().save_config())["learner"]["generic_param"]["device"]


@pytest.mark.parametrize(("cls", "y"), ESTIMATORS)
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
def test_a_gpu_that_is_not_there_is_an_error_before_the_fit(no_gpu, cls, y, device):
    with pytest.raises(DeviceError, match=r"gridfold\[cuda12\]"):
        cls(**SMALL, device=device).fit(X, y)
    with gridfold.config_context(device=device), pytest.raises(DeviceError, match="no GPU"):
        cls(**SMALL).fit(X, y)


@pytest.mark.parametrize("device", ["gpu", "cuda:", "tpu"])
def test_what_is_no_device_name_is_an_error(device):
    with pytest.raises(ValueError, match="is no device name"):
        XGBRegressor(device=device).fit(X, Y)


def test_a_build_without_gpu_support_is_found_out_before_the_fit(monkeypatch):
    gpu = Place(SimpleNamespace(), SimpleNamespace(id=0))
    monkeypatch.setattr(on_device, "find_place", lambda device, X: gpu)
    monkeypatch.setattr(xgboost, "build_info", lambda: {"USE_CUDA": False})
    with pytest.raises(DeviceError, match=r"built for GPUs.*gridfold\[cuda12\]"):
        XGBRegressor(device="cuda").fit(X, Y)


@pytest.mark.parametrize(("cls", "y"), ESTIMATORS)
@pytest.mark.parametrize("device", [None, "cpu", "auto"])
def test_auto_is_the_cpu_where_there_is_no_gpu(no_gpu, cls, y, device):
    model = cls(**SMALL, device=device).fit(X, y)
    assert trained_on(model) == "cpu"
    assert model.get_params()["device"] == device
    again = pickle.loads(pickle.dumps(model.set_params(max_depth=3)))
    assert_array_equal(again.predict(X), model.predict(X))


def test_a_model_that_found_a_gpu_serves_where_there_is_none(no_gpu):
    model = XGBRegressor(**SMALL, device="auto").fit(X, Y)
    expected = model.predict(X)
    model._fit_device = "cuda:0"
    assert_array_equal(model.predict(X), expected)


def test_other_libraries_go_in_and_come_out(foreign):
    weight = RNG.uniform(0.5, 2, 100)
    for cls, y in [(XGBRegressor, Y), (XGBClassifier, Y > 0.5)]:
        host = cls(**SMALL).fit(X, y, sample_weight=weight, base_margin=Y)
        model = cls(**SMALL, device="cpu").fit(
            foreign.put(X),
            foreign.put(y),
            sample_weight=foreign.put(weight),
            base_margin=foreign.put(Y),
            eval_set=[(foreign.put(X), foreign.put(y))],
            sample_weight_eval_set=[foreign.put(weight)],
            verbose=False,
        )
        predicted = model.predict(foreign.put(X), base_margin=foreign.put(Y))
        assert foreign.owns(predicted)
        assert_array_equal(foreign.host(predicted), host.predict(X, base_margin=Y))
    proba = model.predict_proba(foreign.put(X))
    assert foreign.owns(proba)
    assert_array_equal(foreign.host(proba), host.predict_proba(X))


def test_text_labels_stay_numpy(foreign):
    model = XGBClassifier(**SMALL, device="cpu").fit(foreign.put(X), LABELS)
    predicted = model.predict(foreign.put(X))
    assert isinstance(predicted, np.ndarray)
    assert_array_equal(predicted, model.predict(X))


@pytest.mark.gpu
@pytest.mark.skipif(not xgboost.build_info()["USE_CUDA"], reason="xgboost is not built for GPUs")
@pytest.mark.parametrize("library", ["cupy"], indirect=True)
@pytest.mark.parametrize(("cls", "y"), ESTIMATORS)
def test_on_a_gpu(library, cls, y):
    model = cls(**SMALL).fit(library.put(X), y)
    assert trained_on(model) == "cuda:0"
    on_host = cls(**SMALL, device="cuda").fit(X, y)
    assert_array_equal(library.host(model.predict(library.put(X))), on_host.predict(X))


@pytest.mark.gpu
@pytest.mark.skipif(not xgboost.build_info()["USE_CUDA"], reason="xgboost is not built for GPUs")
@pytest.mark.parametrize("library", ["cupy"], indirect=True)
@pytest.mark.parametrize(("cls", "y"), ESTIMATORS)
def test_a_model_on_a_gpu_answers_host_rows_without_a_warning(library, cls, y, capfd):
    """xgboost tells of mismatched devices on the standard error, not by a Python warning."""
    model = cls(**SMALL, device="cuda").fit(X, y)
    on_gpu = model.predict(library.put(X))
    assert_array_equal(model.predict(X), library.host(on_gpu))
    said = capfd.readouterr()
    assert "mismatched devices" not in said.out + said.err


@pytest.mark.gpu
@pytest.mark.skipif(not xgboost.build_info()["USE_CUDA"], reason="xgboost is not built for GPUs")
@pytest.mark.parametrize("library", ["cupy"], indirect=True)
def test_rows_on_a_gpu_stay_there(library, monkeypatch):
    """No prediction comes to the host on its way from and to CuPy."""
    rows = library.put(X)
    models = [cls(**SMALL, n_bags=n).fit(rows, Y > 0.5) for cls, _ in ESTIMATORS for n in (1, 2)]

    def refused(array):
        raise AssertionError("an array on the GPU came to the host")

    for module in ("on_device", "serving", "predicting", "classifier"):
        for name in ("to_numpy", "to_host"):
            monkeypatch.setattr(f"gridfold.boosting.{module}.{name}", refused, raising=False)
    for model in models:
        assert library.owns(model.predict(rows))
    assert library.owns(models[-1].predict_proba(rows))


@pytest.mark.gpu
@pytest.mark.skipif(not xgboost.build_info()["USE_CUDA"], reason="xgboost is not built for GPUs")
@pytest.mark.parametrize("library", ["cupy"], indirect=True)
def test_two_hundred_fits_fill_no_gpu(library):
    rows = library.put(RNG.normal(size=(20_000, 50)).astype(np.float32))
    target = rows[:, 0]
    models = [XGBRegressor(**SMALL).fit(rows, target) for _ in range(20)]
    free_before, _ = library.xp.cuda.runtime.memGetInfo()
    models += [XGBRegressor(**SMALL).fit(rows, target) for _ in range(180)]
    free_after, _ = library.xp.cuda.runtime.memGetInfo()
    assert len(models) == 200
    assert free_before - free_after < 32 * 2**20
