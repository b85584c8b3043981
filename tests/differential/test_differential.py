"""Random searches: what gridfold finds is what scikit-learn finds."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, event, given, seed, settings

from differential.cases import Case, cases
from differential.compare import differences
from differential.outcome import run

# The same draws each time; tools/differential.py draws others, and counts them.
DRAWS = int(os.environ.get("GRIDFOLD_DRAWS", "100"))
OF_ONE_SEED = 20  # hypothesis varies what it drew before: several seeds keep draws apart


@pytest.mark.parametrize("number", range(max(1, DRAWS // OF_ONE_SEED)))
def test_random_searches_equal_scikit_learns(number: int) -> None:
    @seed(number)
    @settings(
        max_examples=OF_ONE_SEED,
        phases=[Phase.generate],  # made small by tools/differential.py --shrink: it takes minutes
        database=None,
        deadline=None,  # two whole searches, on a machine that may be busy
        # A case is a table, an estimator and a grid: larger than what hypothesis expects.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(cases())
    def compare(case: Case) -> None:
        for kind in case.kinds:
            event(kind)
        found = differences(run("theirs", case), run("ours", case), case)
        assert not found, "\n".join(found)

    compare()
