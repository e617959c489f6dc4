"""The pipeline as a whole: from a capture to a report, in the order that the policy asks for."""

import base64
from dataclasses import fields
from datetime import timedelta

import pytest

from harness.report.model import Accepted, Refused, Report, Unknown
from harness.report.verdict import exit_code
from harness.rules import Policy
from harness.saml import encryption, names
from harness.saml.signing import sign
from harness.saml.wire import Capture, read_capture
from harness.validate import check
from tests.aws import responses
from tests.aws.responses import ACCOUNT, NOW, PAIR, at, attributes, opening_key
from tests.rules.world import declared, holding, judged, key, metadata, response, tampered


def later(seconds: float, xml: bytes | None = None, aws=None) -> Report:
    """The report at some seconds after now."""
    aws = aws or holding()
    capture = read_capture(base64.b64encode(response() if xml is None else xml))
    trusted = tuple(one for held in aws.documents for one in held.keys)
    return check(capture, Policy(aws, trusted), NOW + timedelta(seconds=seconds), ask_engines=False)


@pytest.mark.parametrize(
    ("seconds", "causes"),
    [
        (290, set()),
        (291, {"response-too-old"}),
        (3589, {"response-too-old"}),
        (3590, {"response-expired"}),
        (86_400 * 365, {"response-expired"}),
    ],
)
def test_age_is_judged_without_any_allowance(seconds: float, causes: set[str]):
    report = later(seconds)
    assert {answer.cause for answer in report.answers if isinstance(answer, Refused)} == causes
    assert (exit_code(report) == 0) is not bool(causes)


@pytest.mark.parametrize("seconds", [291, 3590, 86_400 * 3], ids=str)
def test_where_only_age_refuses_the_answers_when_fresh_are_given(seconds: float):
    signin, sts = later(seconds).when_fresh
    assert isinstance(signin, Accepted)
    assert [type(one.answer) for one in sts] == [Accepted]
    assert sts[0].answer.session.name == "ada@contoso.example"


@pytest.mark.parametrize(
    ("xml", "aws"),
    [
        (lambda: response(by=key("stranger")), None),
        (lambda: response(says=attributes(RoleSessionName="a b")), None),
        (lambda: response(signed=()), None),
        (lambda: response(says=attributes(Role=[PAIR, PAIR.replace("role/Admin", "role/Boss")])), declared),
    ],
    ids=["signature", "session name", "unsigned", "one pair of two"],
)  # fmt: skip
def test_where_anything_else_is_wrong_too_they_are_not(xml, aws):
    assert later(86_400, xml(), aws and aws()).when_fresh is None


def test_what_was_not_known_while_it_was_fresh_is_said():
    signin, sts = later(86_400, response(**tampered("status:Success", "status:Responder"))).when_fresh
    assert isinstance(signin, Unknown)
    assert isinstance(sts[0].answer, Unknown)


def test_a_fresh_response_has_no_second_answer():
    assert later(0).when_fresh is None
    assert later(-86_400).when_fresh is None


def test_a_short_session_can_end_before_its_response():
    report = later(60, response(session_until=at(30)))
    assert {answer.cause for answer in report.answers} == {"response-expired"}
    assert isinstance(report.when_fresh[0], Accepted)


ENCRYPTED = encryption.Encryption()


def test_an_encrypted_assertion_is_judged_by_what_is_inside():
    report = judged(response(encrypted=ENCRYPTED), opens=[opening_key()], engines=True)
    assert exit_code(report) == 0
    assert not report.codes
    assert report.signed is not None
    assert [one.signed_element for one in report.signatures] == ["Assertion"]
    assert {word for _, word, _ in report.signatures[0].words} == {"verifies"}


