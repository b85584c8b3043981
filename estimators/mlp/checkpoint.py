"""Checkpoints: the state of a training on disk, from which the same fit goes on after a break."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import joblib
import numpy as np

from ..arrays import Array, to_numpy
from ..files import check_writable, whole_file
from .engine.snapshot import restore, snapshot
from .engine.training import Training

_KIND = "gridfold MLP checkpoint 1"
# Parameters that say nothing about the weights that come out.
_IRRELEVANT = {"device", "verbose", "checkpoint", "checkpoint_every"}


class CheckpointError(ValueError):
    """A file is no checkpoint of a training, or one of another training."""


class Checkpoint:
    """A file that holds a training as it was after an epoch.

    It is replaced as a whole or not at all, and nothing in it is executed when it is read.

    Parameters
    ----------
    path : str or path
    identity : mapping of str to str
        What must be the same for a training to go on, by name: `identity_of`.
    seed : int, optional
        That was drawn for a training without one; kept, for `seed_of`.
    """

    def __init__(
        self, path: str | os.PathLike[str], identity: Mapping[str, str], seed: int | None = None
    ) -> None:
        self.path = check_writable(Path(path))
        self.identity = dict(identity)
        self.seed = seed

    def write(self, training: Training) -> None:
        """Write the state of a training.

        Raises
        ------
        WriteError
            When the file cannot be written, for a full disk say; what it held stays.
        """
        state = snapshot(training)
        for progress in state["progress"]:
            if progress["stopped"] == "callback":  # a limit of time, say: the next fit goes on
                progress["stopped"] = None
        arrays, words = _split(state)
        head = {"kind": _KIND, "identity": self.identity, "seed": self.seed, "state": words}
        arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
        with whole_file(self.path) as file:
            np.savez(file, **arrays)

    def restore(self, training: Training) -> bool:
        """Put a training where the file left it; return False where there is no file yet.

        Raises
        ------
        CheckpointError
            When it is no checkpoint, or one of another network, other data or parameters.
        """
        if not _is_there(self.path):
            return False
        head, arrays = _read(self.path)
        self._check(head["identity"])
        state = _joined(head["state"], arrays)
        for name in ("results", "states"):  # JSON has texts for keys
            state[name] = {int(i): value for i, value in state[name].items()}
        restore(training, state)
        return True

    def _check(self, found: Mapping[str, str]) -> None:
        names = {**found, **self.identity}
        other = [name for name in names if found.get(name) != self.identity.get(name)]
        if other:
            raise CheckpointError(
                f"{self.path} is the checkpoint of another training: {', '.join(other)} "
                f"{'differs' if len(other) == 1 else 'differ'}. Name another file, or delete this "
                "one to start anew."
            )


def seed_of(path: str | os.PathLike[str]) -> int:
    """Return a seed for a training without one: that of the file's training, or a new one.

    Raises
    ------
    CheckpointError
        When the file is no checkpoint.
    """
    seed = _read(Path(path))[0]["seed"] if _is_there(Path(path)) else None
    return int(np.random.randint(2**31 - 1)) if seed is None else int(seed)


def identity_of(params: Mapping[str, Any], **data: Any) -> dict[str, str]:
    """Return what tells one training from another, by name: parameters, and data given by name."""
    relevant = {name: value for name, value in params.items() if name not in _IRRELEVANT}
    return {name: joblib.hash(_in_order(value)) for name, value in {**relevant, **data}.items()}


def _in_order(value: Any) -> Any:
    """An array row by row: its hash depends on the order in memory."""
    return np.ascontiguousarray(value) if isinstance(value, np.ndarray) else value


def _is_there(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(arrays.pop("head").tobytes())
    except (ValueError, KeyError, TypeError, OSError, EOFError, BadZipFile) as error:
        raise CheckpointError(
            f"{path} is no checkpoint of an MLP, or is damaged: name another file, or "
            "delete this one to start anew."
        ) from error
    if not isinstance(head, dict) or head.get("kind") != _KIND:
        raise CheckpointError(f"{path} is no checkpoint of this version of gridfold.")
    return head, arrays


def _split(tree: Any, arrays: dict[str, Array] | None = None) -> tuple[dict[str, Any], Any]:
    """Take the arrays out of a tree: they are named "0", "1", ...; the rest is plain for JSON."""
    arrays = {} if arrays is None else arrays
    if isinstance(tree, dict):
        return arrays, {str(key): _split(value, arrays)[1] for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return arrays, [_split(value, arrays)[1] for value in tree]
    if tree is None or isinstance(tree, bool | int | float | str):
        return arrays, tree
    if isinstance(tree, np.generic):
        return arrays, tree.item()
    name = str(len(arrays))
    arrays[name] = to_numpy(tree)
    return arrays, {"array": name}


def _joined(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    """Put the arrays back."""
    if isinstance(tree, dict):
        if set(tree) == {"array"}:
            return arrays[tree["array"]]
        return {key: _joined(value, arrays) for key, value in tree.items()}
    return [_joined(value, arrays) for value in tree] if isinstance(tree, list) else tree
