"""The contract of every estimator: scikit-learn's checks, and what gridfold promises besides."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from types import ModuleType
from typing import Any
from unittest import SkipTest

import joblib
import numpy as np
import pytest
from helpers.host_reads import count_reads
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.validation import has_fit_parameter

from gridfold.estimators import arrays
from gridfold.estimators.arrays import HOST, DeviceError, Place, is_foreign, to_numpy
from gridfold.estimators.base import OnDevice
from gridfold.estimators.shared import Members, Meta, affine_step_for, shared_fit_for
from gridfold.pipelines import GridSearchCV
from gridfold.pipelines.devices import why_on_host


@dataclass(frozen=True)
class Row:
    """An estimator under contract.

    Parameters
    ----------
    path : str
        "module:Class" below gridfold.
    task : {"regression", "classification", "ranking", "transformation", "clustering"}
    params : callable
        Returns constructor parameters: what the class requires, or what makes it quick or exact.
    members : tuple of dict
        Two members for the shared fit of the class; without them the class has none.
    rtol : float
        How well the members agree with separate fits, and ours with the parent.
    affine : bool
        Whether it is registered as `(X - shift) / scale`.
    rounding : float
        How well array libraries agree: they round float32 differently.
    added : frozenset of str
        Parameters beyond the parent's and `device`.
    positive : bool
        Whether X and y must not be negative.
    any_sign : bool
        Whether the signs of transformed columns are free: the parent has LAPACK's.
    large_classes : bool
        Whether each class must have more than a few rows.
    host_only : bool
        Whether other libraries and devices are left to scikit-learn, with a reason.
    stops_early : bool
        Whether the parent stops before its optimum at any `tol`, so that ours is the reference.
    """

    path: str
    task: str
    params: Callable[[], Mapping[str, Any]] = dict
    members: tuple[Mapping[str, Any], ...] = ()
    rtol: float = 1e-9
    affine: bool = False
    rounding: float = 1e-10
    added: frozenset[str] = frozenset()
    positive: bool = False
    any_sign: bool = False
    large_classes: bool = False
    host_only: bool = False
    stops_early: bool = False

    @property
    def name(self) -> str:
        return self.path.partition(":")[2]

    @property
    def missing(self) -> bool:
        return self.path.startswith("boosting") and find_spec("xgboost") is None

    @property
    def cls(self) -> type:
        return getattr(import_module(f"gridfold.{self.path.partition(':')[0]}"), self.name)

    @property
    def parent(self) -> type | None:
        """The class of another library that ours stands for: the first base of its name."""
        return next((base for base in self.cls.__mro__[1:] if base.__name__ == self.name), None)

    def make(self, cls: type | None = None, **params: Any) -> Any:
        """Return a new estimator of this class, or of `cls` with the same parameters."""
        return (cls or self.cls)(**{**self.params(), **params})

    def problem(self, seed: int = 0) -> dict[str, np.ndarray]:
        """Return what this estimator is fitted on: X and, where the task has them, y and qid."""
        data = problem(self.task, seed)
        if self.positive:
            data["X"] = np.abs(data["X"])
        if self.large_classes:
            ranks = np.argsort(np.argsort(data["X"][:, 0] + data["X"][:, 1]))
            data["y"] = np.array([0, 1, 2, 1])[4 * ranks // len(ranks)]
        if self.positive and self.task == "regression":
            data["y"] = np.exp(data["y"] / 4)
        return data


def steps() -> dict[str, Any]:
    scaler, model = Row("estimators:StandardScaler", ""), Row("estimators:Ridge", "")
    return {"steps": [("scaler", scaler.make()), ("model", model.make())]}


def alphas() -> dict[str, Any]:
    return {"estimator": Row("estimators:Ridge", "").make(), "param_grid": {"alpha": [1.0]}}


SEEDED = partial(dict, random_state=0)
MIXED = partial(dict, n_components=2, random_state=0)
FEW_TREES = partial(dict, n_estimators=5)
TIGHT = partial(dict, tol=1e-10, max_iter=1000)
SQUARED = "squared_epsilon_insensitive"
ALPHA = ({"alpha": 0.1}, {"alpha": 10.0})
CATEGORIES = partial(dict, min_categories=20)
SMOOTHING = ({}, {"var_smoothing": 0.1})
SOFT = ({"alpha": 0.01}, {"alpha": 0.3, "fit_intercept": False})
LASSO = partial(dict, tol=1e-6)
C = ({"C": 0.1}, {"C": 10.0})
COUNTS = ({"n_components": 1}, {"n_components": 2})
SHRUNK = ({"reg_param": 0.1}, {"reg_param": 0.5})
K = ({"n_neighbors": 3}, {"n_neighbors": 8, "weights": "distance"})
TREES = ({}, {"n_estimators": 2})
EPOCHS = partial(dict, learning_rate_init=0.02, tol=0.01, max_iter=1000, random_state=0)
NETWORK = {"dtype", "dropout", "normalization", "schedule", "checkpoint", "checkpoint_every"}
OF_CLASSES = frozenset(NETWORK | {"label_smoothing", "class_weight"})
OF_NUMBERS = frozenset(NETWORK | {"quantile", "delta"})
BOOSTING = {"categorical_features", "validation_fraction", "refit_full", "preset"}
BOOSTING |= {"n_bags", "keep_oof"}
SEARCH = frozenset({"sharing", "memory_limit", "checkpoint", "audit", "return_predictions"})
SEARCH |= {"time_budget"}

# Each estimator is one line here.
ROWS = [
    Row("estimators:LinearRegression", "regression", members=({}, {"fit_intercept": False})),
    Row("estimators:Ridge", "regression", members=ALPHA),
    Row("estimators:RidgeClassifier", "classification", members=ALPHA),
    Row("estimators:Lasso", "regression", LASSO, members=SOFT, rtol=1e-5),
    Row("estimators:ElasticNet", "regression", LASSO, members=SOFT, rtol=1e-5),
    Row("estimators:HuberRegressor", "regression", rtol=1e-4, stops_early=True),
    Row("estimators:QuantileRegressor", "regression", partial(dict, alpha=0.0), host_only=True),
    Row("estimators:LogisticRegression", "classification", TIGHT, members=C, rtol=1e-4),
    *(
        Row(f"estimators:{name}", "regression", TIGHT, members=ALPHA, rtol=1e-4, positive=True)
        for name in ("PoissonRegressor", "GammaRegressor", "TweedieRegressor")
    ),
    Row("estimators:SVC", "classification", members=C, host_only=True),
    Row("estimators:SVR", "regression", members=C, host_only=True),
    Row("estimators:LinearSVC", "classification", TIGHT, rtol=1e-4),
    Row("estimators:LinearSVR", "regression", partial(TIGHT, loss=SQUARED), rtol=1e-4),
    Row("estimators:KNeighborsClassifier", "classification", members=K),
    Row("estimators:KNeighborsRegressor", "regression", members=K),
    Row("estimators:NearestNeighbors", "clustering"),
    Row("estimators:GaussianNB", "classification", members=SMOOTHING),
    Row("estimators:MultinomialNB", "classification", members=ALPHA, positive=True),
    Row("estimators:ComplementNB", "classification", members=ALPHA, positive=True),
    Row("estimators:BernoulliNB", "classification", members=ALPHA),
    Row(
        "estimators:CategoricalNB",
        "classification",
        CATEGORIES,
        members=ALPHA,
        positive=True,
        host_only=True,
    ),
    Row(
        "estimators:NearestCentroid",
        "classification",
        members=({}, {"shrink_threshold": 0.2, "priors": "empirical"}),
    ),
    Row(
        "estimators:MLPClassifier",
        "classification",
        EPOCHS,
        rtol=1e-4,
        rounding=1e-4,
        added=OF_CLASSES,
    ),
    Row(
        "estimators:MLPRegressor",
        "regression",
        EPOCHS,
        rtol=1e-4,
        rounding=1e-4,
        added=OF_NUMBERS,
    ),
    Row("estimators:PCA", "transformation", members=({"n_components": 1}, {"n_components": 3})),
    Row(
        "estimators:TruncatedSVD",
        "transformation",
        partial(dict, n_oversamples=1, random_state=0),
        members=({"n_components": 1}, {"n_components": 2}),
    ),
    Row("estimators:StandardScaler", "transformation", affine=True),
    Row("estimators:KernelRidge", "regression", members=ALPHA),
    Row("estimators:Nystroem", "transformation", partial(dict, n_components=20, random_state=0)),
    Row("estimators:LinearDiscriminantAnalysis", "classification", members=COUNTS, any_sign=True),
    Row(
        "estimators:QuadraticDiscriminantAnalysis",
        "classification",
        members=SHRUNK,
        large_classes=True,
    ),
    Row("estimators:KMeans", "clustering", SEEDED),
    Row("estimators:MiniBatchKMeans", "clustering", SEEDED),
    Row("estimators:DBSCAN", "clustering", host_only=True),
    Row("estimators:GaussianMixture", "clustering", MIXED),
    Row("estimators:MinMaxScaler", "transformation", affine=True),
    Row("estimators:RobustScaler", "transformation", affine=True),
    Row("estimators:QuantileTransformer", "transformation", partial(dict, n_quantiles=10)),
    Row("estimators:SimpleImputer", "transformation"),
    Row("estimators:PolynomialFeatures", "transformation", members=({"degree": 1}, {"degree": 3})),
    Row(
        "boosting:XGBClassifier",
        "classification",
        FEW_TREES,
        members=TREES,
        added=frozenset(BOOSTING | {"calibration"}),
    ),
    Row(
        "boosting:XGBRegressor",
        "regression",
        FEW_TREES,
        members=TREES,
        added=frozenset(BOOSTING | {"conformal"}),
    ),
    Row("boosting:XGBRanker", "ranking", FEW_TREES, added=frozenset(BOOSTING)),
    Row("pipelines:TabularPreprocessor", "transformation"),
    Row("pipelines:Pipeline", "regression", steps),
    Row("pipelines:GridSearchCV", "regression", alphas, added=SEARCH),
]

METHODS = ("predict", "predict_proba", "decision_function", "transform")


def rows(keep: Callable[[Row], Any] = lambda row: True) -> Any:
    """Run a test for each row that `keep` keeps; xgboost's are skipped where it is missing."""
    skip = pytest.mark.skip(reason="xgboost is not installed")
    return pytest.mark.parametrize(
        "row",
        [
            pytest.param(row, id=row.name, marks=skip if row.missing else ())
            for row in ROWS
            if row.missing or keep(row)
        ],
    )


