"""Shared fits: many estimators of one class fitted on the same data, the common work done once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sklearn.base import BaseEstimator, clone

from .arrays import Array

State = Any
Folds = Sequence[tuple[Array, Array]]
Affine = tuple[Array, Array]


class Declined(Exception):
    """A shared fit found, looking at the numbers, that members must be fitted alone.

    Parameters
    ----------
    reason : str
    members : iterable of int, default=()
        Which members, where the others can be fitted together without them; () for all.
    """

    def __init__(self, reason: str, members: Iterable[int] = ()) -> None:
        super().__init__(reason)
        self.members = frozenset(members)

    def __reduce__(self) -> Any:
        return (Declined, (str(self), self.members))


@dataclass(frozen=True)
class Meta:
    """What is known of the data before anything runs; None where only running will tell.

    `n_bytes` is what X takes as it was given, `n_classes` the number of labels of a classifier.
    """

    n_samples: int
    n_features: int | None = None
    sparse: bool | None = None
    n_outputs: int = 1
    weights: bool = False
    n_bytes: int | None = None
    n_classes: int | None = None


@dataclass(frozen=True)
class Cost:
    """What a shared fit is expected to take, on one fold.

    `work` counts floating-point operations. `state` and `responses` count bytes: of what the fit
    keeps, and of the answers of all members for `Meta.n_samples` rows with what is held meanwhile.
    """

    work: float = 0.0
    state: float = 0.0
    responses: float = 0.0


@dataclass(frozen=True)
class FittedMembers:
    """A state: members that are fitted, each with its own arrays, and answer for themselves."""

    estimators: Sequence[Any]

    def respond(self, X: Array, method: str, members: Sequence[int]) -> Sequence[Array]:
        """Ask every member."""
        return [getattr(self.estimators[i], method)(X) for i in members]

    def member(self, i: int) -> Any:
        """Return a copy of member `i`."""
        return deepcopy(self.estimators[i])


@dataclass(frozen=True)
class Members:
    """Unfitted estimators of one class: a prototype, and what each member sets otherwise.

    Parameters
    ----------
    prototype : estimator
        Never fitted and never changed. Has all parameters in which the members do not differ.
    overrides : sequence of dict
        One dictionary per member: those constructor parameters in which members may differ.
    only_exact : bool
        Whether the user wants the numbers of separate fits and no others: what turns out, on
        these data, to reach them to a tolerance only is to be declined.
    """

    prototype: BaseEstimator
    overrides: Sequence[Mapping[str, Any]] = field(default_factory=lambda: [{}])
    only_exact: bool = False

    def __len__(self) -> int:
        return len(self.overrides)

    @cached_property
    def common(self) -> dict[str, Any]:
        """The prototype's own parameters (not those of estimators inside it)."""
        return self.prototype.get_params(deep=False)

    def params(self, i: int) -> dict[str, Any]:
        """All constructor parameters of member `i`."""
        return {**self.common, **self.overrides[i]}

    def values(self, name: str) -> list[Any]:
        """The value of parameter `name` in each member."""
        return [override.get(name, self.common[name]) for override in self.overrides]

    def instance(self, i: int) -> BaseEstimator:
        """Member `i` as a new unfitted estimator."""
        overrides = {name: clone(value, safe=False) for name, value in self.overrides[i].items()}
        return clone(self.prototype).set_params(**overrides)


