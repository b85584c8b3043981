"""`cross_validate` and its kin: scikit-learn's, with all folds fitted at once where that can be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.base import clone, is_classifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import check_scoring
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from .evaluate import evaluate
from .inputs import Inputs, Split, as_splits
from .sklearn_private import (
    aggregate_score_dicts,
    check_cv,
    check_groups_routing_disabled,
    insert_error_scores,
    manual_routing,
    normalize_score_results,
    routing_enabled,
    validate_params,
    warn_or_raise_about_fit_failures,
)
from .work import Result

_ENCODED = ("decision_function", "predict_proba", "predict_log_proba")


def _as_scikit_learns(function: Callable[..., Any]) -> Callable[..., Any]:
    """Validate the parameters of a function as scikit-learn does those of its namesake."""
    constraints = getattr(model_selection, function.__name__)._skl_parameter_constraints
    return validate_params(constraints, prefer_skip_nested_validation=False)(function)


@_as_scikit_learns
def cross_validate(  # noqa: PLR0913  (scikit-learn's signature)
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    scoring: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict[str, Any] | None = None,
    pre_dispatch: Any = "2*n_jobs",
    return_train_score: bool = False,
    return_estimator: bool = False,
    return_indices: bool = False,
    error_score: Any = np.nan,
) -> dict[str, Any]:
    """Evaluate metrics by cross-validation, as `sklearn.model_selection.cross_validate` does.

    An estimator whose shared fit serves several folds, such as Ridge, alone or behind scalers, is
    fitted on all folds at once; `fit_time` is then a fold's share. Anything else is left to
    scikit-learn's own function. Parameters and returned dict are scikit-learn's.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from gridfold.pipelines import cross_validate
    >>> X, y = load_diabetes(return_X_y=True)
    >>> cross_validate(Ridge(), X, y, cv=3)["test_score"].round(4)
    array([0.37  , 0.4184, 0.4398])
    """
    check_groups_routing_disabled(groups)
    own: dict[str, Any] = {"scoring": scoring, "error_score": error_score}
    own |= {"return_train_score": return_train_score, "return_estimator": return_estimator}
    workers = {"n_jobs": n_jobs, "verbose": verbose, "pre_dispatch": pre_dispatch}
    call = _Call(cross_validate, estimator, X, y, cv, groups, params)
    rest = {**own, **workers, "return_indices": return_indices}
    if not call.may_share([{}]):
        return call.by_scikit_learn(**rest)
    scorer = check_scoring(estimator, scoring=scoring, raise_exc=error_score == "raise")
    call.route(scorer)
    if not call.shares([{}]):
        return call.by_scikit_learn(**rest)
    results = call.evaluate([{}], **own | {"scoring": scorer}, verbose=verbose)
    warn_or_raise_about_fit_failures(results, error_score)
    if callable(scoring):
        insert_error_scores(results, error_score)
    return _as_dict(call, results, return_train_score, return_estimator, return_indices)


def _as_dict(
    call: _Call, results: list[Result], train: bool, estimator: bool, indices: bool
) -> dict[str, Any]:
    """Put the results of the folds into the dict that `cross_validate` returns."""
    found = aggregate_score_dicts(results)
    returned = {"fit_time": found["fit_time"], "score_time": found["score_time"]}
    if estimator:
        returned["estimator"] = found["estimator"]
    if indices:
        parts = zip(*call.pairs, strict=True)
        returned["indices"] = dict(zip(("train", "test"), parts, strict=True))
    test_scores = normalize_score_results(found["test_scores"])
    train_scores = normalize_score_results(found["train_scores"]) if train else {}
    for name, values in test_scores.items():
        returned[f"test_{name}"] = values
        if train:
            returned[f"train_{name}"] = train_scores[name]
    return returned


@_as_scikit_learns
def cross_val_score(  # noqa: PLR0913  (scikit-learn's signature)
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    scoring: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict[str, Any] | None = None,
    pre_dispatch: Any = "2*n_jobs",
    error_score: Any = np.nan,
) -> np.ndarray:
    """Evaluate a score by cross-validation, as `sklearn.model_selection.cross_val_score` does.

    What `cross_validate` shares is shared here. Parameters are scikit-learn's.

    Returns
    -------
    scores : ndarray of shape (n_splits,), float64

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from gridfold.pipelines import cross_val_score
    >>> X, y = load_diabetes(return_X_y=True)
    >>> cross_val_score(Ridge(), X, y, cv=3).round(4)
    array([0.37  , 0.4184, 0.4398])
    """
    scorer = check_scoring(estimator, scoring=scoring)
    return cross_validate(
        estimator,
        X,
        y,
        groups=groups,
        scoring={"score": scorer},
        cv=cv,
        n_jobs=n_jobs,
        verbose=verbose,
        params=params,
        pre_dispatch=pre_dispatch,
        error_score=error_score,
    )["test_score"]


@_as_scikit_learns
def cross_val_predict(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    params: dict[str, Any] | None = None,
    pre_dispatch: Any = "2*n_jobs",
    method: str = "predict",
) -> Any:
    """Predict each row by a model fitted without it, as scikit-learn's `cross_val_predict` does.

    What `cross_validate` shares is shared here. Parameters are scikit-learn's.

    Returns
    -------
    predictions : ndarray of shape (n_samples,), (n_samples, n_classes) or (n_samples, n_outputs)

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from gridfold.pipelines import cross_val_predict
    >>> X, y = load_diabetes(return_X_y=True)
    >>> cross_val_predict(Ridge(), X, y, cv=3).shape
    (442,)
    """
    check_groups_routing_disabled(groups)
    workers = {"n_jobs": n_jobs, "verbose": verbose, "pre_dispatch": pre_dispatch}
    call = _Call(cross_val_predict, estimator, X, y, cv, groups, params)
    if not call.may_share([{}]):
        return call.by_scikit_learn(**workers, method=method)
    call.route()
    if not call.shares([{}]):
        return call.by_scikit_learn(**workers, method=method)
    if method in _ENCODED and y is not None:
        call.y = _encoded(call.y)
    results = call.evaluate([{}], scoring=_nothing, error_score="raise", return_estimator=True)
    fitted = _Fitted(estimator, [result["estimator"] for result in results])
    return model_selection.cross_val_predict(
        fitted, call.X, call.y, cv=call.drawn, n_jobs=1, verbose=verbose, method=method
    )


@_as_scikit_learns
def validation_curve(  # noqa: PLR0913  (scikit-learn's signature)
    estimator: Any,
    X: Any,
    y: Any,
    *,
    param_name: str,
    param_range: Any,
    groups: Any = None,
    cv: Any = None,
    scoring: Any = None,
    n_jobs: int | None = None,
    pre_dispatch: Any = "all",
    verbose: int = 0,
    error_score: Any = np.nan,
    params: dict[str, Any] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Scores over the values of one parameter, as scikit-learn's `validation_curve` gives them.

    The values share their fits as the candidates of a `GridSearchCV`. Parameters are
    scikit-learn's.

    Returns
    -------
    train_scores, test_scores : ndarray of shape (n_values, n_splits), float64

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from gridfold.pipelines import validation_curve
    >>> X, y = load_diabetes(return_X_y=True)
    >>> _, test = validation_curve(Ridge(), X, y, param_name="alpha", param_range=[0.1, 1, 10])
    >>> test.mean(axis=1).round(4)
    array([0.4799, 0.4102, 0.1384])
    """
    check_groups_routing_disabled(groups)
    call = _Call(validation_curve, estimator, X, y, cv, groups, params)
    own: dict[str, Any] = {"scoring": scoring, "error_score": error_score}
    workers = {"n_jobs": n_jobs, "verbose": verbose, "pre_dispatch": pre_dispatch}
    varied = {"param_name": param_name, "param_range": param_range}
    candidates = [{param_name: value} for value in param_range]
    if not call.may_share(candidates):
        return call.by_scikit_learn(**own, **workers, **varied)
    scorer = check_scoring(estimator, scoring=scoring)
    call.route(scorer)
    if not call.shares(candidates):
        return call.by_scikit_learn(**own, **workers, **varied)
    own |= {"scoring": scorer, "return_train_score": True}
    results = aggregate_score_dicts(call.evaluate(candidates, **own, **workers))
    shape = len(candidates), -1
    return np.reshape(results["train_scores"], shape), np.reshape(results["test_scores"], shape)


