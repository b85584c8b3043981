"""MLPRegressor: scikit-learn's, trained by our engine on any device, with more to choose from."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import neural_network
from sklearn.utils.metaestimators import available_if

from ..arrays import Array, Namespace
from ..door import Opened
from .base import Perceptron, is_stochastic
from .labels import one_column
from .parameters import LOSSES, REGRESSOR, adopt_parent


class MLPRegressor(Perceptron, neural_network.MLPRegressor):
    """Multi-layer perceptron for regression, of one or several outputs.

    Minimises the mean loss of minibatches plus `alpha / 2 |W|^2 / n_batch`. With the same
    `random_state` the initial weights, the validation rows and all shuffles are scikit-learn's.

    Parameters are those of `sklearn.neural_network.MLPRegressor`, with more values for three:

    - loss also "huber" (see `delta`) and "pinball" (see `quantile`), means over the outputs;
    - activation and solver as in `MLPClassifier`;

    and, by keyword, `device`, `dtype`, `dropout`, `normalization`, `schedule`, `checkpoint` and
    `checkpoint_every` as in `MLPClassifier`, and these:

    Parameters
    ----------
    quantile : float in (0, 1), default=0.5
        The quantile that is predicted with loss="pinball".
    delta : float, default=1.0
        The error from which on loss="huber" grows linearly.

    Sparse X is scikit-learn's to fit; `fallback_` says so.

    Attributes
    ----------
    coefs_, intercepts_ : list of arrays
        Of shapes (n_in, n_out) and (n_out,), one pair per layer; see `dtype`.
    norm_scales_, norm_shifts_, norm_means_, norm_variances_ : list of arrays of shape (n_units,)
        Of normalisations, where there are any; the last two with "batch" only.
    n_iter_, t_, loss_, loss_curve_, best_loss_, validation_scores_, best_validation_score_, ...
        Scikit-learn's.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "regression"
    _added = REGRESSOR

    def _out_activation(self) -> str:
        return "exp" if self.loss == "poisson" else "identity"

    def _is_multilabel(self) -> bool:
        return False

    def _targets(self, y: Any, data: Opened, incremental: bool) -> Any:
        y = self._validation_targets(y)
        if self.loss == "poisson" and bool(data.xp.any(y < 0)):
            raise ValueError("loss='poisson' needs y that is 0 or more everywhere.")
        return y

    def _validation_targets(self, y: Any) -> Any:
        if isinstance(y, np.ndarray):
            y = one_column(y)
        return y[:, None] if y.ndim == 1 else y

    @available_if(is_stochastic)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train for one epoch more; callbacks and `checkpoint` have no part in it.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), optional
        """
        return self._fit_network(X, y, sample_weight, None, None, incremental=True)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,) or (n_samples, n_outputs), where X is."""
        return self._answer("predict", X, "coefs_", self._predictions)

    def _predictions(self, X: Array, xp: Namespace) -> Array:
        outputs = self._outputs(X, xp)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs


adopt_parent(MLPRegressor, neural_network.MLPRegressor, REGRESSOR)
MLPRegressor._parameter_constraints |= LOSSES
