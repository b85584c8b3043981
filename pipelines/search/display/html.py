"""A plan as HTML for notebooks: the lines of its outline as a tree that folds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..planning.plan import Plan
from .outline import Outline, Row, outline

_OPEN_ROWS = 30  # a larger tree is shown folded below its second level

# Colours are the notebook's own, light or dark; what is added to them is half transparent.
_STYLE = """
div.gridfold-plan{font-size:.93em;line-height:1.5;color:inherit;max-width:75em}
div.gridfold-plan p{margin:.2em 0;padding:0}
div.gridfold-plan ul.tree{list-style:none;margin:0;padding:0 0 0 1.3em}
div.gridfold-plan>ul.tree{padding-left:.1em}
div.gridfold-plan li{margin:.12em 0;padding:0}
div.gridfold-plan li.leaf,div.gridfold-plan li.detail{padding-left:1.05em}
div.gridfold-plan summary{cursor:pointer}
div.gridfold-plan summary:focus-visible{outline:2px solid #2f81f7;outline-offset:2px}
div.gridfold-plan .mark{display:inline-block;width:.55em;height:.55em;border-radius:50%;
margin-right:.45em;background:#8b949e}
div.gridfold-plan .folds>.mark{background:#2da44e}
div.gridfold-plan .shared>.mark{background:#2f81f7}
div.gridfold-plan .once>.mark{background:#a371f7}
div.gridfold-plan .alone>.mark{background:#d29922}
div.gridfold-plan .title,div.gridfold-plan .headline{font-weight:600}
div.gridfold-plan .saving{background:rgba(46,160,67,.17);border-radius:.3em;padding:.05em .3em}
div.gridfold-plan .aside,div.gridfold-plan li.detail,div.gridfold-plan .note{opacity:.8}
div.gridfold-plan .bar{height:.35em;border-radius:.2em;margin:.35em 0 .5em;max-width:24em;
background:rgba(46,160,67,.3)}
div.gridfold-plan .bar>span{display:block;height:100%;min-width:2px;border-radius:.2em;
background:#2f81f7}
"""


def as_html(plan: Plan) -> str:
    """Return the plan as one HTML element with a style of its own, and no script."""
    return together("", [("", plan)])


def together(headline: str, plans: Sequence[tuple[str, Plan]], rest: str = "") -> str:
    """Return several plans, each with a title, below a headline, as one HTML element."""
    body = _paragraph("headline", headline) if headline else ""
    for title, plan in plans:
        body += _paragraph("title", f"{title}:") if title else ""
        body += _plan(outline(plan))
    body += _paragraph("note", rest) if rest else ""
    return f'<div class="gridfold-plan"><style>{_STYLE}</style>{body}</div>'


def _plan(said: Outline) -> str:
    made = 100 * said.fits / said.without if said.without else 100.0
    bar = f'<div class="bar" aria-hidden="true"><span style="width:{made:.1f}%"></span></div>'
    n_rows = sum(_size(row) for row in said.rows)
    levels = 2 if n_rows > _OPEN_ROWS else n_rows
    tree = _list("".join(_item(row, levels) for row in said.rows))
    notes = "".join(_paragraph("note", f"note: {note}") for note in said.notes)
    return _paragraph("headline", said.headline) + bar + tree + notes


def _list(items: str) -> str:
    return f'<ul class="tree">{items}</ul>' if items else ""


def _item(row: Row, levels: int) -> str:
    """One row; what is behind it folds away, and `levels` of it are open at first."""
    pieces = "".join(_piece(name, text) for name, text in row.pieces)
    label = f'<span class="{row.kind}"><span class="mark" aria-hidden="true"></span>{pieces}</span>'
    details = "".join(f'<li class="detail">· {escape(detail)}</li>' for detail in row.details)
    if not row.children:
        return f'<li class="leaf">{label}{_list(details)}</li>'
    below = _list(details + "".join(_item(child, levels - 1) for child in row.children))
    shown = " open" if levels > 0 else ""
    return f"<li><details{shown}><summary>{label}</summary>{below}</details></li>"


def _piece(name: str, text: str) -> str:
    return f'<span class="{name}">{escape(text)}</span>' if name else escape(text)


def _paragraph(name: str, text: str) -> str:
    return f'<p class="{name}">{escape(text)}</p>'


def _size(row: Row) -> int:
    return 1 + sum(_size(child) for child in row.children)
