"""Members are scored together, and each score is what scikit-learn's scorer says of that member."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn import config_context, metrics, model_selection
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import check_scoring, get_scorer, make_scorer
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from gridfold.estimators import Ridge as DeviceRidge
from gridfold.estimators import RidgeClassifier as DeviceRidgeClassifier
from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.scoring import members as scoring
from gridfold.pipelines.search.scoring.members import score_members
from gridfold.pipelines.search.scoring.views import View

N_SAMPLES = 60
NUMBERS = [
    "r2",
    "explained_variance",
    "neg_mean_squared_error",
    "neg_root_mean_squared_error",
    "neg_mean_absolute_error",
    "neg_median_absolute_error",
    "neg_mean_absolute_percentage_error",
    "neg_max_error",
]
POSITIVE = [
    "neg_mean_squared_log_error",
    "neg_root_mean_squared_log_error",
    "neg_mean_poisson_deviance",
    "neg_mean_gamma_deviance",
]
LABELS = ["accuracy", "balanced_accuracy", "matthews_corrcoef"] + [
    f"{name}_{average}"
    for name in ("f1", "precision", "recall", "jaccard")
    for average in ("macro", "micro", "weighted")
]
OF_TWO = ["f1", "precision", "recall", "jaccard", "roc_auc", "average_precision"]
OF_SEVERAL = ["roc_auc_ovr", "roc_auc_ovr_weighted", "roc_auc_ovo", "roc_auc_ovo_weighted"]
PROBABILITIES = ["neg_log_loss", "neg_brier_score"]


class Responses:
    """Answers of fitted estimators, as a group's; counts what it is asked to compute."""

    def __init__(self, estimators, X):
        self.estimators, self.X, self.computed = estimators, X, []
        self.known, self.classes = {}, {}
        self.lent = None

    def of(self, method, part):
        if method not in self.known:
            self.computed.append(method)
            self.known[method] = [getattr(e, method)(self.X) for e in self.estimators]
        return self.known[method]

    def part_of(self, X):
        return "test" if X is self.X or X is self.lent else None

    @contextmanager
    def lending(self, copy, part):
        self.lent = copy
        yield
        self.lent = None


class Group:
    """Fitted members, the views that stand for them, and rows to score them on."""

    def __init__(self, estimators, X, y):
        self.estimators, self.X, self.y = estimators, X, y
        self.answers = Responses(estimators, X)
        self.views = [
            View(self.answers, i, estimators[0], estimators[0], lambda i=i: estimators[i])
            for i in range(len(estimators))
        ]

    def scores(self, scorer, error_score=np.nan, **params):
        work = SimpleNamespace(scorer=scorer, error_score=error_score)
        return score_members(work, self.answers, self.views, "test", self.X, self.y, params)


def table(seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(2 * N_SAMPLES, 3))
    return X, X[:, 0] + 0.5 * rng.normal(size=len(X)), rng


def regressors(positive=False):
    X, target, _ = table()
    y = np.exp(target) if positive else target
    found = [Ridge(alpha).fit(X[:N_SAMPLES], y[:N_SAMPLES]) for alpha in (0.1, 10.0, 100.0)]
    if positive:
        for model in found:
            model.coef_ *= 0.1
            model.intercept_ = 2.0
    return Group(found, X[N_SAMPLES:], y[N_SAMPLES:])


def classifiers(names=(0, 1), model=LogisticRegression, **params):
    X, target, _ = table()
    y = np.asarray(names)[np.digitize(target, [0, 0.7][: len(names) - 1])]
    params = params or {"C": [0.01, 1.0, 100.0]}
    (name, values), *_ = params.items()
    fitted = [model(**{name: v}).fit(X[:N_SAMPLES], y[:N_SAMPLES]) for v in values]
    return Group(fitted, X[N_SAMPLES:], y[N_SAMPLES:])


def one_by_one(group, scorer, **params):
    return [scorer(estimator, group.X, group.y, **params) for estimator in group.estimators]