on_device = rows(lambda row: "device" in row.make().get_params(deep=False))


def problem(task: str, seed: int = 0) -> dict[str, np.ndarray]:
    """Return X of shape (120, 4) and, where the task has them, y and qid of shape (120,)."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(120, 4)) * [1.0, 3.0, 0.5, 2.0] + [0.0, 1.0, 5.0, -2.0]
    found = {"X": X}
    if task == "regression":
        found["y"] = X @ [1.0, -2.0, 0.5, 0.0] + rng.normal(size=120)
    elif task == "classification":
        found["y"] = np.argmax(X @ rng.normal(size=(4, 3)) + rng.normal(size=(120, 3)), axis=1)
    elif task == "ranking":
        found["y"], found["qid"] = rng.integers(0, 4, 120), np.repeat(np.arange(12), 10)
    return found


def answers(estimator: Any, X: Any) -> dict[str, Any]:
    """Return what each method of the fitted estimator answers for `X`."""
    return {name: getattr(estimator, name)(X) for name in METHODS if hasattr(estimator, name)}


def assert_close(found: Mapping[str, Any], expected: Mapping[str, Any], rtol: float) -> None:
    """Compare the entries that are arrays of numbers, relative to the largest number of each."""
    assert set(found) == set(expected)
    for name, value in expected.items():
        value = to_numpy(value)
        if value.dtype.kind in "fiub":
            atol = rtol * np.abs(value).max(initial=0)
            assert_allclose(to_numpy(found[name]), value, rtol=rtol, atol=atol, err_msg=name)
        elif value.dtype.kind in "US":
            assert_array_equal(found[name], value, err_msg=name)


# --- scikit-learn's own checks ---------------------------------------------------------------


# They compare more digits than float32 has, the default of what trains by minibatches.
OF_MANY_DIGITS = ("check_sample_weight_equivalence_on_dense_data",)


def common_checks() -> Iterator[Any]:
    for row in (row for row in ROWS if not row.missing):
        for estimator, check in estimator_checks_generator(row.make()):
            settings = ",".join(f"{k}={v}" for k, v in check.keywords.items())
            if "dtype" in row.added and check.func.__name__ in OF_MANY_DIGITS:
                estimator.set_params(dtype=None)
            test = f"{row.name}-{check.func.__name__}" + (f"({settings})" if settings else "")
            yield pytest.param(row, estimator, check, id=test)


@pytest.mark.filterwarnings("ignore:Unknown data type.*convert it to csr_matrix:UserWarning")
@pytest.mark.parametrize(("row", "estimator", "check"), list(common_checks()))
def test_common_check_of_scikit_learn(row, estimator, check):
    """Passes, or an empty subclass of the parent fails too: exemptions go by exact type."""
    ours = failure(check, estimator)
    if ours is None:
        return
    theirs = None if row.parent is None else failure(check, row.make(empty_subclass(row.parent)))
    if theirs is None:
        raise ours
    pytest.xfail(f"an empty subclass of the parent fails too: {theirs!r:.200}")


def failure(check: Callable[[Any], None], estimator: Any) -> Exception | None:
    """Run a check and return what it raised: whatever that is, it is a failure of the check."""
    try:
        check(estimator)
    except SkipTest:
        raise
    except Exception as error:
        return error
    return None


def empty_subclass(parent: type) -> type:
    """Return a subclass of the same name with nothing in it, which pickle finds."""
    home = sys.modules.setdefault("empty_subclasses", ModuleType("empty_subclasses"))
    if not hasattr(home, parent.__name__):
        empty = type(parent.__name__, (parent,), {"__module__": home.__name__})
        setattr(home, parent.__name__, empty)
    return getattr(home, parent.__name__)


# --- what gridfold promises ------------------------------------------------------------------


@rows()
@pytest.mark.parametrize("order", ["C", "F"])
def test_input_is_never_written_to(row, order):
    data = row.problem()
    if has_fit_parameter(row.make(), "sample_weight"):
        data["sample_weight"] = np.repeat(np.linspace(0.5, 2.0, 12), 10)
    data = {name: np.array(array, order=order) for name, array in data.items()}
    before = {name: array.copy() for name, array in data.items()}
    for array in data.values():
        array.flags.writeable = False
    answers(row.make().fit(**data), data["X"])
    for name, array in before.items():
        assert_array_equal(data[name], array, err_msg=name)


@on_device
def test_array_library_and_device_are_kept_and_the_numbers_are_numpys(row, library):
    data = row.problem()
    expected = answers(row.make().fit(**data), data["X"])
    moved = {name: library.put(array) for name, array in data.items()}
    found = answers(row.make().fit(**moved), moved["X"])
    for name, answer in found.items():
        assert library.owns(answer), name
    assert_close(found, expected, row.rounding)
    for name, array in row.problem().items():
        assert_array_equal(library.host(moved[name]), array, err_msg=name)


@on_device
def test_float32_is_kept_where_the_parent_keeps_it(row, library):
    data = row.problem()
    data["X"] = data["X"].astype(np.float32)
    expected = answers(row.make(row.parent).fit(**data), data["X"])
    moved = {name: library.put(array) for name, array in data.items()}
    for name, answer in answers(row.make().fit(**moved), moved["X"]).items():
        if expected[name].dtype == np.float32:
            assert library.host(answer).dtype == np.float32, name


@rows(lambda row: issubclass(row.cls, OnDevice) and "dtype" not in row.added)
def test_float32_is_as_near_to_float64_as_the_parents(row, library):
    """The error of float32 rows is at most four times scikit-learn's own."""
    data = row.problem()
    single = {**data, "X": data["X"].astype(np.float32)}
    rounded = {**data, "X": single["X"].astype(np.float64)}
    reference = row.cls if row.stops_early else row.parent
    exact = answers(row.make(reference).fit(**rounded), rounded["X"])
    theirs = answers(row.make(row.parent).fit(**single), single["X"])
    moved = {name: library.put(array) for name, array in single.items()}
    found = answers(row.make().fit(**moved), moved["X"])
    found = {name: library.host(answer) for name, answer in found.items()}
    found, theirs = (with_signs_of(row, each, exact) for each in (found, theirs))
    for name, reference in exact.items():
        if reference.dtype.kind == "f":
            scale = np.abs(reference).max()
            error, allowed = (
                np.abs(each[name].astype(np.float64) - reference).max() / scale
                for each in (found, theirs)
            )
            assert error <= 4 * max(allowed, np.finfo(np.float32).eps), name


