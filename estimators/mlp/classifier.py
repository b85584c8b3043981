"""MLPClassifier: scikit-learn's, trained by our engine on any device, with more to choose from."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import neural_network
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target

from ..arrays import Array, Namespace, place_of, to_numpy
from ..base import result_place, to_host
from ..door import Opened
from ..linear.logistic import log_of
from ..sklearn_private import first_partial_fit
from .base import Perceptron, is_stochastic
from .labels import (
    check_same_classes,
    check_validation_labels,
    loss_name,
    one_column,
    output_activation,
    row_weights,
)
from .parameters import CLASSIFIER, adopt_parent
from .unchanged import unchanged_on_error


class MLPClassifier(Perceptron, neural_network.MLPClassifier):
    """Multi-layer perceptron for classification.

    Minimises the mean log loss of minibatches plus `alpha / 2 |W|^2 / n_batch`: softmax outputs
    for more than two classes, sigmoid ones for two and for multi-label y. With the same
    `random_state` the initial weights, the validation rows and all shuffles are scikit-learn's.

    Parameters are those of `sklearn.neural_network.MLPClassifier`, with more values for two:

    - activation also "leaky_relu", "gelu", "silu", "mish", "selu";
    - solver also "adamw" (Adam, with `alpha` as decoupled weight decay: each step takes the share
      `learning_rate * alpha` off the weights) and "rmsprop" (`beta_2`, which others take
      as 0.9 or 0.99, and `epsilon`);

    and these, by keyword:

    Parameters
    ----------
    device : str, optional
    dtype : {"auto", "float32", "float64"} or None, default="auto"
        Of the computing and of `coefs_`; None is the dtype of X, as in scikit-learn. "auto"
        computes in float32, for "lbfgs" in float64, and gives `coefs_` of the dtype of X, or wider.
        Answers come in the wider dtype of `coefs_` and X. Columns of X, or y, whose mean is 1e5
        times their spread and more lose it in float32: scale them, or ask for "float64".
    dropout : float in [0, 1), default=0.0
        The share of hidden units that are zero in a training step; the others are scaled up.
    normalization : {"layer", "batch"}, optional
        After each hidden linear layer, before the activation.
    label_smoothing : float in [0, 1), default=0.0
        The share of each label that is spread evenly over all classes.
    class_weight : dict, list of dicts, "balanced", optional
        Weights of the classes, multiplied with `sample_weight`.
    schedule : {"constant", "step", "one_cycle", "flat_cos", "coslog4", "reduce_on_plateau"}
        Learning rate over the `max_iter` epochs as a part of `learning_rate_init`, for any solver
        but lbfgs. "reduce_on_plateau" divides it by 5 instead of stopping, until it is below 1e-6.
        By default `learning_rate` decides, as in scikit-learn.
    checkpoint : str or path, optional
        A file in which the training of `fit` is kept; the same fit goes on from it, after a kill
        say, and ends with the same weights.
    checkpoint_every : int, default=10
        Epochs from one writing of the checkpoint to the next.

    Sparse X is scikit-learn's to fit; `fallback_` says so.

    Attributes
    ----------
    coefs_, intercepts_ : list of arrays
        Of shapes (n_in, n_out) and (n_out,), one pair per layer; see `dtype`.
    norm_scales_, norm_shifts_, norm_means_, norm_variances_ : list of arrays of shape (n_units,)
        Of normalisations, where there are any; the last two with "batch" only.
    classes_, n_iter_, t_, loss_, loss_curve_, best_loss_, validation_scores_, ...
        Scikit-learn's.
    fallback_ : str or None
        Why scikit-learn's own fit served, or None.
    """

    _task = "classification"
    _added = CLASSIFIER

    @property
    def _loss(self) -> str:
        return loss_name(self.out_activation_)

    def _out_activation(self) -> str:
        return output_activation(self._label_binarizer)

    def _is_multilabel(self) -> bool:
        return bool(self._label_binarizer.y_type_.startswith("multilabel"))

    def _targets(self, y: Any, data: Opened, incremental: bool) -> Any:
        y = one_column(y)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            check_same_classes(y, self.classes_, warm_start=self.warm_start)
        self.out_activation_ = self._out_activation()
        return self._label_binarizer.transform(y).astype(np.float64)

    def _validation_targets(self, y: Any) -> Any:
        y = one_column(y)
        if (y.ndim == 2) != self._is_multilabel():
            raise ValueError("y and y_val must both be classes, or both flags of labels.")
        check_validation_labels(y, self.classes_, multilabel=self._is_multilabel())
        return self._label_binarizer.transform(y).astype(np.float64)

    def _weights(self, y: Any, data: Opened) -> Any:
        given = None if data.sample_weight is None else to_numpy(data.sample_weight)
        return row_weights(self.class_weight, one_column(y, warn=False), given)

    @available_if(is_stochastic)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Any:
        """Train for one epoch more; callbacks and `checkpoint` have no part in it.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), optional
        classes : array-like of shape (n_classes,)
            All classes there will ever be; wanted by the first call.

        Raises
        ------
        ValueError
            When y has a class that `classes` does not name, or `class_weight="balanced"`: the
            counts of all rows are not known.
        """
        if isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight='balanced' needs the counts of all rows, which partial_fit does not "
                "see: pass a dictionary of weights, or sample_weight."
            )
        y = to_host(y)
        with unchanged_on_error(self):
            if first_partial_fit(self, classes):
                self._label_binarizer = LabelBinarizer()
                multilabel = type_of_target(y).startswith("multilabel")
                self._label_binarizer.fit(y if multilabel else classes)
            return self._fit_network(X, y, sample_weight, None, None, incremental=True)

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_samples,), or flags of shape (n_samples, n_classes)."""
        proba = self.predict_proba(X)
        outputs = to_numpy(proba)
        labels = self._label_binarizer.inverse_transform(
            outputs[:, 1] if self.n_outputs_ == 1 else outputs
        )
        return result_place(place_of(proba), labels).put(labels)

    def predict_proba(self, X: Any) -> Any:
        """Return class probabilities of shape (n_samples, n_classes), where X is."""
        return self._answer("predict_proba", X, "coefs_", self._probabilities)

    def predict_log_proba(self, X: Any) -> Any:
        """Return logarithms of class probabilities, of shape (n_samples, n_classes)."""
        proba = self.predict_proba(X)
        return log_of(proba, place_of(proba).xp)

    def _probabilities(self, X: Array, xp: Namespace) -> Array:
        outputs = self._outputs(X, xp)
        if outputs.shape[1] > 1:
            return outputs
        return xp.concat([1 - outputs, outputs], axis=1)


adopt_parent(MLPClassifier, neural_network.MLPClassifier, CLASSIFIER)
