"""The shared fits of support vector machines against separate fits: the same bits."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV as TheirGridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from gridfold.estimators.kernels import libsvm_answers
from gridfold.estimators.shared import Declined, Members, Meta, shared_fit_for
from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.search.cost.divide import divide
from gridfold.pipelines.search.cost.effort import effort
from gridfold.pipelines.search.planning.plan import Group, Member

SHARED = shared_fit_for(SVC)
CLASSES = {"SVC": SVC, "NuSVC": NuSVC, "SVR": SVR, "NuSVR": NuSVR}


def data(n=150, p=6, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + 0.3 * rng.normal(size=n)
    codes = np.searchsorted(np.quantile(y, np.arange(1, n_classes) / n_classes), y)
    return X, y, codes, rng.normal(size=(60, p))


def same(found, expected, name=""):
    """Assert that two values, arrays or estimators are alike to the last bit."""
    if isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype, name
        assert found.shape == expected.shape, name
        assert_array_equal(found, expected, err_msg=name)
    else:
        assert type(found) is type(expected), name
        assert found == expected, name


def methods_of(estimator):
    return ["predict", "decision_function"] if is_classifier(estimator) else ["predict"]


def compare(prototype, overrides, X, y, Q, **params):
    """Compare every member's attributes and answers with its own fit; return the state."""
    members = Members(prototype, overrides)
    state = SHARED.fit(members, X, y, **params)
    alone = [members.instance(i).fit(X, y, **params) for i in range(len(members))]
    for i, one in enumerate(alone):
        made = SHARED.materialise(state, i)
        assert vars(made).keys() == vars(one).keys() - {"feature_names_in_"}
        for name in vars(made):
            same(getattr(made, name), getattr(one, name), name)
    for rows in (X, Q):
        for method in methods_of(prototype):
            answers = SHARED.respond(state, rows, method, range(len(members)))
            for answer, one in zip(answers, alone, strict=True):
                same(answer, getattr(one, method)(rows), method)
    return state


def grid(name):
    first = {"SVC": "C", "NuSVC": "nu", "SVR": "C", "NuSVR": "nu"}[name]
    values = (0.05, 0.2, 0.4) if first == "nu" else (0.05, 1.0, 30)
    return [{first: v, "gamma": g} for v in values for g in (0.03, 0.5, "scale")]


def target(name, y, codes):
    return codes if "SVC" in name else y