def with_signs_of(
    row: Row, found: dict[str, np.ndarray], expected: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Turn transformed columns to the signs of those expected, where a row leaves them free."""
    if not row.any_sign:
        return found
    signs = np.sign(np.sum(found["transform"] * expected["transform"], axis=0))
    return {**found, "transform": found["transform"] * signs}


@rows(lambda row: row.parent is not None)
def test_the_answers_are_the_parents(row):
    data = row.problem()
    found, expected = (answers(row.make(c).fit(**data), data["X"]) for c in (row.cls, row.parent))
    assert_close(with_signs_of(row, found, expected), expected, row.rtol)


@rows()
@pytest.mark.parametrize("module", [pickle, joblib], ids=["pickle", "joblib"])
def test_a_stored_estimator_answers_the_same(row, module):
    data = row.problem()
    fitted = row.make().fit(**data)
    stream = BytesIO()
    module.dump(fitted, stream)
    stream.seek(0)
    assert_close(answers(module.load(stream), data["X"]), answers(fitted, data["X"]), rtol=0)


@on_device
def test_a_stored_estimator_holds_numpy_arrays_only(row, foreign):
    data = row.problem()
    fitted = row.make().fit(**{name: foreign.put(array) for name, array in data.items()})
    loaded = pickle.loads(pickle.dumps(fitted))
    assert not [name for name, value in vars(loaded).items() if is_foreign(value)]
    assert_close(answers(loaded, data["X"]), answers(fitted, data["X"]), rtol=1e-10)


@on_device
def test_parameters_are_the_parents_and_device(row):
    ours, theirs = (row.make(cls).get_params(deep=False) for cls in (row.cls, row.parent))
    assert set(ours) == set(theirs) | {"device"} | row.added
    assert ours["device"] is None
    assert repr(row.make(row.parent)) == repr(row.make())


@on_device
def test_clone_keeps_the_parameters_and_nothing_fitted(row):
    fitted = row.make(device="cpu").fit(**row.problem())
    copy = clone(fitted)
    assert copy.device == "cpu"
    assert repr(copy) == repr(fitted)
    assert set(vars(copy)) == set(vars(row.make(device="cpu")))


@rows(lambda row: issubclass(row.cls, OnDevice))
def test_our_kernel_is_what_runs_and_to_sklearn_gives_the_plain_object(row, library):
    data = row.problem()
    fitted = row.make().fit(**{name: library.put(array) for name, array in data.items()})
    assert (fitted.fallback_ is None) == (library.name == "numpy" or not row.host_only)
    plain = fitted.to_sklearn()
    assert type(plain) is row.parent
    assert set(vars(plain)) == set(vars(row.make(row.parent).fit(**data)))
    assert_close(answers(plain, data["X"]), answers(fitted, data["X"]), rtol=1e-10)


@on_device
def test_a_gpu_that_is_not_there_is_an_error_that_names_the_extra(row):
    if find_spec("cupy") is not None:
        pytest.skip("CuPy is installed: there may be a GPU")
    with pytest.raises(DeviceError, match=r"gridfold\[cuda12\]"):
        row.make(device="cuda").fit(**row.problem())


@rows()
def test_answering_leaves_the_estimator_as_it_is(row):
    data = row.problem()
    fitted = row.make().fit(**data)
    before, arrays = dict(vars(fitted)), arrays_of(fitted)
    answers(fitted, data["X"])
    assert_same_attributes(fitted, before)
    for name, array in arrays.items():
        assert_array_equal(vars(fitted)[name], array, err_msg=name)


@on_device
def test_answering_for_another_library_leaves_the_estimator_as_it_is(row, foreign):
    data = row.problem()
    fitted = row.make().fit(**data)
    before = dict(vars(fitted))
    found = answers(fitted, foreign.put(data["X"]))
    assert_same_attributes(fitted, before)
    assert all(foreign.owns(answer) for answer in found.values())
    assert_close(found, answers(fitted, data["X"]), rtol=1e-10)


def arrays_of(estimator: Any) -> dict[str, np.ndarray]:
    """Return copies of the arrays among the attributes."""
    return {name: v.copy() for name, v in vars(estimator).items() if isinstance(v, np.ndarray)}


def assert_same_attributes(estimator: Any, before: Mapping[str, Any]) -> None:
    """Check that the attributes are the same objects as before, none more and none less."""
    assert vars(estimator).keys() == before.keys()
    assert not [name for name, value in vars(estimator).items() if value is not before[name]]


@rows()
def test_the_column_names_of_a_table_are_kept_and_asked_for(row):
    pandas = pytest.importorskip("pandas")
    data = row.problem()
    table = pandas.DataFrame(data["X"], columns=list("abcd"))
    fitted = row.make().fit(**{**data, "X": table})
    assert list(fitted.feature_names_in_) == list("abcd")
    assert_close(answers(fitted, table), answers(row.make().fit(**data), data["X"]), rtol=1e-10)


@rows(lambda row: row.task == "classification")
def test_labels_may_be_texts(row, library):
    data = row.problem()
    words = np.array(["ash", "birch", "cedar"])
    expected = answers(row.make().fit(**data), data["X"])
    X = library.put(data["X"])
    fitted = row.make().fit(X, words[data["y"]])
    assert_array_equal(fitted.classes_, words)
    found = answers(fitted, X)
    assert isinstance(found["predict"], np.ndarray)
    expected["predict"] = words[expected["predict"]]
    assert_close(found, expected, row.rounding)


@rows(lambda row: row.members)
@pytest.mark.parametrize("whose", ["ours", "parent"])
def test_a_shared_fit_gives_what_separate_fits_give(row, whose):
    cls = row.cls if whose == "ours" else row.parent
    data = row.problem()
    family = shared_fit_for(cls)
    assert family is not None
    members = Members(row.make(cls), row.members)
    meta = Meta(*data["X"].shape)
    assert {name for member in row.members for name in member} <= family.varying
    assert [family.declines(members.params(i), meta) for i in range(2)] == [None, None]
    state = family.fit(members, data["X"], data.get("y"))
    new = row.problem(seed=1)["X"]
    for i in range(2):
        alone = members.instance(i).fit(**data)
        expected = answers(alone, new)
        member = family.materialise(state, i)
        assert type(member) is cls
        assert set(vars(member)) == set(vars(alone))
        assert repr(member) == repr(alone)
        assert_close(answers(member, new), expected, row.rtol)
        assert_close(results_of(member), results_of(alone), row.rtol)
        for order in ([0, 1], [1, 0], [i]):
            found = {m: family.respond(state, new, m, order)[order.index(i)] for m in expected}
            assert_close(found, expected, row.rtol)


@rows(lambda row: row.affine)
@pytest.mark.parametrize("whose", ["ours", "parent"])
def test_an_affine_step_is_its_shift_and_scale(row, whose):
    cls = row.cls if whose == "ours" else row.parent
    data = row.problem()
    fitted = row.make(cls).fit(**data)
    shift, scale = affine_step_for(cls)(fitted)
    assert_allclose((data["X"] - shift) / scale, fitted.transform(data["X"]), 1e-14, 1e-15)


@rows(lambda row: row.members and issubclass(row.cls, OnDevice) and not row.host_only)
def test_a_shared_fit_works_where_x_is(row, foreign):
    """Members answer there, with the numbers of the host."""
    data, new = row.problem(), row.problem(seed=1)["X"]
    family, members = shared_fit_for(row.cls), Members(row.make(), row.members)
    here = family.fit(members, data["X"], data.get("y"))
    there = family.fit(members, *(foreign.put(array) for array in data.values()))
    for method in answers(family.materialise(here, 0), new):
        expected = family.respond(here, new, method, [1, 0])
        found = family.respond(there, foreign.put(new), method, [1, 0])
        for i, one in enumerate(expected):
            answer = found[i, ...] if is_foreign(found) else found[i]
            assert foreign.owns(answer), method
            assert_close({method: answer}, {method: one}, row.rounding)
        for i in range(2):
            answer = getattr(family.materialise(there, i), method)(foreign.put(new))
            assert_close({method: answer}, {method: expected[1 - i]}, row.rounding)


@rows(lambda row: row.members and issubclass(row.cls, OnDevice) and not row.host_only)
def test_a_search_on_a_device_leaves_x_there(row, monkeypatch):
    """The same scores as on the host, to which nothing comes that is as large as a part of X."""
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    data = row.problem()
    more = np.abs(np.random.default_rng(1).normal(size=(120, 12)))
    data["X"] = np.hstack([data["X"], more])
    if row.task == "classification":
        data["y"] = np.argsort(np.argsort(data["X"][:, 0] + more[:, 0])) // 40
    estimator, prefix = row.make(), ""
    if row.task == "transformation":
        estimator, prefix = make_pipeline(estimator, Row("estimators:Ridge", "").make()), "0__"
        estimator.steps[0] = ("0", estimator.steps[0][1])
        data["y"] = problem("regression")["y"]
    grid = [{prefix + name: [v] for name, v in member.items()} for member in row.members]
    options = {"cv": 3, "refit": False, "error_score": "raise"}
    here = GridSearchCV(estimator, grid, **options).fit(data["X"], data.get("y"))
    sizes = count_reads(monkeypatch)
    there = GridSearchCV(estimator, grid, **options)
    there.fit(strict.asarray(data["X"], device=strict.Device("device1")), data.get("y"))
    for name, scores in here.cv_results_.items():
        if name.endswith("_test_score") and "rank" not in name:
            assert_allclose(there.cv_results_[name], scores, rtol=max(1e-7, row.rounding))
    assert 0 < max(sizes) < 40 * 16
    assert "fitted alone" not in str(there.plan_)


@rows(lambda row: issubclass(row.cls, OnDevice))
def test_a_search_knows_what_computes_on_the_host(row):
    reason = why_on_host(row.make(row.parent)), why_on_host(row.make())
    assert reason[0] == f"{row.name} computes there"
    assert (reason[1] is not None) == row.host_only
    if row.host_only:
        strict = pytest.importorskip("array_api_strict", reason="no array-api-strict")
        data = {name: strict.asarray(array) for name, array in row.problem().items()}
        assert reason[1] == f"{row.name} computes there ({row.make().fit(**data).fallback_})"


@rows(lambda row: row.host_only and row.task != "clustering")
def test_a_search_on_a_device_leaves_x_on_the_host(row, monkeypatch):
    """What computes there is given X as it came, and shares what it shares without a device."""
    strict = pytest.importorskip("array_api_strict", reason="array-api-strict is not installed")
    data, estimator = row.problem(), row.make(row.parent)
    if row.task == "classification":
        data["y"] = np.argsort(np.argsort(data["X"][:, 0])) // 40
    grid = [{name: [v] for name, v in member.items()} for member in row.members] or {}
    options = {"cv": 3, "refit": False, "error_score": "raise"}
    here = GridSearchCV(estimator, grid, **options).fit(data["X"], data["y"])
    place, put = Place(strict, strict.Device("device1")), Place.put
    monkeypatch.setattr(arrays, "_cuda_place", lambda X, index: place)
    sizes = [0]

    def counted(self: Place, array: Any, dtype: Any = None) -> Any:
        sizes.append(np.size(array) if self != HOST else 0)
        return put(self, array, dtype)

    monkeypatch.setattr(Place, "put", counted)
    there = GridSearchCV(estimator, grid, device="cuda", **options).fit(data["X"], data["y"])
    assert_array_equal(there.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"])
    assert f"X stays on the host: {why_on_host(row.make())}" in there.plan_.notes
    assert "fitted alone" not in str(there.plan_)
    assert max(sizes) < data["X"].size / 3


def results_of(estimator: Any) -> dict[str, Any]:
    """Return the attributes without iterations and gap: they are effort and not result."""
    return {
        name: value
        for name, value in vars(estimator).items()
        if name not in ("n_iter_", "dual_gap_")
    }
