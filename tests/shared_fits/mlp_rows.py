"""Rows of the MLP: scikit-learn's classes, to rounding, and ours, bit for bit."""

from __future__ import annotations

from typing import Any

from shared_fits.family import CLASSES, NUMBERS, Family, generator, params_of
from shared_fits.makers import Kind

_SMALL: dict[str, Any] = {"hidden_layer_sizes": (6, 5), "max_iter": 5, "batch_size": 7}
_MEMBERS = (
    {"alpha": 1e-4, "learning_rate_init": 0.01},
    {"alpha": 0.5, "learning_rate_init": 0.01},
    {"alpha": 0.5, "learning_rate_init": 0.002, "random_state": 7},
)
_OURS = (
    {"dropout": 0.2, "schedule": "one_cycle"},
    {"dropout": 0.4, "alpha": 0.1},
    {"dropout": 0.0, "schedule": "reduce_on_plateau"},
)
# Whether a loss of 1e300 falls is a matter of its last digit.
_COUNTS = frozenset({"_no_improvement_count"})
_SCIKIT_LEARN, _GRIDFOLD = "sklearn.neural_network:MLP", "gridfold.estimators:MLP"
# Rounding grows from step to step; ours has the same, and answers in another order of sums.
_THEIRS: dict[str, Any] = {"rtol": 1e-8, "declines": frozenset({"float32"})}
_OURS_TO_SUMS = 1e-12


def _rows(task: str, kind: Kind) -> list[Family]:
    adam = params_of(**_SMALL, random_state=0)
    sgd = params_of(
        **_SMALL,
        random_state=generator,
        solver="sgd",
        learning_rate="adaptive",
        n_iter_no_change=1,
        tol=10.0,
    )
    early = params_of(**_SMALL, random_state=0, early_stopping=True, n_iter_no_change=2)
    batch = params_of(**_SMALL, random_state=0, solver="adamw", normalization="batch")
    theirs, ours = _SCIKIT_LEARN + task, _GRIDFOLD + task
    return [
        Family(theirs, kind, _MEMBERS, adam, effort=_COUNTS, **_THEIRS),
        Family(theirs, kind, _MEMBERS, sgd, "by sgd", few=True, **_THEIRS),
        Family(theirs, kind, _MEMBERS, early, "with early stopping", few=True, **_THEIRS),
        Family(ours, kind, _MEMBERS, adam, rtol=_OURS_TO_SUMS),
        Family(ours, kind, _OURS, early, "with early stopping", rtol=_OURS_TO_SUMS, few=True),
        Family(ours, kind, _OURS, batch, "with normalisation", rtol=_OURS_TO_SUMS, few=True),
    ]


_REAL = params_of(n_epochs=3, hidden_layer_sizes=(8,), batch_size=16, random_state=0)
_REAL_MEMBERS = ({"learning_rate": 0.01}, {"dropout": 0.0}, {"weight_decay": 0.1})
MLP = [
    *_rows("Classifier", CLASSES),
    *_rows("Regressor", NUMBERS),
    *(
        Family(f"gridfold.estimators:RealMLP{task}", kind, _REAL_MEMBERS, _REAL, few=True)
        for task, kind in (("Classifier", CLASSES), ("Regressor", NUMBERS))
    ),
]