@pytest.mark.parametrize("kernel", ["rbf", "linear", "poly", "sigmoid"])
@pytest.mark.parametrize(
    ("name", "n_classes"),
    [("SVC", 2), ("SVC", 3), ("SVC", 5), ("NuSVC", 2), ("NuSVC", 3), ("SVR", 2), ("NuSVR", 2)],
)
def test_members_are_separate_fits(name, n_classes, kernel):
    X, y, codes, Q = data(n_classes=n_classes)
    prototype = CLASSES[name](kernel=kernel, max_iter=20_000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        compare(prototype, grid(name), X, target(name, y, codes), Q)


@pytest.mark.parametrize("name", list(CLASSES))
def test_weights_of_rows(name):
    X, y, codes, Q = data()
    weight = np.random.default_rng(1).uniform(0.5, 2, len(y))
    compare(CLASSES[name](), grid(name), X, target(name, y, codes), Q, sample_weight=weight)
    weight[::5] = 0.0
    compare(CLASSES[name](), grid(name), X, target(name, y, codes), Q, sample_weight=weight)
    compare(CLASSES[name](), grid(name), X, target(name, y, codes), Q, sample_weight=list(weight))


def test_all_parameters_of_one_machine_may_vary():
    X, _, codes, Q = data()
    overrides = [
        {"C": 2.0, "kernel": "linear"},
        {"C": 3.0, "kernel": "rbf", "gamma": "auto"},
        {"class_weight": "balanced", "tol": 1e-5},
        {"class_weight": {0: 2.0}, "shrinking": False},
        {"decision_function_shape": "ovo", "cache_size": 1.0},
        {"break_ties": True},
        {"kernel": "poly", "degree": 2, "coef0": 1, "gamma": 1},
        {"kernel": "poly", "degree": 0},
        {"kernel": "sigmoid", "gamma": 0.0, "coef0": -1.0},
    ]
    compare(SVC(), overrides, X, codes, Q)
    compare(SVC(), overrides, X, codes > 1, Q)


def test_labels_that_are_texts_and_rows_of_a_table():
    X, _, codes, Q = data()
    y = pd.Series(np.array(["one", "two", "three"], dtype=object)[codes])
    compare(SVC(), grid("SVC"), pd.DataFrame(X), y, pd.DataFrame(Q))
    compare(SVC(), grid("SVC"), np.asfortranarray(X), y.tolist(), Q.astype(np.float32))
    compare(SVR(), grid("SVR"), np.round(3 * X).astype(int), codes, np.round(3 * Q).astype(int))
    compare(SVC(), grid("SVC"), X.astype(np.float32), codes, Q)


def hard(kind):
    X, y, codes, Q = data(n_classes=2, n=120)
    if kind == "constant columns":
        X[:, 1:] = 2.5
    elif kind == "all rows alike":
        X[:] = 1.0
    elif kind == "duplicated rows":
        X[1::2], codes[1::2] = X[::2], codes[::2]
        Q[:30] = X[:30]
    elif kind == "whole numbers":
        X, Q = np.round(X), np.round(Q)
    elif kind == "huge scale":
        X[:, 0] *= 1e8
        Q[:, 0] *= 1e8
    elif kind == "one row in a class":
        codes[:] = 0
        codes[7] = 1
    elif kind == "wide":
        X, Q = (np.random.default_rng(2).normal(size=(len(rows), 300)) for rows in (X, Q))
    return X, y, codes, Q


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize(
    "kind",
    [
        "constant columns",
        "all rows alike",
        "duplicated rows",
        "whole numbers",
        "huge scale",
        "one row in a class",
        "wide",
    ],
)
def test_hard_data_have_the_same_bits_or_are_declined(kind, kernel):
    X, y, codes, Q = hard(kind)
    for name in ("SVC", "SVR"):
        prototype = CLASSES[name](kernel=kernel, max_iter=2_000)
        overrides = [{"C": c, "gamma": g} for c in (1e-3, 1.0) for g in ("scale", 1e-3)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            try:
                compare(prototype, overrides, X, target(name, y, codes), Q)
            except Declined as reason:
                assert kind == "huge scale"
                assert "rounding" in str(reason)


def test_votes_in_doubt_are_left_to_libsvm(monkeypatch):
    X, _, codes, Q = data()
    asked = []
    votes = libsvm_answers.Bank.votes

    def doubting(self, X):
        found, doubtful = votes(self, X)
        asked.append(doubtful.sum())
        found[:, ::2] = -1
        doubtful[:, ::2] = True
        return found, doubtful

    monkeypatch.setattr(libsvm_answers.Bank, "votes", doubting)
    compare(SVC(), grid("SVC"), X, codes, Q)
    assert not any(asked)


def test_rows_on_the_border_are_in_doubt():
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    state = SHARED.fit(Members(SVC(kernel="linear"), [{"C": 1.0}, {"C": 5.0}]), X, [0, 0, 1, 1])
    _, doubtful = state.bank([0, 1]).votes(np.array([[0.0], [1e-17], [0.1], [-3.0]]))
    assert_array_equal(doubtful, [[True, True, False, False]] * 2)


def test_many_machines_in_several_calls_and_rows_in_several_blocks(monkeypatch):
    X, y, codes, Q = data()
    monkeypatch.setattr(libsvm_answers, "_ENTRIES", 1_000)
    overrides = [{"C": c} for c in np.logspace(-2, 2, 30).tolist()]
    compare(SVR(), overrides, X, y, Q)
    compare(SVC(), overrides, X, codes > 0, Q)


def test_each_member_that_does_not_converge_warns_once():
    X, _, codes, _ = data()
    overrides = [{"C": 1.0, "max_iter": 3}, {"C": 5.0, "max_iter": 4}, {"C": 1.0, "max_iter": -1}]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        state = SHARED.fit(Members(SVC(), overrides), X, codes)
    assert [str(w.message).partition(".")[0] for w in caught] == [
        f"Solver terminated early (max_iter={k})" for k in (3, 4)
    ]
    assert SHARED.materialise(state, 0).fit_status_ == 1


def test_columns_of_targets_warn_as_often_as_separate_fits():
    X, _, codes, _ = data()
    with pytest.warns(UserWarning, match="column-vector y") as caught:
        SHARED.fit(Members(SVC(), grid("SVC")), X, codes[:, None])
    assert len(caught) == len(grid("SVC"))


def test_members_are_complete_and_can_be_stored():
    X, _, codes, Q = data()
    state = SHARED.fit(Members(SVC(kernel="linear"), grid("SVC")), X, codes)
    member, alone = SHARED.materialise(state, 4), SVC(kernel="linear", C=1.0, gamma=0.5)
    alone.fit(X, codes)
    same(member.coef_, alone.coef_)
    same(member.n_support_, alone.n_support_)
    stored = pickle.loads(pickle.dumps(member))
    assert_array_equal(stored.decision_function(Q), alone.decision_function(Q))


def test_it_leaves_its_input_alone():
    X, y, _, _ = data()
    weight = np.ones(len(y))
    for array in (X, y, weight):
        array.flags.writeable = False
    SHARED.fit(Members(SVR(), grid("SVR")), X, y, sample_weight=weight)


@pytest.mark.parametrize(
    ("params", "word"),
    [
        ({"kernel": "precomputed"}, "precomputed"),
        ({"kernel": np.dot}, "function"),
        ({"kernel": "other"}, "other"),
        ({"probability": True}, "probability"),
        ({"verbose": True}, "verbose"),
        ({"gamma": -1.0}, "gamma"),
        ({"gamma": "other"}, "gamma"),
        ({"degree": 2.5}, "degree"),
        ({"coef0": np.nan}, "coef0"),
        ({"break_ties": True, "decision_function_shape": "ovo"}, "break_ties"),
    ],
)
def test_what_cannot_be_shared_is_declined(params, word):
    plain = SVC().get_params()
    assert SHARED.declines(plain, Meta(100)) is None
    assert word in SHARED.declines({**plain, **params}, Meta(100))
    assert "sparse" in SHARED.declines(plain, Meta(100, sparse=True))
    assert "rows" in SHARED.declines(plain, Meta(20_000))
    assert SHARED.declines(SVR().get_params(), Meta(100)) is None


def test_what_a_fit_refuses_is_declined():
    X, y, codes, _ = data()
    nus = [{"nu": nu} for nu in (0.1, 0.99, 0.2, 0.98)]
    with pytest.raises(Declined, match="infeasible") as refused:
        SHARED.fit(Members(NuSVC(), nus), X, codes == 0)
    assert refused.value.members == {1, 3}
    with pytest.raises(Declined, match="sparse"):
        SHARED.fit(Members(SVC(), grid("SVC")), sparse.csr_array(X), codes)
    with pytest.raises(Declined, match="'groups'"):
        SHARED.fit(Members(SVC(), grid("SVC")), X, codes, groups=codes)
    with pytest.raises(Declined, match="weight 0"):
        SHARED.fit(Members(SVC(), grid("SVC")), X, codes, sample_weight=codes.astype(float))
    y[3] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        SHARED.fit(Members(SVR(), grid("SVR")), X, y)


@pytest.mark.parametrize(
    ("name", "label"), [("phoneme", "class"), ("segment", "class"), ("wine_quality", "quality")]
)
def test_searches_on_real_tables_have_scikit_learns_scores(real_table, name, label):
    table = real_table(name).dropna().sample(400, random_state=0)
    y = table.pop(label).to_numpy()
    X = table.select_dtypes("number")
    estimator = SVR() if name == "wine_quality" else SVC()
    step = type(estimator).__name__.lower()
    space = {f"{step}__C": [0.1, 1.0, 10.0], f"{step}__gamma": [0.01, 0.1, "scale"]}
    ours, theirs = (
        cls(make_pipeline(StandardScaler(), estimator), space, cv=3, return_train_score=True)
        for cls in (GridSearchCV, TheirGridSearchCV)
    )
    ours.fit(X, y)
    theirs.fit(X, y)
    assert "9 members in one shared fit" in str(ours.plan_)
    for key, expected in theirs.cv_results_.items():
        if "_test_" in key or "_train_" in key:
            assert_allclose(ours.cv_results_[key], expected, rtol=1e-14)


def test_a_group_is_cut_for_workers_between_its_kernels():
    candidates = [{"C": c, "gamma": g} for c in (0.1, 1, 10, 100) for g in (0.1, 0.2, 0.3, "scale")]
    group = Group("", SVC(), SHARED, members=[Member(own, [i]) for i, own in enumerate(candidates)])
    meta = Meta(n_samples=2_000, n_features=10)
    for n_pieces in (2, 4, 5, 6):
        (pieces,) = [divide([group], effort(group, meta) / n_pieces, meta)]
        gammas = [{member.overrides["gamma"] for member in piece[0].members} for piece in pieces]
        assert sorted(c for (piece,) in pieces for c in piece.candidates()) == list(range(16))
        assert sum(map(len, gammas)) == 4
        assert len(pieces) == min(n_pieces, 4)