@pytest.fixture
def together(monkeypatch):
    """Make it an error that a scorer is asked for one member."""

    def refuse(*args):
        raise AssertionError("a scorer was asked for one member")

    monkeypatch.setattr(scoring, "score", refuse)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("weight", [None, np.linspace(0, 2, N_SAMPLES)], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("make", "names"),
    [
        (regressors, NUMBERS),
        (lambda: regressors(positive=True), NUMBERS + POSITIVE),
        (classifiers, LABELS + OF_TWO + PROBABILITIES),
        (lambda: classifiers((-1, 1)), LABELS + OF_TWO + PROBABILITIES),
        (lambda: classifiers((1, 2)), LABELS + OF_TWO),
        (lambda: classifiers((False, True)), LABELS + OF_TWO + PROBABILITIES),
        (lambda: classifiers(("no", "yes")), [*LABELS, "roc_auc", "neg_log_loss"]),
        (lambda: classifiers((0, 1, 2), C=[0.5, 100.0]), LABELS + OF_SEVERAL + PROBABILITIES),
        (lambda: classifiers(("c", "b", "a"), C=[0.5, 100.0]), LABELS + OF_SEVERAL + PROBABILITIES),
        (lambda: classifiers(model=LinearSVC, C=[0.1, 1.0]), LABELS + OF_TWO),
        (
            lambda: classifiers(model=KNeighborsClassifier, n_neighbors=[1, 3, 9]),
            LABELS + OF_TWO + PROBABILITIES,
        ),
    ],
    ids=[
        "numbers",
        "positive",
        "0 1",
        "-1 1",
        "1 2",
        "bools",
        "text",
        "three",
        "three texts",
        "decisions",
        "neighbors",
    ],
)
def test_every_named_scorer(make, names, weight):
    group = make()
    for name in names:
        params = {} if weight is None or name == "neg_max_error" else {"sample_weight": weight}
        if params and name.startswith("roc_auc_ovo"):
            continue
        scorer = get_scorer(name)
        found = group.scores(scorer, **params)
        assert all(type(one) is float for one in found)
        expected = one_by_one(group, scorer, **params)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15, err_msg=name)
    assert len(set(group.answers.computed)) == len(group.answers.computed)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("label", ["no", "yes"])
@pytest.mark.parametrize("model", [LogisticRegression, LinearSVC])
def test_the_positive_class_is_the_one_asked_for(label, model):
    group = classifiers(("no", "yes"), model, C=[0.01, 1.0])
    scorers = [
        make_scorer(metrics.f1_score, pos_label=label),
        make_scorer(
            metrics.average_precision_score,
            response_method=("decision_function", "predict_proba"),
            pos_label=label,
        ),
    ]
    if model is LogisticRegression:
        options = {"response_method": "predict_proba", "pos_label": label}
        scorers += [
            make_scorer(metrics.average_precision_score, **options),
            make_scorer(metrics.brier_score_loss, greater_is_better=False, **options),
        ]
    for scorer in scorers:
        found = group.scores(scorer)
        np.testing.assert_allclose(found, one_by_one(group, scorer), rtol=1e-12)


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("make", [regressors, classifiers])
def test_the_score_of_the_class_itself(make):
    group = make()
    scorer = check_scoring(group.estimators[0], scoring=None)
    found = group.scores(scorer)
    np.testing.assert_allclose(found, one_by_one(group, scorer), rtol=1e-12)
    weight = np.linspace(0, 1, N_SAMPLES)
    found = group.scores(scorer, sample_weight=weight)
    np.testing.assert_allclose(found, one_by_one(group, scorer, sample_weight=weight), rtol=1e-12)


def test_the_score_of_a_class_of_its_own_is_asked_for():
    class Own(LogisticRegression):
        def score(self, X, y):
            return 7.0

    group = classifiers(model=Own, C=[0.1, 1.0])
    assert group.scores(check_scoring(group.estimators[0], scoring=None)) == [7.0, 7.0]


