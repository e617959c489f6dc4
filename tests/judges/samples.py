"""Entra-shaped responses and metadata made without a line of the harness.

Written from captured documents, signed by signxml. The judges are tried on these first, so that a
judge which refuses one of OUR responses is known to accept a response of that shape in general.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import uuid4
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import CanonicalizationMethod, DigestAlgorithm, SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from tests.judges.shape import Sample, certificates

SIGNINGS = ("assertion", "response", "both", "assertion-sha1")
"""What a sample can be asked to have signed: Entra's three options, and its SHA-1 choice."""

DSIG = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE_PLACE = f'<Signature xmlns="{DSIG}" Id="placeholder"></Signature>'
VALUE_START = b"<SignatureValue>"
AWS_ACS = "https://signin.aws.amazon.com/saml"
AWS = "https://aws.amazon.com/SAML/Attributes/"


@dataclass(frozen=True)
class Keys:
    """A private key and its self-signed certificate, both PEM."""

    key_pem: str
    certificate_pem: str


@dataclass(frozen=True)
class Order:
    """What a response shall say, and the key that shall sign it."""

    keys: Keys
    attributes: Mapping[str, Sequence[str]]
    issuer: str = "https://sts.windows.net/11111111-2222-4333-8444-555555555555/"
    audience: str = AWS_ACS
    acs: str = AWS_ACS
    name_id: str = "ada@contoso.example"


@cache
def some_keys(name: str = "first") -> Keys:
    """A key pair made when first asked for; each name has its own, and none outlives the run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Microsoft Azure Federated SSO Certificate")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1094))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Keys(private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode())


def some_order(**changes: object) -> Order:
    """An order for a person with three AWS roles; keywords change single fields."""
    account = "arn:aws:iam::123456789012"
    plain = Order(
        keys=some_keys(),
        attributes={
            f"{AWS}Role": [
                f"{account}:role/{role},{account}:saml-provider/Entra" for role in ("Admin", "Audit", "Dev")
            ],
            f"{AWS}RoleSessionName": ["ada@contoso.example"],
            f"{AWS}SessionDuration": ["3600"],
        },
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def sample(order: Order, signing: str = "assertion", at: datetime | None = None) -> Sample:
    """The order as a posted response, valid for an hour from now (or from `at`), signed as asked."""
    xml = response_xml(order, signing, at)
    return Sample(
        response=base64.b64encode(xml).decode(),
        certificate_pem=order.keys.certificate_pem,
        metadata=metadata_xml(order),
        issuer=order.issuer,
        audience=order.audience,
        acs=order.acs,
    )


def with_xml(of: Sample, xml: bytes) -> Sample:
    """The same sample with another document posted."""
    return replace(of, response=base64.b64encode(xml).decode())


def xml_of(of: Sample) -> bytes:
    """The document inside the posted text."""
    return base64.b64decode(of.response)


def response_xml(order: Order, signing: str = "assertion", at: datetime | None = None) -> bytes:
    """The document in Entra's shape: one line, no declaration, the assertion in a default namespace."""
    if signing not in SIGNINGS:
        raise ValueError(f"signing is one of {SIGNINGS}, not {signing!r}")
    now = at or datetime.now(UTC)
    assertion = _assertion(order, now)
    if signing != "response":
        assertion = _signed(assertion, order.keys, sha1=signing == "assertion-sha1")
    response = response_around(order, now, assertion)
    return _signed(response, order.keys).encode() if signing in ("response", "both") else response.encode()


def metadata_xml(order: Order, *more: Keys) -> bytes:
    """Metadata in Entra's shape, signed, with a byte order mark; `more` publishes further certificates."""
    keys = "".join(_key_descriptor(each) for each in (order.keys, *more))
    home = "https://login.microsoftonline.com/11111111-2222-4333-8444-555555555555"
    federation = "http://docs.oasis-open.org/wsfed/federation/200706"
    endpoint = (
        '<EndpointReference xmlns="http://www.w3.org/2005/08/addressing">'
        f"<Address>{home}/wsfed</Address></EndpointReference>"
    )

    def role(kind: str, body: str) -> str:
        return (
            f'<RoleDescriptor xsi:type="fed:{kind}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
            f' protocolSupportEnumeration="{federation}" xmlns:fed="{federation}">{keys}{body}'
            "</RoleDescriptor>"
        )

    def service(kind: str, binding: str) -> str:
        return f'<{kind} Binding="urn:oasis:names:tc:SAML:2.0:bindings:{binding}" Location="{home}/saml2"/>'

    passive = f"<fed:PassiveRequestorEndpoint>{endpoint}</fed:PassiveRequestorEndpoint>"
    claim = (
        '<fed:ClaimTypesOffered><auth:ClaimType Uri="http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"'
        ' xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706">'
        "<auth:DisplayName>Name</auth:DisplayName></auth:ClaimType></fed:ClaimTypesOffered>"
    )
    xml = (
        f'<EntityDescriptor ID="_{uuid4()}" entityID={quoteattr(order.issuer)}'
        f' xmlns="urn:oasis:names:tc:SAML:2.0:metadata">{SIGNATURE_PLACE}'
        + role("SecurityTokenServiceType", claim + passive)
        + role("ApplicationServiceType", passive)
        + f'<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}'
        + service("SingleLogoutService", "HTTP-Redirect")
        + service("SingleSignOnService", "HTTP-Redirect")
        + service("SingleSignOnService", "HTTP-POST")
        + "</IDPSSODescriptor></EntityDescriptor>"
    )
    declaration = '<?xml version="1.0" encoding="utf-8"?>'
    return b"\xef\xbb\xbf" + (declaration + _signed(xml, order.keys)).encode()


