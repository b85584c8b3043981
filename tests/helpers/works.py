"""A Work without data: for tests of what is planned, sent or cut, and never run."""

from __future__ import annotations

import numpy as np

from gridfold.pipelines.search.fitting.work import Work


def work_of(estimator, candidates, n_splits=5):
    """Return the work of a search over these candidates; every split has the same rows."""
    rows = np.arange(10)
    return Work(
        template=estimator,
        candidates=dict(enumerate(candidates)),
        n_candidates=len(candidates),
        n_splits=n_splits,
        X=rows,
        y=rows,
        splits=dict.fromkeys(range(n_splits), (rows, rows)),
        scorer=None,
        fit_params={},
        all_fit_params={},
        score_params={},
        error_score="raise",
        return_train_score=False,
        verbose=0,
        contexts={},
        caller=None,
    )
