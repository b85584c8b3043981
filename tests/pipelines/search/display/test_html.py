"""A plan as HTML: well formed, escaped, and the same words as the text."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest
from helpers.plans_to_show import GRIDS, plan_of
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from gridfold.pipelines.search.display.html import as_html

VOID = {"br", "hr", "img", "input", "meta", "link"}


class Reader(HTMLParser):
    """Checks that every element is closed, and keeps the text of each line."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.lines: list[str] = [""]

    def handle_starttag(self, tag, attrs):
        assert tag not in VOID
        self.open.append(tag)
        self.tags.append(tag)
        self.attributes += attrs
        if tag in ("p", "li", "ul", "summary"):
            self.lines.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag in ("p", "li", "ul", "summary"):
            self.lines.append("")

    def handle_data(self, data):
        if "style" not in self.open:
            self.lines[-1] += data


def read(html):
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


@pytest.mark.parametrize("name", GRIDS)
def test_it_is_well_formed_and_says_what_the_text_says(name):
    plan = plan_of(*GRIDS[name])
    plan.notes.append("a note")
    reader = read(plan._repr_html_())
    text = [re.sub(r"^[ │├└─]+", "", line) for line in str(plan).splitlines()]
    assert [line for line in reader.lines if line] == text


def test_names_and_reasons_are_escaped():
    name = "<script>alert('1')</script>\"&"
    plan = plan_of(
        Pipeline([("scale", StandardScaler()), (name, Ridge())]), {f"{name}__alpha": [1]}
    )
    plan.alone[7] = 'solver="<b>" & more'
    plan.notes.append("<i>note</i>")
    html = plan._repr_html_()
    assert "<script" not in html and "<b>" not in html and "<i>" not in html
    reader = read(html)
    assert set(reader.tags) <= {"div", "style", "p", "span", "ul", "li", "details", "summary"}
    assert f"{name}: Ridge" in unescape(re.sub("<[^>]*>", "", html))


def test_it_needs_nothing_from_elsewhere_and_runs_nothing():
    html = as_html(plan_of(*GRIDS["kinds"]))
    reader = read(html)
    assert not {"script", "link", "img", "iframe"} & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name == "src"]
    assert "http" not in html and "@import" not in html and "url(" not in html


def test_the_style_is_kept_to_the_plan_and_takes_the_notebooks_colours():
    style = re.search("<style>(.*)</style>", as_html(plan_of(*GRIDS["kinds"])), re.DOTALL)[1]
    rules = [rule.strip() for rule in style.split("}") if rule.strip()]
    for rule in rules:
        selectors = rule.split("{")[0].split(",")
        assert all(s.strip().startswith("div.gridfold-plan") for s in selectors), rule
    # Text has the colour around it: only marks and what lies behind text are coloured.
    assert re.findall(r"[;{]color:([^;}]*)", style) == ["inherit"]


def test_a_step_with_others_behind_it_folds_and_is_marked_for_the_eye_only():
    reader = read(as_html(plan_of(*GRIDS["scaled"])))
    assert reader.tags.count("details") == reader.tags.count("summary") == 1
    assert ("open", None) in reader.attributes
    assert reader.attributes.count(("aria-hidden", "true")) == 3  # the bar, and a mark per step


def test_a_large_tree_is_folded_below_its_second_level():
    def opened(n_scalers):
        step = [type(f"Scaler{i}", (StandardScaler,), {})() for i in range(n_scalers)]
        pipeline = Pipeline([("a", StandardScaler()), ("b", StandardScaler()), ("c", Ridge())])
        steps = [("a", step[0]), ("b", step[0]), ("z", StandardScaler()), ("c", Ridge())]
        pipeline = Pipeline(steps)
        plan = plan_of(pipeline, {"a": step, "b": step, "c__alpha": [1.0, 2.0]})
        html = as_html(plan)
        return html.count("<details>"), html.count("<details open>")

    assert opened(2)[0] == 0
    closed, shown = opened(6)
    assert closed > 0 and shown > 0