@pytest.mark.usefixtures("together")
def test_several_outputs():
    X, _, rng = table()
    Y = X @ rng.normal(size=(3, 2)) + rng.normal(size=(len(X), 2))
    group = Group([Ridge(alpha).fit(X, Y) for alpha in (1, 100)], X, Y)
    for name in NUMBERS[:-1]:
        found = group.scores(get_scorer(name))
        np.testing.assert_allclose(found, one_by_one(group, get_scorer(name)), rtol=1e-12)


def own(estimator, X, y):
    return float(estimator.predict(X).sum())


def several(group, **scorers):
    scorers = {name: one if callable(one) else get_scorer(one) for name, one in scorers.items()}
    return check_scoring(group.estimators[0], scoring=scorers, raise_exc=False)


def test_several_metrics_with_some_that_are_asked_one_by_one():
    group = classifiers()
    scorer = several(
        group, a=own, b="accuracy", c="roc_auc", d="top_k_accuracy", e="f1", f="neg_log_loss"
    )
    with warnings.catch_warnings(record=True) as caught:  # top k of two classes
        warnings.simplefilter("always")
        found = group.scores(scorer)
        expected = one_by_one(group, scorer)
    assert len(caught) == 2 * len(found)
    for ours, theirs in zip(found, expected, strict=True):
        assert list(ours) == list(theirs) == ["a", "b", "c", "d", "e", "f"]
        np.testing.assert_allclose(list(ours.values()), list(theirs.values()), rtol=1e-12)
    assert sorted(group.answers.computed) == ["decision_function", "predict", "predict_proba"]


@pytest.mark.usefixtures("together")
def test_several_metrics_all_at_once():
    group = classifiers()
    scorer = several(group, a="accuracy", b="roc_auc", c="f1", d="precision")
    for ours, theirs in zip(group.scores(scorer), one_by_one(group, scorer), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)
    assert sorted(group.answers.computed) == ["decision_function", "predict"]


def failing(estimator, X, y):
    raise ValueError("no score today")


def test_a_scorer_that_fails_gives_the_error_score_and_the_others_stay():
    group = classifiers()
    scorer = several(group, a="accuracy", b=failing, c="f1")
    with pytest.warns(UserWarning, match="(?s)Scoring failed.*set to -1.*no score today") as caught:
        found = group.scores(scorer, error_score=-1)
    assert len(caught) == len(found)
    expected = one_by_one(group, several(group, a="accuracy", c="f1"))
    for ours, theirs in zip(found, expected, strict=True):
        assert list(ours) == ["a", "b", "c"] and ours["b"] == -1
        assert ours == pytest.approx({**theirs, "b": -1}, rel=1e-12)


def test_a_scorer_that_fails_raises_where_errors_are_to_be_raised():
    group = classifiers()
    scorers = {"a": get_scorer("accuracy"), "b": failing}
    scorer = check_scoring(group.estimators[0], scoring=scorers, raise_exc=True)
    with pytest.raises(ValueError, match="no score today"):
        group.scores(scorer, error_score="raise")
    with pytest.raises(ValueError, match="no score today"):
        group.scores(failing, error_score="raise")


@pytest.mark.parametrize("names", [("accuracy", "neg_log_loss"), ("accuracy", "r2", "roc_auc_ovr")])
def test_a_response_that_an_estimator_has_not_is_an_error_as_in_scikit_learn(names):
    group = classifiers(model=LinearSVC, C=[0.1, 1.0])
    scorer = several(group, **{name: name for name in names})
    with pytest.raises(AttributeError) as theirs:
        one_by_one(group, scorer)
    with pytest.raises(AttributeError) as ours:
        group.scores(scorer)
    assert str(ours.value) == str(theirs.value)


def test_one_metric_whose_response_is_missing_gives_the_error_score():
    group = classifiers(model=LinearSVC, C=[0.1, 1.0])
    with pytest.warns(UserWarning, match="(?s)Scoring failed.*predict_proba"):
        assert group.scores(get_scorer("neg_log_loss"), error_score=-5.0) == [-5.0, -5.0]


