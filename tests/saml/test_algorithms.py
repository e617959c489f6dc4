"""Keys and algorithms: signatures made by other programs, and keys that must not count."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from harness.report.model import Unknown
from harness.saml import names
from harness.saml.keys import SigningKey, certificate_from_der, make_signing_key
from harness.saml.names import DS
from tests.saml.libraries import NAIVE_PARSER, signxml_verifies, xmlsec_verifies
from tests.saml.sealing import digest_of, reference, sealed, signed_info
from tests.saml.world import (
    NOW,
    accepted,
    assert_refused,
    change,
    ec_key,
    forged,
    fully_accepted,
    id_of,
    issued,
    judged,
    key,
    metadata,
    other_key,
    resigned,
    rsa_key,
    signature_flaws,
    signature_in,
    taken,
    unsigned,
)


def signed_by_signxml(xml: bytes, by: SigningKey, method: SignatureMethod, digest: DigestAlgorithm) -> bytes:
    """A program no one here wrote signs the assertion."""
    root = etree.fromstring(xml, NAIVE_PARSER)
    assertion = next(root.iter(f"{{{names.SAML}}}Assertion"))
    place = etree.SubElement(assertion, f"{{{DS}}}Signature", {"Id": "placeholder"}, nsmap={"ds": DS})
    assertion.insert(1, place)
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=method,
        digest_algorithm=digest,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signed = signer.sign(
        assertion,
        key=by.private_pem(),
        cert=by.certificate.pem,
        reference_uri=assertion.get("ID"),
        id_attribute="ID",
    )
    return etree.tostring(signed.getroottree())


def by_signxml(method: str, digest: str, by: SigningKey) -> bytes:
    xml = signed_by_signxml(unsigned(), by, SignatureMethod[method], DigestAlgorithm[digest])
    start = xml.index(b"<Assertion ") if xml.startswith(b"<samlp:Response") else -1
    if start >= 0:
        return xml
    around = unsigned()
    plain = around[around.index(b"<Assertion ") : around.index(b"</Assertion>") + len(b"</Assertion>")]
    return change(around, plain, xml)


ALGORITHMS = {
    "RSA_SHA256": ("SHA256", key, True),
    "RSA_SHA384": ("SHA384", key, True),
    "RSA_SHA512": ("SHA512", key, True),
    "ECDSA_SHA256": ("SHA256", lambda: ec_key("SECP256R1"), True),
    "ECDSA_SHA384": ("SHA384", lambda: ec_key("SECP384R1"), True),
    "SHA256_RSA_MGF1": ("SHA256", key, False),
    "SHA384_RSA_MGF1": ("SHA384", key, False),
    "SHA512_RSA_MGF1": ("SHA512", key, False),
}


@pytest.mark.parametrize("method", ALGORITHMS)
def test_a_signature_of_signxml_is_verified(method: str) -> None:
    digest, maker, xmlsec_can = ALGORITHMS[method]
    by = maker()
    xml = by_signxml(method, digest, by)
    received = taken(xml, by.certificate)
    assert [one.verified for one in received.all_signatures] == [True]
    report = judged(xml, by.certificate, engines=True)
    words = {engine: word for engine, word, _ in report.signatures[0].words}
    assert words == {
        "strict": "verifies",
        "signxml": "verifies",
        "xmlsec": "verifies" if xmlsec_can else "cannot judge",
    }
    assert "SIG020" not in report.error_codes


@pytest.mark.parametrize("method", ["ECDSA_SHA256", "SHA256_RSA_MGF1"])
def test_what_aws_makes_of_algorithms_beyond_rsa_is_not_claimed_to_be_known(method: str) -> None:
    digest, maker, _ = ALGORITHMS[method]
    report = judged(by_signxml(method, digest, maker()), maker().certificate)
    assert all(isinstance(answer, Unknown) for answer in report.answers)


@pytest.mark.parametrize("method", ALGORITHMS)
def test_a_flipped_digit_of_any_signature_is_refused(method: str) -> None:
    digest, maker, _ = ALGORITHMS[method]
    xml = by_signxml(method, digest, maker())
    value = re.search(rb"SignatureValue>([^<]{20})", xml)
    assert value
    at = value.end() - 5
    flipped = xml[:at] + (b"A" if xml[at : at + 1] != b"A" else b"B") + xml[at + 1 :]
    assert signature_flaws(taken(flipped, maker().certificate)) == {"signature value"}


def test_the_second_of_two_trusted_certificates_may_sign() -> None:
    xml = resigned(unsigned(), other_key())
    report = judged(xml, key().certificate, other_key().certificate, engines=True)
    assert fully_accepted(report)
    assert report.signatures[0].key_thumbprint == other_key().certificate.thumbprint


def test_neither_of_two_retired_certificates_may_sign() -> None:
    assert not accepted(judged(issued(), other_key().certificate, other_key("retired").certificate))


def test_a_certificate_inside_the_response_is_never_trusted() -> None:
    report = assert_refused(resigned(forged(), other_key()))
    assert "SIG002" in report.error_codes


def test_a_certificate_with_the_same_names_and_serial_but_another_key_is_not_the_trusted_one() -> None:
    genuine = key().certificate.x509
    imitation = make_signing_key(
        "Microsoft Azure Federated SSO Certificate",
        genuine.not_valid_before_utc,
        genuine.not_valid_after_utc,
        serial=genuine.serial_number,
    )
    assert "SIG002" in assert_refused(resigned(forged(), imitation)).error_codes


def test_a_bare_key_value_is_never_trusted() -> None:
    numbers = other_key().certificate.public_key.public_numbers()  # type: ignore[union-attr]
    modulus, exponent = (
        base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).decode()
        for number in (numbers.n, numbers.e)  # type: ignore[union-attr]
    )
    parts = f"<Modulus>{modulus}</Modulus><Exponent>{exponent}</Exponent>"
    value = f"<KeyInfo><KeyValue><RSAKeyValue>{parts}</RSAKeyValue></KeyValue></KeyInfo>"
    xml = re.sub(rb"<KeyInfo>.*?</KeyInfo>", value.encode(), resigned(forged(), other_key()))
    assert xmlsec_verifies(xml, other_key().certificate)
    assert "SIG002" in assert_refused(xml, engines=True).error_codes


@pytest.mark.parametrize(
    "key_info",
    [
        "<KeyInfo/>",
        "<KeyInfo><X509Data/></KeyInfo>",
        "<KeyInfo><X509Data><X509Certificate>!!!</X509Certificate></X509Data></KeyInfo>",
        "<KeyInfo><X509Data><X509Certificate>MIIC</X509Certificate></X509Data></KeyInfo>",
        "<KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo>",
        "<KeyInfo><KeyName>x</KeyName></KeyInfo>",
    ],
)
def test_a_useless_key_info_does_no_harm_and_is_named(key_info: str) -> None:
    xml = re.sub(rb"<KeyInfo>.*?</KeyInfo>", key_info.encode(), issued())
    report = judged(xml)
    assert fully_accepted(report)
    assert "SIG018" in report.codes


def test_a_key_info_that_names_another_certificate_is_a_warning() -> None:
    xml = change(issued(), key().certificate.base64, other_key().certificate.base64)
    report = judged(xml)
    assert fully_accepted(report)
    assert "SIG018" in report.codes - report.error_codes


@pytest.mark.parametrize(
    "child",
    [
        '<RetrievalMethod URI="file:///etc/hostname"/>',
        '<RetrievalMethod URI="http://127.0.0.1:9/"/>',
        '<KeyInfoReference xmlns="http://www.w3.org/2009/xmldsig11#" URI="#self"/>',
        "<MgmtData>x</MgmtData>",
        "<PGPData/>",
        "<SPKIData/>",
        "<X509Data><X509CRL>AAAA</X509CRL></X509Data>",
        "<X509Data><X509Certificate>AAAA<x/></X509Certificate></X509Data>",
    ],
)
def test_a_key_info_that_asks_to_be_followed_is_refused(child: str) -> None:
    xml = change(issued(), "<KeyInfo>", "<KeyInfo>" + child)
    assert signature_flaws(taken(xml)) == {"KeyInfo"}
    assert "SIG017" in assert_refused(xml, engines=True).error_codes


def secrets() -> dict[str, bytes]:
    certificate = key().certificate
    return {
        "PEM": certificate.pem.encode(),
        "PEM without armour": certificate.base64.encode(),
        "DER": certificate.der,
        "public key": certificate.public_bytes,
        "public key PEM": certificate.public_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
    }


@pytest.mark.parametrize("secret", ["PEM", "PEM without armour", "DER", "public key", "public key PEM"])
def test_an_hmac_keyed_with_what_everybody_knows_is_refused(secret: str) -> None:
    info = signed_info(
        reference("#" + id_of(forged()), digest_of(forged())),
        method="http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
    )
    xml = sealed(info, forged())
    root = etree.fromstring(xml, NAIVE_PARSER)
    value = next(root.iter(f"{{{DS}}}SignatureValue"))
    canonical = etree.tostring(next(root.iter(f"{{{DS}}}SignedInfo")), method="c14n", exclusive=True)
    value.text = base64.b64encode(hmac.new(secrets()[secret], canonical, hashlib.sha256).digest()).decode()
    assert "SIG012" in assert_refused(etree.tostring(root), engines=True).error_codes


@pytest.mark.parametrize(
    "label",
    [
        names.ECDSA_SHA256,
        names.RSA_SHA512,
        names.PSS_SHA256,
        DS + "dsa-sha1",
        DS + "hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
        "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
        names.RSA_SHA256.upper(),
        names.RSA_SHA256 + " ",
        "",
        "RSA",
    ],
)
def test_an_algorithm_name_that_does_not_fit_the_signature_is_refused(label: str) -> None:
    info = signed_info(reference("#" + id_of(unsigned()), digest_of(unsigned())), method=label)
    xml = sealed(info)
    assert signature_flaws(taken(xml)) & {"signature method", "signature value"}
    assert_refused(xml, engines=True)


def test_sha1_is_refused_unless_it_is_allowed_and_then_still_reported() -> None:
    xml = issued("assertion", "sha1")
    assert "SIG014" in assert_refused(xml, engines=True).error_codes
    report = judged(xml, allow_sha1=True)
    assert "SIG014" not in report.error_codes
    assert "SIG023" in report.codes
    assert report.signed is not None


def ecdsa_value(xml: bytes, value: bytes) -> bytes:
    return re.sub(rb"(SignatureValue>)[^<]*", lambda found: found[1] + base64.b64encode(value), xml, count=1)


def test_an_ecdsa_value_has_exactly_one_length() -> None:
    by = ec_key("SECP256R1")
    xml = by_signxml("ECDSA_SHA256", "SHA256", by)
    found = re.search(rb"SignatureValue>([^<]*)", xml)
    assert found
    value = base64.b64decode(found[1])
    r, s = int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big")
    padded = b"\0" + value[:32] + b"\0" + value[32:]
    for other in (encode_dss_signature(r, s), padded, value[:-1], value + b"\0", bytes(64)):
        assert signature_flaws(taken(ecdsa_value(xml, other), by.certificate)) == {"signature value"}
    assert xmlsec_verifies(ecdsa_value(xml, padded), by.certificate), "why the length counts"


def test_the_curve_is_that_of_the_trusted_key() -> None:
    xml = by_signxml("ECDSA_SHA256", "SHA256", ec_key("SECP256R1"))
    assert signature_flaws(taken(xml, ec_key("SECP384R1").certificate)) == {"signature value"}
    assert isinstance(ec_key("SECP256R1").private, ec.EllipticCurvePrivateKey)


@pytest.mark.parametrize("method", [names.RSA_SHA256, names.RSA_SHA512, names.PSS_SHA256, names.PSS_SHA512])
def test_a_small_trusted_key_is_no_crash(method: str) -> None:
    small = rsa_key(1024)
    info = signed_info(reference("#" + id_of(unsigned()), digest_of(unsigned())), method=method)
    received = taken(sealed(info, by=small), small.certificate)
    assert received.all_signatures[0].verified == (method == names.RSA_SHA256)


def test_a_trusted_key_of_another_kind_verifies_nothing_and_is_no_crash() -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Contoso Ed25519")])
    private = ed25519.Ed25519PrivateKey.generate()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(7).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
    odd = certificate_from_der(builder.sign(private, None).public_bytes(serialization.Encoding.DER))
    report = judged(issued(), odd, engines=True)
    assert not accepted(report)
    assert "SIG002" in report.error_codes
    assert fully_accepted(judged(issued(), odd, key().certificate, engines=True))


def test_the_other_half_of_an_ecdsa_signature_grants_nothing_else() -> None:
    """Whoever holds r and s can write n - s: the same content, so signature bytes never tell two posts apart."""
    by = ec_key("SECP256R1")
    xml = by_signxml("ECDSA_SHA256", "SHA256", by)
    found = re.search(rb"SignatureValue>([^<]*)", xml)
    assert found
    value = base64.b64decode(found[1])
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    twin = value[:32] + (order - int.from_bytes(value[32:], "big")).to_bytes(32, "big")
    assert taken(ecdsa_value(xml, twin), by.certificate).signed == taken(xml, by.certificate).signed


@pytest.mark.parametrize("days", [-400, 400])
def test_the_dates_of_a_certificate_do_not_decide_about_a_signature(days: int) -> None:
    start = NOW + timedelta(days=days)
    dated = make_signing_key("Contoso dated", start, start + timedelta(days=100), private=key().private)
    report = judged(issued(), dated.certificate, engines=True)
    assert fully_accepted(report)
    assert {word for _, word, _ in report.signatures[0].words} == {"verifies"}
    assert any(code.startswith("CRT") for code in report.codes)


def test_both_levels_signed_with_different_trusted_keys_are_accepted_with_a_warning() -> None:
    inner = resigned(unsigned(), key())
    xml = resigned(inner, other_key(), element=b"Response")
    report = judged(xml, key().certificate, other_key().certificate, engines=True)
    assert fully_accepted(report)
    assert "SIG021" in report.codes - report.error_codes


def test_metadata_keys_are_those_of_the_issuer_alone() -> None:
    """The right key under another entity's name proves nothing."""
    stranger = change(
        unsigned().replace(b"https://sts.windows.net/", b"https://sts.windows.example/"), "Destination", "Destination"
    )
    report = judged(resigned(stranger), engines=True)
    assert not accepted(report)
    assert "AST006" in report.error_codes
    assert metadata().keys_for("https://sts.windows.example/") == ()


def test_a_signature_is_not_taken_from_another_response() -> None:
    foreign = signature_in(resigned(unsigned().replace(b"Britta", b"Brittb")))
    xml = issued().replace(signature_in(issued()), foreign)
    assert signature_flaws(taken(xml)) == {"digest"}
    assert not signxml_verifies(xml)
