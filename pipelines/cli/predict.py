"""`gridfold predict`: the rows of a table through a saved model, into a CSV file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ...estimators.arrays import find_place
from ...estimators.config import config_context
from ...estimators.files import WriteError, check_writable, whole_file
from ..frames import listed
from ..persistence import load, read_card
from ..tables import TableError, columns_of, read_table
from .messages import note


def run(args: argparse.Namespace) -> None:
    """Run the command."""
    _check_out(args)
    find_place(args.device, None)
    card = read_card(args.model)
    model = load(args.model, trusted=args.trusted)
    if args.proba and not hasattr(model, "predict_proba"):
        raise TableError(
            f"--proba: {args.model} holds a {_last(model)}, which has no probabilities."
        )
    kinds = {c["name"]: c["kind"] for c in card["columns"] if c["kind"] is not None}
    table = read_table(args.table, kinds=kinds)
    target = card["target"] or "prediction"
    X = _known_columns(table.drop(columns=target, errors="ignore"), card, args.table)
    _name_unseen(model, X)
    with config_context(device=args.device):
        answers = _answers(model, X, target, args.proba)
    _write(answers, args.out)


def _check_out(args: argparse.Namespace) -> None:
    """Find out before any work whether the predictions can be written, and over what."""
    if args.out == "-":
        return
    check_writable(args.out)
    for read in (args.model, args.table):
        if os.path.exists(args.out) and os.path.exists(read) and os.path.samefile(args.out, read):
            raise WriteError(f"--out {args.out} would replace {read}, which is read: give another.")


def _known_columns(X: pd.DataFrame, card: Mapping[str, Any], path: str) -> pd.DataFrame:
    """The columns that the model was fitted on; what is missing or too much is named."""
    names = [column["name"] for column in card["columns"]]
    if not names:
        return X
    needed = [column["name"] for column in card["columns"] if column["kind"] is not None]
    missing = [name for name in needed or names if name not in X.columns]
    if missing:
        raise TableError(f"{path} lacks {listed(missing)} of the model; {columns_of(X)}.")
    extra = [name for name in X.columns if name not in names]
    if extra:
        note(f"{listed(extra)} not used by the model: ignored.")
    return X.drop(columns=extra)


def _answers(model: Any, X: pd.DataFrame, target: str, proba: bool) -> pd.DataFrame:
    answers = pd.DataFrame({target: np.asarray(model.predict(X))})
    if proba:
        chances = np.asarray(model.predict_proba(X))
        for label, column in zip(model.classes_, chances.T, strict=True):
            answers[f"probability of {label}"] = column
    return answers


def _name_unseen(model: Any, X: pd.DataFrame) -> None:
    """Name the texts that the model did not see: it can only guess what they mean."""
    first = model[0] if hasattr(model, "steps") else model
    if not hasattr(first, "unseen"):
        return
    for name, levels in first.unseen(X).items():
        shown = ", ".join(repr(level) for level in levels[:5])
        more = f" and {len(levels) - 5:,} more" if len(levels) > 5 else ""
        note(f"column {name!r} holds texts that were not there in fit: {shown}{more}.")


def _write(answers: pd.DataFrame, out: str) -> None:
    if out == "-":
        answers.to_csv(sys.stdout, index=False, lineterminator="\n")
        return
    with whole_file(out) as file:
        file.write(answers.to_csv(index=False, lineterminator="\n").encode())
    note(f"{len(answers):,} predictions are in {out}.")


def _last(model: Any) -> str:
    return type(model[-1] if hasattr(model, "steps") else model).__name__
