"""Every rule is fired by a response that differs from an accepted one in one thing, and no other error with it."""

import pytest

from harness.report.model import Accepted, Severity
from harness.rules import cards
from harness.saml import document, engines
from harness.saml.engines import Opinion, Word
from tests.rules import cases_assertion, cases_aws, cases_protocol, cases_world
from tests.rules.world import Case, declared, judged, param, response, tampered

CASES = cases_protocol.CASES + cases_assertion.CASES + cases_aws.CASES + cases_world.CASES
SECOND_LINE = {"SIG020"}
"""Rules for what no document is known to bring about: fired below with another part switched off."""


@pytest.mark.parametrize("case", [param(case) for case in CASES])
def test_the_difference_fires_the_rule_and_no_other_error(case: Case):
    report = case.report()
    assert case.code in report.codes
    assert report.error_codes == set(case.errors.split())


def test_without_a_difference_nothing_is_wrong():
    report = judged(response(), engines=True)
    assert not report.codes
    assert all(isinstance(answer, Accepted) for answer in report.answers)


def test_without_a_difference_nothing_is_wrong_in_a_declared_account():
    report = judged(response(), declared(policy=cases_world.trust(**cases_world.NAMING_ACS)))
    assert not report.codes
    assert all(isinstance(answer, Accepted) for answer in report.answers)


def test_every_rule_has_a_case():
    assert {card.code for card in cards()} - {case.code for case in CASES} == SECOND_LINE


def test_no_case_is_for_a_rule_that_is_gone():
    assert {case.code for case in CASES} <= {card.code for card in cards()}


@pytest.mark.parametrize("card", [pytest.param(card, id=card.code) for card in cards() if card.code not in SECOND_LINE])
def test_only_errors_are_counted_as_errors(card):
    """An error rule stands among the errors of its own cases, a warning or note never does."""
    listed = [card.code in case.errors.split() for case in CASES if case.code == card.code]
    assert all(found is (card.severity is Severity.ERROR) for found in listed)


def test_a_second_key_in_key_info_changes_nothing():
    """KeyInfo is unsigned, so anybody can add one; no engine may trust it or stumble over it."""
    report = judged(cases_protocol.other_key_value(), engines=True)
    assert report.codes == judged(response(), engines=True).codes
    assert all(isinstance(answer, Accepted) for answer in report.answers)


def test_engines_that_differ_are_an_error(monkeypatch: pytest.MonkeyPatch):
    """SIG020. No document is known about which the engines differ, so one of them is made to say no."""
    no = Opinion("signxml", Word.REFUSES, "made to say so")
    monkeypatch.setattr(engines, "_signxml", lambda *_: no)
    assert judged(response(), engines=True).error_codes == {"SIG020"}


def test_content_without_a_canonical_form_is_refused_even_past_the_door(monkeypatch: pytest.MonkeyPatch):
    """SIG009. libxml2 cannot canonicalise below a relative namespace URI; the door stops those first."""
    monkeypatch.setattr(document, "_namespace_flaws", lambda *_: iter(()))
    inside = response(**tampered("<AttributeStatement>", '<AttributeStatement xmlns:x="nowhere">'))
    assert judged(inside).error_codes == {"SIG009"}
