"""RealMLPRegressor: numbers predicted from tables by a tuned MLP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.callback import with_callbacks
from sklearn.utils.validation import check_array

from ...arrays import Array, Namespace, place_of
from ..engine.losses import LOSSES
from ..engine.validation import negative_mse
from .base import RealMLP
from .members import member_loss, member_score, split_members


class RealMLPRegressor(RegressorMixin, RealMLP):
    """Multilayer perceptron with strong defaults for numbers in tables: RealMLP.

    Takes tables as they are: numbers, text, categories and booleans, with missing values. Trains
    on the squared error of the standardised target by the tuned recipe of the authors, and keeps
    the epoch with the smallest error on a validation part (of several the latest).

    Parameters
    ----------
    recipe : {"td", "td-s"}, default="td"
        RealMLP-TD, or the simpler and faster RealMLP-TD-S: without periodic embeddings of numbers,
        embeddings of categories, learnable activations, data-driven initial weights, dropout,
        weight decay and limits of what is predicted.
    hidden_layer_sizes : int or array-like of int, default=(256, 256, 256)
    n_epochs : int, default=256
        Passes over the training rows: fewer where they would be more than 100,000 steps, so that
        with the default batches 100,000 training rows are the last to get all 256, and 800,000 get
        32. The schedules of the recipe are stretched over what is left.
    batch_size : int, default=256
        Rows per step. The last, partial batch of an epoch is left out.
    learning_rate, dropout, weight_decay : float, default=None
        None takes those of the recipe: 0.2 ("td") or 0.07; 0.15, 0.02 ("td") or 0.
    n_members : int, default=1
        More than 1 trains that many models in one, which share all but a scale per input and the
        last layer (TabM-mini), on the mean of their losses; their predictions are averaged. Takes
        about so many times the time.
    validation_fraction : float in [0, 1), default=0.2
        The share of the rows that choose the epoch. With 0, or too few rows, the last epoch is
        kept. Without effect where `fit` is given `X_val` and `y_val`.
    early_stopping_patience : int, default=None
        Epochs in a row without a better validation score after which training stops. None never
        stops: the learning rate comes in cycles, and the best epoch is mostly in the last.
    categorical_features : "from_dtype", list or None, default="from_dtype"
        Columns that are categories: those of text, categories, booleans and mixed objects, or by
        name, number or one boolean per column. None takes all columns for numbers. Missing and
        unknown categories count as none of those known.
    device : {None, "cpu", "cuda", "cuda:N", "auto"}, default=None
    random_state : int, RandomState instance or None, default=None
    verbose : bool, default=False
        Whether to print loss and validation score of each epoch.

    Attributes
    ----------
    weights_ : array of shape (n_weights,), float32
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        Mean and standard deviation of y over the training rows.
    target_range_ : ndarray of shape (2, n_outputs)
        Its smallest and largest values, which "td" does not go beyond.
    n_epochs_ : int
        Epochs trained.
    best_epoch_ : int
        The epoch, from 1, whose weights these are.
    loss_curve_, validation_scores_ : list of float
        Mean training loss, and minus the mean squared error on the validation rows (empty without
        any), both of the standardised target, by epoch.
    preprocessor_ : Preprocessor
    architecture_ : Architecture
    n_features_in_, feature_names_in_

    Notes
    -----
    Computes in float32. Holzmüller, Grinsztajn and Steinwart, Better by Default: Strong Pre-Tuned
    MLPs and Boosted Trees on Tabular Data (NeurIPS 2024). Gorishniy, Kotelnikov and Babenko, TabM
    (ICLR 2025).
    """

    _is_classifier = False

    def __init__(  # noqa: PLR0913  (scikit-learn's way: each parameter by name)
        self,
        *,
        recipe: str = "td",
        hidden_layer_sizes: Any = (256, 256, 256),
        n_epochs: int = 256,
        batch_size: int = 256,
        learning_rate: float | None = None,
        dropout: float | None = None,
        weight_decay: float | None = None,
        n_members: int = 1,
        validation_fraction: float = 0.2,
        early_stopping_patience: int | None = None,
        categorical_features: Any = "from_dtype",
        device: str | None = None,
        random_state: Any = None,
        verbose: Any = False,
    ) -> None:
        self.recipe = recipe
        self.hidden_layer_sizes = hidden_layer_sizes
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.n_members = n_members
        self.validation_fraction = validation_fraction
        self.early_stopping_patience = early_stopping_patience
        self.categorical_features = categorical_features
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None
    ) -> RealMLPRegressor:
        """Fit the model.

        Parameters
        ----------
        X : DataFrame (pandas or polars) or array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), optional
            Of rows in the training loss, and in the validation part that is taken from them; rows
            without weight are left out.
        X_val, y_val : like X and y, optional
            Validation rows; all rows of X are then trained on.

        Raises
        ------
        ValueError
            When X and y do not fit together, y is not finite, or the loss turns NaN.
        """
        return self._fit(X, y, sample_weight, X_val, y_val)

    def predict(self, X: Any) -> Any:
        """Return predictions of shape (n_samples,) or (n_samples, n_outputs), where X is."""

        def numbers(outputs: Array, xp: Namespace) -> Array:
            put = place_of(outputs).put
            mean = xp.mean(split_members(outputs, self.architecture_.n_members, xp), axis=-2)
            found = mean * put(self.target_scale_) + put(self.target_mean_)
            if self.clamps_:
                found = _clamped(found, self.target_range_[0], self.target_range_[1], xp)
            return found if self.multi_output_ else found[:, 0]

        return self._outputs(X, numbers)

    def __sklearn_tags__(self) -> Any:
        """Say that y may have several columns."""
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = True
        return tags

    def _check_target(self, y: Any) -> np.ndarray:
        self.multi_output_ = y.ndim > 1
        return y

    def _encode_target(self, y: np.ndarray, train_rows: np.ndarray | None) -> np.ndarray:
        y = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y", estimator=self)
        y = y.reshape(len(y), -1)
        if train_rows is not None:
            seen = y[train_rows]
            with np.errstate(over="ignore", invalid="ignore"):
                self.target_mean_, self.target_scale_ = seen.mean(axis=0), seen.std(axis=0)
            if not np.isfinite(self.target_scale_).all():
                raise ValueError("y has numbers whose squares overflow: divide it by their size.")
            self.target_range_ = np.stack([seen.min(axis=0), seen.max(axis=0)])
            self.clamps_ = self._own_recipe().clamp
        elif y.shape[1] != len(self.target_mean_):
            raise ValueError(f"y_val has {y.shape[1]} columns, but y has {len(self.target_mean_)}.")
        return self._standardised(y).astype(np.float32)

    def _standardised(self, y: np.ndarray) -> np.ndarray:
        return (y - self.target_mean_) / np.where(self.target_scale_ > 0, self.target_scale_, 1.0)

    def _loss(self) -> tuple[Callable[..., Any], Callable[..., Array], bool]:
        low, high = self._standardised(self.target_range_).astype(np.float32)

        def mean_in_range(members: Array, xp: Namespace) -> Array:
            mean = xp.mean(members, axis=-2)
            return mean if not self.clamps_ else _clamped(mean, low, high, xp)

        loss = member_loss(LOSSES["mse"], self.n_members)
        return loss, member_score(negative_mse, mean_in_range, self.n_members), False


def _clamped(values: Array, low: Array, high: Array, xp: Namespace) -> Array:
    put = place_of(values).put
    return xp.minimum(xp.maximum(values, put(low)), put(high))
