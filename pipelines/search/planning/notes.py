"""What a plan says of random numbers: where candidates that share a fit share its draw too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ....estimators.shared import Meta
from .plan import Group, Plan

Params = Mapping[str, Any]

_DRAW = (
    "has random_state=None: candidates that share its fit share one random draw per fold, where "
    "scikit-learn draws for each; an integer gives the same numbers every time"
)

# Classes of other packages for which None stands for a fixed seed, by the start of their names.
_SEEDED = ("XGB", "LGBM", "CatBoost")


def shared_draws(plan: Plan) -> list[str]:
    """Name the steps that draw random numbers once for several candidates, each step once."""
    inside: dict[int, list[str]] = {}
    found: dict[str, None] = {}
    for _, group in plan.walk():
        prototype = group.prototype
        if id(prototype) not in inside:
            inside[id(prototype)] = _takes_random_state(prototype)
        owners = inside[id(prototype)]
        several = group.n_candidates > 1 and not _draw_alone(group)
        if owners and (group.recipe is not None or several):
            found.update(dict.fromkeys(_draws(group, owners, plan.meta)))
    return [f"{title} {_DRAW}" for title in found]


def _draw_alone(group: Group) -> bool:
    """Whether each candidate is a member of its own, and members draw each for themselves."""
    independent = group.shared is not None and group.shared.independent
    return independent and group.n_candidates == len(group.members)


def _takes_random_state(estimator: Any) -> list[str]:
    """Return the prefixes ("", "estimator__") under which a `random_state` is found."""
    names = estimator.get_params(deep=True)
    return [name.removesuffix("random_state") for name in names if _is_random_state(name)]


def _is_random_state(name: str) -> bool:
    return name == "random_state" or name.endswith("__random_state")


def _draws(group: Group, prefixes: list[str], meta: Meta) -> list[str]:
    """Name what draws random numbers in one group."""
    params = {**group.prototype.get_params(deep=True), **group.members[0].overrides}
    name = type(group.prototype).__name__
    title = f"{group.name}: {name}" if group.name and group.name != name.lower() else name
    found = []
    for prefix in prefixes:
        path = prefix.removesuffix("__")
        owner = params.get(path) if path else group.prototype
        if not hasattr(owner, "get_params") or params.get(f"{prefix}random_state", 0) is not None:
            continue
        own = {k.removeprefix(prefix): v for k, v in params.items() if k.startswith(prefix)}
        if _is_random(type(owner), own, meta):
            found.append(f"{title} ({path}: {type(owner).__name__})" if path else title)
    return found


def _is_random(cls: type, params: Params, meta: Meta) -> bool:
    """Whether an estimator draws random numbers; one with `random_state` may well not."""
    name = _name_at_scikit_learn(cls)
    if name is None:
        return not cls.__name__.startswith(_SEEDED)
    condition = _RANDOM_IF.get(name.removesuffix("CV"))
    return condition is None or condition(params, meta)


def _name_at_scikit_learn(cls: type) -> str | None:
    """The name of the scikit-learn estimator that a class is or extends."""
    for base in cls.__mro__:
        package, _, rest = base.__module__.partition(".")
        if package == "sklearn" and rest.partition(".")[0] not in ("base", "utils", "callback"):
            return base.__name__
    return None


def _one_of(name: str, *values: Any) -> Callable[[Params, Meta], bool]:
    return lambda params, meta: params.get(name) in values


def _more_rows_than_subsample(params: Params, meta: Meta) -> bool:
    limit = params.get("subsample")
    return limit is not None and meta.n_samples > limit


def _pca(params: Params, meta: Meta) -> bool:
    if params.get("svd_solver") != "auto":
        return params.get("svd_solver") in ("arpack", "randomized")
    # scikit-learn's own rule for "auto", as far as the shape of the search's data tells.
    n, p = meta.n_samples, meta.n_features or 0
    return (
        max(n, p) > 500 and not (p <= 1000 and n >= 10 * p) and params["n_components"] is not None
    )


def _hist_boosting(params: Params, meta: Meta) -> bool:
    stopping = params.get("early_stopping")
    stops = meta.n_samples > 10_000 if stopping == "auto" else bool(stopping)
    return stops or meta.n_samples > 200_000 or params.get("max_features", 1.0) != 1.0


_ridge = _one_of("solver", "sag", "saga")
_cyclic = _one_of("selection", "random")

# When classes of scikit-learn that have a `random_state` make use of it; others always do.
_RANDOM_IF: dict[str, Callable[[Params, Meta], bool]] = {
    "DummyClassifier": _one_of("strategy", "stratified", "uniform"),
    "ElasticNet": _cyclic,
    "GaussianProcessClassifier": lambda params, meta: params.get("n_restarts_optimizer", 0) > 0,
    "GaussianProcessRegressor": lambda params, meta: params.get("n_restarts_optimizer", 0) > 0,
    "HistGradientBoostingClassifier": _hist_boosting,
    "HistGradientBoostingRegressor": _hist_boosting,
    "IterativeImputer": lambda params, meta: bool(
        params.get("sample_posterior")
        or params.get("imputation_order") == "random"
        or params.get("n_nearest_features")
    ),
    "KBinsDiscretizer": _more_rows_than_subsample,
    "KernelPCA": _one_of("eigen_solver", "arpack", "randomized"),
    "Lars": lambda params, meta: params.get("jitter") is not None,
    "Lasso": _cyclic,
    "LassoLars": lambda params, meta: params.get("jitter") is not None,
    "LinearSVC": _one_of("dual", True),
    "LinearSVR": _one_of("dual", True),
    "LogisticRegression": _one_of("solver", "liblinear", "sag", "saga"),
    "MultiTaskElasticNet": _cyclic,
    "MultiTaskLasso": _cyclic,
    "NuSVC": _one_of("probability", True),
    "PCA": _pca,
    "QuantileTransformer": _more_rows_than_subsample,
    "Ridge": _ridge,
    "RidgeClassifier": _ridge,
    "SVC": _one_of("probability", True),
}