def test_a_member_that_scikit_learn_warns_about_is_asked_for_itself():
    group = classifiers((0, 1, 2), model=DecisionTreeClassifier, max_depth=[1, 3, 9])
    scorer = get_scorer("precision_macro")  # a stump never predicts one of three classes
    with pytest.warns(UndefinedMetricWarning) as ours:
        found = group.scores(scorer)
    with pytest.warns(UndefinedMetricWarning) as theirs:
        expected = one_by_one(group, scorer)
    assert [str(w.message) for w in ours] == [str(w.message) for w in theirs]
    assert len(ours) == 1
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_member_with_predictions_that_are_not_finite_fails_alone():
    group = regressors()
    group.estimators[1].intercept_ = np.nan
    with pytest.warns(UserWarning, match="(?s)Scoring failed.*contains NaN") as caught:
        found = group.scores(get_scorer("r2"))
    assert len(caught) == 1
    assert np.isnan(found).tolist() == [False, True, False]


def test_weights_reach_the_metrics_that_take_them():
    weight = np.linspace(0, 1, N_SAMPLES)
    group = regressors()
    scorer = several(group, a="r2", b="neg_max_error", c="d2_absolute_error_score")
    found, expected = (
        group.scores(scorer, sample_weight=weight),
        one_by_one(group, scorer, sample_weight=weight),
    )
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)
    assert found[0]["a"] != group.scores(scorer)[0]["a"]


def test_routed_weights_reach_the_metrics_that_ask_for_them():
    weight = np.linspace(0, 1, N_SAMPLES)
    with config_context(enable_metadata_routing=True):
        group = regressors()
        scorers = {
            "weighted": get_scorer("r2").set_score_request(sample_weight=True),
            "renamed": get_scorer("r2").set_score_request(sample_weight="other"),
            "plain": get_scorer("r2").set_score_request(sample_weight=False),
            "own": own,
            "asked": make_scorer(metrics.d2_absolute_error_score).set_score_request(
                sample_weight=True
            ),
        }
        for names in (list(scorers), ["weighted", "plain", "own"], ["plain", "own", "asked"]):
            scorer = several(group, **{name: scorers[name] for name in names})
            params = {"sample_weight": weight}
            if "renamed" in names:
                params["other"] = weight**2
            found, expected = group.scores(scorer, **params), one_by_one(group, scorer, **params)
            for ours, theirs in zip(found, expected, strict=True):
                assert list(ours) == names
                assert ours == pytest.approx(theirs, rel=1e-12)


def test_what_nobody_asked_for_is_an_error_as_in_scikit_learn():
    with config_context(enable_metadata_routing=True):
        group = regressors()
        scorer = several(group, a="r2", b="neg_max_error")
        with pytest.raises(TypeError, match="unexpected argument"):
            group.scores(scorer, groups=np.ones(N_SAMPLES))


def test_weights_fixed_in_the_scorer_are_its_own_business():
    group = regressors()
    weight = np.linspace(0, 1, N_SAMPLES)
    scorer = make_scorer(metrics.r2_score, sample_weight=weight)
    assert group.scores(scorer) == pytest.approx(one_by_one(group, scorer))


def test_a_scorer_that_changes_its_estimator_changes_the_scores_after_it():
    def refit(estimator, X, y):
        estimator.fit(X, y)
        return 0.0

    group = regressors()
    scorer = several(group, before="r2", change=refit, after="neg_mean_squared_error", last=own)
    found = group.scores(scorer)
    expected = [scorer(deepcopy(estimator), group.X, group.y) for estimator in group.estimators]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-12)


