"""Which of xgboost's parameters, and of gridfold's beside them, leave the first rounds alone."""

from __future__ import annotations

from inspect import signature
from math import inf
from numbers import Integral

from ..parameters import OWN
from .runs import Params

_DEFAULT_ROUNDS = 100  # what xgboost takes for n_estimators=None
LENGTHS = frozenset({"n_estimators", "early_stopping_rounds"})

# What the quantised matrix does not depend on, as it does on max_bin, missing, n_jobs, device,
# feature_types, enable_categorical and feature_weights.
OF_THE_TREES = frozenset(
    {
        "base_score",
        "colsample_bylevel",
        "colsample_bynode",
        "colsample_bytree",
        "gamma",
        "grow_policy",
        "interaction_constraints",
        "learning_rate",
        "max_cat_to_onehot",
        "max_delta_step",
        "max_depth",
        "max_leaves",
        "min_child_weight",
        "monotone_constraints",
        "multi_strategy",
        "num_parallel_tree",
        "objective",
        "random_state",
        "reg_alpha",
        "reg_lambda",
        "sampling_method",
        "scale_pos_weight",
        "subsample",
    }
)

# Keywords beside the parameters of the constructor with which prefixes are tested; any other may
# be one with which they are not: `rate_drop` makes a dart of the default booster in xgboost 3.4.
KEYWORDS = frozenset(
    {
        "disable_default_eval_metric",
        "huber_slope",
        "lambdarank_normalization",
        "lambdarank_num_pair_per_sample",
        "lambdarank_pair_method",
        "max_cached_hist_node",
        "ndcg_exp_gain",
        "quantile_alpha",
        "seed_per_iteration",
        "tweedie_variance_power",
    }
)

# With which gridfold's classes train once in a fit.
_ONE_TRAINING = {"refit_full": False, "n_bags": 1, "calibration": None, "conformal": None}


def why_no_runs(params: Params) -> str | None:
    """Say why members with these parameters cannot be trained together, or None."""
    if params.get("preset") is not None:
        return f"preset={params['preset']!r} may choose another matrix"
    return _why_no_rounds(params) or _why_no_prefix(params)


def n_rounds(params: Params) -> int:
    """Return the most rounds that a member trains."""
    found = params["n_estimators"]
    return _DEFAULT_ROUNDS if found is None else int(found)


def patience(params: Params) -> float:
    """Return how many rounds without a better score a member waits; inf where it does not stop."""
    found = params.get("early_stopping_rounds")
    return inf if found is None else int(found)


def trains_once(params: Params) -> bool:
    """Whether a fit is one training: not so with bags, or a refit of gridfold's classes."""
    return all(params.get(name, value) == value for name, value in _ONE_TRAINING.items())


def _why_no_rounds(params: Params) -> str | None:
    for name, default in (("n_estimators", _DEFAULT_ROUNDS), ("early_stopping_rounds", 1)):
        value = params.get(name)
        number = default if value is None else value
        if not isinstance(number, Integral) or number < 1:
            return f"{name}={value!r} is not a whole number of at least 1"
    return None


def _why_no_prefix(params: Params) -> str | None:
    if params.get("callbacks"):
        return "callbacks may change or stop the training"
    if params.get("booster") not in (None, "gbtree"):
        return f"booster={params['booster']!r}: fewer rounds are not the first of more rounds"
    if params.get("tree_method") not in (None, "auto", "hist"):
        return f"tree_method={params['tree_method']!r} uses no quantised matrix"
    if params.get("process_type", "default") != "default" or params.get("updater"):
        return "process_type or updater: the trees are not grown in the usual way"
    if not isinstance(params.get("random_state"), Integral | None):
        return "random_state is a generator, and draws another seed at each fit"
    unknown = sorted(params.keys() - _known())
    if unknown:
        return f"with {', '.join(unknown)} fewer rounds may not be the first of more rounds"
    return None


def _known() -> frozenset[str]:
    """The parameters that are known to leave the first rounds as they are, or are looked at."""
    from ..xgb import xgboost

    looked_at = {"process_type", "updater"}
    return KEYWORDS | {*OWN} | looked_at | signature(xgboost.XGBModel.__init__).parameters.keys()
