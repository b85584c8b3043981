"""What `fit` takes, and what training leaves: as xgboost's wrapper, to the last bit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from .pairs import (
    CLASSES,
    N_TRAIN,
    SMALL,
    X,
    Y,
    assert_same_model,
    each_class,
    fitted_pair,
    keywords,
    margins,
    model_bytes,
    pair,
    settings,
    train_data,
    valid_data,
    weights,
    xgboost,
)

TRAIN, VALID = slice(0, N_TRAIN), slice(N_TRAIN, None)

# Each has a test below.
OF_FIT = {
    "base_margin",
    "base_margin_eval_set",
    "eval_set",
    "feature_weights",
    "sample_weight",
    "sample_weight_eval_set",
    "verbose",
    "xgb_model",
}
OF_QUERIES = {"eval_group", "eval_qid", "group", "qid"}


def test_every_parameter_of_fit_is_listed_here():
    assert keywords(xgboost.XGBModel.fit) == OF_FIT
    assert keywords(xgboost.XGBRanker.fit) == OF_FIT | OF_QUERIES
    for name in CLASSES:
        ours, theirs = pair(name)
        assert keywords(ours.fit) >= keywords(theirs.fit)


@each_class
@pytest.mark.parametrize(
    ("parameter", "value"), [("sample_weight", weights), ("base_margin", margins)]
)
def test_what_belongs_to_the_rows(name, parameter, value):
    ours, theirs = fitted_pair(name, {parameter: value(name, TRAIN)})
    assert_same_model(ours, theirs)
    assert model_bytes(ours) != model_bytes(fitted_pair(name)[1])


@each_class
@pytest.mark.parametrize(
    ("parameter", "value"),
    [("sample_weight_eval_set", weights), ("base_margin_eval_set", margins)],
)
def test_what_belongs_to_the_rows_of_a_validation_set(name, parameter, value):
    valid = valid_data(name)
    ours, theirs = fitted_pair(name, valid | {parameter: [value(name, VALID)]})
    assert ours.evals_result() == theirs.evals_result()
    assert ours.evals_result() != fitted_pair(name, valid)[1].evals_result()


@each_class
def test_a_validation_set_too_few_is_refused(name):
    estimator = pair(name)[0]
    weight = [weights(name, VALID)] * 2
    with pytest.raises(ValueError, match="sample_weight_eval_set"):
        estimator.fit(**train_data(name), **valid_data(name), sample_weight_eval_set=weight)
    with pytest.raises(ValueError, match="eval_set"):
        estimator.fit(**train_data(name), sample_weight_eval_set=weight)


@each_class
def test_several_validation_sets_and_the_training_rows_themselves(name):
    data, valid = train_data(name), valid_data(name)
    valid["eval_set"] = [(data["X"], data["y"]), *valid["eval_set"]]
    if "qid" in data:
        valid["eval_qid"] = [data["qid"], *valid["eval_qid"]]
    ours, theirs = fitted_pair(name, valid)
    assert_same_model(ours, theirs)
    assert ours.evals_result() == theirs.evals_result()
    assert ours.evals_result_ == theirs.evals_result_
    assert list(ours.evals_result()) == ["validation_0", "validation_1"]


@each_class
def test_without_a_validation_set_there_is_no_result(name):
    for estimator in fitted_pair(name):
        with pytest.raises(xgboost.core.XGBoostError, match="eval_set"):
            estimator.evals_result()
        with pytest.raises(AttributeError):
            estimator.best_iteration  # noqa: B018


@each_class
@pytest.mark.parametrize("verbose", [True, False, 2])
def test_verbose(name, verbose, capsys):
    printed = []
    for estimator in pair(name):
        estimator.fit(**train_data(name) | valid_data(name) | {"verbose": verbose})
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert printed[0].count("validation_0") == {True: 4, False: 0, 2: 3}[verbose]


@each_class
def test_verbose_unless_told_otherwise(name, capsys):
    valid = valid_data(name)
    del valid["verbose"]
    printed = []
    for estimator in pair(name):
        estimator.fit(**train_data(name), **valid)
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]


@each_class
@pytest.mark.parametrize("kind", ["booster", "file", "xgboost's", "ours"])
def test_going_on_from_a_model(name, kind, tmp_path):
    ours, theirs = fitted_pair(name)
    path = tmp_path / "first.ubj"
    theirs.save_model(path)
    first = {"booster": theirs.get_booster(), "file": str(path), "xgboost's": theirs, "ours": ours}
    more, expected = fitted_pair(name, {"xgb_model": first[kind]}, random_state=1)
    assert_same_model(more, expected)
    assert more.get_booster().num_boosted_rounds() == 2 * SMALL["n_estimators"]
    assert ours.get_booster().num_boosted_rounds() == SMALL["n_estimators"]


@each_class
def test_feature_weights_of_fit(name):
    fit_params = {"feature_weights": np.array([9.0, 0.1, 0.1, 0.1, 0.1])}
    with pytest.warns(UserWarning, match="`feature_weights` in `fit` method is deprecated"):
        ours, theirs = fitted_pair(name, fit_params, colsample_bytree=0.5)
    assert_same_model(ours, theirs)
    assert model_bytes(ours) != model_bytes(fitted_pair(name, colsample_bytree=0.5)[1])


@each_class
def test_fitting_again_starts_anew(name):
    ours, theirs = fitted_pair(name)
    data = train_data(name)
    ours.fit(**data | {"X": X[:N_TRAIN, :3]}).fit(**data)
    assert_same_model(ours, theirs)


@each_class
@pytest.mark.parametrize("seed", ["state", "generator"])
def test_generators_of_random_numbers(name, seed):
    make = {"state": np.random.RandomState, "generator": np.random.default_rng}[seed]
    ours, theirs = pair(name, subsample=0.5)
    for estimator in (ours, theirs):
        estimator.set_params(random_state=make(3)).fit(**train_data(name))
    assert settings(ours)["learner"]["generic_param"]["seed"].isdigit()
    assert_same_model(ours, theirs)


@each_class
def test_tables_of_pandas(name):
    table = pd.DataFrame(X[:N_TRAIN], columns=list("abcde"))
    y = pd.Series(Y[name][:N_TRAIN], index=np.arange(N_TRAIN)[::-1])
    data = train_data(name) | {"X": table, "y": y}
    ours, theirs = (each.fit(**data) for each in pair(name))
    assert_same_model(ours, theirs)
    assert ours.get_booster().feature_names == list("abcde")
    assert list(ours.feature_names_in_) == list("abcde")


@each_class
def test_category_columns_of_pandas(name):
    table = pd.DataFrame(X[:N_TRAIN], columns=list("abcde"))
    table["e"] = pd.Categorical.from_codes(X[:N_TRAIN, 4].astype(int), list("uvwxyz"))
    data = train_data(name) | {"X": table}
    ours, theirs = (each.fit(**data) for each in pair(name, enable_categorical=True))
    assert_same_model(ours, theirs)
    assert ours.get_booster().feature_types[-1] == "c"
    assert_array_equal(ours.predict(table), theirs.predict(table))


def test_names_of_columns_in_constraints():
    table = pd.DataFrame(X, columns=list("abcde"))
    params = {"monotone_constraints": {"a": -1, "d": 1}, "interaction_constraints": [["a", "b"]]}
    ours, theirs = (each.fit(table, Y["XGBRegressor"]) for each in pair("XGBRegressor", **params))
    assert_same_model(ours, theirs)
    assert model_bytes(ours) != model_bytes(pair("XGBRegressor")[1].fit(table, Y["XGBRegressor"]))


def test_a_column_per_label_and_a_column_per_target():
    labels = np.column_stack([SIGN > 0 for SIGN in (X[:, 0], X[:, 3])]).astype(int)
    ours, theirs = (each.fit(X, labels) for each in pair("XGBClassifier"))
    assert_same_model(ours, theirs)
    assert_array_equal(ours.predict(X), theirs.predict(X))
    targets = X[:, [0, 3]]
    ours, theirs = (each.fit(X, targets) for each in pair("XGBRegressor"))
    assert_same_model(ours, theirs)
    assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.parametrize("kind", ["group", "qid", "column"])
def test_queries(kind):
    name, valid = "XGBRanker", valid_data("XGBRanker")
    if kind == "qid":
        ours, theirs = fitted_pair(name, valid)
    else:
        data = train_data(name) | valid
        (X_valid, y_valid), qid_valid = data.pop("eval_set")[0], data.pop("eval_qid")[0]
        qid = data.pop("qid")
        if kind == "group":
            data |= {"group": np.unique(qid, return_counts=True)[1]}
            data |= {"eval_group": [np.unique(qid_valid, return_counts=True)[1]]}
        else:
            data["X"] = pd.DataFrame(data["X"], columns=list("abcde")).assign(qid=qid)
            X_valid = pd.DataFrame(X_valid, columns=list("abcde")).assign(qid=qid_valid)
        ours, theirs = (each.fit(**data, eval_set=[(X_valid, y_valid)]) for each in pair(name))
    assert_same_model(ours, theirs)
    assert ours.evals_result() == theirs.evals_result()