@pytest.mark.parametrize(
    ("opens", "reason"),
    [
        ([], "the assertion is encrypted: give its key with --decrypt-key"),
        ([opening_key("another")], "the assertion is encrypted: the key given does not open it"),
    ],
    ids=["no key", "another key"],
)
def test_what_cannot_be_opened_gets_no_verdict(opens: list, reason: str):
    report = judged(response(encrypted=ENCRYPTED), opens=opens)
    assert report.unreadable == reason
    assert exit_code(report) == 2
    assert report.error_codes == {"AST029"}
    assert all(isinstance(answer, Unknown) for answer in report.answers)


def test_the_second_key_opens_what_the_first_does_not():
    report = judged(response(encrypted=ENCRYPTED), opens=[opening_key("another"), opening_key()])
    assert exit_code(report) == 0


def test_the_response_signature_is_over_the_ciphertext():
    """First the Response's signature over the received bytes, then decryption, then the assertion's own."""
    sealed = response(encrypted=ENCRYPTED)
    both = sign(sealed, "_r1", key())
    good = judged(both, opens=[opening_key()], engines=True)
    assert exit_code(good) == 0
    assert [one.signed_element for one in good.signatures] == ["Response", "Assertion"]
    start = both.index(b"<xenc:CipherValue>") + 40
    flipped = both[:start] + (b"A" if both[start : start + 1] != b"A" else b"B") + both[start + 1 :]
    report = judged(flipped, opens=[opening_key()])
    assert "SIG003" in report.error_codes
    assert exit_code(report) in (1, 2)
    assert not any(isinstance(answer, Accepted) for answer in report.answers)


def test_the_assertion_inside_needs_a_signature_of_its_own():
    sealed = sign(response(encrypted=ENCRYPTED, signed=()), "_r1", key())
    report = judged(sealed, opens=[opening_key()])
    assert report.error_codes == {"SIG001"}
    assert {answer.cause for answer in report.answers} == {"assertion-unsigned"}


def sealed_text(inside: str) -> bytes:
    """A response around any plaintext, encrypted for the provider."""
    shell = response(signed=(), encrypted=ENCRYPTED).decode()
    start, end = shell.index("<EncryptedAssertion"), shell.index("</EncryptedAssertion>") + 21
    sealed = encryption.encrypt(inside.encode(), key_of_the_provider(), ENCRYPTED)
    return (shell[:start] + sealed + shell[end:]).encode()


def key_of_the_provider():
    return responses.key("opens for provider").certificate


def plain_assertion() -> str:
    text = response().decode()
    return text[text.index("<Assertion ") : text.index("</samlp:Response>")]


@pytest.mark.parametrize(
    "inside",
    [
        lambda: "no xml",
        lambda: plain_assertion() * 2,
        lambda: f"x{plain_assertion()}",
        lambda: response().decode(),
        lambda: f'<a xmlns="urn:x">{plain_assertion()}</a>',
        lambda: "",
    ],
    ids=["no XML", "two assertions", "text before", "a response", "an element around", "nothing"],
)
def test_whatever_else_is_inside_looks_like_a_wrong_key(inside):
    report = judged(sealed_text(inside()), opens=[opening_key()])
    assert report.unreadable == "the assertion is encrypted: the key given does not open it"
    assert report.error_codes == {"AST029"}


def test_an_id_that_is_used_outside_and_inside_is_refused():
    report = judged(sealed_text(plain_assertion()).replace(b'ID="_r1"', b'ID="_a1"'), opens=[opening_key()])
    assert "XML008" in report.error_codes
    assert not any(isinstance(answer, Accepted) for answer in report.answers)


@pytest.mark.parametrize("by", ["old", "new"])
def test_of_two_metadata_documents_the_report_says_which_key_fitted(by: str):
    """While a certificate is rolled, AWS holds both; either may sign."""
    both = holding(metadata(key("old"), key("new")))
    report = judged(response(by=key(by)), both, engines=True)
    assert exit_code(report) == 0
    (signature,) = report.signatures
    assert signature.key_thumbprint == key(by).certificate.thumbprint


