"""A fixture keeps the faults of a capture and nothing of what it said."""

import base64
import re
from datetime import timedelta
from functools import cache
from itertools import pairwise

import pytest

from harness.cases.catalogue import chosen
from harness.cases.workshop import CLOCK, Workshop
from harness.errors import UnreadableInput
from harness.redact.disguise import CONSTANTS
from harness.redact.fixture import NotTheSame, Redacted, redact
from harness.saml.metadata import read_metadata
from harness.saml.names import SAML, SAMLP
from harness.saml.received import Received, receive
from harness.saml.times import read_instant
from harness.saml.wire import Capture, read_capture
from harness.verify import verify_document

WORKSHOP = Workshop()
TRUSTED = [WORKSHOP.usual_metadata]


@cache
def captured(identity: str) -> Capture:
    (case,) = chosen(identity)
    return read_capture(case.material(WORKSHOP).posted)


def redone(capture: Capture) -> Redacted:
    return redact(capture, TRUSTED, CLOCK)


def received(done: Redacted) -> Received:
    keys = [key for one in done.metadata for key in read_metadata(one).keys]
    return receive(read_capture(done.posted).xml, keys)


KEPT = [
    "controls/nothing-changed",
    "claims/session-name-of-a-guest",
    "timing/not-before-with-an-offset",
    "timing/not-before-in-year-0",
    "parsing/version-1-9",
    "values/comment-in-the-issuer",
    "flooding/empty-signatures",
    "wrapping/signed-metadata-in-extensions-of-a-forged-response",
]


@pytest.mark.parametrize("identity", KEPT)
def test_a_fixture_triggers_the_codes_of_its_original(identity: str) -> None:
    (case,) = chosen(identity)
    done = redone(captured(identity))
    apart = ("CRT", "MET", "SIG002", "SIG018")
    assert {code for code in done.codes if not code.startswith(apart)} == {
        code for code in case.expected.codes if not code.startswith(apart)
    }


@pytest.mark.parametrize("family", ["claims", "timing", "values"])
def test_every_readable_case_of_a_family_can_be_redacted(family: str) -> None:
    done = [redone(captured(case.id)) for case in chosen(family)]
    assert len({one.posted for one in done}) == len(done) > 10


def test_what_changes_the_verdict_is_not_handed_out() -> None:
    """Random bytes in place of a padded ECDSA value do not make the engines disagree as the padding does."""
    (case,) = chosen("forgery/ecdsa-value-padded")
    with pytest.raises(NotTheSame, match="SIG020"):
        redact(captured(case.id), [WORKSHOP.read(case.world.metadata)], CLOCK)


def test_a_good_response_stays_one_and_says_nothing_of_the_old() -> None:
    before, after = (
        receive(captured("controls/nothing-changed").xml, TRUSTED[0].keys),
        received(done := redone(captured("controls/nothing-changed"))),
    )
    assert before.signed is not None
    assert after.signed is not None
    assert not done.codes
    assert after.signed.name_id != before.signed.name_id
    assert after.signed.id != before.signed.id
    assert after.signed.issuer != before.signed.issuer
    assert [one.name for one in after.signed.attributes if one.name in CONSTANTS] == [
        one.name for one in before.signed.attributes if one.name in CONSTANTS
    ]


def test_instants_move_together() -> None:
    capture = captured("controls/nothing-changed")
    done = redone(capture)

    def distances(xml: bytes) -> list[timedelta]:
        found = re.findall(rb"[0-9-]{10}T[0-9:]{8}[.0-9]*Z", xml)
        moments = [one.at for text in found if (one := read_instant(text.decode())) is not None and one.at is not None]
        return [later - earlier for earlier, later in pairwise(moments)]

    assert distances(capture.xml) == distances(read_capture(done.posted).xml)
    assert len(distances(capture.xml)) > 3
    assert abs(done.at - CLOCK) >= timedelta(days=30)


def altered(xml: bytes, old: bytes, new: bytes) -> Capture:
    assert xml.count(old) >= 1
    changed = xml.replace(old, new, 1)
    return Capture("XML", changed, len(changed) * 4 // 3)


def flaws(one: Received) -> list[list[str]]:
    return [sorted(flaw.kind for flaw in check.flaws) for check in one.all_signatures]


def test_a_changed_value_still_fails_by_its_digest_alone() -> None:
    xml = captured("controls/nothing-changed").xml
    name_id = receive(xml, ()).claimed
    assert name_id is not None
    assert name_id.name_id is not None
    capture = altered(xml, name_id.name_id.value.encode(), b"mallory@evil.example")
    assert flaws(received(redone(capture))) == [["digest"]]


def test_a_broken_value_of_a_trusted_key_stays_broken() -> None:
    xml = captured("controls/nothing-changed").xml
    value = re.search(rb"<SignatureValue>([^<]+)<", xml)
    assert value is not None
    forged = base64.b64encode(bytes(len(base64.b64decode(value[1]))))
    assert flaws(received(redone(altered(xml, value[1], forged)))) == [["signature value"]]


def test_an_unknown_key_stays_unknown_but_signs() -> None:
    done = redact(captured("controls/nothing-changed"), [read_metadata(another_metadata())], CLOCK)
    capture = read_capture(done.posted)
    assert flaws(received(done)) == [["signature value"]]
    (check,) = receive(capture.xml, ()).signatures
    from harness.saml.keys import certificate_from_base64

    stranger = certificate_from_base64(check.key_info or "")
    assert verify_document(capture.xml, [stranger], ()).verified


def another_metadata() -> bytes:
    own = Workshop().key("Entra").certificate.base64
    return TRUSTED[0].raw.replace(TRUSTED[0].keys[0].base64.encode(), own.encode())


def test_without_metadata_the_response_vouches_for_itself() -> None:
    done = redact(captured("controls/nothing-changed"), (), CLOCK)
    assert flaws(received(done)) == [[]]


def test_both_signatures_are_made_anew() -> None:
    both = next(
        case.id
        for case in chosen("controls")
        if case.world.usual and len(receive(captured(case.id).xml, TRUSTED[0].keys).signatures) == 2
    )
    again = received(redone(captured(both)))
    assert [check.verified for check in again.signatures] == [True, True]


@pytest.mark.parametrize(
    ("xml", "said"),
    [
        (b"<!DOCTYPE r><r/>", "DOCTYPE"),
        (b"<r>", "refused by the XML door"),
        (b"<r/>", "not a SAML Response"),
        (f'<p:Response xmlns:p="{SAMLP}"><EncryptedAssertion xmlns="{SAML}"/></p:Response>'.encode(), "encrypted"),
    ],
)
def test_what_cannot_be_read_is_refused(xml: bytes, said: str) -> None:
    with pytest.raises(UnreadableInput, match=said):
        redact(Capture("XML", xml, 1), TRUSTED, CLOCK)
