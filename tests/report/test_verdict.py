"""Exit codes and headlines. The table is that of the documented exit codes: 0 accepted, 1 refused, 2 no verdict."""

import json
from dataclasses import replace

import pytest

from harness.report.as_json import as_json
from harness.report.as_text import as_text
from harness.report.model import Accepted, Unknown
from harness.report.verdict import chosen, exit_code, headline, worst
from tests.report import reports
from tests.report.reports import ALL

TABLE = {
    "accepted": (0, "AWS would accept; no error."),
    "warned": (0, "AWS would accept; no error."),
    "accepted with error": (1, "AWS would accept; 1 error."),
    "refused": (1, "AWS would refuse; 2 errors."),
    "refused twice": (1, "AWS would refuse; 2 errors."),
    "unknown": (1, "What AWS would answer is not known; 1 error."),
    "unjudged": (2, "No verdict: no trusted key: give the identity provider's metadata with --metadata."),
    "unreadable": (2, "No verdict: is empty."),
    "old": (1, "AWS would refuse; 3 errors."),
    "many pairs": (0, "AWS would accept; no error."),
    "hostile root": (2, "No verdict: expected a SAML Response, but this is a Re\u200dsponse."),
}


@pytest.mark.parametrize(("kind", "code", "line"), [(kind, *row) for kind, row in TABLE.items()], ids=TABLE)
def test_a_report_has_an_exit_code_and_a_headline(kind: str, code: int, line: str):
    assert exit_code(ALL[kind]()) == code
    assert headline(ALL[kind]()) == line


@pytest.mark.parametrize("door", ["signin", "sts"])
def test_unknown_at_either_door_never_exits_0(door: str):
    report = reports.accepted()
    not_known = Unknown("nobody has seen it")
    changed = (
        replace(report, signin=not_known)
        if door == "signin"
        else replace(report, sts=(*report.sts, report.sts[0]._replace(answer=not_known)))
    )
    assert exit_code(changed) == 1
    assert headline(changed) == "What AWS would answer is not known; no error."


def test_one_refused_pair_among_accepted_ones_exits_1():
    accepted, refused = reports.accepted(), reports.refused()
    assert exit_code(replace(accepted, sts=accepted.sts + refused.sts)) == 1


def test_a_report_that_is_accepted_holds_only_acceptances():
    assert all(isinstance(answer, Accepted) for answer in reports.accepted().answers)


@pytest.mark.parametrize(
    ("codes", "code"),
    [([], 0), ([0], 0), ([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([0, 2], 2), ([2, 1, 0], 2), ([1, 2, 1], 2)],
    ids=str,
)
def test_of_several_files_the_worst_counts(codes: list[int], code: int):
    assert worst(codes) == code


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize(
    ("select", "ignore"),
    [((), ("XML", "SIG", "AST", "AWS", "MET", "CRT", "TRU")), (("TRU007",), ()), (("XML",), ("XML",))],
    ids=["ignore all", "select one", "select none"],
)
def test_what_is_printed_never_changes_the_exit_code(kind: str, select: tuple[str, ...], ignore: tuple[str, ...]):

    report = ALL[kind]()
    printed = json.loads(as_json([report], select=select, ignore=ignore))["reports"][0]
    assert printed["exit_code"] == exit_code(report)
    assert printed["verdict"] == headline(report)
    first_lines = as_text(report, select=select, ignore=ignore, width=120).splitlines()[:2]
    assert first_lines == as_text(report, width=120).splitlines()[:2]
    assert chosen(report, select, ignore) == ()


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        ((), (), ["SIG002", "MET003"]),
        (("SIG",), (), ["SIG002"]),
        (("SIG", "MET003"), (), ["SIG002", "MET003"]),
        ((), ("SIG",), ["MET003"]),
        (("SIG", "MET"), ("SIG002",), ["MET003"]),
        (("AWS",), (), []),
    ],
    ids=str,
)
def test_findings_are_chosen_by_code_or_family(select: tuple[str, ...], ignore: tuple[str, ...], codes: list[str]):
    assert [finding.code for finding in chosen(reports.refused(), select, ignore)] == codes


def test_a_report_cannot_be_taken_for_a_yes():
    assert bool(reports.refused()) is bool(reports.accepted())
    assert "__bool__" not in type(reports.accepted()).__dict__
