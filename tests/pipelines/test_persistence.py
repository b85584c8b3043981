"""save and load: the same answers after a round trip, and no file that is not what it says."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest
import skops.io
from numpy.testing import assert_array_equal
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import gridfold
from gridfold.estimators import Ridge, RidgeClassifier
from gridfold.estimators.files import WriteError
from gridfold.pipelines import GridSearchCV, model_file
from gridfold.pipelines.model_file import ModelFileError
from gridfold.pipelines.persistence import load, read_card, save
from gridfold.pipelines.tabular_preprocessor import TabularPreprocessor

FORMS = ["skops", "joblib"]


def people() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        {
            "age": rng.normal(40, 10, 80),
            "job": rng.choice(["cook", "smith", None], 80),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, 80), "D"),
        }
    )
    X.loc[3, "age"] = np.nan
    return X, np.where(X["age"].fillna(0) > 40, "yes", "no")


def boosted() -> object:
    pytest.importorskip("xgboost", reason="xgboost is not installed")
    from gridfold.boosting import XGBClassifier

    return XGBClassifier(n_estimators=3)


MODELS = {
    "ridge": lambda: RidgeClassifier(),
    "logistic": lambda: LogisticRegression(),
    "neighbours in a tree": lambda: KNeighborsClassifier(algorithm="kd_tree"),
    "neighbours": lambda: KNeighborsClassifier(),
    "boosting": boosted,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", MODELS)
def test_a_pipeline_answers_the_same_after_a_round_trip(tmp_path, name, form):
    X, y = people()
    model = make_pipeline(TabularPreprocessor(), MODELS[name]()).fit(X, y)
    path = tmp_path / f"model.{form}"
    save(model, path)
    loaded = load(path, trusted=form == "joblib")
    method = "predict_proba" if hasattr(model, "predict_proba") else "decision_function"
    assert_array_equal(getattr(loaded, method)(X), getattr(model, method)(X))
    assert_array_equal(loaded.predict(X), model.predict(X))
    assert type(loaded[-1]) is type(model[-1])
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("form", FORMS)
def test_xgboosts_own_classes_are_kept_too(tmp_path, form):
    xgboost = pytest.importorskip("xgboost", reason="xgboost is not installed")
    X, y = load_iris(return_X_y=True)
    for model in (xgboost.XGBRegressor(n_estimators=2), xgboost.XGBClassifier(n_estimators=2)):
        model.fit(X, y)
        save(model, tmp_path / f"model.{form}")
        loaded = load(tmp_path / f"model.{form}", trusted=True)
        assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_model_fitted_elsewhere_is_saved_as_numpy(tmp_path, foreign):
    X, y = load_iris(return_X_y=True)
    model = Ridge().fit(foreign.put(X), foreign.put(y.astype(float)))
    save(model, tmp_path / "model.skops")
    loaded = load(tmp_path / "model.skops")
    assert type(loaded.coef_) is np.ndarray
    assert_array_equal(loaded.coef_, foreign.host(model.coef_))


def test_the_card_says_what_the_model_is(tmp_path):
    X, y = people()
    save(make_pipeline(TabularPreprocessor(), Ridge()).fit(X, y == "yes"), tmp_path / "r.skops")
    save(
        make_pipeline(TabularPreprocessor(), RidgeClassifier()).fit(X, y),
        tmp_path / "c.skops",
        target="member",
    )
    card = read_card(tmp_path / "c.skops")
    assert card["columns"] == [
        {"name": "age", "kind": "number"},
        {"name": "job", "kind": "category"},
        {"name": "since", "kind": "date"},
    ]
    assert (card["target"], card["classes"]) == ("member", ["no", "yes"])
    assert card["versions"]["gridfold"] == gridfold.__version__
    assert {"python", "numpy", "scikit-learn", "skops"} <= set(card["versions"])
    assert read_card(tmp_path / "r.skops")["classes"] is None


def test_it_is_reached_from_the_top(tmp_path):
    gridfold.save(Ridge().fit([[0.0], [1.0]], [0.0, 1.0]), str(tmp_path / "m.skops"))
    assert gridfold.load(str(tmp_path / "m.skops")).predict([[1.0]]).shape == (1,)


def test_another_extension_is_an_error(tmp_path):
    for name in ("model.pkl", "model", "model.skops.gz"):
        with pytest.raises(ModelFileError, match=r"\.skops .* or \.joblib"):
            save(Ridge(), tmp_path / name)
        with pytest.raises(ModelFileError, match=r"\.skops .* or \.joblib"):
            load(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_a_pickle_needs_trust_under_any_name(tmp_path):
    save(Ridge(), tmp_path / "model.joblib")
    with pytest.raises(ModelFileError, match=r"execute any code.*trusted=True"):
        load(tmp_path / "model.joblib")
    with pytest.raises(ModelFileError, match="execute any code"):
        load(tmp_path / "model.joblib", trusted=["sklearn.linear_model._ridge.Ridge"])
    (tmp_path / "model.joblib").rename(tmp_path / "model.skops")
    with pytest.raises(ModelFileError, match="execute any code"):
        load(tmp_path / "model.skops")


def test_a_type_that_is_not_on_the_list_is_named(tmp_path):
    X, y = load_iris(return_X_y=True)
    model = RandomForestClassifier(n_estimators=2, random_state=0).fit(X, y)
    with pytest.warns(UserWarning, match=r"sklearn\.tree\._tree\.Tree"):
        save(model, tmp_path / "model.skops")
    with pytest.raises(ModelFileError, match=r"sklearn\.tree\._tree\.Tree"):
        load(tmp_path / "model.skops")
    for trusted in (True, ["sklearn.tree._tree.Tree"]):
        loaded = load(tmp_path / "model.skops", trusted=trusted)
        assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_nothing_is_executed_when_a_skops_file_is_opened(tmp_path, monkeypatch):
    called = []
    monkeypatch.setattr(os, "system", called.append)
    model = FunctionTransformer(os.system)
    with pytest.warns(UserWarning, match="not on its list"):
        save(model, tmp_path / "model.skops")
    with pytest.raises(ModelFileError, match="not on gridfold's list"):
        load(tmp_path / "model.skops")
    assert called == []


def test_functions_and_imports_of_gridfold_are_not_estimators(tmp_path):
    for function in (save, zipfile.ZipFile):
        with pytest.warns(UserWarning, match="not on its list"):
            save(FunctionTransformer(function), tmp_path / "model.skops")
        with pytest.raises(ModelFileError):
            load(tmp_path / "model.skops")


def test_what_skops_cannot_hold_is_an_error_that_offers_joblib(tmp_path):
    class Local:
        __slots__ = ()

        def __reduce__(self):
            raise TypeError("no.")

    with pytest.raises(ModelFileError, match=r"Save it as \.joblib"):
        save(FunctionTransformer(kw_args={"x": Local()}), tmp_path / "model.skops")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("form", FORMS)
def test_a_file_cut_short_is_an_error(tmp_path, form):
    path = tmp_path / f"model.{form}"
    X, y = people()
    save(make_pipeline(TabularPreprocessor(), KNeighborsClassifier()).fit(X, y), path)
    whole = path.read_bytes()
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError, match=r"damaged|no model file"):
            load(path, trusted=True)


def test_a_file_altered_in_any_place_is_an_error(tmp_path):
    path = tmp_path / "model.skops"
    save(make_pipeline(StandardScaler(), Ridge()).fit([[0.0], [1.0]], [0.0, 1.0]), path)
    whole = path.read_bytes()
    expected = load(path).predict([[3.0]])
    directory = range(whole.index(b"PK\1\2"), len(whole))  # the zip's own: all of it
    for place in [*range(0, len(whole), 61), *directory]:
        bits = 0x55 if place % 2 else 0x01
        path.write_bytes(whole[:place] + bytes([whole[place] ^ bits]) + whole[place + 1 :])
        try:
            found = load(path)
        except ModelFileError:
            continue
        assert_array_equal(found.predict([[3.0]]), expected)  # a date in the zip's directory


def altered(path, change) -> None:
    """Write the file again with its card changed and its digest made to fit."""
    with zipfile.ZipFile(path) as archive:
        card = json.loads(archive.read("gridfold.json"))
        payload = archive.read(f"model.{card['form']}")
    change(card)
    card["sha256"] = model_file._digest(card, payload)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gridfold.json", json.dumps(card))
        archive.writestr(f"model.{card['form']}", payload)


@pytest.mark.parametrize(
    "change",
    [
        lambda card: card["versions"].update(gridfold="99.1.0"),
        lambda card: card.update(format=99),
    ],
)
def test_a_file_of_a_newer_gridfold_is_an_error(tmp_path, change):
    save(Ridge(), tmp_path / "model.skops")
    altered(tmp_path / "model.skops", change)
    with pytest.raises(ModelFileError, match="newer than this one"):
        load(tmp_path / "model.skops")


def test_a_file_of_an_older_gridfold_is_opened(tmp_path):
    save(Ridge(alpha=3.0), tmp_path / "model.skops")
    altered(tmp_path / "model.skops", lambda card: card["versions"].update(gridfold="0.0.9"))
    assert load(tmp_path / "model.skops").alpha == 3.0


def test_a_digest_that_does_not_fit_is_an_error(tmp_path):
    path = tmp_path / "model.skops"
    save(Ridge(alpha=1.0), path)
    with zipfile.ZipFile(path) as archive:
        card = archive.read("gridfold.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gridfold.json", card)
        archive.writestr("model.skops", skops.io.dumps(Ridge(alpha=2.0)))
    with pytest.raises(ModelFileError, match="altered"):
        load(path)


def test_files_of_others_are_told_apart(tmp_path):
    path = tmp_path / "model.skops"
    skops.io.dump(StandardScaler(), path)
    with pytest.raises(ModelFileError, match=r"skops\.io\.load"):
        load(path)
    path.write_bytes(b"age,job\n3,cook\n")
    with pytest.raises(ModelFileError, match="no model file"):
        load(path)
    with pytest.raises(FileNotFoundError, match="There is no model file"):
        load(tmp_path / "other.skops")
    (tmp_path / "folder.skops").mkdir()
    with pytest.raises(IsADirectoryError, match="is a folder"):
        load(tmp_path / "folder.skops")


def test_a_model_of_a_missing_class_says_which_versions_made_it(tmp_path):
    path = tmp_path / "model.skops"
    save(Ridge(), path)
    with zipfile.ZipFile(path) as archive:
        card = json.loads(archive.read("gridfold.json"))
        inner = zipfile.ZipFile(io.BytesIO(archive.read("model.skops")))
    schema = json.loads(inner.read("schema.json"))
    schema["__class__"] = "Lasagne"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema))
    card["versions"]["scikit-learn"] = "1.9.0.old"
    card["sha256"] = model_file._digest(card, buffer.getvalue())
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gridfold.json", json.dumps(card))
        archive.writestr("model.skops", buffer.getvalue())
    with pytest.raises(ModelFileError, match=r"scikit-learn 1\.9\.0\.old \(here"):
        load(path, trusted=True)


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "model.skops"
    save(Ridge(alpha=1.0), path)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(WriteError, match="No space left"):
            save(Ridge(alpha=2.0), path)
    assert load(path).alpha == 1.0
    assert os.listdir(tmp_path) == ["model.skops"]


def test_a_model_is_loaded_in_a_new_process(tmp_path):
    X, y = people()
    model = make_pipeline(TabularPreprocessor(), RidgeClassifier()).fit(X, y)
    save(model, tmp_path / "model.skops")
    X.to_pickle(tmp_path / "X.pkl")
    code = (
        "import sys, gridfold, pandas as pd;"
        "print(*gridfold.load(sys.argv[1]).predict(pd.read_pickle(sys.argv[2])))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "model.skops", tmp_path / "X.pkl"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.split() == list(model.predict(X))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scoring", [None, "roc_auc", {"a": "accuracy", "f": "f1"}], ids=str)
def test_a_whole_search_is_kept_with_its_plan(tmp_path, form, scoring):
    X, y = load_breast_cancer(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), RidgeClassifier())
    grid = {"ridgeclassifier__alpha": [0.1, 1.0]}
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    refit = "f" if isinstance(scoring, dict) else True
    search = GridSearchCV(pipeline, grid, scoring=scoring, refit=refit, cv=cv).fit(X, y)
    path = tmp_path / f"search.{form}"
    save(search, path)
    loaded = load(path, trusted=form == "joblib")
    assert str(loaded.plan_) == str(search.plan_)
    assert_array_equal(loaded.predict(X), search.predict(X))
    assert loaded.score(X, y) == search.score(X, y)