class SharedFit:
    """Fits the members of a group on the same data, doing the common work once.

    A family subclasses this, gives `fit`, `respond` and `materialise`, and registers itself with
    `register_shared_fit`. What it refuses (`declines`, `Declined`) is fitted the ordinary way.

    Attributes
    ----------
    varying : frozenset of str
        Constructor parameters in which the members of one group may differ.
    exact : bool
        True: the same numbers as separate fits, to rounding. False: the same optimum, to tolerance.
    independent : bool
        Whether a member's numbers do not depend on which others it is fitted with. Those that are
        exact do not; of others a search keeps a group together unless this says so.
    shares_folds : bool
        Whether `fit_folds` is there.
    """

    varying: frozenset[str] = frozenset()
    exact: bool = True
    independent: bool = False
    shares_folds: bool = False

    def for_params(self, params: Mapping[str, Any]) -> SharedFit:
        """Return what serves members with these parameters: this, unless it depends on them.

        That of an estimator around another may depend on what is inside. Equal answers are the
        same object.
        """
        return self

    def is_exact(self, params: Mapping[str, Any], meta: Meta) -> bool:
        """Whether members like this one get the numbers of separate fits, as far as is known."""
        return self.exact

    def declines(self, params: Mapping[str, Any], meta: Meta) -> str | None:
        """Say why a member with these parameters must be fitted alone, or None.

        Touches no array, so that a plan can ask before anything runs.
        """
        return None

    def cost(self, members: Members, meta: Meta) -> Cost:
        """Return what fitting and answering on one fold is expected to take."""
        return Cost()

    def order(self, members: Members) -> Sequence[int]:
        """Return the members so that those with the most work in common stand side by side.

        Where a group is cut for several workers, it is cut in this order.
        """
        return range(len(members))

    def fit(self, members: Members, X: Array, y: Array | None, **fit_params: Any) -> State:
        """Fit all members on `X` of shape (n_samples, n_features).

        Raises
        ------
        Declined
            When the numbers turn out unfit for sharing, of all members or of some.
        """
        raise NotImplementedError(f"{type(self).__name__} must define fit.")

    def fit_folds(
        self,
        members: Members,
        X: Array,
        y: Array,
        folds: Folds,
        affine: Sequence[Affine] | None = None,
        **fit_params: Any,
    ) -> list[State]:
        """Fit all members on the training part of every fold, from sums over the test parts.

        Parameters
        ----------
        folds : sequence of (train, test)
            Row numbers. The test parts split the rows, and each training part is all other rows.
        affine : sequence of (shift, scale), optional
            For each fold the scaler in front, `(X - shift) / scale`, both of shape (n_features,).
            The states answer for `X` as it was before that scaler.
        **fit_params : arrays of n_samples rows
        """
        raise NotImplementedError(f"{type(self).__name__} does not share across folds.")

    def respond(self, state: State, X: Array, method: str, members: Sequence[int]) -> Array:
        """Answer `method` (predict, predict_proba, decision_function, transform) for members.

        Returns
        -------
        responses : sequence of len(members) arrays, or an array with that leading axis
            Each as the member's own method would give it for `X`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define respond.")

    def transform_fitted(self, state: State, X: Array, members: Sequence[int]) -> Sequence[Array]:
        """Return what members' `fit_transform` makes of the rows they were fitted on.

        That is what `transform` makes of them, unless a family says otherwise.
        """
        return self.respond(state, X, "transform", members)

    def materialise(self, state: State, i: int) -> BaseEstimator:
        """Return member `i` as a fitted instance with all its attributes."""
        raise NotImplementedError(f"{type(self).__name__} must define materialise.")


_shared_fits: dict[str, list[tuple[str, SharedFit]]] = {}
_affine_steps: dict[str, list[tuple[str, Callable[[Any], Affine | None]]]] = {}


def register_shared_fit(name: str, shared_fit: SharedFit) -> None:
    """Register the shared fit of a class, by name, so that nothing is imported.

    Parameters
    ----------
    name : str
        "module:Class", such as "sklearn.linear_model:Ridge". Subclasses are not included: they
        may do something else. The last registration of a class holds.
    shared_fit : SharedFit
    """
    _register(_shared_fits, name, shared_fit)


def shared_fit_for(cls: type) -> SharedFit | None:
    """Return the shared fit registered for exactly this class, or None."""
    return _lookup(_shared_fits, cls)


def registered_shared_fits() -> dict[str, SharedFit]:
    """Return the shared fit of every class that has one, by "module:Class"."""
    return {
        f"{module}:{class_name}": shared_fit
        for class_name, entries in _shared_fits.items()
        for module, shared_fit in reversed(entries)  # the last registration holds
    }


def register_affine(name: str, shift_and_scale: Callable[[Any], Affine | None]) -> None:
    """Register a transformer whose transform is `(X - shift) / scale`, column by column.

    Parameters
    ----------
    name : str
        "module:Class".
    shift_and_scale : callable
        From the fitted transformer to (shift, scale), each of shape (n_features,).
    """
    _register(_affine_steps, name, shift_and_scale)


def affine_step_for(cls: type) -> Callable[[Any], Affine | None] | None:
    """Return what reads shift and scale off a fitted instance of exactly this class, or None."""
    return _lookup(_affine_steps, cls)


def _register(table: dict[str, list[tuple[str, Any]]], name: str, value: Any) -> None:
    module, _, class_name = name.partition(":")
    if not module or not class_name:
        raise ValueError(f"{name!r} is not of the form 'module:Class'.")
    table.setdefault(class_name, []).insert(0, (module, value))


def _lookup(table: dict[str, list[tuple[str, Any]]], cls: type) -> Any:
    for module, value in table.get(cls.__name__, ()):
        if getattr(sys.modules.get(module), cls.__name__, None) is cls:
            return value
    return None
