"""XGBoost's ranker, with queries in any order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from sklearn.utils.validation import column_or_1d

from ..estimators.arrays import Array, to_numpy
from ..estimators.base import to_host
from .base import Boosted
from .fit_params import fit_signature
from .objectives import xgboost_objective
from .on_device import at_home
from .queries import check_relevance, read_queries, split_off_ids
from .ranking import query_by_query, ranking_score
from .targets import Target, numbers
from .training.one_model import needs_part
from .training.recipe import Recipe
from .training.rows import Rows
from .training.strategy import Trained
from .xgb import xgboost


class XGBRanker(Boosted, xgboost.XGBRanker):
    """Gradient boosted trees that learn to order the rows of each query, by XGBoost.

    All parameters, methods and attributes of `xgboost.XGBRanker` are there, and without the
    parameters below the model is the same, bit for bit. Tables may have columns of text,
    categories, booleans and dates. Queries are told to `fit` by `qid`, by `group` or by a column
    "qid" of a DataFrame; ids may be of any type, and rows of a query need not be adjacent. Where
    nothing tells queries the table is one.

    Parameters
    ----------
    categorical_features : list of names, positions or a mask, optional
        Columns whose values are categories. Text and category columns of tables always are.
    validation_fraction : float, default=0.1
        With `early_stopping_rounds`, and no validation set given to `fit`: the share of queries
        held out.
    refit_full : bool, default=False
        After such a stop, train again on all rows, for `best rounds / share of training rows`.
    preset : {None, "tabular"}
        Tuned values for what is left at its default; None keeps xgboost's defaults.
    n_bags : int, default=1
        How many models are trained, each on all folds of the queries but one, and averaged. With
        `early_stopping_rounds` each stops by the fold that it was not trained on.
    keep_oof : bool, default=False
        With `n_bags`, whether to keep `oof_prediction_`.
    objective : {"ndcg", "map", "pairwise"} or xgboost's name, default="rank:ndcg"
        "ndcg" takes relevances that are whole numbers from 0 to 31 (any, with
        `ndcg_exp_gain=False`), "map" takes 0 and 1, "pairwise" any numbers.
    **kwargs
        All other parameters of `xgboost.XGBRanker`.

    Attributes
    ----------
    boosters_ : list of xgboost.Booster
        One, or `n_bags`.
    best_iteration_ : int, or list of one per bag
        With early stopping, the best round, from 0.
    evals_result_ : dict, or list of one per bag
        The metrics of each validation set, round by round.
    oof_prediction_ : float32 array of shape (n_samples,)
        For each training row the score by the model that was not trained on its query.

    Examples
    --------
    >>> from gridfold.boosting import XGBRanker
    >>> X, relevance, query = [[0], [1], [2], [5]], [0, 1, 2, 0], ["a", "a", "a", "b"]
    >>> model = XGBRanker(n_estimators=5, min_child_weight=0).fit(X, relevance, qid=query)
    >>> model.predict([[0], [2]]).argmax().item()
    1
    """

    _xgboost_class = xgboost.XGBRanker
    _task = "ranking"

    def __init__(
        self,
        *,
        categorical_features: Any = None,
        validation_fraction: float = 0.1,
        refit_full: bool = False,
        preset: str | None = None,
        n_bags: int = 1,
        keep_oof: bool = False,
        objective: Any = "rank:ndcg",
        **kwargs: Any,
    ) -> None:
        self.categorical_features = categorical_features
        self.validation_fraction = validation_fraction
        self.refit_full = refit_full
        self.preset = preset
        self.n_bags = n_bags
        self.keep_oof = keep_oof
        # xgboost's own refuses what it has no ranking objective for.
        super().__init__(objective=xgboost_objective(objective, self._task), **kwargs)
        self.objective = objective

    def fit(self, X: Any, y: Any, **fit_params: Any) -> XGBRanker:
        """Fit the model.

        Parameters
        ----------
        X : array, DataFrame (pandas or polars) or sparse matrix of shape (n_samples, n_features)
            May have missing cells, and columns of text, categories, booleans and dates; a column
            "qid" tells queries, and is no feature.
        y : array-like of shape (n_samples,)
            Relevances: higher is better.
        **fit_params
            qid, group, sample_weight (one for each query in the order of their ids, or one for
            each row), eval_set, eval_qid and the others of `xgboost.XGBRanker.fit`, and

            - X_val, y_val, qid_val, sample_weight_val: a validation set for early stopping;
            - groups, of shape (n_samples,): queries of one group are held out together.

        Raises
        ------
        ValueError
            When queries are told twice, their sizes or weights do not fit the rows, a relevance is
            none for the objective, or a column is of no known kind.
        DeviceError
            When a GPU is asked for and there is none, or xgboost was built without GPU support.
        """
        return self._fit(X, y, fit_params)

    def _fit_in_memory(self, X: Any, y: Any, given: Mapping[str, Any]) -> Any:
        queries, X, y, given = query_by_query(X, y, given, self._relevances)
        super()._fit_in_memory(X, y, given)
        out_of_fold = vars(self).get("oof_prediction_")
        if out_of_fold is not None:
            self.oof_prediction_ = queries.as_given(out_of_fold)
        return self

    def _read_target(self, y: Any) -> Target:
        return Target(y)  # read before its rows were brought into order, for messages

    def _relevances(self, y: Any, name: str = "y") -> np.ndarray:
        y = column_or_1d(numbers(to_host(y)), warn=True)
        objective = xgboost_objective(self.objective, self._task)
        check_relevance(y, objective, name, exp_gain=self._has_exp_gain())
        return y

    def _has_exp_gain(self) -> bool:
        """Whether xgboost counts a relevance r as a gain of 2^r - 1, or as r."""
        given = vars(self).get("kwargs", {}).get("ndcg_exp_gain", True)
        return str(given).lower() not in ("0", "false")

    def _train(
        self, recipe: Recipe, rows: Rows, given: Mapping[str, Any], target: Target
    ) -> Trained:
        assert rows.groups is not None  # they are the queries
        holds_out = recipe.n_bags > 1 or needs_part(recipe, given)
        if holds_out and len(np.unique(rows.groups)) == 1:
            raise ValueError(
                "Whole queries are held out, and there is one only: pass qid, group or a column "
                "'qid' of X, or a validation set."
            )
        return super()._train(recipe, rows, given, target)

    def predict(
        self,
        X: Any,
        *,
        output_margin: bool = False,
        validate_features: bool = True,
        base_margin: Any = None,
        iteration_range: tuple[int, int] | None = None,
    ) -> Array:
        """Return scores of shape (n_samples,), float32, in the order of the rows, where X is.

        Scores of one query can be compared: the highest comes first. The parameters are those of
        `xgboost.XGBRanker.predict`; queries need not be told.
        """
        X = split_off_ids(X)[0]
        found = self._mean_prediction(
            X,
            margin=output_margin,
            validate_features=validate_features,
            base_margin=base_margin,
            iteration_range=iteration_range,
        )
        return at_home(found, X)

    def apply(self, X: Any, iteration_range: Any = None) -> np.ndarray:
        """Return for each row the leaf that it ends in, int of shape (n_samples, n_trees)."""
        return super().apply(split_off_ids(X)[0], iteration_range)

    def score(
        self, X: Any, y: Any, *, qid: Any = None, group: Any = None, sample_weight: Any = None
    ) -> float:
        """Return the mean of a metric over the queries: the last of `eval_metric`.

        By default that of the objective: NDCG for "ndcg" and "pairwise", mean average precision
        for "map".

        Parameters
        ----------
        X : array, DataFrame or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
        qid, group, sample_weight : as in `fit`
        """
        X, queries = read_queries(X, qid, group)
        return ranking_score(
            self.get_xgb_params() | {"eval_metric": self.eval_metric},
            queries,
            queries.sorted(to_numpy(self.predict(X, output_margin=True))),
            queries.sorted(self._relevances(y)),
            queries.weight_of_rows(sample_weight),
        )

    def permutation_importances(
        self, X: Any, y: Any, *, qid: Any = None, group: Any = None, **options: Any
    ) -> Any:
        """Return how much worse the score gets when a column of X is shuffled (Breiman 2001).

        A column is shuffled over the rows of all queries.

        Parameters
        ----------
        X, y, qid, group : as in `score`
        **options
            scoring, n_repeats, n_jobs, random_state and sample_weight, as of `XGBRegressor`'s.

        Returns
        -------
        table : DataFrame of shape (n_features, 2), float64
            "mean" and "std" over the repeats, a row per column, the largest mean on top.
        """
        read_queries(X, qid, group)  # checks
        X, ids = split_off_ids(X)
        if options.get("scoring") is None:
            options["scoring"] = partial(_score, qid=ids if qid is None else qid, group=group)
        return super().permutation_importances(X, y, **options)

    # Metadata routing reads the names of the parameters here.
    fit.__signature__ = fit_signature(xgboost.XGBRanker, "qid_val")  # type: ignore[attr-defined]


def _score(model: XGBRanker, X: Any, y: Any, **params: Any) -> float:
    return model.score(X, y, **params)
