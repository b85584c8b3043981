"""The table of all shared fits: a row counts as soon as its class is registered."""

from __future__ import annotations

from shared_fits.family import Family, registered
from shared_fits.linear_rows import LINEAR
from shared_fits.mlp_rows import MLP
from shared_fits.other_rows import KERNELS, NEIGHBORS, STATISTICS
from shared_fits.step_rows import PROJECTIONS, SELECTIONS
from shared_fits.tree_rows import BOOSTING, ENSEMBLES, OUTSIDE

FAMILIES: list[Family] = [
    row
    for rows in (
        LINEAR,
        NEIGHBORS,
        STATISTICS,
        KERNELS,
        PROJECTIONS,
        SELECTIONS,
        ENSEMBLES,
        BOOSTING,
        MLP,
        OUTSIDE,
    )
    for row in rows
    if row.path in registered()
]
