"""`GridSearchCV` and `RandomizedSearchCV`: scikit-learn's, with every computation done once."""

from __future__ import annotations

from sklearn import model_selection

from .options import with_options
from .shared_search import SharedSearch


@with_options(
    "sharing",
    "device",
    "memory_limit",
    "checkpoint",
    "audit",
    "return_predictions",
    "time_budget",
)
class GridSearchCV(SharedSearch, model_selection.GridSearchCV):
    """Exhaustive search over parameter values, with every computation done once.

    Gives the `cv_results_` of `sklearn.model_selection.GridSearchCV`: candidates are put into a
    tree of steps, steps that several candidates configure alike are fitted once per fold, and
    candidates that differ only in parameters that a shared fit can vary are fitted together.

    Parameters are those of scikit-learn's class, with these additions:

    refit : bool, str or callable, default=True
        Also "one_standard_error": the simplest candidate within one standard error of the best.
        A larger `alpha` or `n_neighbors` is simpler, say, a smaller `C` or `max_depth`.
    sharing : {"all", "exact", "off"}, default="all"
        "exact" leaves out shared fits that reach the same optimum only to a tolerance. "off" fits
        every candidate by scikit-learn's own routine.
    device : {None, "cpu", "cuda", "cuda:N", "auto"}, default=None
        Where the estimators compute; None follows `gridfold.config_context`. On a GPU classes of
        scikit-learn's are exchanged for gridfold's of the same name, also in `best_estimator_`;
        an array of numbers is moved there once, if all steps compute there (`plan_` says so if
        not), and one process does all the work, whatever `n_jobs`.
    memory_limit : float or str, default=None
        What the search may hold beside the data, in bytes or as "2GB"; by default half of what is
        free. Work that would take more is cut into pieces, done one after the other.
    checkpoint : path, default=None
        A file that keeps every result as it comes (as JSON, a line each). A search that was
        interrupted takes over what the file holds, and computes the rest.
    audit : int, default=0
        So many pairs of a shared candidate and a fold are fitted alone too, and their scores
        compared; a difference is an error that shows both.
    return_predictions : bool or {"predict", "predict_proba", "decision_function"}, default=False
        Keep what each candidate answers for the rows of the test parts, in `predictions_`. True
        is "predict". The test parts must split the rows.
    time_budget : float, default=None
        Seconds after which no new fit is begun. What is cheap is fitted first. Candidates that
        are not finished on all folds score NaN and rank last. The refit is not counted.

    Attributes
    ----------
    plan_ : Plan
        How the search was computed; print it.
    cv_results_ : dict of str to ndarray of shape (n_candidates,)
        `mean_fit_time` of a candidate fitted with others is its share of their time.
    predictions_ : ndarray of shape (n_candidates, n_samples) or (n_candidates, n_samples, ...)
        What each candidate answered for each row when it was in the test part; only with
        `return_predictions`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from gridfold.pipelines import GridSearchCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> pipeline = make_pipeline(StandardScaler(), Ridge())
    >>> search = GridSearchCV(pipeline, {"ridge__alpha": [0.1, 1.0, 10.0, 100.0]}).fit(X, y)
    >>> search.best_params_
    {'ridge__alpha': 0.1}
    >>> print(search.plan_)
    4 candidates x 5 folds: 40 fits of single steps become 6, 34 saved
    └─ StandardScaler: one fit per fold, 5 fits instead of 20
       └─ Ridge: 4 members in one shared fit for all 5 folds, 1 fit instead of 20 (differ in alpha)
    """


@with_options(
    "sharing",
    "device",
    "memory_limit",
    "checkpoint",
    "audit",
    "return_predictions",
    "time_budget",
)
class RandomizedSearchCV(SharedSearch, model_selection.RandomizedSearchCV):
    """Search over parameter values drawn at random, with every computation done once.

    Draws the candidates of `sklearn.model_selection.RandomizedSearchCV` and gives its
    `cv_results_`; candidates share their fits as in `GridSearchCV`. Parameters drawn from a
    continuous distribution are shared where a shared fit can vary them; in front of them, a step
    is shared only by candidates that drew the same values for it.

    Parameters are those of scikit-learn's class, with these additions:

    refit : bool, str or callable, default=True
        Also "one_standard_error": the simplest candidate within one standard error of the best.
        A larger `alpha` or `n_neighbors` is simpler, say, a smaller `C` or `max_depth`.
    sharing, device, memory_limit, checkpoint, audit, return_predictions, time_budget
        As in `GridSearchCV`.

    Attributes
    ----------
    plan_ : Plan
        How the search was computed; print it. `plan(X, y)` draws what `fit` will draw.
    cv_results_ : dict of str to ndarray of shape (n_iter,)
        `mean_fit_time` of a candidate fitted with others is its share of their time.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from gridfold.pipelines import RandomizedSearchCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> alphas = {"alpha": loguniform(1e-3, 1e3)}
    >>> search = RandomizedSearchCV(Ridge(), alphas, n_iter=20, random_state=0)
    >>> print(search.plan(X, y))
    20 candidates x 5 folds: 100 fits of single steps become 1, 99 saved
    └─ Ridge: 20 members in one shared fit for all 5 folds, 1 fit instead of 100 (differ in alpha)
    """
