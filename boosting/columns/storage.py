"""Columns as JSON text, and the columns that a booster of plain xgboost knows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from .kinds import Category, Dates, Durations, Kind, Numbers
from .levels import KEEPS_TEXT_FROM, Level

Stored = tuple[tuple[Kind, ...], tuple[str, ...] | None]

_KINDS = {"numbers": Numbers, "dates": Dates, "durations": Durations, "category": Category}


def write(kinds: Sequence[Kind], names: Sequence[str] | None) -> str:
    """Return JSON text of the columns."""
    return json.dumps({"names": names, "columns": [_content(kind) for kind in kinds]})


def read(text: str) -> Stored:
    """Return the kinds and names that `write` wrote."""
    content = json.loads(text)
    names = content["names"]
    kinds = tuple(
        Category(tuple(each["levels"])) if each["kind"] == "category" else _KINDS[each["kind"]]()
        for each in content["columns"]
    )
    return kinds, None if names is None else tuple(names)


def of_booster(booster: Any) -> Stored:
    """Return the kinds and names of the columns of an `xgboost.Booster`.

    Where it keeps no levels, as for a model of an array of codes, all columns are numbers.

    Raises
    ------
    ValueError
        When it keeps levels that xgboost has corrupted: text that is not ASCII, before 3.4.
    """
    kinds: list[Kind] = [Numbers()] * booster.num_features()
    if "c" in (booster.feature_types or ()):
        content = json.loads(booster.save_raw("json"))
        trees = content["learner"]["gradient_booster"]
        trees = trees.get("gbtree", trees)  # of dart one deeper, until 3.3
        for j, stored in enumerate(trees["model"]["cats"]["enc"]):
            levels = _levels(stored, tuple(content["version"]), j)
            if levels:
                kinds[j] = Category(levels)
    names = booster.feature_names
    return tuple(kinds), None if names is None else tuple(names)


def _content(kind: Kind) -> dict[str, Any]:
    name = next(name for name, each in _KINDS.items() if type(kind) is each)
    return {"kind": name, "levels": kind.levels} if isinstance(kind, Category) else {"kind": name}


def _levels(
    stored: Mapping[str, Any], version: tuple[int, ...], position: int
) -> tuple[Level, ...]:
    """Read the levels of one column: integers, or the bytes of texts one behind the other."""
    if "offsets" not in stored:
        return tuple(stored["values"])
    text = bytes(value & 255 for value in stored["values"])
    if not text.isascii() and version < KEEPS_TEXT_FROM:
        raise ValueError(
            f"The categories of column {position} are not ASCII, and xgboost "
            f"{'.'.join(map(str, version))}, which wrote the model, kept them cut at wrong places. "
            "Train it again, with gridfold or with xgboost 3.4."
        )
    ends = stored["offsets"]
    return tuple(text[start:end].decode() for start, end in pairwise(ends))
