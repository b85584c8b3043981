"""Fits on a cluster of two workers: an ordinary estimator comes of it, or nothing at all."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
dask = pytest.importorskip("dask", reason="dask is not installed")
dd = pytest.importorskip("dask.dataframe", reason="dask[dataframe] is not installed")
da = pytest.importorskip("dask.array", reason="dask is not installed")
pytest.importorskip("distributed", reason="distributed is not installed")

from gridfold.boosting import XGBClassifier, XGBRegressor  # noqa: E402
from gridfold.boosting.large import ClusterLostError  # noqa: E402

from .parquet import SMALL, features, make_table  # noqa: E402

TABLE = make_table()
X = features(TABLE)
STOPPED = {**SMALL, "n_estimators": 60, "early_stopping_rounds": 2, "learning_rate": 1.0}
CASES = [(XGBClassifier, "label"), (XGBRegressor, "amount")]


def on_cluster(*columns: str):
    """Return the rows with these further columns, in four partitions."""
    return dd.from_pandas(X.assign(**{name: TABLE[name] for name in columns}), npartitions=4)


@pytest.mark.parametrize(("cls", "target"), CASES)
def test_an_ordinary_estimator_comes_of_it(cluster, cls, target):
    rows = on_cluster(target, "weight")
    model = cls(**SMALL).fit(
        rows.drop(columns=[target, "weight"]), rows[target], sample_weight=rows["weight"]
    )
    within = cls(**SMALL).fit(X, TABLE[target], sample_weight=TABLE["weight"])
    assert list(model.feature_names_in_) == list(X)
    assert abs(model.score(X, TABLE[target]) - within.score(X, TABLE[target])) < 0.02
    again = pickle.loads(pickle.dumps(model))
    assert_array_equal(again.predict(X), model.predict(X))
    assert model._columns == within._columns
    assert type(again.get_booster()) is xgboost.Booster


@pytest.mark.parametrize(("cls", "target"), CASES)
def test_columns_by_name_a_part_of_its_own_and_a_refit(cluster, cls, target):
    rows = on_cluster(target, "weight")
    part = cls(**STOPPED).fit(rows, target, sample_weight="weight")
    assert part.best_iteration_ < 59
    assert len(next(iter(part.evals_result_["validation_0"].values()))) < 60
    full = cls(**STOPPED, refit_full=True).fit(rows, target, sample_weight="weight")
    assert full.get_booster().num_boosted_rounds() > full.best_iteration_ + 1


def test_validation_sets_on_the_cluster_and_in_memory(cluster):
    rows = on_cluster("amount")
    held = [(rows, "amount"), (X, TABLE["amount"])]
    models = [XGBRegressor(**STOPPED).fit(rows, "amount", X_val=a, y_val=b) for a, b in held]
    first, second = (model.evals_result_["validation_0"]["rmse"] for model in models)
    assert first == pytest.approx(second, rel=1e-4)


def test_arrays(cluster):
    numbers = TABLE[["a", "b", "g"]].to_numpy()
    rows = da.from_array(numbers, chunks=(250, 2))
    labels = da.from_array(TABLE["label"].to_numpy().astype(str), chunks=250)
    params = {**SMALL, "categorical_features": [1]}
    model = XGBClassifier(**params).fit(rows, labels)
    within = XGBClassifier(**params).fit(numbers, TABLE["label"])
    assert abs(model.score(numbers, TABLE["label"]) - within.score(numbers, TABLE["label"])) < 0.02
    lazy = model.predict_proba(rows)
    assert lazy.shape == (900, 3)
    assert_array_equal(lazy.compute(), model.predict_proba(numbers))


def test_predictions_are_lazy_and_those_of_the_model(cluster):
    model = XGBClassifier(**SMALL).fit(X, TABLE["label"])
    for method in ("predict", "predict_proba"):
        lazy = getattr(model, method)(on_cluster())
        assert isinstance(lazy, da.Array)
        assert_array_equal(lazy.compute(), getattr(model, method)(X))
    with pytest.raises(ValueError, match="base_margin is for tables in memory"):
        model.predict(on_cluster(), base_margin=np.zeros(900))


def test_predictions_of_text_that_dask_leaves_as_objects():
    model = XGBClassifier(**SMALL).fit(X, TABLE["label"])
    with dask.config.set({"dataframe.convert-string": False}):
        lazy = model.predict(dd.from_pandas(X.astype({"c": object}), npartitions=2))
        assert_array_equal(lazy.compute(scheduler="sync"), model.predict(X))


def test_what_cannot_be_is_said(cluster):
    rows = on_cluster("label")
    with pytest.raises(ValueError, match="X has no column 'gone'"):
        XGBClassifier(**SMALL).fit(rows, "gone")
    with pytest.raises(TypeError, match="y is Series"):
        XGBClassifier(**SMALL).fit(rows, TABLE["label"])
    with pytest.raises(ValueError, match="y has 2 partitions and X has 4"):
        XGBClassifier(**SMALL).fit(rows, rows["label"].repartition(npartitions=2))
    with pytest.raises(ValueError, match="n_bags=2 needs all rows in memory"):
        XGBClassifier(**SMALL, n_bags=2).fit(rows, "label")
    with pytest.raises(ValueError, match=r"binary:hinge.*on a cluster xgboost trains"):
        XGBClassifier(**SMALL, objective="binary:hinge").fit(rows, "label")
    missing = rows.assign(label=rows["label"].where(rows["a"] < 2))
    with pytest.raises(ValueError, match=r"Input y contains NaN.*of partition \d"):
        XGBClassifier(**SMALL).fit(missing, "label")
    with pytest.raises(ValueError, match=r"weight of partition \d .* at least 0; row \d+ has -"):
        XGBClassifier(**SMALL).fit(rows, "label", sample_weight="a")


@pytest.mark.parametrize("held", [on_cluster("label"), X.assign(label=TABLE["label"])])
def test_validation_sets_that_cannot_be_are_said(cluster, held):
    rows, features = on_cluster("label"), held[list(X)]
    with pytest.raises(ValueError, match=r"^eval_set\[0\] has labels that y has not: .*'low!'"):
        XGBClassifier(**SMALL).fit(rows, "label", X_val=features, y_val=held["label"] + "!")
    with pytest.raises(ValueError, match=r"In eval_set\[0\]: sample_weight of partition \d"):
        XGBClassifier(**SMALL).fit(
            rows, "label", X_val=features, y_val=held["label"], sample_weight_val=held["a"]
        )


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_worker_killed_in_mid_training_leaves_the_model_as_it_was(cluster):
    rows = on_cluster("amount")
    model = XGBRegressor(**SMALL).fit(X, TABLE["amount"])
    before, state = model.predict(X), dict(vars(model))
    model.set_params(n_estimators=10**6)
    killer = threading.Thread(target=kill_workers, args=(cluster,), daemon=True)
    killer.start()
    with pytest.raises(ClusterLostError, match=r"lost .* in mid-training. Nothing was fitted"):
        model.fit(rows, "amount")
    killer.join()
    assert vars(model) == state | {"n_estimators": 10**6}
    assert_array_equal(model.predict(X), before)
    gc.collect()  # what was open to the dead workers, here where its warnings are ignored


def kill_workers(client) -> None:
    """Kill the worker processes once they train."""
    stop = threading.Event()
    while not stop.wait(0.2):
        tasks = [str(key) for keys in client.processing().values() for key in keys]
        if any(key.startswith("fn-") for key in tasks):
            stop.wait(2.0)
            break
    for process in client.run(os.getpid).values():
        os.kill(process, signal.SIGKILL)
