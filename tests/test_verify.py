"""XML and signature only: of any identity provider's response or metadata, without AWS and without a clock."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness.errors import UnreadableInput
from harness.saml import encryption, names
from harness.saml.keys import SigningKey, make_signing_key
from harness.saml.metadata import read_metadata
from harness.saml.signing import sign
from harness.verify import verify_document
from tests.aws.responses import NOW
from tests.rules.cases_protocol import moved
from tests.rules.world import key, metadata, response, tampered

TRUSTED = [key().certificate]


def codes(verification) -> set[str]:
    return {finding.code for finding in verification.findings}


@pytest.mark.parametrize(
    ("signed", "covered"),
    [
        (("_a1",), "the Assertion"),
        (("_r1",), "the Response with its Assertion"),
        (("_a1", "_r1"), "the Response with its Assertion"),
    ],
    ids=["assertion", "response", "both"],
)
def test_a_verified_signature_covers_what_it_stands_in(signed: tuple[str, ...], covered: str):
    verification = verify_document(response(signed=signed), TRUSTED)
    assert verification.verified
    assert verification.covered == covered
    assert verification.kind == "Response"
    assert not verification.findings
    for one in verification.signatures:
        assert one.key_thumbprint == key().certificate.thumbprint
        assert [word for _, word, _ in one.words] == ["verifies"] * 3


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (lambda: response(by=key("stranger")), {"SIG002"}),
        (lambda: response(**tampered("role/Admin", "role/Boss")), {"SIG003"}),
        (lambda: response(signed=()), set()),
        (moved, {"SIG004"}),
        (lambda: response(**tampered('ID="_r1"', 'ID="_a1"')), {"XML008"}),
        (lambda: response(**tampered("<samlp:Response ", "<!DOCTYPE x><samlp:Response ")), {"XML003"}),
        (lambda: response(method=names.RSA_SHA1, digest=names.SHA1), {"SIG014"}),
        (lambda: response(signed=("_a1", "_r1"), response_by=key("stranger")), {"SIG002"}),
        (lambda: response(signed=("_a1", "_r1"), **tampered("role/Admin", "role/Boss")), {"SIG003"}),
    ],
    ids=[
        "another key", "changed", "unsigned", "misplaced", "ID twice", "DOCTYPE", "SHA-1",
        "one of two by another key", "both signed and changed",
    ],
)  # fmt: skip
def test_anything_else_is_not_verified(xml, expected: set[str]):
    verification = verify_document(xml(), TRUSTED)
    assert not verification.verified
    assert codes(verification) == expected


def test_an_unsigned_response_covers_nothing():
    verification = verify_document(response(signed=()), TRUSTED)
    assert (verification.verified, verification.covered, verification.signatures) == (False, "", ())


def test_a_wrapped_response_covers_nothing():
    forged = f'<Assertion xmlns="{names.SAML}" ID="_f"><Issuer>x</Issuer></Assertion></samlp:Response>'
    verification = verify_document(response(**tampered("</samlp:Response>", forged)), TRUSTED)
    assert not verification.verified
    assert verification.covered == ""


def test_neither_aws_nor_a_clock_is_asked():
    """No role, no session name, an audience elsewhere, expired: all the same to a signature."""
    verification = verify_document(
        response(
            says={"x": ["y"]}, audience="urn:other", until="2001-01-01T00:00:00Z", issuer="https://other.example/"
        ),
        TRUSTED,
    )
    assert verification.verified
    assert not verification.findings


def test_an_expired_certificate_still_verifies():
    expired = key("expired", until=-1)
    verification = verify_document(response(by=expired), [expired.certificate])
    assert verification.verified
    assert [word for _, word, _ in verification.signatures[0].words] == ["verifies"] * 3


def test_of_several_keys_the_one_that_fits_is_named():
    verification = verify_document(response(), [key("second").certificate, *TRUSTED])
    assert verification.verified
    assert verification.signatures[0].key_thumbprint == key().certificate.thumbprint


def test_sha1_verifies_when_it_is_allowed_and_is_reported():
    verification = verify_document(response(method=names.RSA_SHA1, digest=names.SHA1), TRUSTED, allow_sha1=True)
    assert verification.verified
    assert codes(verification) == {"SIG023"}


def of(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> SigningKey:
    return make_signing_key("any", NOW, NOW + timedelta(days=9), private=private)


@pytest.mark.parametrize(
    ("curve", "method"),
    [(ec.SECP256R1(), names.ECDSA_SHA256), (ec.SECP384R1(), names.ECDSA_SHA384), (None, names.PSS_SHA256)],
    ids=["P-256", "P-384", "PSS"],
)
def test_other_algorithms_of_the_profile_verify_too(curve: ec.EllipticCurve | None, method: str):
    signer = key() if curve is None else of(ec.generate_private_key(curve))
    verification = verify_document(response(by=signer, method=method), [signer.certificate])
    assert verification.verified
    words = {engine: word for engine, word, _ in verification.signatures[0].words}
    assert words["strict"] == "verifies"
    assert set(words.values()) <= {"verifies", "cannot judge"}


def signed_metadata(by: SigningKey | None = None) -> bytes:
    named = metadata(edits=[("<EntityDescriptor ", '<EntityDescriptor ID="_m1" ')]).raw
    return sign(named, "_m1", by or key())


def test_signed_metadata_verifies_as_a_whole():
    verification = verify_document(signed_metadata(), TRUSTED)
    assert verification.kind == "EntityDescriptor"
    assert verification.covered == "the EntityDescriptor"
    assert not codes(verification)
    assert verification.verified


def test_metadata_larger_than_a_message_may_be_is_read_too():
    big = signed_metadata().replace(b"https://login.example/saml2", b"https://login.example/" + b"a" * 1_000_000)
    verification = verify_document(big, TRUSTED)
    assert verification.kind == "EntityDescriptor"
    assert codes(verification) == {"SIG003"}


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (lambda: metadata().raw, set()),
        (lambda: signed_metadata(key("stranger")), {"SIG002"}),
        (lambda: signed_metadata().replace(b"login.example", b"login.evil.example"), {"SIG003"}),
    ],
    ids=["unsigned", "another key", "changed"],
)
def test_other_metadata_does_not(xml, expected: set[str]):
    verification = verify_document(xml(), TRUSTED)
    assert not verification.verified
    assert codes(verification) == expected


def test_a_signed_entity_inside_unsigned_metadata_covers_nothing():
    outer = b'<EntitiesDescriptor xmlns="%b">%b</EntitiesDescriptor>' % (names.MD.encode(), signed_metadata())
    verification = verify_document(outer, TRUSTED)
    assert verification.covered == ""
    assert not verification.verified


@pytest.mark.parametrize("signed", [True, False], ids=["with a signed envelope", "alone"])
def test_an_encrypted_assertion_cannot_be_judged(signed: bool):
    """Nobody has seen what is inside, whatever a signature around the ciphertext says."""
    sealed = response(encrypted=encryption.Encryption())
    with pytest.raises(UnreadableInput, match="d: the assertion is encrypted; check --decrypt-key opens it"):
        verify_document(sign(sealed, "_r1", key()) if signed else sealed, TRUSTED, name="d")


@pytest.mark.parametrize("cut", [1, 40, 4000])
def test_what_is_cut_off_cannot_be_judged(cut: int):
    with pytest.raises(UnreadableInput, match="d: not readable as XML"):
        verify_document(response()[:-cut], TRUSTED, name="d")


def test_of_metadata_only_the_keys_of_the_issuer_are_trusted():
    same = metadata(key())
    other = read_metadata(same.raw.replace(same.entity_ids[0].encode(), b"https://sts.windows.net/another/"))
    assert verify_document(response(), metadata=[same]).verified
    with pytest.raises(UnreadableInput, match="no metadata given describes its issuer"):
        verify_document(response(), metadata=[other])


@pytest.mark.parametrize(
    ("xml", "kind"),
    [(b"<x/>", "a x"), (f'<AuthnRequest xmlns="{names.SAMLP}"/>'.encode(), "an AuthnRequest")],
    ids=["element", "AuthnRequest"],
)
def test_a_document_of_another_kind_cannot_be_judged(xml: bytes, kind: str):
    with pytest.raises(UnreadableInput, match=f"d: expected a SAML Response or metadata, but its root is {kind}"):
        verify_document(xml, TRUSTED, name="d")


def test_faulty_base64_is_an_error_here_too():
    verification = verify_document(response(), TRUSTED, base64_fault="excess data after padding")
    assert codes(verification) == {"XML016"}
    assert not verification.verified


def test_without_engines_the_strict_word_stands_alone():
    verification = verify_document(response(), TRUSTED, ask_engines=False)
    assert verification.verified
    assert {engine: word for engine, word, _ in verification.signatures[0].words}["strict"] == "verifies"
