"""What `benchmarks/gpu.py` measures of an estimator, tried with PyTorch's arrays on the CPU."""

from __future__ import annotations

import pytest
from estimator_cases import SUBJECTS
from gpu_cases.estimators import measure
from gpu_cases.host_copies import HostCopies

from gridfold.estimators import arrays, base


@pytest.fixture
def device():
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from gpu_cases.device import Device

    return Device("cpu")


def subject(name):
    return next(each for each in SUBJECTS if each.name == name)


@pytest.mark.parametrize("name", ["Ridge", "KNeighborsClassifier", "StandardScaler"])
def test_an_estimator_is_measured(device, name):
    found = measure(subject(name), device, repeat=1)
    agreement = found["agreement"]
    assert agreement["from NumPy"] < 1e-10
    assert agreement["from PyTorch"] < 1e-10
    assert agreement["answer stays"] and agreement["fallback"] is None
    assert agreement["host rows"]["matrix"] == 0
    assert set(found["seconds"]) == {"scikit-learn", "from NumPy", "from PyTorch"}


def test_a_fault_of_one_estimator_is_its_result(device, monkeypatch):
    def fails(*args):
        raise ZeroDivisionError("nothing left")

    monkeypatch.setattr("gpu_cases.estimators.agreement", fails)
    found = measure(subject("Ridge"), device, repeat=1)
    assert found == {"reason": "ZeroDivisionError: nothing left"}


def test_copies_to_the_host_are_noted(foreign):
    matrix, vector = foreign.put([[1.0, 2.0], [3.0, 4.0]]), foreign.put([1.0, 2.0, 3.0])
    before = arrays.to_numpy
    with HostCopies() as copies:
        base.to_host(matrix)
        arrays.HOST.put(vector)
        arrays.to_numpy(foreign.xp.asarray([1, 2, 3, 4]))
    assert (copies.matrix_rows, copies.vector_rows) == (2, 3)
    assert arrays.to_numpy is before and base.to_numpy is before
