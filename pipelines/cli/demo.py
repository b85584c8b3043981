"""`gridfold demo`: the search on a real table that scikit-learn ships."""

from __future__ import annotations

import argparse

from ..persistence import save
from .fit import check_before
from .messages import console


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    check_before(args)
    from sklearn.datasets import load_breast_cancer

    from ..tasks import find_task
    from .report import report
    from .study import run_study

    out = console()
    data = load_breast_cancer(as_frame=True)
    target = data.target.map(dict(enumerate(data.target_names))).rename("diagnosis")
    task = find_task(target)
    out.print(
        f"Breast cancer (Wisconsin, UCI): {len(target):,} tumours, "
        f"{data.data.shape[1]} measurements of cell nuclei; is a tumour "
        f"{' or '.join(data.target_names)}?"
    )
    study = run_study(data.data, task, args, out)
    report(study, out)
    if args.out is not None:
        save(study.search.best_estimator_, args.out, target="diagnosis")
        out.print(f"Saved in {args.out}, fitted on {study.n_train:,} rows.")
    out.print("With a table of your own:  gridfold fit TABLE --target COLUMN")
