"""A plan on a terminal: in colours where rich is installed, and never an error of encoding."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ..planning.plan import Plan
from .outline import Row, outline

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text
    from rich.tree import Tree

_STYLES = {"title": "bold", "saving": "green", "aside": "dim"}
_MARKS = {"folds": "green", "shared": "cyan", "once": "magenta", "alone": "yellow"}
_ASCII = str.maketrans({"└": "`", "├": "|", "│": "|", "─": "-", "·": "-"})


def show(plan: Any) -> None:
    """Print a plan on stdout: with colours where it is a terminal, as plain text where not."""
    out = sys.stdout
    if out.isatty() and find_spec("rich") is not None:
        from rich.console import Console

        Console(highlight=False).print(plan)
        return
    text = str(plan)
    encoding = getattr(out, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.translate(_ASCII).encode(encoding, "replace").decode(encoding)
    print(text)


def as_tree(plan: Plan) -> RenderableType:
    """Return the plan as rich prints it."""
    from rich.console import Group
    from rich.text import Text
    from rich.tree import Tree

    said = outline(plan)
    tree = Tree(Text(said.headline, style="bold"), guide_style="dim")
    _grow(tree, said.rows)
    return Group(tree, *[Text(f"note: {note}", style="dim") for note in said.notes])


def _grow(tree: Tree, rows: Sequence[Row]) -> None:
    for row in rows:
        label = _label(row)
        for detail in row.details:
            label.append(f"\n· {detail}", "dim")
        _grow(tree.add(label), row.children)


def _label(row: Row) -> Text:
    from rich.text import Text

    styles = {**_STYLES, "how": _MARKS.get(row.kind, "")}
    return Text.assemble(*[(text, styles.get(name, "")) for name, text in row.pieces])
