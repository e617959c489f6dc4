"""Sheets of every kind: each report as a sheet, and two made by hand."""

from functools import cache

from harness.report.model import Finding, Outcome, Severity
from harness.report.sheet import Entry, Section, Sheet
from harness.report.sheet_of_report import sheet_of_report
from tests.aws.responses import NOW
from tests.report.reports import ALL, HOSTILE

ESCAPES = "\x1b[31m\r\n::error::x\x00\x07\udce9\ufffe]]>"
"""What no response can carry, but a file's name or another program's answer can."""


@cache
def of_reports() -> tuple[Sheet, ...]:
    return tuple(sheet_of_report(report(), f"{name.replace(' ', '-')}.b64") for name, report in ALL.items())


def finding(text: str, severity: Severity = Severity.ERROR, *, line: int = 3) -> Finding:
    return Finding("AST003", severity, text, text, line, text, text, text, True)


@cache
def hostile() -> Sheet:
    """Hostile text in every place that a sheet has."""
    bad = HOSTILE + ESCAPES + "eve@evil.example"
    entries = (
        Entry(f"{bad} 1", Outcome.FAIL, bad, bad, (finding(bad), finding(bad, Severity.WARNING))),
        Entry(f"{bad} 2", Outcome.FAIL, bad, bad),
        Entry(f"{bad} 3", Outcome.SKIP, bad, bad),
        Entry(f"{bad} 4", Outcome.PASS, bad, bad, (finding(bad, Severity.NOTE),)),
    )
    return Sheet(bad, bad, 1, (Section("bad-section", bad, entries),), NOW, has_lines=True)


@cache
def plain_sheet() -> Sheet:
    """One entry of each outcome, as in a report of a team."""
    entries = (
        Entry("123456789012/Admin", Outcome.PASS, "The role can be assumed."),
        Entry("123456789012/Dev", Outcome.FAIL, "The role can be assumed.", "", (finding("No such role."),)),
        Entry("123456789012/Ops", Outcome.FAIL, "The role can be assumed.", "AWS says: no."),
        Entry("123456789012/Old", Outcome.SKIP, "The role can be assumed.", "no scenario says"),
        Entry("123456789012/New", Outcome.PASS, "It works.", "", (finding("Hm.", Severity.WARNING),)),
    )
    people = (Entry("AWS/ada@contoso.example", Outcome.PASS), Entry("AWS/bob@contoso.example", Outcome.PASS))
    sections = (Section("role-pairs", "Role pairs", entries), Section("sign-ins", "Sign-ins", people))
    return Sheet("production.scenario.toml", "Two things will break.", 1, sections, NOW)


def everything() -> tuple[Sheet, ...]:
    return (*of_reports(), hostile(), plain_sheet())
