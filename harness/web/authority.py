"""A throw-away certificate authority, so that production's names can be served under TLS on this machine.

It is made at each start, lives a day, may vouch for the served names alone, and its key signs one certificate and is
forgotten. Nobody should add it to a system's or a browser's own store: clients are pointed at it for one run.
"""

import base64
import hashlib
import ipaddress
import secrets
import ssl
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from harness.saml.keys import Certificate

LIFETIME = timedelta(hours=24)
_EVERY_ADDRESS = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]


@dataclass(frozen=True)
class Authority:
    """What is left of an authority: its certificate, and a server's one certificate with its key at work."""

    certificate: Certificate
    leaf: Certificate
    context: ssl.SSLContext

    @property
    def pin(self) -> str:
        """The SHA-256 of the served public key in base64, as Chromium takes it."""
        return base64.b64encode(hashlib.sha256(self.leaf.public_bytes).digest()).decode("ascii")


def make_authority(names: Collection[str], now: datetime) -> Authority:
    """An authority for exactly these host names, valid for a day from the wall clock's ``now``."""
    issuing, serving = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    start = now.replace(microsecond=0)
    issuer = _name("saml-harness mock, for one run on one machine")
    authority = _signed(_authority(issuer, issuing, names), start, issuing)
    leaf = _signed(_leaf(issuer, issuing, serving, names), start, issuing)
    return Authority(authority, leaf, _context(leaf.pem + authority.pem, serving))


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _dns(names: Collection[str]) -> list[x509.GeneralName]:
    return [x509.DNSName(name) for name in sorted(names)]


def _key_usage(*, issues: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not issues, key_cert_sign=issues, crl_sign=False, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _authority(issuer: x509.Name, key: ec.EllipticCurvePrivateKey, names: Collection[str]) -> x509.CertificateBuilder:
    """Names that are not listed, and addresses of any kind, are beyond it even if its key had leaked."""
    constraints = x509.NameConstraints(_dns(names), [x509.IPAddress(network) for network in _EVERY_ADDRESS])
    return (
        x509.CertificateBuilder(issuer, issuer, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(_key_usage(issues=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _leaf(
    issuer: x509.Name,
    issuing: ec.EllipticCurvePrivateKey,
    serving: ec.EllipticCurvePrivateKey,
    names: Collection[str],
) -> x509.CertificateBuilder:
    issuing_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing.public_key())
    return (
        x509.CertificateBuilder(issuer, _name("saml-harness mock hosts"), serving.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(_dns(names)), critical=False)
        .add_extension(_key_usage(issues=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(issuing_key, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(serving.public_key()), critical=False)
    )


def _signed(builder: x509.CertificateBuilder, start: datetime, key: ec.EllipticCurvePrivateKey) -> Certificate:
    dated = builder.not_valid_before(start).not_valid_after(start + LIFETIME)
    signed = dated.serial_number(x509.random_serial_number()).sign(key, hashes.SHA256())
    return Certificate(signed.public_bytes(serialization.Encoding.DER))


def _context(chain_pem: str, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """A server's side of TLS. Python takes keys from files only: this one is encrypted, and gone at once."""
    password = secrets.token_hex(32).encode("ascii")
    sealed = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(password)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    with tempfile.NamedTemporaryFile(prefix="saml-harness-") as file:
        file.write(chain_pem.encode("ascii") + sealed)
        file.flush()
        context.load_cert_chain(file.name, password=password)
    return context