def test_each_provider_trusts_its_own_document_alone():
    other = f"{ACCOUNT}:saml-provider/Other"
    pairs = [PAIR, f"{ACCOUNT}:role/Admin,{other}"]
    aws = declared(holds=metadata(key("old")), others={other: metadata(key("new"))})
    report = judged(response(by=key("new"), says=attributes(Role=pairs)), aws)
    first, second = (one.answer for one in report.sts)
    assert first.cause == "signature-invalid"
    assert first.message == "Response signature invalid"
    assert second.cause == "trust-denies"


FORGED = (
    '<samlp:Extensions><Assertion ID="_f1" IssueInstant="2026-11-01T08:59:50.000Z" Version="2.0" '
    'xmlns="urn:oasis:names:tc:SAML:2.0:assertion"><Issuer>https://sts.windows.net/evil/</Issuer><Subject><NameID '
    'Format="x">eve@contoso.example</NameID></Subject></Assertion></samlp:Extensions><samlp:Status>'
)


def test_in_a_wrapping_attack_what_is_claimed_differs_from_what_was_signed():
    report = judged(response(**tampered("<samlp:Status>", FORGED)), engines=True)
    assert report.claimed.name_id.value == "eve@contoso.example"
    assert report.signed.name_id.value == "ada@contoso.example"
    assert {"SIG019", "AST002"} <= report.error_codes
    assert exit_code(report) == 1
    assert all(isinstance(answer, Unknown) for answer in report.answers)
    (finding,) = (finding for finding in report.findings if finding.code == "SIG019")
    assert "'_f1'" in repr(finding.got) or "_f1" in finding.got


def test_what_was_signed_stays_what_is_reported():
    """Findings use signed facts where there are any: nobody can hide a fault behind a forged assertion."""
    report = judged(response(audience="https://elsewhere.example/", **tampered("<samlp:Status>", FORGED)))
    (finding,) = (finding for finding in report.findings if finding.code == "AST003")
    assert finding.got == "https://elsewhere.example/"
    assert not finding.claimed


def test_the_engines_are_asked_only_on_request():
    assert judged(response()).signatures == ()
    assert len(judged(response(), engines=True).signatures) == 1


@pytest.mark.parametrize(
    ("name", "namespace", "is_a"),
    [
        ("x", "urn:x", "a x"),
        ("AuthnRequest", names.SAMLP, "an AuthnRequest"),
        ("LogoutResponse", names.SAMLP, "a LogoutResponse"),
        ("Assertion", names.SAML, "an Assertion"),
        ("Response", "urn:oasis:names:tc:SAML:1.0:protocol", "a Response"),
    ],
    ids=["element", "AuthnRequest", "LogoutResponse", "Assertion", "SAML 1.1"],
)
def test_what_is_no_response_gets_no_verdict(name: str, namespace: str, is_a: str):
    report = judged(f'<{name} xmlns="{namespace}"/>'.encode())
    assert report.unreadable == f"expected a SAML Response, but this is {is_a}"
    assert "XML017" in report.error_codes
    assert exit_code(report) == 2


@pytest.mark.parametrize("xml", [b"<samlp:Response", b"<a>", b"<", b"<a/><b/>", b"<a>&x;</a>"], ids=repr)
def test_what_is_no_xml_is_refused(xml: bytes):
    report = judged(xml)
    assert report.error_codes == {"XML001"}
    assert exit_code(report) == 1


def test_the_report_never_raises_for_what_a_capture_holds():
    for xml in (b"", b"\x00", b"\xff\xfe<", b"<a" * 50_000, b"&#0;", "<é/>".encode("latin-1")):
        report = check(Capture("XML", xml, len(xml)), Policy(holding(), (key().certificate,)), NOW)
        assert exit_code(report) != 0


def test_every_field_of_a_report_has_a_meaning():
    """Fields that nothing ever fills would promise what is not kept."""
    filled = set()
    for report in (judged(response(), engines=True), judged(b"<x/>"), later(86_400)):
        filled |= {one.name for one in fields(report) if getattr(report, one.name) not in (None, (), "")}
    assert {one.name for one in fields(Report)} == filled
