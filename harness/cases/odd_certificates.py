"""Certificates that no identity provider should publish. Their keys sign nothing here."""

from collections.abc import Callable
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

from harness.saml.keys import Certificate, SigningKey

_FIRST, _SECOND = "1.2.3.4.5", "1.2.3.4.6"


def _certified(
    public: CertificatePublicKeyTypes, signer: SigningKey, now: datetime, extensions: tuple[str, ...] = ()
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "odd")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(7).public_key(public)
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=900))
    for oid in extensions:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=False)
    return builder.sign(signer.private, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _ed25519(signer: SigningKey, now: datetime) -> Certificate:
    return Certificate(_certified(ed25519.Ed25519PrivateKey.generate().public_key(), signer, now))


def _rsa_768(signer: SigningKey, now: datetime) -> Certificate:
    """Some modulus of 768 bits: nobody holds its factors, and no library would make such a key any more."""
    modulus = 0xC5 << 760 | 1 << 700 | 0x1D3
    return Certificate(_certified(rsa.RSAPublicNumbers(65537, modulus).public_key(), signer, now))


def _repeated_extension(signer: SigningKey, now: datetime) -> Certificate:
    """No library writes an extension twice, so two are written and the second is renamed to the first."""
    der = _certified(signer.certificate.public_key, signer, now, (_FIRST, _SECOND))
    first, second = (bytes([1 * 40 + 2, 3, 4, int(oid[-1])]) for oid in (_FIRST, _SECOND))
    return Certificate(der.replace(second, first))


ODD: dict[str, Callable[[SigningKey, datetime], Certificate]] = {
    "Ed25519": _ed25519,
    "RSA 768": _rsa_768,
    "repeated extension": _repeated_extension,
}