class _Call:
    """One call of a function: its checked inputs, its splits, and what it may share.

    Attributes
    ----------
    X, y : data
    pairs : list of (train, test)
        The splits as the splitter gave them.
    drawn : splitter
        The user's splitter, or one that gives the splits already drawn from it.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        estimator: Any,
        X: Any,
        y: Any,
        cv: Any,
        groups: Any,
        params: dict[str, Any] | None,
    ) -> None:
        self._name = function.__name__
        self.estimator, self.groups, self.params = estimator, groups, params
        self.X, self.y = indexable(X, y)
        self.drawn = check_cv(cv, self.y, classifier=is_classifier(estimator))
        self.pairs: list[Any] = []
        self._splits: list[Split] = []
        self._routed: Any = None

    def may_share(self, candidates: Sequence[Mapping[str, Any]]) -> bool:
        """Whether fits could be shared if the splits allow it: told before any are drawn."""
        if not hasattr(self.estimator, "get_params") or isinstance(self.estimator, type):
            return False
        return bool(Inputs(self.estimator, self.X, self.y).plan(candidates, None).groups)

    def route(self, scorer: Any = None) -> None:
        """Sort parameters by who is given them."""
        self._routed = _route(self, self._name, scorer)

    def shares(self, candidates: Sequence[Mapping[str, Any]]) -> bool:
        """Draw the splits, and say whether fits are shared on them."""
        split_params = self._routed.splitter.split
        self.pairs = list(self.drawn.split(self.X, self.y, **split_params))
        self.drawn = _Drawn(self.drawn, self.pairs)
        self._splits = as_splits(self.pairs)
        return bool(self._splits) and bool(self._inputs().plan(candidates, self._splits).groups)

    def _inputs(self) -> Inputs:
        scorer = self._routed.get("scorer", {}).get("score", {})
        template = clone(self.estimator)
        return Inputs(template, self.X, self.y, self._routed.estimator.fit, scorer)

    def evaluate(
        self,
        candidates: Sequence[Mapping[str, Any]],
        *,
        scoring: Any,
        error_score: Any,
        return_train_score: bool = False,
        return_estimator: bool = False,
        n_jobs: int | None = 1,
        verbose: int = 0,
        pre_dispatch: Any = "all",
    ) -> list[Result]:
        """Fit and score the candidates on all splits; one candidate is one task, done here."""
        inputs = self._inputs()
        plan = inputs.plan(candidates, self._splits)
        if verbose > 0:
            print(plan)
        work = inputs.work(
            candidates,
            self._splits,
            scorer=scoring,
            error_score=error_score,
            return_train_score=return_train_score,
            verbose=verbose,
            contexts={},
            caller=None,
            return_estimator=return_estimator,
            numbered=False,
        )
        results = evaluate(plan, work, n_jobs, pre_dispatch)
        if return_estimator:
            for result in results:  # one whose fit failed is returned unfitted
                result.setdefault("estimator", clone(inputs.template))
        return results

    def by_scikit_learn(self, **others: Any) -> Any:
        """Let scikit-learn's own function do it, on the splits if they are drawn."""
        function = getattr(model_selection, self._name)
        given = {"groups": self.groups, "cv": self.drawn, "params": self.params}
        return function(self.estimator, self.X, self.y, **given, **others)