class Column(ClassifierMixin, BaseEstimator):
    """Answers with columns that are no batch of labels or probabilities."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full((len(X), 1), self.classes_[0])

    def predict_proba(self, X):
        return np.ones((len(X), 1))


@pytest.mark.parametrize("name", ["accuracy", "f1", "neg_log_loss", "roc_auc"])
def test_responses_of_an_unusual_shape_are_the_scorers_to_judge(name):
    X, target, _ = table()
    y = (target > 0).astype(int)
    group = Group([Column().fit(X, y) for _ in range(2)], X, y)
    scorer = get_scorer(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = group.scores(scorer, error_score=-1.0)
        try:
            expected = one_by_one(group, scorer)
        except ValueError:
            expected = [-1.0, -1.0]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("names", [(0, 1), ("no", "yes")])
def test_a_classifier_that_saw_one_class(names):
    X, target, _ = table()
    y = np.asarray(names)[(target > 0).astype(int)]
    same = np.full(len(X), names[0])
    group = Group([DummyClassifier().fit(X, same) for _ in range(2)], X, y)
    for name in ("accuracy", "f1_micro", "roc_auc", "neg_log_loss"):
        scorer = get_scorer(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = group.scores(scorer, error_score=-1.0)
            try:
                expected = one_by_one(group, scorer)
            except ValueError:
                expected = [-1.0, -1.0]
        assert found == pytest.approx(expected)


def test_a_response_that_fails_is_the_scorers_to_report():
    group = regressors()
    group.X = group.answers.X = group.X[:, :2]
    with pytest.warns(UserWarning, match="(?s)Scoring failed.*features"):
        assert np.isnan(group.scores(get_scorer("r2"))).all()
    with pytest.raises(ValueError, match="features"):
        group.scores(get_scorer("r2"), error_score="raise")


def test_a_scorer_without_y():
    group = regressors()
    group.y = None
    assert group.scores(lambda estimator, X: 3.0) == [3.0, 3.0, 3.0]


def test_a_multilabel_target_is_left_to_scikit_learn():
    X, target, _ = table()
    Y = np.stack([target > 0, target > 0.5], axis=1).astype(int)
    group = Group([KNeighborsClassifier(k).fit(X, Y) for k in (1, 5)], X, Y)
    for name in ("accuracy", "f1_macro", "jaccard_samples"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)
            found = group.scores(get_scorer(name))
            assert found == pytest.approx(one_by_one(group, get_scorer(name)))


def test_a_part_of_the_members():
    group = regressors()
    group.views = group.views[1:]
    scorer = get_scorer("r2")
    assert group.scores(scorer) == pytest.approx(one_by_one(group, scorer)[1:], rel=1e-12)


def test_a_regressor_has_no_positive_class():
    X, target, _ = table()
    y = (target > 0).astype(int)
    group = Group([LinearRegression().fit(X, y)], X, y)
    found = group.scores(make_scorer(metrics.average_precision_score))
    expected = one_by_one(group, make_scorer(metrics.average_precision_score))
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.usefixtures("together")
def test_members_on_another_library_are_scored_there(foreign):
    X, target, _ = table()
    labels = (target > 0).astype(int)
    for model, y, names in (
        (DeviceRidge, target, NUMBERS),
        (DeviceRidgeClassifier, labels, [*LABELS, *OF_TWO]),
    ):
        ours = Group([model(alpha).fit(foreign.put(X), foreign.put(y)) for alpha in (1, 9)], X, y)
        ours.X = ours.answers.X = foreign.put(X)
        ours.y = foreign.put(y)
        theirs = Group([model(alpha).fit(X, y) for alpha in (1, 9)], X, y)
        for name in names:
            found, expected = ours.scores(get_scorer(name)), one_by_one(theirs, get_scorer(name))
            np.testing.assert_allclose(found, expected, rtol=1e-9, err_msg=name)


def test_a_target_without_a_dtype_meets_float32_as_in_scikit_learn():
    from xgboost import XGBRegressor

    random = np.random.default_rng(0)
    X, y = random.normal(size=(60, 3)), random.normal(size=60).tolist()
    grid = {"n_estimators": [1, 2, 4]}
    ours, theirs = (
        cls(XGBRegressor(n_jobs=1), grid, cv=3, scoring=["r2", "explained_variance"], refit=False)
        .fit(X, y)
        .cv_results_
        for cls in (GridSearchCV, model_selection.GridSearchCV)
    )
    for name in ("r2", "explained_variance"):
        np.testing.assert_array_equal(ours[f"split0_test_{name}"], theirs[f"split0_test_{name}"])
