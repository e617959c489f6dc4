"""The timeline as a picture, alone and on a page: readable whatever the size of the company and the names in it."""

import re
from functools import cache

import pytest
from lxml import etree

from harness.rollover.builtin import built_in
from harness.rollover.page import as_page
from harness.rollover.picture import as_svg, rows_of
from harness.rollover.rehearsal import Rehearsal, rehearse
from harness.rollover.script import Pace
from harness.rollover.sheet import sheet_of
from harness.scenario.load import demo_scenario
from tests.rollover.worlds import NOW, company, rehearsed

SVG = "{http://www.w3.org/2000/svg}"


def drawn(rehearsal: Rehearsal) -> etree._Element:
    return etree.fromstring(as_svg(rehearsal).encode())


def titles(rehearsal: Rehearsal) -> list[str]:
    return [one.text or "" for one in drawn(rehearsal).iter(f"{SVG}title")]


@cache
def large(name: str) -> Rehearsal:
    staging = built_in(name).stage(company(100, 5), Pace(NOW))
    return rehearse(staging.plan, staging.scenario, NOW)


def test_every_step_is_marked_with_its_number_and_words():
    assert "step 3: Make certificate new active in Entra, 2028-11-16 11:00 UTC" in titles(rehearsed("activate-first"))
    numbers = [one.text for one in drawn(rehearsed("overlap")).iter(f"{SVG}text") if (one.text or "").isdigit()]
    assert numbers == ["1", "2", "3", "4", "5", "6", "7"]


def test_every_outage_is_hatched_and_says_so_in_words():
    """Nothing depends on colour: what is shut is hatched and has the word on it."""
    rehearsal = rehearsed("activate-first")
    shut = [one for one in titles(rehearsal) if "locked out, " in one]
    assert shut == [
        "1 of 1 locked out, 2028-11-16 11:00 to 2028-11-16 12:05 UTC",
        "1 of 1 locked out, 2028-11-16 11:00 to 2028-11-16 12:10 UTC",
    ]
    root = drawn(rehearsal)
    (pattern,) = root.iter(f"{SVG}pattern")
    hatched = [one for one in root.iter(f"{SVG}rect") if one.get("fill") == f"url(#{pattern.get('id')})"]
    assert len(hatched) == 2
    assert [one.text for one in root.iter(f"{SVG}text")].count("out") == 2


def test_a_plan_without_outage_has_nothing_hatched():
    assert not [one for one in titles(rehearsed("overlap")) if "locked out, " in one]


def test_accounts_that_fared_alike_share_a_row():
    rows = rows_of(large("account-forgotten"))
    assert [(len(row.entrances), len(row.outages)) for row in rows] == [(99, 0), (1, 1)]
    assert [row.label for row in rows] == ["99 accounts, 100000000000...", "100000000099/Entra"]


def test_where_hardly_two_fared_alike_rows_are_bands():
    rehearsal = large("activate-first")
    assert len({(one.begin, one.end) for one in rehearsal.outages}) == 100
    assert [len(row.entrances) for row in rows_of(rehearsal)] == [5] * 20
    assert "3 of 5 locked out, 2028-11-16 12:10 to 2028-11-16 12:15 UTC" in titles(rehearsal)


def test_two_drawings_are_the_same():
    assert as_svg(rehearsed("activate-first")) == as_svg(rehearsed("activate-first"))


def test_the_page_needs_nothing_else_and_holds_the_picture_and_the_table():
    rehearsal = rehearsed("activate-first")
    page = as_page(rehearsal, sheet_of(rehearsal, "demo"))
    assert "<svg " in page
    assert "<?xml" not in page
    assert not re.search(r"""(src|href)\s*=\s*["']?(?!#)""", page.replace("script-src", "").replace("style-src", ""))
    assert "default-src 'none'" in page
    assert "444455556666/WAAD (contoso-dev)" in page
    assert "2028-11-16 11:00 to 2028-11-16 12:09 (1 h 10 min), 1 user" in page


def test_every_account_of_a_large_company_is_on_the_page():
    rehearsal = large("account-forgotten")
    page = as_page(rehearsal, sheet_of(rehearsal, "demo"))
    assert all(f"1000000000{number:02d}/Entra" in page for number in range(100))
    assert "<summary>99 open throughout</summary>" in page


@pytest.mark.parametrize(
    "hostile", ["</svg><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a & b \u202e c"]
)
def test_hostile_names_do_nothing(hostile: str):
    scenario = demo_scenario()
    (app,) = scenario.apps
    staging = built_in("activate-first").stage(scenario.model_copy(update={"apps": (app,)}), Pace(NOW))
    rehearsal = rehearse(staging.plan.model_copy(update={"summary": hostile}), staging.scenario, NOW)
    page = as_page(rehearsal, sheet_of(rehearsal, hostile))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert page.count("<script>") == 1
