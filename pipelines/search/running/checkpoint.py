"""Checkpoints: results of a search on disk as they come, so that it goes on after a break."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn

from ....estimators.base import to_host
from ....estimators.files import WriteError, check_writable
from ..fitting.work import Result, Results, Work

_KIND = "gridfold search checkpoint 1"


class CheckpointError(ValueError):
    """A file is no checkpoint, or one of another search."""


class Checkpoint:
    """A file to which every result is appended as a line of JSON when it comes.

    The first line tells which search the file belongs to: its data, estimator, scorer and
    versions. A line that was cut off by a crash is dropped. Nothing in the file is executed.

    Parameters
    ----------
    path : str or path
    work : Work
        The evaluation whose results are kept; a search in several rounds has several.
    """

    def __init__(self, path: str | os.PathLike[str], work: Work) -> None:
        self.path = Path(path)
        self._search = _identity(work)
        splits = joblib.hash(list(work.splits.values()))
        self._keys = {
            c: joblib.hash((splits, sorted(work.candidates[c].items()))) for c in work.candidates
        }

    def read(self) -> Results:
        """Return the results of this evaluation that the file holds.

        Raises
        ------
        CheckpointError
            When it is the file of another search, or something else.
        """
        if not self.path.exists() or not self.path.stat().st_size:
            check_writable(self.path)
            self._append([{"kind": _KIND, "search": self._search}])
            return {}
        found: dict[tuple[str, int], Result] = {}
        with self.path.open("rb") as file:
            self._check(file.readline())
            whole = file.tell()
            for line in file:
                record = _record(line)
                if record is None:
                    break
                found[record["candidate"], record["split"]] = record["result"]
                whole = file.tell()
        os.truncate(self.path, whole)
        pairs = [(c, k) for c in self._keys for k in range(len(found))]
        return {(c, k): found[self._keys[c], k] for c, k in pairs if (self._keys[c], k) in found}

    def add(self, results: Mapping[tuple[int, int], Result]) -> None:
        """Append results, and force them to the disk.

        Raises
        ------
        WriteError
            When the file cannot be written, for a full disk say.
        """
        self._append(
            [
                {"candidate": self._keys[c], "split": k, "result": result}
                for (c, k), result in results.items()
            ]
        )

    def _append(self, records: list[dict[str, Any]]) -> None:
        lines = "".join(f"{json.dumps(record, default=_plain)}\n" for record in records)
        try:
            with self.path.open("ab") as file:
                file.write(lines.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            reason = error.strerror or error
            raise WriteError(f"Cannot write the checkpoint {self.path}: {reason}.") from error

    def _check(self, line: bytes) -> None:
        head = _record(line)
        if head is None or head.get("kind") != _KIND:
            raise CheckpointError(f"{self.path} is no checkpoint of a search: name another file.")
        if head["search"] != self._search:
            raise CheckpointError(
                f"{self.path} is the checkpoint of another search: its data, estimator, scoring or "
                "versions differ. Name another file, or delete this one to start anew."
            )


def _identity(work: Work) -> str:
    """What must be equal for results to be taken over: everything but candidates and splits."""
    parts = {
        "estimator": work.template,
        "X": to_host(work.X),
        "y": work.y,
        "scorer": work.scorer,
        "parameters of fit": work.all_fit_params,
        "parameters of score": work.score_params,
    }
    keys = [sklearn.__version__, work.return_train_score, repr(work.error_score)]
    for name, part in parts.items():
        try:
            keys.append(joblib.hash(part))
        except Exception as error:  # pickling runs the value's own code, which may raise anything
            raise CheckpointError(
                f"A search with a checkpoint must be able to pickle its {name}: {error}"
            ) from error
    return joblib.hash(keys)


def _record(line: bytes) -> Any:
    """Return what a line says, or None if it is not whole."""
    try:
        return json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    """Return a number of NumPy's as Python's, for JSON."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"A checkpoint holds numbers and text, not a score of {type(value).__name__}.")
