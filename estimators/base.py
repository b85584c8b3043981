"""The estimator base: scikit-learn's class, its parameters, and a `device`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.validation import check_is_fitted

from .arrays import HOST, Array, Place, find_place, is_foreign, is_sparse, place_of, to_numpy
from .blocks import rows_in_memory, slices_of
from .config import get_config
from .door import Opened, check_rows, open_door

log = logging.getLogger("gridfold")


class OnDevice(BaseEstimator):
    """Adds `device` to the scikit-learn class that stands behind it in the bases.

    A subclass gives `_fit_arrays` (its kernel) and says in `_fallback_reason` for which parameters
    or input the kernel does not serve; those go to scikit-learn's own `fit`.
    `fallback_` then holds the reason, and is None where the kernel ran.
    """

    _parent: ClassVar[Any]
    _task: ClassVar[str] = "none"  # "regression", "classification" or, without y, "none"
    _multi_output: ClassVar[bool] = True
    _is_double: ClassVar[bool] = False  # fitted arrays are float64 even where X is float32
    _on_host: ClassVar[str | None] = None  # why every fit is on the host, wherever X is
    _numbers_only: ClassVar[bool] = False  # whether the parent's fit refuses text of numbers

    fallback_: str | None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "_fit_arrays" in cls.__dict__ and "__init__" not in cls.__dict__:
            _adopt_parent(cls)

    def _fallback_reason(self, X: Any, y: Any) -> str | None:
        """Say why scikit-learn's own fit must serve, or None. Dense input is checked already."""
        return None

    def _fit_arrays(self, data: Opened) -> None:
        """Fit on checked arrays and set the fitted attributes."""
        raise NotImplementedError(f"{type(self).__name__} has no kernel.")

    def _fit_on_device(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Fit by our kernel on the device asked for, or by scikit-learn with the reason kept."""
        self._validate_params()
        place = find_place(self.device, X)
        reason = "sparse X" if is_sparse(X) else self._fallback_reason(X, y)
        if reason is not None:
            return self._fit_parent(X, y, sample_weight, reason)
        data = open_door(
            self, X, y, sample_weight, place, task=self._task, multi_output=self._multi_output
        )
        self._fit_arrays(data)
        self.fallback_ = None
        return self

    def _fit_parent(self, X: Any, y: Any, sample_weight: Any, reason: str) -> Any:
        name = type(self).__name__
        log.info("%s is fitted by scikit-learn on the CPU: %s.", name, reason)
        weights = {} if sample_weight is None else {"sample_weight": to_host(sample_weight)}
        self._parent.fit(self, to_host(X), to_host(y), **weights)
        self.fallback_ = reason
        return self

    def _answer(self, method: str, X: Any, fitted: str, kernel: Callable[..., Array]) -> Any:
        """Answer `method` for `X`, in the library and on the device of `X`.

        Where model and `X` are on the host and no device is asked for, scikit-learn's own method
        answers; else `kernel(X, xp)`, computed where the model lives.

        Parameters
        ----------
        fitted : str
            The fitted array, or list of arrays, that tells where the model lives.
        """
        if self._is_all_here(X, fitted) and self._parent_answers(X):
            return self._parent_answer(method, X)
        check_is_fitted(self)
        home = place_of(X)
        place = place_of(*_listed(getattr(self, fitted)))
        if place == HOST:
            place = home if self._on_host else find_place(self.device, X)
        if place == HOST and home == HOST and self._parent_answers(X):
            return self._parent_answer(method, X)
        X = place.put(check_rows(self, X))
        answer = kernel(X, place.xp)
        if isinstance(answer, np.ndarray):  # it may be labels
            home = result_place(home, answer)
        return home.put(answer)

    def _is_all_here(self, X: Any, fitted: str) -> bool:
        """Whether X and model are NumPy's and no device is asked for."""
        return type(vars(self).get(fitted)) is np.ndarray and self._is_here(X)

    def _is_here(self, X: Any) -> bool:
        """Whether X is NumPy's and no device is asked for: scikit-learn's own methods may begin.

        That is soon seen: where rows are few, asking which library an array is of takes its time,
        and so does checking parameters, which those methods do themselves.
        """
        return type(X) is np.ndarray and self.device is None and get_config()["device"] is None

    def _parent_answers(self, X: Any) -> bool:
        """Whether scikit-learn's own methods give the answers of this model for `X`."""
        return True

    def _parent_answer(self, method: str, X: Any) -> Any:
        """Answer by scikit-learn's method, block by block where it would copy X in float64."""
        answer = self._parent_method(method)
        if not (self._is_double and type(X) is np.ndarray and X.ndim == 2 and X.dtype == "f4"):
            return answer(self, X)
        size = rows_in_memory(8.0 * X.shape[1])
        if X.shape[0] <= size:
            return answer(self, X)
        return np.concatenate([answer(self, X[rows]) for rows in slices_of(X.shape[0], size)])

    def _parent_method(self, method: str) -> Callable[..., Any]:
        """Return scikit-learn's method; `transform` as it is before it makes tables: ours does."""
        found = getattr(self._parent, method)
        return getattr(found, "__wrapped__", found) if method == "transform" else found

    def _here(self, name: str, X: Array) -> Array:
        """The fitted array `name` where `X` is, in its dtype; the estimator is left as it is."""
        # Libraries disagree on products of float32 and float64: PyTorch refuses them.
        return place_of(X).put(getattr(self, name), X.dtype)

    def to_device(self, device: str) -> Any:
        """Move the fitted arrays to `device` ("cpu", "cuda", "cuda:1" or "auto"), in place."""
        check_is_fitted(self)
        place = find_place(device, None)
        for name, value in list(vars(self).items()):
            if isinstance(value, list) and name != "classes_":
                moved = [place.put(v) if _is_number_array(v) else v for v in value]
                setattr(self, name, moved)
            elif is_foreign(value) or _moves(name, value):
                setattr(self, name, place.put(value))
        return self

    def to_sklearn(self) -> BaseEstimator:
        """Return the plain scikit-learn object: same parameters, fitted arrays on the host."""
        params = self.get_params(deep=False)
        params.pop("device")
        plain = self._parent(**params)
        for name, value in self.__getstate__().items():
            if name not in ("device", "fallback_", "_sklearn_version"):
                setattr(plain, name, value)
        return plain

    def __getstate__(self) -> dict[str, Any]:
        """Pickle with every array as NumPy, so that the model loads where there is no GPU."""
        state = super().__getstate__()
        return {
            name: [to_host(part) for part in v] if isinstance(v, list) else to_host(v)
            for name, v in state.items()
        }


def inherited_score(cls: type) -> Callable[..., float] | None:
    """Return the `score` that a class has from scikit-learn's mixins, or None if it has its own."""
    return _MIXIN_SCORES.get(getattr(cls, "score", None))


def _score_on_host(inherited: Callable[..., float]) -> Callable[..., float]:
    """Return a mixin's `score` whose metric sees NumPy arrays: scikit-learn's takes no others."""

    @wraps(inherited)
    def score(self: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        if not (is_foreign(X) or is_foreign(y)):
            return inherited(self, X, y, sample_weight=sample_weight)
        metric = accuracy_score if inherited is ClassifierMixin.score else r2_score
        answer, weight = to_host(self.predict(X)), to_host(sample_weight)
        return float(metric(to_host(y), answer, sample_weight=weight))

    return score


# The neighbours' is the inherited one with another docstring.
_MIXIN_SCORES: dict[Any, Callable[..., float]] = {
    ClassifierMixin.score: ClassifierMixin.score,
    RegressorMixin.score: RegressorMixin.score,
    KNeighborsClassifier.score: ClassifierMixin.score,
}
_SCORES_ON_HOST = {own: _score_on_host(own) for own in set(_MIXIN_SCORES.values())}
_MIXIN_SCORES.update({ours: own for own, ours in _SCORES_ON_HOST.items()})


def _moves(name: str, value: Any) -> bool:
    """Whether a fitted attribute is an array of numbers that a kernel uses; labels stay here."""
    return _is_number_array(value) and name.endswith("_") and name != "classes_"


def _is_number_array(value: Any) -> bool:
    return is_foreign(value) or (isinstance(value, np.ndarray) and value.dtype.kind in "fiu")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def to_host(X: Any) -> Any:
    """Bring arrays of other libraries to NumPy; leave everything else as it is."""
    return to_numpy(X) if is_foreign(X) else X


def result_place(home: Place, values: np.ndarray) -> Place:
    """Where `values` go for the user: `home`, but labels that are not numbers stay NumPy."""
    return home if values.dtype.kind in "fiub" else HOST


def _adopt_parent(cls: Any) -> None:
    """Give `cls` the constructor of its scikit-learn parent with `device` added."""
    parent = next(
        base for base in cls.__mro__[1:] if "__init__" in base.__dict__ and base is not OnDevice
    )

    def __init__(self: Any, *args: Any, device: str | None = None, **kwargs: Any) -> None:
        parent.__init__(self, *args, **kwargs)
        self.device = device

    of_parent = signature(parent.__init__)
    device = Parameter("device", Parameter.KEYWORD_ONLY, default=None, annotation="str | None")
    __init__.__signature__ = of_parent.replace(  # type: ignore[attr-defined]
        parameters=[*of_parent.parameters.values(), device]
    )
    __init__.__qualname__ = f"{cls.__qualname__}.__init__"
    cls.__init__ = __init__
    cls._parent = parent
    inherited = inherited_score(cls)
    if inherited is not None:
        cls.score = _SCORES_ON_HOST[inherited]
    rules = getattr(parent, "_parameter_constraints", {})
    cls._parameter_constraints = {**rules, "device": [str, None]}
