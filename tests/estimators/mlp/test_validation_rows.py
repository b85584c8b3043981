"""Early stopping: on a part of X, or on rows that are passed."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from estimators.mlp.alike import SMALL, assert_same_training, fitted, pair, table
from gridfold.estimators import MLPClassifier, MLPRegressor
from gridfold.estimators.mlp.initial import glorot_weights

STOPS = {**SMALL, "early_stopping": True, "n_iter_no_change": 3, "max_iter": 60}


def fit_with(model, X, y, X_val, y_val):
    """Fit with rows to score on; epochs do not run out."""
    return model.set_params(**{"tol": 0.01, "learning_rate_init": 0.02}).fit(
        X, y, X_val=X_val, y_val=y_val
    )


@pytest.mark.parametrize("kind", ["binary", "classes", "labels", "numbers", "outputs"])
def test_scores_are_those_of_the_rows_passed(kind, library):
    X, y = table(kind)
    train, held = np.arange(160), np.arange(160, 230)
    put = (lambda a: a) if y.dtype.kind == "U" else library.put
    model = pair(kind)[0](**STOPS, dtype="float64")
    fit_with(model, library.put(X[train]), put(y[train]), library.put(X[held]), put(y[held]))
    assert len(model.validation_scores_) == model.n_iter_ < 60
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert_allclose(model.score(X[held], y[held]), model.best_validation_score_, rtol=1e-9)


@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_the_rows_passed_do_what_those_split_off_do(kind):
    X, y = table(kind)
    params = {**STOPS, "shuffle": False, "dtype": "float64", "learning_rate_init": 0.02}
    split_off = fitted(pair(kind)[0], X, y, **params)
    state = np.random.RandomState(3)  # the split is what it draws next to the initial weights
    glorot_weights((4, 9, 5, split_off.n_outputs_), "relu", state)
    train, held = train_test_split(np.arange(len(X)), test_size=0.1, random_state=state)
    passed = pair(kind)[0](**{**params, "max_iter": split_off.n_iter_ + 1})
    passed.fit(X[train], y[train], X_val=X[held], y_val=y[held])
    assert_same_training(passed, split_off)


def test_both_or_neither_and_only_with_early_stopping():
    X, y = table("numbers")
    with pytest.raises(ValueError, match="X_val and y_val go together"):
        MLPRegressor(**STOPS).fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="X_val and y_val are for early_stopping=True"):
        MLPRegressor(**SMALL).fit(X, y, X_val=X, y_val=y)
    with pytest.raises(ValueError, match="X has 3 features"):
        MLPRegressor(**STOPS).fit(X, y, X_val=X[:, :3], y_val=y)


def test_classes_of_the_rows_passed_must_be_those_of_the_training_rows():
    X, y = table("classes")
    with pytest.raises(ValueError, match=r"y_val has classes that are not in y: \['yew'\]"):
        MLPClassifier(**STOPS).fit(X, y, X_val=X, y_val=np.where(y == "oak", "yew", y))
    with pytest.raises(ValueError, match=r"y_val has no row of \['oak'\]"):
        MLPClassifier(**STOPS).fit(X, y, X_val=X[y != "oak"], y_val=y[y != "oak"])


def test_a_part_split_off_without_a_class_is_told():
    X, y = table("classes")
    y = np.array(["ash", "elm"], dtype=object)[(X[:, 0] > 0).astype(int)]
    y[:2] = "oak"
    with pytest.warns(UserWarning, match=r"split off for validation has no row of \['oak'\]"):
        fitted(MLPClassifier, X, y, early_stopping=True)


def test_two_classes_are_stratified_or_refused():
    X = np.arange(8.0).reshape(4, 2)
    with pytest.raises(ValueError, match="least populated classes in y have only 1 member"):
        MLPClassifier(early_stopping=True).fit(X, [0, 0, 0, 1])
    with pytest.raises(ValueError, match="The validation set is too small"):
        MLPRegressor(early_stopping=True).fit(X, [0.0, 1.0, 2.0, 3.0])


def test_validation_rows_are_routed_through_a_pipeline():
    X, y = table("numbers")
    held = slice(160, 230)
    with sklearn.config_context(enable_metadata_routing=True):
        model = MLPRegressor(**STOPS, dtype="float64").set_fit_request(X_val=True, y_val=True)
        pipe = Pipeline([("scale", StandardScaler()), ("mlp", model)], transform_input=["X_val"])
        pipe.set_params(mlp__tol=0.01, mlp__learning_rate_init=0.02)
        pipe.fit(X[:160], y[:160], X_val=X[held], y_val=y[held])
    assert_allclose(pipe.score(X[held], y[held]), pipe["mlp"].best_validation_score_, rtol=1e-9)


def test_the_weights_of_the_best_epoch_are_kept():
    X, y = table("binary")
    cls, parent = pair("binary")
    # So large a rate makes later epochs worse.
    params = {**STOPS, "learning_rate_init": 0.5, "n_iter_no_change": 8}
    ours, theirs = fitted(cls, X, y, **params, dtype="float64"), fitted(parent, X, y, **params)
    assert ours.validation_scores_[-1] < ours.best_validation_score_
    assert_same_training(ours, theirs)
    assert_array_equal(ours.predict(X), theirs.predict(X))


def test_targets_of_the_rows_passed_are_of_the_kind_of_y():
    X, y = table("numbers")
    _, two = table("outputs")
    with pytest.raises(ValueError, match="Of X_val and y_val: y has 1 columns, and y_val 2"):
        MLPRegressor(**STOPS).fit(X, y, X_val=X, y_val=two)
    with pytest.raises(ValueError, match="y has 2 columns, and y_val 1"):
        MLPRegressor(**STOPS).fit(X, two, X_val=X, y_val=y)
    _, flags = table("labels")
    for one, other in ((flags, flags[:, 0]), (flags[:, 0], flags)):
        with pytest.raises(ValueError, match="both be classes, or both flags of labels"):
            MLPClassifier(**STOPS).fit(X, one, X_val=X, y_val=other)
    with pytest.raises(ValueError, match="Of X_val and y_val: Input X contains NaN"):
        MLPRegressor(**STOPS).fit(X, y, X_val=np.where(X > 1, np.nan, X), y_val=y)
    with pytest.raises(ValueError, match="does not go with X_val"):
        MLPRegressor(early_stopping=True, solver="lbfgs").fit(X, y, X_val=X, y_val=y)


def test_a_part_split_off_with_no_weight_is_an_error():
    X, y = table("numbers")
    with pytest.raises(ValueError, match="Sample weights must contain at least one non-zero"):
        MLPRegressor(**STOPS).fit(X, y, sample_weight=np.arange(len(X)) < 1)
