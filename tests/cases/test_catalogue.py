"""Every case gets the answer it must get, and the catalogue leaves nothing out without saying why."""

import re

import pytest

from harness.aws.answers import REFUSALS
from harness.cases.catalogue import FAMILIES, chosen
from harness.cases.classes import CLASSES, WITHOUT_A_CASE
from harness.cases.core import Case, Kind
from harness.cases.run import Ran, Result
from harness.cases.words import ACCEPTED, UNKNOWN, Verdict
from harness.errors import HarnessError
from harness.report.model import Severity
from harness.rules import cards

CASES = chosen()
each = pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])


@each
def test_the_case_gets_the_answer_it_must_get(case: Case, ran: dict[str, Ran]):
    assert ran[case.id].reason == ""
    assert ran[case.id].result is Result.PASS


def test_every_case_was_run(ran: dict[str, Ran]):
    assert len(ran) == len(CASES) > 500


def test_every_rule_is_fired_by_a_case(ran: dict[str, Ran]):
    fired = {code for one in ran.values() if one.outcome for code in one.outcome.codes}
    assert {card.code for card in cards()} - fired == set()


def test_every_rule_is_expected_by_a_case():
    """Fired by accident is not enough: some case must fail when the rule falls silent."""
    expected = {code for case in CASES for code in case.expected.codes}
    assert {card.code for card in cards()} == expected


def test_every_refusal_of_aws_is_given_to_a_case(ran: dict[str, Ran]):
    given = {cause for one in ran.values() if one.outcome for cause in one.outcome.causes}
    assert set(REFUSALS) - given == set()


def test_every_refusal_carries_an_error_finding(ran: dict[str, Ran]):
    silent = [
        one.case.id
        for one in ran.values()
        if one.outcome
        and one.case.world.call is None  # of a caller's mistake no finding about the response can tell
        and not one.outcome.errors
        and any(said.verdict is Verdict.REFUSED for said in (one.outcome.page, *one.outcome.sts))
    ]
    assert not silent


def test_every_class_of_failure_has_a_case_or_a_reason():
    held = {label for case in CASES for label in case.classes}
    assert held <= CLASSES.keys()
    assert CLASSES.keys() - held == WITHOUT_A_CASE.keys()
    assert len(CLASSES) == 147


def test_no_session_is_granted_to_an_attacker(ran: dict[str, Ran]):
    attacks = [one for one in ran.values() if one.case.kind is Kind.ATTACK]
    assert len(attacks) > 200
    assert not [one.case.id for one in attacks if one.outcome is None or one.outcome.subjects]


def test_controls_report_no_error(ran: dict[str, Ran]):
    severity = {card.code: card.severity for card in cards()}
    controls = [case for case in CASES if case.kind is Kind.CONTROL]
    assert len(controls) >= 30
    errors = {case.id for case in controls if any(severity[code] is Severity.ERROR for code in case.expected.codes)}
    # Its Destination is wrong, and AWS is not known to mind: that it is accepted is the point.
    assert errors == {"wrapping/envelope-changed-around-a-signed-assertion"}


def test_controls_are_accepted_or_say_that_nobody_knows():
    unknown = [case for case in CASES if case.kind is Kind.CONTROL and case.expected.sts != ACCEPTED]
    assert all(case.expected.sts == UNKNOWN for case in unknown)
    assert {case.id for case in unknown} == {
        "controls/ecdsa-p256", "controls/ecdsa-p384", "controls/rsa-pss", "forgery/ecdsa-value-mirrored",
    }  # fmt: skip


@each
def test_a_case_says_what_it_is(case: Case):
    assert case.summary.endswith((".", "?", "..."))
    assert case.family in FAMILIES
    assert re.fullmatch(r"[a-z]+/[a-z0-9]+(-[a-z0-9]+)*", case.id)
    assert len(case.summary) <= 400


def test_no_two_cases_post_the_same(workshop):
    posted: dict[bytes, str] = {}
    for case in CASES:
        material = case.material(workshop)
        if case.world.usual and case.kind is Kind.ATTACK:
            assert posted.setdefault(material.posted, case.id) == case.id


def test_families_kinds_and_ids_choose_cases():
    assert {case.family for case in chosen("wrapping")} == {"wrapping"}
    assert {case.kind for case in chosen("controls", "control")} == {Kind.CONTROL}
    assert [case.id for case in chosen("claims/role-missing", "claims/role-missing")] == ["claims/role-missing"]
    with pytest.raises(HarnessError, match="no case, family or kind 'nothing'"):
        chosen("nothing")
