"""Recipes: the parts of a transformer with others inside, each with its identity."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion

from ....estimators.shared import SharedFit
from .chain import SKIPPED, why_opaque
from .identity import Identity

Token = Hashable
SharingOf = Callable[[Any, Mapping[str, Any]], SharedFit | None]

# Parameters of a ColumnTransformer or FeatureUnion that change no branch: they work on its output.
_OUTSIDE = {
    "sparse_threshold",
    "n_jobs",
    "transformer_weights",
    "verbose_feature_names_out",
    "force_int_remainder_cols",
    "remainder",
}
# Where the branches stand, and how many things are said of each.
_LISTS: dict[type, tuple[str, int]] = {
    ColumnTransformer: ("transformers", 3),
    FeatureUnion: ("transformer_list", 2),
}


@dataclass(frozen=True)
class Recipe:
    """An estimator's identity, and those of the parts that can be computed by themselves.

    Attributes
    ----------
    key : hashable
        Equal for estimators of equal type and parameters.
    steps : dict of str to Recipe
        Of a pipeline: its transformers, in order.
    branches : dict of str to (columns, Recipe)
        Of a ColumnTransformer or a FeatureUnion: its transformers side by side, each with the
        identity of the columns it is given.
    shared : SharedFit or None
        What fits a transformer together with others that differ from it in `varying` only.
    kin : hashable
        Equal for those others; None without a shared fit.
    varying : dict of str to value
    """

    key: Hashable
    steps: Mapping[str, Recipe] = field(default_factory=dict)
    branches: Mapping[str, tuple[Hashable, Recipe]] = field(default_factory=dict)
    shared: SharedFit | None = None
    kin: Hashable = None
    varying: Mapping[str, Any] = field(default_factory=dict)

    def parts(self, source: Token = None) -> Iterator[tuple[Token, Recipe]]:
        """Yield this recipe and all inside it, each with the identity of its input."""
        yield source, self
        for columns, branch in self.branches.values():
            yield from branch.parts((source, columns))
        for step in self.steps.values():
            yield from step.parts(source)
            source = (source, step.key)

    def tokens(self, source: Token = None) -> Iterator[Token]:
        """Yield the identity of every result on the way, where `source` is that of the input."""
        return ((before, part.key) for before, part in self.parts(source))

    def fits(self) -> Iterator[Token]:
        """Yield the identity of every fit: one for all that are fitted together."""
        return ((before, part.kin or part.key) for before, part in self.parts())


class Recipes:
    """Reads recipes off estimators and the parameters that a candidate sets on them."""

    def __init__(self, identity: Identity, sharing_of: SharingOf | None = None) -> None:
        self._identity = identity
        self._sharing_of = sharing_of
        self._known: dict[Hashable, Recipe] = {}
        self._plain: dict[int, Recipe] = {}  # the search holds its estimators: no id comes twice

    def of_composite(self, estimator: Any, overrides: Mapping[str, Any]) -> Recipe | None:
        """Return the recipe of a transformer with branches, or None for anything else."""
        if type(estimator) not in _LISTS or estimator.verbose:
            return None
        recipe = self._of(estimator, overrides)
        return recipe if recipe.branches else None

    def _of(self, estimator: Any, overrides: Mapping[str, Any]) -> Recipe:
        if not overrides and id(estimator) in self._plain:
            return self._plain[id(estimator)]
        own = [(name, self._identity.key(value)) for name, value in overrides.items()]
        key = (self._identity.key(estimator), frozenset(own))
        if key not in self._known:
            self._known[key] = self._read(estimator, overrides, key)
        if not overrides:
            self._plain[id(estimator)] = self._known[key]
        return self._known[key]

    def _read(self, estimator: Any, overrides: Mapping[str, Any], key: Hashable) -> Recipe:
        if type(estimator) in _LISTS:
            return Recipe(key, branches=self._branches(estimator, overrides))
        if why_opaque(estimator) is None:
            return Recipe(key, steps=self._steps(estimator, overrides))
        shared = self._sharing_of(estimator, overrides) if self._sharing_of else None
        return self._with_kin(key, estimator, overrides, shared) if shared else Recipe(key)

    def _with_kin(
        self, key: Hashable, estimator: Any, overrides: Mapping[str, Any], shared: SharedFit
    ) -> Recipe:
        params = {**estimator.get_params(deep=False), **overrides}
        varying = {name: params.pop(name) for name in shared.varying}
        alike = frozenset((name, self._identity.key(value)) for name, value in params.items())
        return Recipe(key, shared=shared, kin=(type(estimator), alike), varying=varying)

    def _branches(
        self, estimator: Any, overrides: Mapping[str, Any]
    ) -> dict[str, tuple[Hashable, Recipe]]:
        attribute, length = _LISTS[type(estimator)]
        parts = getattr(estimator, attribute)
        if not all(isinstance(part, tuple) and len(part) == length for part in parts):
            return {}  # scikit-learn's to report
        names = [part[0] for part in parts]
        replaced, inside = _split(names, overrides, _OUTSIDE)
        if inside is None or len(set(names)) < len(names):
            return {}
        branches = {}
        for name, transformer, *columns in parts:
            transformer = replaced.get(name, transformer)
            if not isinstance(transformer, str):
                recipe = self._of(transformer, inside[name])
                branches[name] = (self._identity.key(tuple(columns)), recipe)
        return branches

    def _steps(self, pipeline: Any, overrides: Mapping[str, Any]) -> dict[str, Recipe]:
        replaced, inside = _split([name for name, _ in pipeline.steps], overrides, set())
        if inside is None:
            return {}
        steps = {}
        for name, step in pipeline.steps:
            step = replaced.get(name, step)
            if step is None or isinstance(step, str):
                if step not in SKIPPED:
                    return {}
                continue
            if not hasattr(step, "transform"):
                return {}
            steps[name] = self._of(step, inside[name])
        return steps


def _split(
    names: list[str], overrides: Mapping[str, Any], outside: set[str]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]] | None]:
    """Sort parameters into parts replaced, and what is set on each part; None for others."""
    replaced: dict[str, Any] = {}
    inside: dict[str, dict[str, Any]] = defaultdict(dict)
    for key, value in overrides.items():
        name, nested, rest = key.partition("__")
        if name in names and nested:
            inside[name][rest] = value
        elif name in names:
            replaced[name] = value
        elif name not in outside:
            return {}, None
    return replaced, inside


def recipes_together(recipes: Sequence[Recipe]) -> list[bool]:
    """For each of several recipes, say whether it has a part that is fitted for another too."""
    found: Counter[Token] = Counter()
    tokens = [set(recipe.fits()) for recipe in recipes]
    for own in tokens:
        found.update(own)
    return [any(found[token] > 1 for token in own) for own in tokens]
