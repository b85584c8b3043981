"""What RealMLPClassifier and RealMLPRegressor have in common: parameters, fit, answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import check_is_fitted

from ...arrays import Array, Place, find_place, is_foreign, place_of, to_numpy
from ...base import OnDevice
from ...held_out import held_out_rows
from ...sklearn_private import Interval, StrOptions, check_sample_weight
from ..parameters import hidden_sizes
from ..unchanged import unchanged_on_error
from .forward import outputs_of
from .network import Architecture
from .recipe import RECIPES, Recipe, n_epochs_for
from .reporting import epoch_line, tell_divergence

if TYPE_CHECKING:  # pandas comes with these: not before a fit
    from ..engine.stopping import Progress
    from ..engine.training import Training
    from .fitting import Part, Settings
    from .table import Table

_SHARE = Interval(Real, 0, 1, closed="left")
_COUNT = Interval(Integral, 1, None, closed="left")


class RealMLP(CallbackSupportMixin, OnDevice):
    """The parameters, the fit and the answers that both tasks share."""

    _is_classifier: ClassVar[bool]
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "recipe": [StrOptions({"td", "td-s"})],
        "hidden_layer_sizes": ["array-like", Integral],
        "n_epochs": [_COUNT],
        "batch_size": [_COUNT],
        "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
        "dropout": [_SHARE, None],
        "weight_decay": [Interval(Real, 0, None, closed="left"), None],
        "label_smoothing": [_SHARE, None],
        "n_members": [_COUNT],
        "validation_fraction": [_SHARE],
        "early_stopping_patience": [_COUNT, None],
        "categorical_features": [StrOptions({"from_dtype"}), "array-like", None],
        "class_weight": [StrOptions({"balanced"}), dict, None],
        "calibration": [StrOptions({"temperature"}), None],
        "device": [str, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    recipe: str
    hidden_layer_sizes: Any
    n_epochs: int
    batch_size: int
    n_members: int
    validation_fraction: float
    early_stopping_patience: int | None
    categorical_features: Any
    device: str | None
    random_state: Any
    verbose: Any

    def to_sklearn(self) -> Any:
        """Raise: scikit-learn has no estimator that predicts what this one does."""
        raise NotImplementedError(
            f"scikit-learn has no counterpart of {type(self).__name__} to convert to."
        )

    def __sklearn_tags__(self) -> Any:
        """Say that missing values, text and categories are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        tags.non_deterministic = False
        return tags

    def _own_recipe(self) -> Recipe:
        """Return the recipe with what the user set in its place."""
        recipe = RECIPES[self.recipe, self._is_classifier]
        names = ("learning_rate", "dropout", "weight_decay", "label_smoothing")
        given = {name: getattr(self, name, None) for name in names}
        return replace(recipe, **{name: v for name, v in given.items() if v is not None})

    # --- what the tasks give --------------------------------------------------------------

    def _check_target(self, y: Any) -> np.ndarray:
        """Check y of `fit`, set what is learnt of it before the split, and return it."""
        raise NotImplementedError

    def _encode_target(self, y: Any, train_rows: np.ndarray | None) -> np.ndarray:
        """Return y of shape (n_samples, n_outputs), float32, as the network is trained on it."""
        raise NotImplementedError

    def _row_weight(self, target: np.ndarray, weight: np.ndarray | None) -> np.ndarray | None:
        """Return what rows weigh in loss, validation score and calibration."""
        return weight

    def _loss(self) -> tuple[Callable[..., Any], Callable[..., Array], bool]:
        """Return the loss, the validation score, and whether the loss takes smoothing."""
        raise NotImplementedError

    def _finish(self, held: Part | None, place: Place) -> None:
        """Do what is left when the weights are there."""

    # --- fit ------------------------------------------------------------------------------

    def _fit(self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any) -> Any:
        self._validate_params()
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val go together: give both or neither.")
        place = find_place(self.device, X)
        random_state = check_random_state(self.random_state)
        with unchanged_on_error(self):
            train, held = self._open(X, y, sample_weight, random_state, splits=X_val is None)
            if X_val is not None:
                held = self._open_validation(X_val, y_val)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        told = {"X": X, "y": y, "metadata": metadata}
        self._train(train, held, random_state, place, told)
        self._finish(held, place)
        return self

    def _open(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        random_state: np.random.RandomState,
        *,
        splits: bool,
    ) -> tuple[Part, Part | None]:
        """Check the data, learn the preprocessing, and return training and validation rows."""
        from .preprocessing import fit_preprocessor
        from .table import open_table

        table = open_table(self, X, reset=True)
        y = _host_target(y)
        check_consistent_length(table.cells, y)
        weight = _weights(sample_weight, table.n_rows)
        y = self._check_target(y)
        train_rows, held_rows = self._split(y, weight, random_state, splits)
        self.preprocessor_ = fit_preprocessor(
            table, train_rows, self.categorical_features, self._own_recipe().max_one_hot
        )
        return self._parts(table, y, weight, train_rows, held_rows)

    def _open_validation(self, X_val: Any, y_val: Any) -> Part:
        from .fitting import Part
        from .table import open_table

        table = open_table(self, X_val, reset=False)
        y = _host_target(y_val)
        check_consistent_length(table.cells, y)
        encoded = self.preprocessor_.transform(table)
        target = self._encode_target(y, None)
        return Part(encoded, target, self._row_weight(target, None), np.arange(table.n_rows))

    def _split(
        self,
        y: np.ndarray,
        weight: np.ndarray | None,
        random_state: np.random.RandomState,
        splits: bool,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows to train on and those to validate with; rows without weight are none."""
        kept = np.arange(len(y)) if weight is None else np.flatnonzero(weight)
        fraction = self.validation_fraction if splits else 0.0
        codes = np.unique(y[kept], return_inverse=True)[1] if self._is_classifier else None
        train, held = held_out_rows(len(kept), fraction, random_state, codes)
        return kept[train], kept[held]

    def _parts(
        self,
        table: Table,
        y: np.ndarray,
        weight: np.ndarray | None,
        train_rows: np.ndarray,
        held_rows: np.ndarray,
    ) -> tuple[Part, Part | None]:
        from .fitting import Part

        encoded = self.preprocessor_.transform(table)
        target = self._encode_target(y, train_rows)
        train = Part(encoded, target, self._row_weight(target, weight), train_rows)
        # Without any weight among them, the rows held out can choose nothing.
        counts = len(held_rows) if train.weight is None else train.weight[held_rows].any()
        return train, replace(train, rows=held_rows) if counts else None

    def _train(
        self,
        train: Part,
        held: Part | None,
        random_state: np.random.RandomState,
        place: Place,
        told: dict[str, Any],
    ) -> None:
        """Train the network, and set what it ended with."""
        from ..callbacks import Teller
        from .fitting import train as train_one

        settings = self._settings(len(train.rows))
        self.architecture_ = self._architecture(settings.recipe, train)
        context = self._init_callback_context(max_subtasks=settings.n_epochs)
        context.call_on_fit_task_begin(estimator=self, **told)
        has_callbacks = bool(getattr(self, "_skl_callbacks", None))
        teller = Teller(self, context if has_callbacks else None, told, self._weights_of)
        teller.begin()

        def after_epoch(training: Training) -> None:
            if self.verbose:
                print(epoch_line(training.progress[0]))
            teller.end(training)

        self.weights_, progress = train_one(
            self.architecture_, settings, train, held, random_state, place, after_epoch
        )
        self._keep(progress, settings.recipe)
        context.call_on_fit_task_end(estimator=self, reconstruction_attributes={}, **told)

    def _settings(self, n_rows: int) -> Settings:
        from .fitting import Settings

        loss, score, is_smoothed = self._loss()
        return Settings(
            recipe=self._own_recipe(),
            n_epochs=n_epochs_for(self.n_epochs, n_rows, self.batch_size),
            batch_size=self.batch_size,
            patience=self.early_stopping_patience or np.inf,
            loss=loss,
            score=score,
            is_smoothed=is_smoothed,
        )

    @staticmethod
    def _weights_of(training: Training) -> dict[str, Any]:
        """Return what makes a copy of the model one that was fitted up to here."""
        return {"weights_": training.xp.asarray(training.flat[0, ...], copy=True)}

    def _architecture(self, recipe: Recipe, train: Part) -> Architecture:
        fitted = self.preprocessor_
        return Architecture(
            n_dense=fitted.n_dense,
            n_periodic=fitted.n_numeric if recipe.periodic else 0,
            cardinalities=tuple(fitted.cardinalities),
            hidden=hidden_sizes(self.hidden_layer_sizes),
            n_outputs=train.y.shape[1],
            activation=recipe.activation,
            parametric=recipe.parametric,
            drops=recipe.dropout > 0,
            n_members=self.n_members,
        )

    def _keep(self, progress: Progress, recipe: Recipe) -> None:
        """Set how the training went; raise or warn where it broke off."""
        self.n_epochs_ = progress.n_epochs
        self.best_epoch_ = progress.best_epoch or progress.n_epochs
        self.loss_curve_ = list(progress.loss_curve)
        self.validation_scores_ = list(progress.scores)
        if progress.stopped == "error":
            tell_divergence(progress, recipe.learning_rate)

    # --- answers --------------------------------------------------------------------------

    def _outputs(self, X: Any, finish: Callable[[Array, Any], Array]) -> Array:
        """Return `finish(outputs, xp)` of all rows of X, in the library of X.

        Outputs are of shape (n_rows, n_outputs), float64, and come in blocks.
        """
        from .table import open_table

        check_is_fitted(self)
        table = open_table(self, X, reset=False)
        place = self._home(X)
        xp = place.xp
        encoded = (block for _, block in self.preprocessor_.blocks(table))
        found = outputs_of(self.architecture_, self.weights_, encoded, place)
        blocks = [finish(outputs, xp) for outputs in found]
        answer = place_of(X).put(xp.concat(blocks, axis=0))
        keeps = is_foreign(X) or isinstance(X, np.ndarray)
        if keeps and str(X.dtype).endswith("float32"):
            return place_of(X).xp.astype(answer, place_of(X).xp.float32)
        return answer

    def _home(self, X: Any) -> Place:
        """Return where answers are computed: where the model is, or where it is asked for."""
        place = place_of(self.weights_)
        return find_place(self.device, X) if place.on_host else place


def _host_target(y: Any) -> np.ndarray:
    return to_numpy(y) if is_foreign(y) else np.asarray(y)


def _weights(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Return the rows' weights, the largest of them 1: only their ratios count."""
    if sample_weight is None:
        return None
    weight = to_numpy(sample_weight) if is_foreign(sample_weight) else sample_weight
    rows = np.empty((n_rows, 1))
    weight = check_sample_weight(weight, rows, dtype=np.float64, ensure_non_negative=True)
    return (weight / weight.max()).astype(np.float32)
