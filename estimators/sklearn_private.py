"""Private names of scikit-learn (1.9) that the estimators need, gathered in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from threading import Lock
from typing import Any

from sklearn.cluster._k_means_common import _is_same_clustering as is_same_clustering
from sklearn.cluster._kmeans import _kmeans_single_elkan as compiled_elkan
from sklearn.cluster._kmeans import _kmeans_single_lloyd as compiled_lloyd
from sklearn.cluster._kmeans import _labels_inertia_threadpool_limit as compiled_labels
from sklearn.cluster._kmeans import _mini_batch_step as compiled_mini_batch
from sklearn.decomposition._pca import _infer_dimension as infer_dimension
from sklearn.linear_model._cd_fast import enet_coordinate_descent_gram as compiled_descent
from sklearn.metrics._pairwise_distances_reduction import ArgKmin
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads as openmp_threads
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._set_output import _get_output_config as get_output_config
from sklearn.utils.multiclass import _check_partial_fit_first_call as first_partial_fit
from sklearn.utils.optimize import _check_optimize_result as check_optimize_result
from sklearn.utils.validation import _check_sample_weight as check_sample_weight
from sklearn.utils.validation import _check_y as check_target

_lock, _holders = Lock(), list[Any]()  # of `one_blas_thread`: the first holds what it changed

RAW_PREDICT = "_raw_predict"  # of gradient boosting, from which it derives all answers

__all__ = [
    "RAW_PREDICT",
    "AdamOptimizer",
    "ArgKmin",
    "Interval",
    "SGDOptimizer",
    "StrOptions",
    "blas_threads",
    "check_optimize_result",
    "check_sample_weight",
    "check_target",
    "compiled_descent",
    "compiled_elkan",
    "compiled_labels",
    "compiled_lloyd",
    "compiled_mini_batch",
    "first_partial_fit",
    "get_output_config",
    "infer_dimension",
    "is_same_clustering",
    "libsvm",
    "one_blas_thread",
    "openmp_threads",
    "pruned_tree",
    "rows_for_forest",
    "rows_for_tree",
    "safe_indexing",
    "smoothed_anew",
    "staged_raw_predictions",
]


def blas_threads() -> int:
    """Return how many threads matrix products have on the host."""
    from sklearn.utils.parallel import _get_threadpool_controller

    found = _get_threadpool_controller().lib_controllers
    return max((each.num_threads for each in found if each.user_api == "blas"), default=1)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold matrix products to one thread, as within compiled loops.

    Where several threads are within, the last one out gives the threads back.
    """
    from sklearn.utils.parallel import _get_threadpool_controller

    with _lock:
        first = not _holders
        limit = _get_threadpool_controller().limit
        _holders.append(limit(limits=1, user_api="blas") if first else None)
    try:
        yield
    finally:
        with _lock:
            limits = _holders[0]
            _holders.pop()
            if not _holders:
                limits.restore_original_limits()


def rows_for_forest(forest: Any, X: Any) -> Any:
    """Return X as the trees of a fitted forest take it with `check_input=False`."""
    return forest._validate_X_predict(X)


def rows_for_tree(tree: Any, X: Any) -> Any:
    """Return X as a fitted tree takes it with `check_input=False`."""
    return tree._validate_X_predict(X, True)


def pruned_tree(whole: Any, leaves: Any) -> Any:
    """Return a compiled tree in which nodes of the whole one are leaves: a mask of uint8."""
    from sklearn.tree._tree import _build_pruned_tree_py

    make, parameters, _ = whole.__reduce__()
    pruned = make(*parameters)
    _build_pruned_tree_py(pruned, whole, leaves)
    return pruned


def smoothed_anew(counted: Any, **params: Any) -> Any:
    """Return a copy of a fitted discrete naive Bayes with other smoothing, from the same counts."""
    model = copy(counted)
    vars(model).update(params)
    alpha = model._check_alpha()
    model._update_feature_log_prob(alpha)
    model._update_class_log_prior(class_prior=model.class_prior)
    return model


def staged_raw_predictions(boosting: Any, X: Any) -> Iterator[Any]:
    """Yield the sum of a gradient boosting's trees for X, after each stage."""
    return iter(boosting._staged_raw_predict(X))


def libsvm() -> Any:
    """Return the functions of libsvm that work on dense rows."""
    from sklearn.svm import _libsvm

    return _libsvm
