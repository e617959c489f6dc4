"""What every user of an app is sent: wrong claims break all sign-ins alike, so they are told once."""

from collections.abc import Mapping
from functools import partial

from harness.preflight.checks import Asked, Part, once
from harness.preflight.stand_in import StandIn, at_a_value
from harness.report.model import Outcome, Severity
from harness.report.sheet import Entry, outcome_of

TITLE = "A user with a value for every attribute, and one role, is sent what AWS wants."
_ELSEWHERE = ("MET", "CRT", "TRU")
"""Families that have sections of their own."""


def claims(stand_ins: Mapping[str, StandIn]) -> Part:
    """One check for each app."""
    checks = [Asked(name, partial(_entry, name, stand_in)) for name, stand_in in stand_ins.items()]
    return Part("claims", "What every user is sent", tuple(checks))


def _entry(name: str, stand_in: StandIn) -> Entry:
    if not stand_in.carrying:
        return Entry(name, Outcome.SKIP, TITLE, "no app role carries anything to AWS")
    report = stand_in.ordinary
    if report is None:
        return Entry(name, Outcome.FAIL, TITLE, stand_in.trouble)
    found = (one for one in report.findings if one.code[:3] not in _ELSEWHERE and one.severity is not Severity.NOTE)
    findings = once(one for one in found if not at_a_value(report, one))
    return Entry(name, outcome_of(findings), TITLE, "", findings)
