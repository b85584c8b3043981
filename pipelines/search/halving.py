"""Searches by successive halving: scikit-learn's, with every computation done once."""

from __future__ import annotations

from .options import with_options
from .shared_search import SharedSearch
from .sklearn_private import SklearnHalvingGridSearchCV, SklearnHalvingRandomSearchCV


@with_options("sharing", "device", "memory_limit", "checkpoint", "audit")
class HalvingGridSearchCV(SklearnHalvingGridSearchCV, SharedSearch):
    """Search over parameter values by successive halving, with every computation done once.

    Gives the `cv_results_` of scikit-learn's `HalvingGridSearchCV`, which need not be enabled
    first. All candidates begin with few rows (or a small value of another `resource`), and each
    iteration keeps the best `1 / factor` of them with `factor` times as much. The candidates of
    an iteration share their fits as in `GridSearchCV`; with rows as the resource each fold has a
    sample of its own, so that no fit serves several folds.

    Parameters are those of scikit-learn's class, with these additions:

    refit : bool, str or callable, default=True
        Also "one_standard_error": the simplest candidate within one standard error of the best.
        A larger `alpha` or `n_neighbors` is simpler, say, a smaller `C` or `max_depth`.
    sharing, device, memory_limit, checkpoint, audit
        As in `GridSearchCV`.

    Attributes
    ----------
    plan_ : Plans
        How each iteration was computed, a list of plans; print it. `plan(X, y)` is the plan of
        the first iteration.
    cv_results_ : dict of str to ndarray
        One row per candidate and iteration. `mean_fit_time` of a candidate fitted with others is
        its share of their time.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from gridfold.pipelines import HalvingGridSearchCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> grid = {"alpha": [0.01, 0.1, 1.0, 10.0]}
    >>> search = HalvingGridSearchCV(Ridge(), grid, factor=2, cv=2, random_state=0).fit(X, y)
    >>> search.best_params_
    {'alpha': 0.1}
    >>> print(search.plan_)
    3 evaluations: 14 fits of single steps become 6, 8 saved
    iter 0, n_resources 110:
    4 candidates x 2 folds: 8 fits of single steps become 2, 6 saved
    └─ Ridge: 4 members in one shared fit per fold, 2 fits instead of 8 (differ in alpha)
    iter 1, n_resources 220:
    2 candidates x 2 folds: 4 fits of single steps become 2, 2 saved
    └─ Ridge: 2 members in one shared fit per fold, 2 fits instead of 4 (differ in alpha)
    iter 2, n_resources 440:
    1 candidate x 2 folds: 2 fits of single steps become 2, 0 saved
    └─ 1 candidate fitted by scikit-learn's routine
       · 1 because no other candidate differs from it only in what can be shared
    """


@with_options("sharing", "device", "memory_limit", "checkpoint", "audit")
class HalvingRandomSearchCV(SklearnHalvingRandomSearchCV, SharedSearch):
    """Search over values drawn at random by successive halving, every computation done once.

    Draws the candidates of scikit-learn's `HalvingRandomSearchCV`, which need not be enabled
    first, and gives its `cv_results_`. Candidates share their fits as in `HalvingGridSearchCV`.

    Parameters are those of scikit-learn's class, with these additions:

    refit : bool, str or callable, default=True
        Also "one_standard_error": the simplest candidate within one standard error of the best.
        A larger `alpha` or `n_neighbors` is simpler, say, a smaller `C` or `max_depth`.
    sharing, device, memory_limit, checkpoint, audit
        As in `GridSearchCV`.

    Attributes
    ----------
    plan_ : Plans
        How each iteration was computed, a list of plans; print it. `plan(X, y)` is the plan of
        the first iteration.
    cv_results_ : dict of str to ndarray
        One row per candidate and iteration. `mean_fit_time` of a candidate fitted with others is
        its share of their time.
    """
