"""Certificates that are trusted, and keys that sign.

A certificate is only a carrier for its public key here, as in SAML metadata: its dates and its issuer
are facts to report, never a reason to trust or to refuse a signature.
"""

import base64
import hashlib
import re
import warnings
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID

from harness.errors import BadKey
from harness.lazy import lazy
from harness.saml.b64 import decode_base64

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----")

SigningPrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate with its public key. Equal when the DER bytes are."""

    der: bytes

    @lazy
    def x509(self) -> x509.Certificate:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # negative serials exist in the wild
            return x509.load_der_x509_certificate(self.der)

    @lazy
    def public_key(self) -> CertificatePublicKeyTypes:
        return self.x509.public_key()

    @lazy
    def public_bytes(self) -> bytes:
        """The public key alone: two certificates with the same key verify the same signatures."""
        return self.public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    @lazy
    def thumbprint(self) -> str:
        """SHA-1 of the DER in upper-case hexadecimal, as Entra and Windows show it."""
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest().upper()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.der).hexdigest().upper()

    @lazy
    def subject(self) -> str:
        return self.x509.subject.rfc4514_string()

    @lazy
    def not_before(self) -> datetime:
        return self.x509.not_valid_before_utc

    @lazy
    def not_after(self) -> datetime:
        return self.x509.not_valid_after_utc

    @lazy
    def key_type(self) -> str:
        """``RSA``, ``EC`` or the name of another kind of key, which no SAML signature uses."""
        key = self.public_key
        if isinstance(key, rsa.RSAPublicKey):
            return "RSA"
        return "EC" if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__.strip("_")

    @lazy
    def key_bits(self) -> int:
        key = self.public_key
        return key.key_size if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else 0

    @lazy
    def repeats_an_extension(self) -> bool:
        """X.509 forbids a repeated extension; AWS documents that it refuses such a certificate."""
        try:
            self.x509.extensions  # noqa: B018  (parsing them is the check)
        except x509.DuplicateExtension:
            return True
        except (ValueError, x509.UnsupportedGeneralNameType):
            return False
        return False

    @lazy
    def base64(self) -> str:
        """The DER in base64 on one line, as metadata and KeyInfo carry it."""
        return base64.b64encode(self.der).decode("ascii")

    @property
    def pem(self) -> str:
        return self.x509.public_bytes(serialization.Encoding.PEM).decode("ascii")


def certificate_from_der(der: bytes) -> Certificate:
    """A certificate whose key can be used. Raises BadKey when the bytes hold none."""
    certificate = Certificate(der)
    try:
        # cryptography parses late: ask now for all that is shown later, so that a bad one is refused here.
        _ = certificate.public_key, certificate.subject, certificate.x509.issuer.rfc4514_string()
        _ = certificate.not_before, certificate.not_after, certificate.x509.version
    except (ValueError, UnsupportedAlgorithm, TypeError, x509.InvalidVersion) as error:
        raise BadKey(f"not a usable X.509 certificate: {error}") from error
    return certificate


def certificate_from_base64(text: str) -> Certificate:
    """The certificate in a ``ds:X509Certificate``: white space is allowed, anything else is not."""
    try:
        return certificate_from_der(decode_base64(text))
    except ValueError as error:
        raise BadKey(f"the certificate is not base64: {error}") from error


def read_certificates(raw: bytes) -> list[Certificate]:
    """The certificates in a file: PEM (one or more), base64 without armour (.cer), or DER."""
    if blocks := _PEM.findall(raw):
        return [certificate_from_base64(block.decode("ascii", "replace")) for block in blocks]
    if raw[:1] == b"\x30":
        return [certificate_from_der(raw)]
    return [certificate_from_base64(raw.decode("ascii", "replace"))]


@dataclass(frozen=True, eq=False)
class SigningKey:
    """A private key and the certificate that carries its public half. Lives in memory."""

    private: SigningPrivateKey
    certificate: Certificate

    def private_pem(self) -> bytes:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


def make_signing_key(
    common_name: str,
    not_before: datetime,
    not_after: datetime,
    *,
    private: SigningPrivateKey | None = None,
    serial: int | None = None,
) -> SigningKey:
    """A new self-signed X.509 v3 certificate without extensions; RSA-2048 unless a key is given."""
    private = private or rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .sign(private, hashes.SHA256())
    )
    return SigningKey(private, Certificate(certificate.public_bytes(serialization.Encoding.DER)))


def signing_key_from_pem(private_pem: bytes, certificate_pem: bytes, *, own_file: bool = False) -> SigningKey:
    """Read a key pair. ``own_file`` skips RSA's primality checks, for a file this product made itself:
    they cost as much as sixty signatures. Raises BadKey."""
    try:
        private = serialization.load_pem_private_key(private_pem, None, unsafe_skip_rsa_key_validation=own_file)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(f"not a usable private key in PEM form: {error}") from error
    if not isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise BadKey("the private key is neither RSA nor EC")
    certificates = read_certificates(certificate_pem)
    if len(certificates) != 1:
        raise BadKey(f"{len(certificates)} certificates where one was expected")
    key = SigningKey(private, certificates[0])
    if key.certificate.public_bytes != private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    ):
        raise BadKey("the private key does not belong to the certificate")
    return key


def read_certificate_file(raw: bytes, name: str) -> list[Certificate]:
    """The certificates in a file; ``name`` stands in the message of BadKey when there are none."""
    try:
        return read_certificates(raw)
    except BadKey as error:
        raise BadKey(f"{name}: {error}; expected a certificate in PEM, base64 or DER") from error


def rsa_private_key(raw: bytes, name: str) -> rsa.RSAPrivateKey:
    """An RSA private key in PEM without a password. Raises BadKey."""
    try:
        key = serialization.load_pem_private_key(raw, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadKey(f"{name}: not a private key in PEM without a password") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise BadKey(f"{name}: not an RSA key; assertions are encrypted for RSA keys")
    return key
