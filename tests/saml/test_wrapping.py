"""Signature wrapping: the forged content is never among the signed facts, and no door grants a session."""

from __future__ import annotations

import pytest

from harness.report.model import Unknown
from tests.saml.libraries import naive_readers_see_forgery, signxml_verifies, xmlsec_verifies
from tests.saml.world import (
    FORGED,
    USER,
    accepted,
    assert_refused,
    change,
    fully_accepted,
    issued,
    judged,
    sessions,
    taken,
)
from tests.saml.wrapping import ATTACKS, DEAD, Attack, response_around, signature

LIVE = [one for one in ATTACKS if one.alive]
BY_NAME = {"argvalues": ATTACKS, "ids": [one.name for one in ATTACKS]}


@pytest.mark.parametrize("option", ["assertion", "both"])
def test_the_untouched_response_is_accepted(option: str) -> None:
    report = judged(issued(option), engines=True)
    assert fully_accepted(report)
    assert not report.error_codes
    assert USER in repr(report.signed)


@pytest.mark.parametrize("attack", **BY_NAME)
def test_a_wrapped_response_is_never_accepted(attack: Attack) -> None:
    report = assert_refused(attack.build(), engines=True)
    assert attack.codes <= report.error_codes


@pytest.mark.parametrize("attack", **BY_NAME)
def test_the_attack_is_as_alive_as_it_says(attack: Attack) -> None:
    xml = attack.build()
    numbers = range(xml.count(b"<Signature "))
    alive = {"xmlsec"} if any(xmlsec_verifies(xml, number=number) for number in numbers) else set()
    if signxml_verifies(xml):
        alive.add("signxml")
    assert alive == attack.alive
    assert naive_readers_see_forgery(xml)


def test_nearly_all_attacks_are_alive() -> None:
    assert len(LIVE) >= 25
    assert len([one for one in ATTACKS if one.alive == DEAD]) <= 6


def test_a_report_of_a_wrapped_response_shows_the_claim_and_the_proof() -> None:
    attack = next(one for one in ATTACKS if one.name == "xsw3_forged_assertion_first")
    report = judged(attack.build())
    assert FORGED in repr(report.claimed)
    assert report.signed is not None
    assert USER in repr(report.signed)
    assert "SIG019" in report.error_codes
    assert all(isinstance(answer, Unknown) for answer in report.answers)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "<samlp:Status>",
            '<samlp:Extensions><e:Assertion xmlns:e="urn:evil">x</e:Assertion></samlp:Extensions><samlp:Status>',
        ),
        ("</samlp:Status>", "<samlp:StatusDetail><x xmlns='urn:x'>y</x></samlp:StatusDetail></samlp:Status>"),
        ("<samlp:Response ", '<samlp:Response xmlns:xs="urn:evil" '),
        ('Version="2.0" IssueInstant', 'Version="2.0" Consent="urn:x" IssueInstant'),
    ],
)
def test_an_inert_decoy_outside_the_assertion_changes_no_session(old: str, new: str) -> None:
    decoyed = judged(change(issued(), old, new))
    assert sessions(decoyed) == sessions(judged(issued()))
    assert decoyed.signed == judged(issued()).signed


def test_a_second_digest_value_in_status_detail_is_not_read() -> None:
    hideout = b'<DigestValue xmlns="http://www.w3.org/2000/09/xmldsig#">AAAA</DigestValue>'
    changed = response_around(b"", detail=b"<samlp:StatusDetail>" + hideout + b"</samlp:StatusDetail>")
    changed = changed.replace(
        b"</samlp:Status>",
        b"</samlp:Status>" + issued()[issued().index(b"<Assertion ") :].removesuffix(b"</samlp:Response>"),
    )
    assert taken(changed).signed == taken(issued()).signed
    tampered = changed.replace(USER.encode(), FORGED.encode())
    assert not accepted(judged(tampered))


def test_a_second_signature_beside_the_first_refuses_both() -> None:
    report = assert_refused(issued().replace(signature(), signature() * 2))
    assert "SIG005" in report.error_codes


@pytest.mark.parametrize("broken", [0, 1])
def test_one_broken_signature_of_two_refuses_the_whole(broken: int) -> None:
    xml = issued("both")
    places = [xml.index(b"<SignatureValue>"), xml.rindex(b"<SignatureValue>")]
    at = places[broken] + len(b"<SignatureValue>") + 8
    digit = b"A" if xml[at : at + 1] != b"A" else b"B"
    broken_xml = xml[:at] + digit + xml[at + 1 :]
    assert xmlsec_verifies(broken_xml, number=1 - broken) == (broken == 0)
    assert "SIG002" in assert_refused(broken_xml).error_codes
