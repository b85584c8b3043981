"""What MLPClassifier and MLPRegressor share: fitting, going on from a fit, answering."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, ClassVar

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackSupportMixin, with_callbacks

from ..arrays import Array, Namespace, find_place, place_of, to_numpy
from ..base import OnDevice
from ..door import Opened, open_door
from .assembly import network_of
from .callbacks import told_fit
from .engine.batches import Rows
from .engine.losses import OUTPUTS
from .engine.network import Context, Network
from .fitted import NORM_ATTRIBUTES, buffers_of, flat_at, normalization_of
from .fitting import Job
from .folding import plain_weights
from .parameters import NEAREST, beyond_sklearn, dtypes, hidden_sizes
from .unchanged import unchanged_on_error

_BLOCK = 8192  # rows answered at a time


class Perceptron(CallbackSupportMixin, OnDevice):
    """The part of the two MLP classes that does not know classes from numbers.

    A subclass gives `_targets`, and says by `_added` which parameters it has beyond scikit-learn's.
    """

    _added: ClassVar[Mapping[str, Any]]

    def _targets(self, y: Any, data: Opened, incremental: bool) -> Any:
        """Return y of shape (n_samples, n_outputs), and set what is known of the classes."""
        raise NotImplementedError

    def _weights(self, y: Any, data: Opened) -> Any:
        """Return row weights of shape (n_samples,), or None."""
        return data.sample_weight

    @property
    def _loss(self) -> str:
        """The name of the loss in losses.py."""
        return str(self.loss)

    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
    ) -> Any:
        """Fit the network.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), optional
        X_val, y_val : array-like, optional
            Rows that are scored after each epoch with `early_stopping=True`; without them it is a
            part of X, of size `validation_fraction`.

        Raises
        ------
        ValueError
            When data or parameters do not go together, or the loss turns NaN or infinite: the
            weights of the last good epoch are then kept.
        CheckpointError
            When `checkpoint` names the file of another training.
        """
        return self._fit_network(X, y, sample_weight, X_val, y_val, incremental=False)

    def _fit_network(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, *, incremental: bool
    ) -> Any:
        self._validate_params()
        hidden_sizes(self.hidden_layer_sizes)
        find_place(self.device, X)
        self._check_together(X_val, y_val, incremental)
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        told = {"X": X, "y": y, "metadata": metadata}
        if sparse.issparse(X):
            with told_fit(self, told, None if incremental else 0):
                return self._fit_sparse(X, y, sample_weight, X_val, incremental)
        with unchanged_on_error(self):
            job = self._job(X, y, sample_weight, X_val, y_val, incremental)
            n_epochs = None if incremental else 0 if self.solver == "lbfgs" else self.max_iter
            with told_fit(self, told, n_epochs) as teller:
                return job.full_batch() if self.solver == "lbfgs" else job.minibatches(teller)

    def _job(
        self, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any, incremental: bool
    ) -> Job:
        """Check the data and bring them to where the work is done."""
        place = find_place(self.device, X)
        goes_on = hasattr(self, "coefs_") and (self.warm_start or incremental)
        data = open_door(
            self, X, y, sample_weight, place, task=self._task, multi_output=True, reset=not goes_on
        )
        computing, kept = dtypes(self.dtype, self.solver, _dtype(data.X))
        rows = self._rows(data, computing, incremental)
        other = None if X_val is None else self._validation_rows(X_val, y_val, rows)
        hidden = hidden_sizes(self.hidden_layer_sizes)
        sizes = (rows.inputs[0].shape[1], *hidden, rows.y.shape[1])
        self.fallback_ = None
        return Job(self, rows, other, sizes, kept, goes_on, incremental)

    def _rows(self, data: Opened, computing: np.dtype, incremental: bool) -> Rows:
        """Return the training rows in the dtype of the computing."""
        y = self._targets(data.y, data, incremental)
        weight = self._weights(data.y, data)
        dtype = getattr(data.xp, computing.name)
        with np.errstate(over="ignore"):  # too large for float32 is infinite: the loss will tell
            X = data.xp.astype(data.X, dtype, copy=False)
            weight = None if weight is None else data.place.put(weight, dtype)
            return Rows((X,), data.place.put(y, dtype), weight, data.place)

    def _validation_rows(self, X_val: Any, y_val: Any, rows: Rows) -> Rows:
        """Return rows to be scored, where the training rows are."""
        try:
            data = open_door(self, X_val, y_val, None, rows.place, task=self._task, reset=False)
            y = self._validation_targets(data.y)
            if y.shape[1] != rows.y.shape[1]:
                raise ValueError(f"y has {rows.y.shape[1]} columns, and y_val {y.shape[1]}.")
        except ValueError as error:  # whose words are of X and y
            raise ValueError(f"Of X_val and y_val: {error}") from error
        dtype = rows.y.dtype
        X = data.xp.astype(data.X, dtype, copy=False)
        return Rows((X,), rows.place.put(y, dtype), None, rows.place)

    def _validation_targets(self, y: Any) -> Any:
        raise NotImplementedError

    def _check_together(self, X_val: Any, y_val: Any, incremental: bool) -> None:
        """Check parameters that do not go together, before any work."""
        if incremental and self.early_stopping:
            raise ValueError("partial_fit does not support early_stopping=True")
        if (X_val is None) != (y_val is None):
            raise ValueError("X_val and y_val go together: pass both or neither.")
        if X_val is not None and not self.early_stopping:
            raise ValueError("X_val and y_val are for early_stopping=True, which is not set.")
        schedule = self.schedule not in (None, "constant")
        if schedule and self.solver == "sgd" and self.learning_rate != "constant":
            raise ValueError(
                f"schedule={self.schedule!r} and learning_rate={self.learning_rate!r} are two "
                "plans for the learning rate: leave one at its default."
            )
        if schedule and self.schedule != "reduce_on_plateau" and incremental:
            raise ValueError(
                f"partial_fit has no end that schedule={self.schedule!r} could count to: use "
                "schedule=None."
            )
        if self.solver == "lbfgs":
            _check_full_batch(self, X_val)

    def _fit_sparse(self, X: Any, y: Any, sample_weight: Any, X_val: Any, incremental: bool) -> Any:
        """Let scikit-learn fit sparse X, where it has all that is asked for."""
        beyond = beyond_sklearn(self, self._added)
        if X_val is not None:
            beyond.append("X_val")
        if self.dtype not in (None, "auto", X.dtype.name):
            beyond.append(f"dtype={self.dtype!r} for X of {X.dtype.name}")
        goes_on = hasattr(self, "coefs_") and (self.warm_start or incremental)
        if goes_on and normalization_of(self):
            beyond.append("normalization, which the fitted network has")
        if beyond:
            raise ValueError(
                f"Sparse X is fitted by scikit-learn, which has no {', '.join(beyond)}. Leave "
                "that at its default, or pass X.toarray()."
            )
        # scikit-learn's fit would tell our callbacks that all is over.
        theirs: Any = copy(self)
        for name in [n for n in vars(theirs) if "_callback" in n or n.startswith("norm_")]:
            del vars(theirs)[name]
        if incremental:
            self._parent.partial_fit(theirs, X, y, sample_weight=sample_weight)
            theirs.fallback_ = "sparse X"
        else:
            theirs._fit_parent(X, y, sample_weight, "sparse X")
        for name in [name for name in vars(self) if name.startswith("norm_")]:
            delattr(self, name)
        self.__dict__.update(vars(theirs))
        return self

    # --- answers -------------------------------------------------------------------------------

    def _network(self) -> Network:
        """Return the network of the fitted weights."""
        widths = [W.shape[1] for W in self.coefs_]
        params = {**self.get_params(deep=False), "normalization": normalization_of(self)}
        return network_of(params, (self.n_features_in_, *widths))

    def _outputs(self, X: Array, xp: Namespace) -> Array:
        """Return what the network predicts for X, of shape (n_samples, n_outputs)."""
        network, place = self._network(), place_of(X)
        dtype = getattr(xp, np.result_type(_dtype(X), _dtype(self.coefs_[0])).name)
        flat = flat_at(self, place, dtype)[None, :]
        buffers = {
            name: place.put(buffer, dtype)[None, ...]
            for name, buffer in buffers_of(self, network).items()
        }
        context = Context(xp, buffers=buffers)
        X = xp.astype(X, dtype, copy=False)
        weights = network.split(flat, xp)
        outputs = network.predict_rows(X, weights, context, _BLOCK)
        return OUTPUTS[self._loss](outputs[0, ...], xp)

    def _parent_answers(self, X: Any) -> bool:
        """Whether scikit-learn's own methods answer: for its networks, and rows that are few.

        It keeps the units of a whole layer for all rows at once.
        """
        if "activation" in beyond_sklearn(self, self._added) or normalization_of(self):
            return False
        return sparse.issparse(X) or len(getattr(X, "shape", ())) < 2 or X.shape[0] <= _BLOCK

    def to_sklearn(self) -> BaseEstimator:
        """Return the plain scikit-learn object: same parameters, fitted arrays on the host.

        Batch normalisation is folded into the weights. What scikit-learn has no word for and
        predictions do not depend on is left out, or becomes the nearest it has (solver "adam").

        Raises
        ------
        ValueError
            When scikit-learn has no network that predicts the same: layer normalisation, or one of
            the activations it lacks.
        """
        fitted = hasattr(self, "coefs_")
        params = {k: v for k, v in self.get_params(deep=False).items() if k not in self._added}
        for name, nearest in NEAREST.items():
            if name in params:
                params[name] = nearest.get(params[name], params[name])
        state = {k: v for k, v in self.__getstate__().items() if k not in self._own_attributes()}
        state.update(plain_weights(self) if fitted else {})
        plain = self._parent(**params)
        vars(plain).update({k: v for k, v in state.items() if k not in params})
        return plain

    def _own_attributes(self) -> set[str]:
        return {*self._added, *NORM_ATTRIBUTES, "fallback_", "_sklearn_version", "_skl_callbacks"}


def is_stochastic(model: Any) -> bool:
    """Whether the solver goes by minibatches; for `partial_fit`, which is there only then."""
    if model.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic."
        )
    return True


def _check_full_batch(model: Any, X_val: Any) -> None:
    """Refuse what belongs to minibatches and their epochs."""
    wrong = [
        name
        for name, idle in (
            ("dropout", 0.0),
            ("schedule", None),
            ("checkpoint", None),
        )
        if getattr(model, name) != idle
    ]
    if model.normalization == "batch":
        wrong.append("normalization='batch'")
    if X_val is not None:
        wrong.append("X_val")
    if wrong:
        raise ValueError(
            f"solver='lbfgs' has no minibatches and epochs: it does not go with {', '.join(wrong)}."
        )


def _dtype(array: Array) -> np.dtype:
    """The dtype of an array of any library, as NumPy's."""
    return to_numpy(array[:1, :1]).dtype
