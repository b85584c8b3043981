"""Which types a `.skops` file may hold without the user's word: data, and what computes on it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from sklearn import metrics, model_selection

from ..boosting.stored import TRUSTED_TYPES as BOOSTING_TYPES

# Beyond scikit-learn's estimators and NumPy's types, which skops trusts by itself. Trees of
# scikit-learn are left out on purpose, as in skops: scikit-learn follows the row numbers in them
# unchecked, so a file made with bad intent could crash the process when it predicts.
_OTHER_TYPES = frozenset(
    {
        "builtins.slice",
        "collections.OrderedDict",
        "numpy.dtype",
        "scipy.sparse._csc.csc_array",
        "scipy.sparse._csc.csc_matrix",
        "scipy.sparse._csr.csr_array",
        "scipy.sparse._csr.csr_matrix",
        "scipy.interpolate._bsplines.BSpline",
        "sklearn._loss.loss.HalfTweedieLoss",
        "sklearn._loss.loss.HalfTweedieLossIdentity",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.feature_selection._mutual_info.mutual_info_classif",
        "sklearn.feature_selection._mutual_info.mutual_info_regression",
        "sklearn.feature_selection._univariate_selection.chi2",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.feature_selection._univariate_selection.f_regression",
        "sklearn.feature_selection._univariate_selection.r_regression",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels.CompoundKernel",
        "sklearn.gaussian_process.kernels.ConstantKernel",
        "sklearn.gaussian_process.kernels.DotProduct",
        "sklearn.gaussian_process.kernels.ExpSineSquared",
        "sklearn.gaussian_process.kernels.Exponentiation",
        "sklearn.gaussian_process.kernels.Matern",
        "sklearn.gaussian_process.kernels.Product",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.gaussian_process.kernels.RationalQuadratic",
        "sklearn.gaussian_process.kernels.Sum",
        "sklearn.gaussian_process.kernels.WhiteKernel",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.metrics._scorer._Scorer",
        "sklearn.metrics._dist_metrics.EuclideanDistance32",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.metrics._dist_metrics.ManhattanDistance32",
        "sklearn.metrics._dist_metrics.ManhattanDistance64",
        "sklearn.metrics._dist_metrics.MinkowskiDistance32",
        "sklearn.metrics._dist_metrics.MinkowskiDistance64",
        "sklearn.multiclass._ConstantPredictor",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._ball_tree.BallTree32",
        "sklearn.neighbors._ball_tree.BallTree64",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neighbors._kd_tree.KDTree32",
        "sklearn.neighbors._kd_tree.KDTree64",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.utils._bunch.Bunch",
    }
)


def untrusted(names: Iterable[str]) -> list[str]:
    """Return those of the type names that may not be loaded without the user's word.

    gridfold's own types are trusted, and with them what `_OTHER_TYPES` and
    `boosting.stored` list.
    """
    known = _OTHER_TYPES | BOOSTING_TYPES
    return [n for n in names if not (n in known or _is_of_a_search(n) or _is_ours(n))]


def _is_of_a_search(name: str) -> bool:
    """Whether `name` is a metric or a splitter of scikit-learn, as a fitted search keeps them."""
    module_name, _, own_name = name.rpartition(".")
    if module_name.startswith("sklearn.metrics."):
        return own_name in metrics.__all__
    return module_name == "sklearn.model_selection._split" and own_name in model_selection.__all__


def _is_ours(name: str) -> bool:
    """Whether `name` is a class that gridfold itself defines (not one it imports)."""
    module_name, _, class_name = name.rpartition(".")
    if not module_name.startswith("gridfold."):
        return False
    try:
        found = getattr(import_module(module_name), class_name, None)
    except ModuleNotFoundError:
        return False
    return isinstance(found, type) and found.__module__ == module_name