class _Drawn:
    """A splitter that gives splits already drawn from another, whose routing it keeps."""

    def __init__(self, cv: Any, pairs: Sequence[Any]) -> None:
        self._cv, self._pairs = cv, pairs

    def split(self, X: Any, y: Any = None, groups: Any = None, **params: Any) -> Any:
        """Yield the splits."""
        yield from self._pairs

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits."""
        return len(self._pairs)

    def get_metadata_routing(self) -> Any:
        """Return what the splitter itself requests."""
        return self._cv.get_metadata_routing()


class _Fitted:
    """Stands for an estimator in a function that clones and fits it: each clone is fitted already.

    Clones are asked for in the order of the splits.
    """

    def __init__(self, estimator: Any, folds: Sequence[Any] = ()) -> None:
        self._estimator, self._waiting = estimator, list(folds)

    def __sklearn_clone__(self) -> Any:
        return _Fitted(self._waiting.pop(0))

    def __sklearn_tags__(self) -> Any:
        return get_tags(self._estimator)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._estimator, name)

    def fit(self, X: Any, y: Any = None) -> Any:
        """Leave the estimator as it was fitted."""
        return self


def _nothing(estimator: Any, X: Any, y: Any = None) -> float:
    """Score nothing: only the fitted estimators are wanted."""
    return 0.0


def _encoded(y: Any) -> Any:
    """Number the classes of each output, as `cross_val_predict` does for scores by class."""
    y = np.asarray(y)
    if y.ndim == 2:
        return np.stack([LabelEncoder().fit_transform(column) for column in y.T], axis=1)
    return LabelEncoder().fit_transform(y) if y.ndim == 1 else y


def _route(call: _Call, owner: str, scorer: Any) -> Any:
    """Sort parameters into those of the estimator's fit, the scorer and the splitter."""
    params = call.params or {}
    if not routing_enabled():
        children = {"splitter": {"split": {"groups": call.groups}}, "estimator": {"fit": params}}
        return manual_routing(children | ({} if scorer is None else {"scorer": {}}))
    router = MetadataRouter(owner=owner)
    for child, method in {"splitter": "split", "estimator": "fit", "scorer": "score"}.items():
        consumer = {"splitter": call.drawn, "estimator": call.estimator, "scorer": scorer}[child]
        if consumer is not None:
            mapping = MethodMapping().add(caller="fit", callee=method)
            router.add(method_mapping=mapping, **{child: consumer})
    try:
        return process_routing(router, "fit", **params)
    except UnsetMetadataPassedError as error:
        raise UnsetMetadataPassedError(
            message=str(error).replace(f"{owner}.fit", owner),
            unrequested_params=error.unrequested_params,
            routed_params=error.routed_params,
        ) from error
