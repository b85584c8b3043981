"""Write docs/compatibility.md by asking the code: each estimator is fitted with each option.

python tools/compatibility.py [--check]
"""

import sys
import warnings
from importlib import import_module
from inspect import signature
from pathlib import Path

import array_api_strict
import numpy as np
import sklearn
from scipy.sparse import csr_matrix
from sklearn import preprocessing
from sklearn.base import is_classifier
from sklearn.utils._param_validation import StrOptions

from gridfold import boosting, estimators
from gridfold.estimators.base import OnDevice
from gridfold.estimators.shared import SharedFit, affine_step_for, registered_shared_fits

PAGE = Path(__file__).resolve().parents[1] / "docs" / "compatibility.md"
HEAD = """# Compatibility

Made by `tools/compatibility.py`, which fits each estimator with each value of each option on an
array-api-strict array (scikit-learn {version}); do not edit.

Each class has the name, parameters and fitted attributes of scikit-learn's (or XGBoost's), and
`device`. Its own kernel fits on NumPy, CuPy, PyTorch and array-api-strict arrays, except where the
second column says that scikit-learn's `fit` serves, on the CPU, and why; `fallback_` then holds the
reason.

| estimator | fitted by scikit-learn with |
|---|---|
"""
SHARED = """
## What a search shares

Candidates that differ only in the parameters named are fitted together, be they of scikit-learn's
(or XGBoost's) class or of gridfold's of the same name. [sharing.md](sharing.md) tells how, and when
a family declines.

| class | members may differ in | numbers | folds |
|---|---|---|---|
"""
SCALERS = """
Scalers of scikit-learn that are folded into what shares all folds, where they do not clip: {names}.
"""
_rng = np.random.default_rng(0)
X = _rng.normal(size=(40, 3))
TARGETS = {True: (X[:, 0] > 0).astype(int), False: X @ [1.0, 2.0, 3.0]}


def options(cls: type) -> dict[str, list[object]]:
    """Return, for each parameter that takes one of several words or True and False, its values."""
    found: dict[str, list[object]] = {}
    for name, rules in cls._parameter_constraints.items():
        values: list[object] = []
        for rule in [] if isinstance(rules, str) else rules:
            if isinstance(rule, StrOptions):
                values += sorted(rule.options)
            elif isinstance(rule, str) and rule == "boolean":
                values += [False, True]
        if values:
            found[name] = values
    return found


def data(cls: type) -> tuple[np.ndarray, np.ndarray]:
    """Return rows and a target that the class takes: not negative, where it wants that."""
    tags = cls().__sklearn_tags__()
    y = TARGETS[is_classifier(cls())]
    return (
        np.abs(X) if tags.input_tags.positive_only else X,
        np.abs(y) + 0.1 if tags.target_tags.positive_only else y,
    )


def fallbacks(cls: type) -> list[str]:
    """Return `parameter=value` wherever scikit-learn's own fit serves, and why."""
    rows, y = data(cls)
    elsewhere = array_api_strict.asarray(rows)
    always = reason(cls, {}, elsewhere, y)
    if always is not None:
        return [f"every fit off the host: {always}"]
    found = ["sparse X"] if tried(cls, {}, csr_matrix(rows), y) else []
    for name, values in options(cls).items():
        why: dict[str, list[str]] = {}
        for value in values:
            found_here = tried(cls, {name: value}, elsewhere, y)
            if found_here is not None:
                text = found_here.removeprefix(f"{name}={value!r}").lstrip(" ,")
                for verb in ("which ", "is ", "has "):
                    text = text.removeprefix(verb)
                why.setdefault(text, []).append(repr(value))
        found += [f"`{name}` {', '.join(each)} ({text})" for text, each in why.items()]
    return found


def tried(cls: type, params: dict[str, object], X: object, y: np.ndarray) -> str | None:
    """Return why scikit-learn's own fit serves; None where it does not, or the fit is an error."""
    try:
        return reason(cls, params, X, y)
    except (ValueError, TypeError, NotImplementedError):  # options that do not go together
        return None


def reason(cls: type, params: dict[str, object], X: object, y: np.ndarray) -> str | None:
    """Return the `fallback_` of a fit."""
    few = {"max_iter": 30} if "max_iter" in cls().get_params() else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cls(**few, **params).fit(X, y).fallback_


def row(cls: type) -> str:
    """Return the line of one estimator of ours."""
    if not issubclass(cls, OnDevice):
        served = "(XGBoost's own fit)"
    elif not hasattr(cls, "_parent"):
        served = "(no class of scikit-learn's)"
    else:
        served = "; ".join(fallbacks(cls))
    return f"| {cls.__name__} | {served or 'nothing'} |"


def shared_row(name: str, shared: SharedFit) -> str:
    """Return the line of one class that has a shared fit."""
    module, _, class_name = name.partition(":")
    cls = getattr(import_module(module), class_name)
    known = {*cls().get_params(), *signature(cls).parameters}  # CatBoost's get_params is empty
    varying = ", ".join(f"`{parameter}`" for parameter in sorted(shared.varying & known))
    numbers = "of separate fits" if shared.exact else "same optimum, to tolerance"
    folds = "all at once" if shared.shares_folds else "one by one"
    return f"| {name.replace(':', '.')} | {varying} | {numbers} | {folds} |"


def page() -> str:
    """Return the whole page."""
    classes = [getattr(estimators, name) for name in estimators.__all__]
    ours = [c for c in classes if isinstance(c, type) and issubclass(c, OnDevice)]
    ours += [boosting.XGBClassifier, boosting.XGBRegressor, boosting.XGBRanker]
    known = [n for n in preprocessing.__all__ if affine_step_for(getattr(preprocessing, n))]
    served = [name for name in registered_shared_fits() if not name.startswith("gridfold.")]
    parts = [HEAD.format(version=sklearn.__version__), *map(row, ours), SHARED]
    parts += [shared_row(name, registered_shared_fits()[name]) for name in sorted(served)]
    text = "\n".join(part.rstrip("\n") for part in parts)
    return f"{text}\n{SCALERS.format(names=', '.join(known))}"


def main() -> int:
    """Write the page, or with --check say whether it is what the code does."""
    wanted = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    present = PAGE.read_text(encoding="utf-8")
    if f"(scikit-learn {sklearn.__version__})" not in present:
        print("docs/compatibility.md is of another scikit-learn's options: not compared.")
        return 0
    if present != wanted:
        print("docs/compatibility.md is not what the code does. Run `make docs`.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
