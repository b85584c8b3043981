"""One call of `cross_validate` or its kin: its inputs, its splits, and what it may share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn import get_config, model_selection
from sklearn.base import clone, is_classifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.preprocessing import LabelEncoder
from sklearn.utils import Tags, TargetTags, get_tags, indexable
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from .display.terminal import show
from .entry import host_unless_dispatched
from .fitting.by_rows import ByRows, check_scorer
from .fitting.cut import is_on_its_own
from .fitting.work import Result
from .inputs import Inputs, Split, as_splits
from .running.evaluate import evaluate
from .sklearn_private import check_cv, manual_routing, num_samples, routing_enabled

# Methods whose answers have one column per class; `cross_val_predict` numbers the classes first.
ENCODED = ("decision_function", "predict_proba", "predict_log_proba")


class Call:
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
        self.X, self.y = indexable(X, host_unless_dispatched(y))
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
        self.drawn = Drawn(self.drawn, self.pairs)
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
        keeps: str | None = None,
        n_jobs: int | None = 1,
        verbose: int = 0,
        pre_dispatch: Any = "all",
    ) -> list[Result]:
        """Fit and score the candidates on all splits; one candidate is one task, done here."""
        inputs = self._inputs()
        plan = inputs.plan(candidates, self._splits)
        if verbose > 0:
            show(plan)
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
            keeps=keeps,
        )
        results = evaluate(plan, work, n_jobs, pre_dispatch)
        if return_estimator:
            for result in results:  # one whose fit failed is returned unfitted
                result.setdefault("estimator", clone(inputs.template))
        return results

    def rows_only(self) -> Any:
        """Return as many rows as X has; with its columns where scikit-learn asks for a device."""
        if get_config()["array_api_dispatch"]:
            return self.X
        return np.empty((num_samples(self.X), 0))

    def by_scikit_learn(self, **others: Any) -> Any:
        """Let scikit-learn's own function do it, on the splits if they are drawn."""
        function = getattr(model_selection, self._name)
        given = {"groups": self.groups, "cv": self.drawn, "params": self.params, **others}
        if not is_on_its_own(self.X):
            return function(self.estimator, self.X, self.y, **given)
        check_scorer(others.get("scoring"))
        estimator = ByRows(self.estimator, self.X)
        found = function(estimator, estimator.numbers, self.y, **given)
        if isinstance(found, dict) and "estimator" in found:
            found["estimator"] = [each.estimator for each in found["estimator"]]
        return found


class Drawn:
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


class Fitted:
    """Stands for an estimator in a function that clones it, fits it and asks one of its methods.

    Each clone stands for one fold, and has been asked already. Clones are made in the order of
    the splits.
    """

    def __init__(self, estimator: Any, method: str, results: Sequence[Result]) -> None:
        self._estimator, self._method = estimator, method
        self._results = list(results)

    def __sklearn_clone__(self) -> Any:
        return FittedFold(self._method, self._results.pop(0))

    def __sklearn_tags__(self) -> Any:
        return get_tags(self._estimator)

    def fit(self, X: Any, y: Any = None) -> Any:
        """Leave all as it is: it is the clones that answer."""
        return self

    predict = fit


class FittedFold:
    """The answer of one fold, behind the method that was asked."""

    def __init__(self, method: str, result: Result) -> None:
        self._result = result
        setattr(self, method, lambda X: result["predictions"])

    def __sklearn_tags__(self) -> Any:
        return Tags(estimator_type=None, target_tags=TargetTags(required=False))

    @property
    def classes_(self) -> Any:
        """The classes of the fold."""
        return self._result["estimator"].classes_

    def fit(self, X: Any, y: Any = None) -> Any:
        """Leave the model as it was fitted."""
        return self


def nothing(estimator: Any, X: Any, y: Any = None) -> float:
    """Score nothing: only the fitted estimators are wanted."""
    return 0.0


def encoded(y: Any) -> Any:
    """Number the classes of each output, as `cross_val_predict` does for scores by class."""
    y = np.asarray(y)
    if y.ndim == 2:
        return np.stack([LabelEncoder().fit_transform(column) for column in y.T], axis=1)
    return LabelEncoder().fit_transform(y) if y.ndim == 1 else y


def _route(call: Call, owner: str, scorer: Any) -> Any:
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
