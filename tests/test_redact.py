"""A fixture keeps the faults of a capture and nothing of what it said."""

import base64
import re
import string
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from urllib.parse import quote

import pytest

from harness.cases.catalogue import chosen
from harness.cases.workshop import CLOCK, Workshop
from harness.errors import UnreadableInput
from harness.redact.disguise import CONSTANTS, Disguise
from harness.redact.fixture import NotTheSame, Redacted, redact
from harness.saml.keys import make_signing_key
from harness.saml.metadata import read_metadata
from harness.saml.names import SAML, SAMLP
from harness.saml.received import Received, receive
from harness.saml.signing import sign
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


CANARY = "CanaryQuixotic"
"""A number follows, so that each place has its own."""


def with_canaries() -> tuple[bytes, list[str]]:
    """A signed response with a canary in every kind of place, and the canaries."""
    canaries = [f"{CANARY}{chr(ord('A') + n)}zz{n}" for n in range(26)]
    ident, prefix, uri, tag, attribute, value, text, tail, issuer, comment, target, content, name_id = canaries[:13]
    qualifier, claim, friendly, tag_key, role, host, path, mail, session, status, outer, inner, last = canaries[13:]
    assertion = (
        f'<s:Assertion xmlns:s="{SAML}" ID="_{last}" Version="2.0" IssueInstant="2026-11-01T09:00:00Z">'
        f"<s:Issuer>https://{issuer}.example/</s:Issuer><s:Subject>"
        f'<s:NameID NameQualifier="{qualifier}" Format="urn:{CANARY}">{name_id}</s:NameID></s:Subject>'
        f'<s:AttributeStatement><s:Attribute Name="{claim}" FriendlyName="{friendly}"><s:AttributeValue>{mail}'
        f"@{host}.onmicrosoft.com#EXT#</s:AttributeValue></s:Attribute><s:Attribute "
        f'Name="https://aws.amazon.com/SAML/Attributes/PrincipalTag:{tag_key}"><s:AttributeValue>{value}&#xe9;{path}'
        "</s:AttributeValue></s:Attribute>"
        '<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/Role"><s:AttributeValue>'
        f"arn:aws:iam::111122223333:role/{role},arn:aws:iam::111122223333:saml-provider/{role}"
        "</s:AttributeValue></s:Attribute>"
        f'<s:Attribute Name="https://aws.amazon.com/SAML/Attributes/SessionDuration"><s:AttributeValue>{session}'
        "</s:AttributeValue></s:Attribute></s:AttributeStatement></s:Assertion>"
    )
    response = (
        f'<!--{outer}--><{prefix}:Response xmlns:{prefix}="{SAMLP}" ID="_{ident}" Destination="https://{host}/{path}">'
        f'<{prefix}:Status><{prefix}:StatusCode Value="{status}"/></{prefix}:Status>'
        f'<x:{tag} xmlns:x="urn:{uri}" x:{attribute}="{value}">{text}<!--{comment}-->{tail}'
        f"<?{target} {content}?></x:{tag}>"
        f"{assertion}<!--{inner}--></{prefix}:Response>"
    )
    return response.encode(), canaries


def encodings(word: str) -> list[bytes]:
    """A word as it may hide: plain, upside down in case, backwards, hexadecimal, percent and base64 at any offset."""
    plain = [word, word.swapcase(), word.lower(), word.upper(), word[::-1]]
    raw = [one.encode() for one in plain]
    hidden = [one.hex().encode() for one in raw] + [one.hex().upper().encode() for one in raw]
    hidden += ["".join(f"%{byte:02X}" for byte in one).encode() for one in raw] + [quote(one).encode() for one in plain]
    for one in raw:
        for shift in range(3):
            encoded = base64.b64encode(bytes(shift) + one)
            hidden.append(encoded[4 if shift else 0 : len(encoded) - 4])
    return raw + hidden


@pytest.mark.parametrize("signed", [False, True])
def test_no_canary_survives_in_any_place_or_encoding(signed: bool) -> None:
    xml, canaries = with_canaries()
    if signed:  # a signature is asked about only without comments and instructions
        xml = re.sub(rb"<!--.*?-->|<\?.*?\?>", b"", xml)
        assertion_id = "_" + canaries[-1]
        key = make_signing_key(CANARY, CLOCK, CLOCK + timedelta(days=9))
        xml = sign(xml, assertion_id, key)
    done = redact(Capture("XML", xml, len(xml)), (), CLOCK)
    new = read_capture(done.posted).xml
    everything = b"\n".join([new, done.posted, done.certificates, *done.metadata])
    everything += b"".join(base64.b64decode(one) for one in re.findall(rb"[A-Za-z0-9+/]{200,}={0,2}(?=<)", new))
    words = [*canaries, CANARY]
    assert all(word.encode() in xml or signed for word in words)
    assert [word for word in words if any(hidden in everything for hidden in encodings(word))] == []
    assert b"111122223333" not in everything


def test_a_canary_would_be_found() -> None:
    hidden = base64.b64encode(b"some" + CANARY.encode() + b"where")
    assert any(one in hidden for one in encodings(CANARY))


def test_a_table_gives_the_same_word_the_same_word_and_another_another() -> None:
    disguise = Disguise([])
    words = ["".join(pair) for pair in zip(string.ascii_lowercase * 4, string.ascii_uppercase * 4, strict=True)]
    new = {word: disguise.value(word) for word in [*words, "contoso", "britta"]}
    assert all(disguise.value(word) == made for word, made in new.items())
    assert len(set(new.values())) == len(new)
    assert disguise.value("CONTOSO") == new["contoso"].upper()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("arn:aws-cn:iam::111122223333:role/a/Admin", r"arn:aws-cn:iam::[0-9]{12}:role/[a-z]/[A-Z][a-z]{4}"),
        ("guest_fabrikam.com#EXT#@contoso.onmicrosoft.com", r"[a-z]{5}_[a-z]{8}\.[a-z]{3}#EXT#@[a-z.]{23}"),
        ("11111111-2222-4333-8444-555555555555", r"[0-9]{8}-[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{12}"),
        ("https://sts.windows.net/abc/", r"https://sts\.windows\.net/[a-z]{3}/"),
        ("https://signin.aws.amazon.com/samlfish", r"https://[a-z.]{21}/[a-z]{8}"),
        ("https://eu-west-1.signin.aws.amazon.com/saml/acs/SAMLSPABCDEF0123456789",
         r"https://eu-west-1\.signin\.aws\.amazon\.com/saml/acs/SAMLSP[A-Z]{6}[0-9]{10}"),
        ("0000-11-01T09:00:00Z", r"0000-[01][0-9]-[0-2][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z"),
    ],
)  # fmt: skip
def test_shapes_that_rules_look_at_stay(text: str, form: str) -> None:
    made = Disguise([]).value(text)
    assert re.fullmatch(form, made)
    assert made != text


def test_constants_and_short_numbers_of_a_session_stay() -> None:
    disguise = Disguise([])
    assert [disguise.value(one) for one in CONSTANTS] == [*CONSTANTS]
    assert disguise.seconds("3600") == "3600"
    assert disguise.value("3600") != "3600"


def test_an_instant_beyond_the_calendar_stays_in_it() -> None:
    disguise = Disguise([])
    assert disguise.moment(datetime(2026, 1, 1, tzinfo=UTC)).year in range(2022, 2031)
    edges = [disguise.moment(datetime(year, 1, 1, tzinfo=UTC)).year for year in (1, 9999)]
    assert edges[0] < 10
    assert edges[1] > 9990
