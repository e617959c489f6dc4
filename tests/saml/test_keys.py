"""Certificates from strangers: read, or refused as a bad key, and never anything else."""

from __future__ import annotations

import base64
from collections import Counter

import pytest

from harness.errors import BadKey
from harness.saml.keys import (
    Certificate,
    certificate_from_base64,
    certificate_from_der,
    read_certificates,
    signing_key_from_pem,
)
from tests.saml.world import accepted, change, ec_key, forged, judged, key, metadata, metadata_of, other_key, resigned

VERSION = b"\xa0\x03\x02\x01\x02"


def of_version(number: int) -> bytes:
    """The certificate with another X.509 version in it."""
    der = key().certificate.der
    assert der.count(VERSION) == 1
    return der.replace(VERSION, VERSION[:-1] + bytes([number]))


def facts_of(certificate: Certificate) -> tuple[object, ...]:
    """Everything that a report or a rule may ask a certificate."""
    return (
        certificate.thumbprint,
        certificate.sha256,
        certificate.subject,
        certificate.not_before,
        certificate.not_after,
        certificate.key_type,
        certificate.key_bits,
        certificate.repeats_an_extension,
        certificate.pem,
    )


@pytest.mark.parametrize("number", [3, 66, 127])
def test_a_certificate_of_no_known_version_is_a_bad_key(number: int) -> None:
    with pytest.raises(BadKey):
        certificate_from_der(of_version(number))


@pytest.mark.parametrize("number", [3, 66])
def test_a_response_that_carries_such_a_certificate_is_judged(number: int) -> None:
    """KeyInfo is not signed: anybody can write one bad byte into it."""
    bad = base64.b64encode(of_version(number)).decode()
    xml = change(resigned(forged(), other_key()), other_key().certificate.base64, bad)
    report = judged(xml)
    assert not accepted(report)
    assert "SIG002" in report.error_codes


def test_metadata_that_carries_such_a_certificate_is_read() -> None:
    bad = base64.b64encode(of_version(66)).decode()
    document = metadata_of(key().certificate, other_key().certificate)
    from harness.saml.metadata import read_metadata

    again = read_metadata(document.raw.replace(other_key().certificate.base64.encode(), bad.encode()))
    assert again.keys == (key().certificate,)
    assert len(again.entities[0].unreadable) == 1


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_a_certificate_with_any_byte_changed_is_read_or_a_bad_key(kind: str) -> None:
    der = (key() if kind == "RSA" else ec_key("SECP256R1")).certificate.der
    ended: Counter[str] = Counter()
    for at in range(len(der)):
        for byte in (der[at] ^ 1, der[at] ^ 0x80, 0x00, 0xFF):
            changed = der[:at] + bytes([byte]) + der[at + 1 :]
            try:
                facts_of(certificate_from_der(changed))
            except BadKey:
                ended["bad key"] += 1
            except Exception as error:  # noqa: BLE001  (collected, so that all kinds are shown at once)
                ended[f"{type(error).__name__}: {error}"] += 1
            else:
                ended["read"] += 1
    assert set(ended) == {"bad key", "read"}


@pytest.mark.parametrize(
    "text", ["", "A", "AAAA", "MIIC", "MAA=", "\u00e9", "-----BEGIN CERTIFICATE-----", "MIIC" * 1_000]
)
def test_what_is_no_certificate_is_a_bad_key(text: str) -> None:
    with pytest.raises(BadKey):
        certificate_from_base64(text)


def test_certificates_are_read_from_pem_and_der_and_bare_base64() -> None:
    first, second = key().certificate, other_key().certificate
    assert read_certificates(first.pem.encode() + second.pem.encode()) == [first, second]
    assert read_certificates(first.der) == [first]
    assert read_certificates(first.base64.encode()) == [first]
    assert read_certificates(b"a comment\r\n" + first.pem.replace("\n", "\r\n").encode()) == [first]


def test_a_key_and_the_certificate_of_another_do_not_make_a_pair() -> None:
    with pytest.raises(BadKey, match="does not belong"):
        signing_key_from_pem(key().private_pem(), other_key().certificate.pem.encode())
    pair = signing_key_from_pem(key().private_pem(), key().certificate.pem.encode())
    assert pair.certificate == key().certificate
    assert metadata().keys == (pair.certificate,)
