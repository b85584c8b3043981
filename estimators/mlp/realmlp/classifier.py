"""RealMLPClassifier: class probabilities of tables by a tuned MLP."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.callback import with_callbacks
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, column_or_1d

from ...arrays import Array, Namespace, Place, place_of, to_numpy
from ...base import result_place
from ..engine.losses import log_loss
from ..engine.validation import accuracy
from ..labels import check_validation_labels
from .base import RealMLP
from .forward import blocks_of, outputs_of
from .members import log_mean_softmax, member_loss, member_score, split_members
from .temperature import fit_temperature, tempered

if TYPE_CHECKING:
    from .fitting import Part


class RealMLPClassifier(ClassifierMixin, RealMLP):
    """Multilayer perceptron with strong defaults for classes in tables: RealMLP.

    Takes tables as they are: numbers, text, categories and booleans, with missing values. Trains
    on the cross-entropy with label smoothing by the tuned recipe of the authors, and keeps the
    epoch with the fewest errors on a validation part (of several the latest).

    Parameters
    ----------
    recipe : {"td", "td-s"}, default="td"
        RealMLP-TD, or the simpler and faster RealMLP-TD-S: without periodic embeddings of numbers,
        embeddings of categories, learnable activations, data-driven initial weights, dropout and
        weight decay.
    hidden_layer_sizes : int or array-like of int, default=(256, 256, 256)
    n_epochs : int, default=256
        Passes over the training rows: fewer where they would be more than 100,000 steps, so that
        with the default batches 100,000 training rows are the last to get all 256, and 800,000 get
        32. The schedules of the recipe are stretched over what is left.
    batch_size : int, default=256
        Rows per step. The last, partial batch of an epoch is left out.
    learning_rate, dropout, weight_decay, label_smoothing : float, default=None
        None takes those of the recipe: 0.04; 0.15, 0.02 ("td") or 0; 0.1.
    n_members : int, default=1
        More than 1 trains that many models in one, which share all but a scale per input and the
        last layer (TabM-mini), on the mean of their losses; their probabilities are averaged. Takes
        about so many times the time.
    validation_fraction : float in [0, 1), default=0.2
        The share of the rows that choose the epoch and the temperature: every class in its share.
        With 0, or too few rows, the last epoch is kept and the probabilities stay as they are.
        Without effect where `fit` is given `X_val` and `y_val`.
    early_stopping_patience : int, default=None
        Epochs in a row without a better validation score after which training stops. None never
        stops: the learning rate comes in cycles, and the best epoch is mostly in the last.
    categorical_features : "from_dtype", list or None, default="from_dtype"
        Columns that are categories: those of text, categories, booleans and mixed objects, or by
        name, number or one boolean per column. None takes all columns for numbers. Missing and
        unknown categories count as none of those known.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the training loss, the validation score and the calibration.
    calibration : "temperature" or None, default="temperature"
        Whether probabilities are made as sure as the validation rows warrant: without it label
        smoothing keeps them from 0 and 1.
    device : {None, "cpu", "cuda", "cuda:N", "auto"}, default=None
    random_state : int, RandomState instance or None, default=None
    verbose : bool, default=False
        Whether to print loss and validation score of each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    class_weights_ : ndarray of shape (n_classes,)
    weights_ : array of shape (n_weights,), float32
    temperature_ : float
        What logarithms of probabilities are divided by; 1 without calibration.
    n_epochs_ : int
        Epochs trained.
    best_epoch_ : int
        The epoch, from 1, whose weights these are.
    loss_curve_, validation_scores_ : list of float
        Mean training loss, and accuracy on the validation rows (empty without any), by epoch.
    preprocessor_ : Preprocessor
    architecture_ : Architecture
    n_features_in_, feature_names_in_

    Notes
    -----
    Computes in float32. Holzmüller, Grinsztajn and Steinwart, Better by Default: Strong Pre-Tuned
    MLPs and Boosted Trees on Tabular Data (NeurIPS 2024). Gorishniy, Kotelnikov and Babenko, TabM
    (ICLR 2025). Guo et al., On Calibration of Modern Neural Networks (ICML 2017).
    """

    _is_classifier = True

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
        label_smoothing: float | None = None,
        n_members: int = 1,
        validation_fraction: float = 0.2,
        early_stopping_patience: int | None = None,
        categorical_features: Any = "from_dtype",
        class_weight: Any = None,
        calibration: str | None = "temperature",
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
        self.label_smoothing = label_smoothing
        self.n_members = n_members
        self.validation_fraction = validation_fraction
        self.early_stopping_patience = early_stopping_patience
        self.categorical_features = categorical_features
        self.class_weight = class_weight
        self.calibration = calibration
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    @with_callbacks
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, X_val: Any = None, y_val: Any = None
    ) -> RealMLPClassifier:
        """Fit the model.

        Parameters
        ----------
        X : DataFrame (pandas or polars) or array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,)
            Labels of at least two classes.
        sample_weight : array-like of shape (n_samples,), optional
            Of rows in the training loss, and in the validation part that is taken from them; rows
            without weight are left out.
        X_val, y_val : like X and y, optional
            Validation rows; all rows of X are then trained on. Rows of every class.

        Raises
        ------
        ValueError
            When there is one class only, X and y do not fit together, or the loss turns NaN.
        """
        return self._fit(X, y, sample_weight, X_val, y_val)

    def predict_proba(self, X: Any) -> Any:
        """Return class probabilities of shape (n_samples, n_classes), where X is."""

        def probabilities(outputs: Array, xp: Namespace) -> Array:
            members = split_members(outputs, self.architecture_.n_members, xp)
            return tempered(log_mean_softmax(members, xp), self.temperature_, xp)

        return self._outputs(X, probabilities)

    def predict_log_proba(self, X: Any) -> Any:
        """Return logarithms of class probabilities, of shape (n_samples, n_classes)."""
        proba = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return place_of(proba).xp.log(proba)

    def predict(self, X: Any) -> Any:
        """Return labels of shape (n_samples,); numeric ones where X is, others as NumPy."""
        proba = self.predict_proba(X)
        home = place_of(proba)
        labels = self.classes_[to_numpy(home.xp.argmax(proba, axis=1))]
        return result_place(home, labels).put(labels)

    def __sklearn_tags__(self) -> Any:
        """Say that there is one label per row."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = False
        return tags

    def _check_target(self, y: Any) -> np.ndarray:
        check_array(y, dtype=None, ensure_2d=False, input_name="y", estimator=self)
        check_classification_targets(y)
        labels = column_or_1d(y, warn=True)
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise ValueError(
                f"{type(self).__name__} needs samples of at least 2 classes, but y has only one "
                f"class: {self.classes_.tolist()[0]!r}."
            )
        self.class_weights_ = compute_class_weight(
            self.class_weight, classes=self.classes_, y=labels
        )
        if not (np.isfinite(self.class_weights_) & (self.class_weights_ >= 0)).all():
            raise ValueError(f"class_weight must be >= 0 and finite, got {self.class_weight!r}.")
        self.temperature_ = 1.0
        return labels

    def _encode_target(self, y: np.ndarray, train_rows: np.ndarray | None) -> np.ndarray:
        labels = column_or_1d(y)
        if train_rows is None:
            check_validation_labels(labels, self.classes_)
        codes = np.searchsorted(self.classes_, labels)
        return np.eye(len(self.classes_), dtype=np.float32)[codes]

    def _row_weight(self, target: np.ndarray, weight: np.ndarray | None) -> np.ndarray | None:
        if self.class_weight is None:
            return weight
        by_class = self.class_weights_.astype(np.float32)[np.argmax(target, axis=1)]
        return by_class if weight is None else by_class * weight

    def _loss(self) -> tuple[Callable[..., Any], Callable[..., Array], bool]:
        loss = member_loss(log_loss, self.n_members)
        return loss, member_score(accuracy, log_mean_softmax, self.n_members), True

    def _finish(self, held: Part | None, place: Place) -> None:
        if self.calibration is None or held is None:
            return
        xp, k = place.xp, self.n_members
        found = outputs_of(self.architecture_, self.weights_, blocks_of(held), place)
        log_proba = np.concatenate(
            [to_numpy(log_mean_softmax(split_members(part, k, xp), xp)) for part in found]
        )
        codes = np.argmax(held.y[held.rows], axis=1)
        weight = None if held.weight is None else held.weight[held.rows]
        self.temperature_ = fit_temperature(log_proba, codes, weight)
