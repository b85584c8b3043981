"""`gridfold fit`: read a table, find the best model for a column, and save it."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ...boosting.installation import check_installation
from ...estimators.arrays import find_place
from ..choose_columns import choose_columns
from ..persistence import check_model_path, save
from ..tables import read_table, split_target
from ..tabular_preprocessor import TabularPreprocessor
from ..tasks import find_task
from .messages import console, note

if TYPE_CHECKING:
    from rich.console import Console

    from .study import Study


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    check_before(args)
    out = console()
    table = read_table(args.table, text=args.text)
    X, target = split_target(table, args.target)
    # All rows: errors name the rows of the file.
    choose_columns(table.drop(columns=args.target), TabularPreprocessor().max_categories)
    task = find_task(target, args.task)
    out.print(f"{args.table}: {len(X):,} rows, {len(X.columns):,} columns beside the target")
    out.print(f"{args.target}: {task.name} ({task.reason})")
    from .report import report
    from .study import run_study

    study = run_study(X, task, args, out)
    model = study.search.best_estimator_
    for name, reason in model[0].dropped_.items():
        note(f"column {name!r} was not used: {reason}.")
    save(model, args.out, target=args.target)  # first: what cannot be printed must not cost it
    report(study, out)
    _say_how_to_use(args, study, out)


def check_before(args: argparse.Namespace) -> None:
    """Find out what cannot work before anything is read or fitted."""
    if args.out is not None:
        check_model_path(args.out)
    find_place(args.device, None)
    if args.models is None or "boosting" in args.models:
        problem = check_installation()
        if problem is not None:
            raise ImportError(f"{problem} Or leave it out: --models linear,neighbors.")


def _say_how_to_use(args: argparse.Namespace, study: Study, out: Console) -> None:
    reader = (
        "read_parquet" if Path(args.table).suffix.lower() in (".parquet", ".pq") else "read_csv"
    )
    trusted = "" if str(args.out).lower().endswith(".skops") else ", trusted=True"
    option = "" if not trusted else " --trusted"
    out.print(
        f"Saved in {args.out}: the model above, fitted on {study.n_train:,} rows. The "
        f"{study.n_held_out:,} rows held out are not in it.",
        soft_wrap=True,
    )
    out.print("Use it on rows with the same columns:")
    command = shlex.join(["gridfold", "predict", str(args.out), args.table])
    out.print(f"  {command}{option}", soft_wrap=True)
    out.print("or in Python:")
    out.print("  import gridfold, pandas as pd")
    out.print(f"  model = gridfold.load({str(args.out)!r}{trusted})", soft_wrap=True)
    rows = f"pd.{reader}({args.table!r}).drop(columns={args.target!r})"
    out.print(f"  model.predict({rows})", soft_wrap=True)