def flipped_role(good: bytes) -> bytes:
    """The document with one letter of a role changed: somebody wants to be another."""
    return _one_change(good, b":role/A", b":role/B")


def flipped_signature(good: bytes) -> bytes:
    """The document with one digit of its innermost SignatureValue changed; that breaks every signature."""
    return _flipped_digit(good, good.rindex(VALUE_START))


def flipped_outer_signature(good: bytes) -> bytes:
    """The document with one digit of its first SignatureValue changed; an inner signature stays good."""
    return _flipped_digit(good, good.index(VALUE_START))


def without_signature(good: bytes) -> bytes:
    """The document with every signature cut out."""
    root = etree.fromstring(good)
    for signature in root.findall(f".//{{{DSIG}}}Signature"):
        parent = signature.getparent()
        assert parent is not None
        parent.remove(signature)
    return etree.tostring(root)


def with_key_value(xml: bytes, keys: Keys) -> bytes:
    """The document with its certificate replaced by the bare public key.

    KeyInfo is not signed: whoever believes the key it finds there still sees a good signature.
    """
    numbers = serialization.load_pem_private_key(keys.key_pem.encode(), None).public_key().public_numbers()
    modulus, exponent = (
        base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")) for number in (numbers.n, numbers.e)
    )
    value = b"<KeyValue><RSAKeyValue><Modulus>%b</Modulus><Exponent>%b</Exponent></RSAKeyValue></KeyValue>"
    return re.sub(rb"<X509Data>.*?</X509Data>", value % (modulus, exponent), xml, flags=re.DOTALL)


def _flipped_digit(good: bytes, place: int) -> bytes:
    digit = place + len(VALUE_START) + 20
    other = b"A" if good[digit : digit + 1] != b"A" else b"B"
    return good[:digit] + other + good[digit + 1 :]


def _one_change(good: bytes, old: bytes, new: bytes) -> bytes:
    if old not in good:
        raise ValueError(f"nothing to change: {old!r} is not in the document")
    return good.replace(old, new, 1)


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def response_around(order: Order, now: datetime, assertion: str) -> str:
    """An unsigned Response around the text of a finished assertion, which is not touched."""
    return (
        f'<samlp:Response ID="_{uuid4()}" Version="2.0" IssueInstant="{_instant(now)}"'
        f" Destination={quoteattr(order.acs)}"
        ' xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">'
        f'<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{escape(order.issuer)}</Issuer>'
        '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        f"{assertion}</samlp:Response>"
    )


def _assertion(order: Order, now: datetime) -> str:
    identity = f"_{uuid4()}"
    end = _instant(now + timedelta(hours=1))
    attributes = "".join(
        f"<Attribute Name={quoteattr(name)}>"
        + "".join(f"<AttributeValue>{escape(value)}</AttributeValue>" for value in values)
        + "</Attribute>"
        for name, values in order.attributes.items()
    )
    return (
        f'<Assertion ID="{identity}" IssueInstant="{_instant(now)}" Version="2.0"'
        ' xmlns="urn:oasis:names:tc:SAML:2.0:assertion">'
        f"<Issuer>{escape(order.issuer)}</Issuer>"
        '<Subject><NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">'
        f"{escape(order.name_id)}</NameID>"
        '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<SubjectConfirmationData NotOnOrAfter="{end}" Recipient={quoteattr(order.acs)}/>'
        "</SubjectConfirmation></Subject>"
        f'<Conditions NotBefore="{_instant(now - timedelta(minutes=5))}" NotOnOrAfter="{end}">'
        f"<AudienceRestriction><Audience>{escape(order.audience)}</Audience></AudienceRestriction></Conditions>"
        f"<AttributeStatement>{attributes}</AttributeStatement>"
        f'<AuthnStatement AuthnInstant="{_instant(now - timedelta(days=2))}" SessionIndex="{identity}">'
        "<AuthnContext><AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
        "</AuthnContextClassRef></AuthnContext></AuthnStatement></Assertion>"
    )


def _key_descriptor(keys: Keys) -> str:
    body = "".join(certificates(keys.certificate_pem)[0].splitlines()[1:-1])
    return (
        f'<KeyDescriptor use="signing"><KeyInfo xmlns="{DSIG}"><X509Data>'
        f"<X509Certificate>{body}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
    )


class _Signer(XMLSigner):
    """signxml's signer that also signs with SHA-1, because Entra still offers it."""

    def check_deprecated_methods(self) -> None:
        """Nothing is too old here: the judges are the ones to refuse SHA-1."""


def _signed(xml: str, keys: Keys, *, sha1: bool = False) -> str:
    """The document, signed where the place is marked, else right after its first Issuer."""
    if SIGNATURE_PLACE not in xml:
        xml = xml.replace("</Issuer>", "</Issuer>" + SIGNATURE_PLACE, 1)
    signer = _Signer(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.RSA_SHA1 if sha1 else SignatureMethod.RSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA1 if sha1 else DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signer.namespaces = {None: DSIG}  # type: ignore[dict-item]
    root = etree.fromstring(xml)
    signed = signer.sign(
        root, key=keys.key_pem, cert=keys.certificate_pem, reference_uri=root.get("ID"), id_attribute="ID"
    )
    return etree.tostring(signed, encoding="unicode")
