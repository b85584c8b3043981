"""`cross_validate` and its kin: scikit-learn's, with all folds fitted at once where that can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import model_selection
from sklearn.metrics import check_scoring

from .cross_validation_call import ENCODED, Call, Fitted, encoded, nothing
from .fitting.work import Result
from .sklearn_private import (
    aggregate_score_dicts,
    check_groups_routing_disabled,
    insert_error_scores,
    normalize_score_results,
    validate_params,
    warn_or_raise_about_fit_failures,
)


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
    call = Call(cross_validate, estimator, X, y, cv, groups, params)
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
    call: Call, results: list[Result], train: bool, estimator: bool, indices: bool
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
    call = Call(cross_val_predict, estimator, X, y, cv, groups, params)
    if not call.may_share([{}]):
        return call.by_scikit_learn(**workers, method=method)
    call.route()
    if not call.shares([{}]):
        return call.by_scikit_learn(**workers, method=method)
    by_class = method in ENCODED and y is not None
    if by_class:
        call.y = encoded(call.y)
    results = call.evaluate(
        [{}], scoring=nothing, error_score="raise", keeps=method, return_estimator=by_class
    )
    if any(result["predictions"] is None for result in results):
        call.y = y
        return call.by_scikit_learn(**workers, method=method)  # it raises what the model raised
    fitted = Fitted(estimator, method, results)
    return model_selection.cross_val_predict(
        fitted, call.rows_only(), call.y, cv=call.drawn, n_jobs=1, verbose=verbose, method=method
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
    call = Call(validation_curve, estimator, X, y, cv, groups, params)
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
