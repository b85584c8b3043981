"""Several plans of one search: shown below one another, their counts summed."""

from __future__ import annotations

import io
import re

import pytest
from helpers.plans_to_show import NAMED, SCALED, plan_of

from gridfold.pipelines.search.display.plans import Plans


@pytest.fixture
def plans():
    found = [plan_of(SCALED, {"ridge__alpha": list(range(n))}) for n in (4, 2)]
    return Plans(found, ["iter 0", "iter <1>"])


def test_they_stand_below_one_another(plans):
    lines = str(plans).splitlines()
    assert lines[0] == "2 evaluations: 60 fits of single steps become 12, 48 saved"
    assert "\n".join(lines[1:]) == f"iter 0:\n{plans[0]}\niter <1>:\n{plans[1]}"


def test_html_has_them_all_in_one_element(plans):
    html = plans._repr_html_()
    assert html.count("<style>") == html.count('<div class="gridfold-plan">') == 1
    paragraphs = re.findall("<p[^>]*>(.*?)</p>", html)
    headlines = [str(plan).splitlines()[0] for plan in plans]
    assert paragraphs == [plans.headline, "iter 0:", headlines[0], "iter &lt;1&gt;:", headlines[1]]


def test_rich_has_them_all(plans):
    console = pytest.importorskip("rich.console")
    out = io.StringIO()
    console.Console(file=out, width=300).print(plans)
    bare = [re.sub(r"^[ │├└─┗┣━┃]+", "", line).rstrip() for line in out.getvalue().splitlines()]
    assert bare == [re.sub(r"^[ │├└─]+", "", line) for line in str(plans).splitlines()]


def test_of_very_many_the_first_are_shown():
    plan = plan_of(NAMED, {"model__alpha": [1.0, 2.0]})
    plans = Plans([plan] * 500, [f"iter {i}" for i in range(500)])
    lines = str(plans).splitlines()
    assert lines[0] == "500 evaluations: 10,000 fits of single steps become 3,000, 7,000 saved"
    assert len(lines) < 100
    assert lines[-1] == "and 480 more evaluations"
    assert "and 480 more evaluations" in plans._repr_html_()


def test_none_at_all():
    assert str(Plans([], [])) == "0 evaluations: 0 fits of single steps become 0, 0 saved"
