"""The ways to search and to validate: scikit-learn's and gridfold's classes and functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from scipy.stats import loguniform
from sklearn import model_selection as theirs
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import ParameterGrid

from gridfold.pipelines import search as ours

SEARCHES = {
    "grid": "GridSearchCV",
    "random": "RandomizedSearchCV",
    "halving grid": "HalvingGridSearchCV",
    "halving random": "HalvingRandomSearchCV",
}
FUNCTIONS = ("cross_validate", "cross_val_score", "cross_val_predict", "validation_curve")
_OPTIONS_OF_VALIDATION = ("scoring", "error_score", "n_jobs")


@dataclass(frozen=True)
class Call:
    """A search class or a validation function by name, and options that only it has."""

    name: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def searches(self) -> bool:
        """Whether it is a search."""
        return self.name in SEARCHES

    @property
    def in_rounds(self) -> bool:
        """Whether it is a search by halving."""
        return self.name.startswith("halving")

    def search(self, of: str, estimator: Any, grid: Any, **options: Any) -> Any:
        """Return an unfitted search of the library `of`: "theirs" or "ours"."""
        library = theirs if of == "theirs" else ours
        cls = getattr(library, SEARCHES[self.name])
        if self.name.endswith("random"):
            grid = [_drawn(g) for g in grid] if isinstance(grid, list) else _drawn(grid)
        return cls(estimator, grid, **options, **self.options)

    def validate(
        self,
        of: str,
        estimator: Any,
        grid: Any,
        X: Any,
        y: Any,
        fit_params: dict[str, Any],
        options: dict[str, Any],
    ) -> dict[str, Any]:
        """Call a validation function, and return what it gives by name."""
        function = getattr(theirs if of == "theirs" else ours, self.name)
        options = {k: v for k, v in options.items() if k in ("cv", *_OPTIONS_OF_VALIDATION)}
        params = dict(fit_params)
        options.update(self.options, groups=params.pop("groups", None), params=params or None)
        if self.name == "cross_val_predict":
            options = {k: v for k, v in options.items() if k not in ("scoring", "error_score")}
            return {"predicted": function(estimator, X, y, **options)}
        if self.name == "validation_curve":
            name, values = _first(grid)
            train, test = function(estimator, X, y, param_name=name, param_range=values, **options)
            return {"split_train": train, "split_test": test}
        found = function(estimator, X, y, **options)
        return found if isinstance(found, dict) else {"test_score": found}


def _drawn(grid: dict[str, Sequence[Any]]) -> dict[str, Any]:
    """The same grid with a distribution of strengths in it."""
    return {
        name: loguniform(1e-3, 1e2)
        if name.endswith(("alpha", "C")) and all(isinstance(v, float) and v > 0 for v in values)
        else values
        for name, values in grid.items()
    }


def _first(grid: Any) -> tuple[str, Sequence[Any]]:
    grid = grid[0] if isinstance(grid, list) else grid
    return next(iter(grid.items()), ("nonesuch", [1]))


@st.composite
def calls(draw: st.DrawFn, grid: Any) -> Call:
    """Draw a way to search; the plain grid is the most frequent."""
    name = draw(st.sampled_from(("grid",) * 10 + (*SEARCHES, "random", *FUNCTIONS)))
    seed = draw(st.integers(0, 9))
    if name == "random":
        n_iter = min(draw(st.integers(1, 8)), len(ParameterGrid(grid)) + 2)
        return Call(name, {"n_iter": n_iter, "random_state": seed})
    if name.startswith("halving"):
        options: dict[str, Any] = {"random_state": seed, "factor": draw(st.sampled_from([2, 3]))}
        options["min_resources"] = draw(st.sampled_from(["smallest", "exhaust", 12]))
        options["aggressive_elimination"] = draw(st.booleans())
        if name == "halving random":
            options["n_candidates"] = draw(st.sampled_from(["exhaust", 4]))
        return Call(name, options)
    if name == "cross_validate":
        flags = ("return_train_score", "return_estimator", "return_indices")
        return Call(name, {flag: draw(st.booleans()) for flag in flags})
    if name == "cross_val_predict":
        methods = ("predict", "predict", "predict_proba", "decision_function", "transform")
        return Call(name, {"method": draw(st.sampled_from(methods))})
    return Call(name)
