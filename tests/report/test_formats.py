"""The formats that people share: each says the same, is well-formed, and is inert whatever a response holds."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from junitparser import Failure, JUnitXml, Skipped
from lxml import html

import harness.report
from harness.report.entry_words import Masks
from harness.report.formats import FORMATS, SHARED, printed
from harness.report.model import Outcome
from harness.report.sheet import Sheet
from tests.report.reports import RAW
from tests.report.sheets import everything, hostile, of_reports, plain_sheet

FORMS = pytest.mark.parametrize("form", FORMATS)
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


@FORMS
def test_no_character_that_could_act_is_printed_in_any_format(form: str):
    text = printed(everything(), form)
    shown = {character for character in text if not character.isprintable() and character != "\n"}
    assert not shown, [hex(ord(one)) for one in shown]
    assert not [one for one in RAW if one in text]


@FORMS
def test_a_hostile_sheet_is_printed_whole(form: str):
    """Escaped, not dropped: the escape of the override is there for a person to see."""
    assert printed([hostile()], form).replace("\\\\", "\\").count("\\u202e") >= 10


@FORMS
def test_nothing_to_print_is_no_mistake(form: str):
    assert isinstance(printed([], form), str)


@pytest.mark.parametrize("form", ["junit", "sarif", "github"])
def test_mail_addresses_are_masked_in_what_machines_keep(form: str):
    text = printed(everything(), form)
    assert "user1@masked" in text
    from_cards = {"admin@contoso.com"}  # an example in a rule's own words
    assert {found.rstrip(".") for found in ADDRESS.findall(text) if "masked" not in found} <= from_cards


def test_the_same_address_has_one_mask_and_another_has_another():
    masks = Masks()
    said = masks("ada@contoso.com, Ada@Contoso.com and guest_fabrikam.com#EXT#@contoso.onmicrosoft.com by bob@x.org")
    assert said == "user1@masked, user1@masked and user2@masked by user3@masked"


def test_a_pattern_that_holds_an_at_sign_is_no_address():
    assert Masks()("[a-zA-Z_0-9+=,.@-]{2,64}") == "[a-zA-Z_0-9+=,.@-]{2,64}"


@FORMS
def test_another_format_is_none(form: str):
    with pytest.raises(KeyError):
        printed([], form + "x")


# JUnit


def junit(*sheets: Sheet) -> JUnitXml:
    return JUnitXml.fromstring(printed(sheets, "junit").encode())


def test_junit_holds_a_suite_for_each_section_and_a_case_for_each_entry():
    read = junit(plain_sheet())
    assert [(suite.name, suite.tests, suite.failures, suite.skipped) for suite in read] == [
        ("production.scenario.toml::role-pairs", 5, 2, 1),
        ("production.scenario.toml::sign-ins", 2, 0, 0),
    ]
    assert (read.tests, read.failures, read.skipped, read.errors) == (7, 2, 1, 0)
    assert [case.name for suite in read for case in suite] == [
        "123456789012/Admin", "123456789012/Dev", "123456789012/Ops", "123456789012/Old", "123456789012/New",
        "AWS/user1@masked", "AWS/user2@masked",
    ]  # fmt: skip


def test_junit_says_of_a_failure_what_the_report_says():
    cases = {case.name: case for suite in junit(plain_sheet()) for case in suite}
    assert cases["123456789012/Admin"].result == []
    [failure] = cases["123456789012/Dev"].result
    assert isinstance(failure, Failure)
    assert failure.message == "AST003: No such role."
    assert failure.text == (
        "AST003 error  No such role.  (claimed: read from unsigned facts)\n  where     No such role., line 3\n"
        "  got       No such role.\n  expected  No such role.\n  fix       No such role."
    )
    assert cases["123456789012/Ops"].result[0].message == "AWS says: no."
    [skipped] = cases["123456789012/Old"].result
    assert isinstance(skipped, Skipped)
    assert skipped.message == "no scenario says"
    assert cases["123456789012/New"].result == []
    assert cases["123456789012/New"].system_out.startswith("AST003 warning  Hm.")


def test_junit_counts_of_every_report_are_those_of_its_sheet():
    for sheet in everything():
        read = junit(sheet)
        assert (read.failures, read.skipped) == (sheet.count(Outcome.FAIL), sheet.count(Outcome.SKIP))
        assert sum(1 for suite in read for _ in suite) == read.tests == len([*sheet.entries])


# GitHub


def annotations(*sheets: Sheet) -> list[re.Match[str]]:
    lines = printed(sheets, "github").splitlines()
    found = [re.fullmatch(r"::(error|warning|notice) ([^:]*?)::(.*)", line) for line in lines if line.startswith("::")]
    assert all(found)
    return [one for one in found if one]


def test_github_gets_an_annotation_for_each_finding_and_each_bare_failure():
    told = [(one[1], one[2]) for one in annotations(plain_sheet())]
    assert told == [
        ("error", "file=production.scenario.toml,title=AST003 123456789012/Dev"),
        ("error", "file=production.scenario.toml,title=Role pairs%3A 123456789012/Ops"),
        ("warning", "file=production.scenario.toml,title=AST003 123456789012/New"),
    ]


def test_the_line_is_named_only_where_it_is_a_line_of_the_file():
    assert ",line=3," in printed([hostile()], "github")
    assert ",line=" not in printed([plain_sheet()], "github")


def test_no_value_starts_a_workflow_command_of_its_own():
    """Every line that the runner would take for a command is one of ours, with properties that end where we say."""
    for sheet in everything():
        entries = [entry for _, entry in sheet.entries]
        wanted = sum(len(one.findings) for one in entries) + sum(one.failed and not one.errors for one in entries)
        assert len(annotations(sheet)) == wanted
        for one in annotations(sheet):
            properties = [pair.partition("=")[0] for pair in one[2].split(",")]
            assert properties in (["file", "title"], ["file", "line", "title"])


# HTML


def test_the_page_needs_nothing_else_and_runs_nothing():
    page = html.document_fromstring(printed(everything(), "html"))
    known = "html head meta title style body h1 h2 h3 p strong table thead tbody tr th td pre span dl dt dd details"
    assert {element.tag for element in page.iter()} <= {*known.split(), "summary", "footer"}
    attributes = {name for element in page.iter() for name in element.attrib}
    assert attributes <= {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}
    policy = page.find('.//meta[@http-equiv="Content-Security-Policy"]').get("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert "url(" not in page.find(".//style").text


def test_the_page_shows_every_entry_and_folds_away_what_is_well():
    page = html.document_fromstring(printed([plain_sheet()], "html"))
    rows = [row.text_content().split() for row in page.iter("tr") if row.find("td") is not None]
    assert len(rows) == 7
    folded = [row for row in page.iter("tr") if row.find("td") is not None and row.xpath("ancestor::details")]
    assert [row[0].text_content() for row in folded] == ["passed", "skipped", "passed", "passed"]
    assert "ada@contoso.example" in page.text_content()


# JSON and text


def test_the_json_keeps_to_its_published_schema():
    schema = json.loads((Path(harness.report.__file__).parent / "sheet.schema.json").read_text())
    data = json.loads(printed(everything(), "json"))
    jsonschema.Draft202012Validator(schema).validate(data)
    told = [entry["outcome"] for section in data["sheets"][-1]["sections"] for entry in section["entries"]]
    assert told == ["pass", "fail", "fail", "skip", "pass", "pass", "pass"]


def test_the_text_is_a_table_with_findings_below_their_lines():
    assert printed([plain_sheet()], "text", width=80) == (
        "production.scenario.toml, judged at 2026-11-01T09:00:00.000Z\n"
        "Two things will break. 7 checks: 4 passed, 2 failed, 1 skipped.\n"
        "\n"
        "Role pairs\n"
        "  ok    123456789012/Admin  The role can be assumed.\n"
        "  FAIL  123456789012/Dev    The role can be assumed.\n"
        "        AST003 error  No such role.  (claimed: read from unsigned facts)\n"
        "          where     No such role., line 3\n"
        "          got       No such role.\n"
        "          expected  No such role.\n"
        "          fix       No such role.\n"
        "  FAIL  123456789012/Ops    AWS says: no.\n"
        "  skip  123456789012/Old    no scenario says\n"
        "  warn  123456789012/New    It works.\n"
        "        AST003 warning  Hm.  (claimed: read from unsigned facts)\n"
        "          where     Hm., line 3\n"
        "          got       Hm.\n"
        "          expected  Hm.\n"
        "          fix       Hm.\n"
        "\n"
        "Sign-ins\n"
        "  ok    AWS/ada@contoso.example\n"
        "  ok    AWS/bob@contoso.example\n"
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_of_the_text_is_wider_than_the_terminal(width: int):
    assert max(map(len, printed(everything(), "text", width=width, verbose=True).splitlines())) <= width


def test_a_long_section_counts_what_is_well():
    assert "301 more are well (--verbose lists them)" in printed(of_reports(), "text")  # the answers to 300 pairs
    long = plain_sheet().sections[0]
    many = type(long)(long.name, long.title, tuple(long.entries[:1] * 50))
    assert "  50 more are well (--verbose lists them)\n" in printed([Sheet("x", "Well.", 0, (many,))], "text")
    assert "more are well" not in printed([Sheet("x", "Well.", 0, (many,))], "text", verbose=True)


def test_the_shared_formats_are_those_that_differ_nowhere():
    assert set(FORMATS) - set(SHARED) == {"text", "json"}
