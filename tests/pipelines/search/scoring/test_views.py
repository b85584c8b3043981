"""A view answers as the fitted pipeline would, from shared work where it can."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.base import ClassifierMixin, is_classifier, is_regressor
from sklearn.datasets import make_classification
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.metrics import get_scorer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from gridfold.pipelines import GridSearchCV

X, y = make_classification(80, 5, random_state=0)


@pytest.fixture
def seen():
    """The views that a scorer is given, with the test rows, while a search runs."""
    found = []

    def scorer(estimator, X, y):
        found.append((estimator, X, y))
        return 0.0

    pipeline = make_pipeline(StandardScaler(), RidgeClassifier())
    grid = {"ridgeclassifier__alpha": [0.1, 100.0]}
    GridSearchCV(pipeline, grid, scoring=scorer, cv=2, refit=False, error_score="raise").fit(X, y)
    assert len(found) == 4
    return found


def test_it_passes_for_the_pipeline(seen):
    view, X_test, y_test = seen[0]
    assert isinstance(view, Pipeline)
    assert is_classifier(view)
    assert not is_regressor(view)
    assert view.predict.__name__ == "predict"
    assert list(view.classes_) == [0, 1]
    assert not hasattr(view, "predict_proba")
    assert len(view) == 2
    assert view[-1].coef_.shape == (5,)
    assert "RidgeClassifier" in repr(view)
    assert get_scorer("roc_auc")(view, X_test, y_test) > 0.5


def test_answers_for_the_folds_own_rows_are_those_of_the_materialised_pipeline(seen):
    for view, X_test, y_test in seen:
        whole = pickle.loads(pickle.dumps(view))
        assert type(whole) is Pipeline
        np.testing.assert_array_equal(view.predict(X_test), whole.predict(X_test))
        np.testing.assert_allclose(
            view.decision_function(X_test), whole.decision_function(X_test), rtol=1e-12
        )
        assert view.score(X_test, y_test) == ClassifierMixin.score(whole, X_test, y_test)


def test_other_rows_even_equal_ones_are_answered_by_the_materialised_pipeline(seen):
    view, X_test, _ = seen[0]
    np.testing.assert_array_equal(view.predict(X_test.copy()), view.predict(X_test))
    changed = X_test[::-1] * 2
    whole = pickle.loads(pickle.dumps(view))
    np.testing.assert_array_equal(view.predict(changed), whole.predict(changed))


def test_what_a_scorer_does_to_predictions_is_its_own(seen):
    view, X_test, _ = seen[0]
    expected = view.predict(X_test).copy()
    view.predict(X_test)[:] = -5
    np.testing.assert_array_equal(view.predict(X_test), expected)


def test_it_passes_for_fitted_and_for_true(seen):
    def scorer(estimator, X, y):
        check_is_fitted(estimator)
        check_is_fitted(estimator, "classes_")
        return 1.0 if estimator else 0.0

    check_is_fitted(seen[0][0])
    grid = {"alpha": [0.1, 1.0]}
    search = GridSearchCV(RidgeClassifier(), grid, scoring=scorer, error_score="raise").fit(X, y)
    assert search.best_score_ == 1.0


def test_one_that_a_scorer_changes_answers_as_changed_and_changes_no_other(seen):
    (changed, X_test, y_test), (other, _, _) = seen[:2]
    expected = other[0].mean_.copy()
    before = changed.decision_function(X_test)
    changed.fit(X_test, y_test)
    np.testing.assert_allclose(changed[0].mean_, X_test.mean(axis=0))
    assert not np.allclose(changed.decision_function(X_test), before)
    np.testing.assert_array_equal(other[0].mean_, expected)
    other.threshold = 3
    assert pickle.loads(pickle.dumps(other)).threshold == 3


@pytest.mark.parametrize("output", ["default", "pandas"])
@pytest.mark.parametrize("scaled", [False, True])
def test_the_last_step_knows_the_columns_it_was_fitted_on(scaled, output):
    def scorer(estimator, X, y):
        last = estimator[-1] if scaled else estimator
        found.append((list(getattr(last, "feature_names_in_", [])), last.n_features_in_))
        return float(np.mean(estimator.predict(X.iloc[::-1])))

    estimator, grid = RidgeClassifier(), {"alpha": [0.1, 1.0]}
    if scaled:
        estimator = make_pipeline(StandardScaler(), estimator).set_output(transform=output)
        grid = {"ridgeclassifier__alpha": grid["alpha"]}
    frame = pd.DataFrame(X, columns=list("abcde"))
    found = []
    for cls in (model_selection.GridSearchCV, GridSearchCV):
        cls(estimator, grid, scoring=scorer, error_score="raise", refit=False).fit(frame, y)
    assert found[:10] == found[10:]
    assert found[0] == ([] if scaled and output == "default" else list("abcde"), 5)


def test_members_differ(seen):
    coefs = [view[-1].coef_ for view, _, _ in seen[:2]]
    assert not np.allclose(*coefs)


def test_the_score_of_neighbours_is_answered_from_one_search_per_fold(monkeypatch):
    searches = []
    search = KNeighborsClassifier.kneighbors

    def counted(self, *args, **kwargs):
        searches.append(self)
        return search(self, *args, **kwargs)

    monkeypatch.setattr(KNeighborsClassifier, "kneighbors", counted)
    pipeline = make_pipeline(StandardScaler(), KNeighborsClassifier())
    grid = {"kneighborsclassifier__n_neighbors": [1, 3, 5]}
    GridSearchCV(pipeline, grid, cv=2, refit=False, error_score="raise").fit(X, y)
    assert len(searches) == 2


def test_a_pipeline_without_a_method_says_so_as_scikit_learn_does():
    def asks(estimator, X, y):
        return float(estimator.predict_proba(X)[0, 0])

    X, y = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30.0)
    pipeline = Pipeline([("scale", StandardScaler()), ("model", Ridge())])
    search = GridSearchCV(pipeline, {"model__alpha": [1.0, 2.0]}, scoring=asks, error_score="raise")
    with pytest.raises(AttributeError, match="This 'Pipeline' has no attribute 'predict_proba'"):
        search.fit(X, y)
