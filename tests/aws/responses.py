"""Responses in Entra's shape, really signed, made from what differs; and the AWS accounts they meet."""

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from harness.arn import Arn, parse_arn
from harness.aws.account import Aws, Role, SamlProvider
from harness.aws.attempt import Attempt
from harness.saml import encryption, names, received
from harness.saml.keys import SigningKey, make_signing_key
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.signing import sign

NOW = datetime(2026, 11, 1, 9, 0, 0, tzinfo=UTC)
ISSUER = "https://sts.windows.net/11111111-2222-4333-8444-555555555555/"
ACS = "https://signin.aws.amazon.com/saml"
AWS = "https://aws.amazon.com/SAML/Attributes/"
ACCOUNT = "arn:aws:iam::111122223333"
ROLE = f"{ACCOUNT}:role/Admin"
PROVIDER = f"{ACCOUNT}:saml-provider/Entra"
PAIR = f"{ROLE},{PROVIDER}"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"

Attributes = Mapping[str, Sequence[str]]
Edit = tuple[str, str]


@cache
def key(name: str = "first", kind: str = "rsa") -> SigningKey:
    """A signing key made when first asked for. Its certificate expired long ago, as AWS does not mind."""
    private = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else None
    return make_signing_key(name, NOW - timedelta(days=900), NOW - timedelta(days=400), private=private)


@cache
def opening_key(name: str = "provider") -> rsa.RSAPrivateKey:
    """The private key that a provider holds to open encrypted assertions."""
    private = key(f"opens for {name}").private
    assert isinstance(private, rsa.RSAPrivateKey)
    return private


def at(seconds: float) -> str:
    """The instant that many seconds from now, with milliseconds as Entra writes them."""
    return f"{NOW + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.{(int(seconds * 1000) % 1000):03d}Z"


def attributes(without: str = "", **changes: str | Sequence[str]) -> Attributes:
    """Entra's usual attributes for AWS, with some changed or one left out; names without AWS's prefix."""
    plain: dict[str, str | Sequence[str]] = {"Role": PAIR, "RoleSessionName": "ada@contoso.example"}
    plain |= changes
    plain.pop(without, None)
    return {AWS + name: [value] if isinstance(value, str) else value for name, value in plain.items()}


def _attribute(name: str, values: Sequence[str]) -> str:
    inside = "".join(f"<AttributeValue>{escape(value)}</AttributeValue>" for value in values)
    return f'<Attribute Name="{escape(name)}">{inside}</Attribute>'


def document(
    *,
    issued: str | None = None,
    not_before: str | None = None,
    until: str | None = None,
    confirmed_until: str | None = None,
    session_until: str | None = None,
    recipient: str = ACS,
    audience: str = ACS,
    issuer: str = ISSUER,
    name_id_format: str = PERSISTENT,
    says: Attributes | None = None,
    edits: Sequence[Edit] = (),
) -> str:
    """The unsigned text. ``edits`` are (old, new) texts, each of which must be there exactly once."""
    session = f' SessionNotOnOrAfter="{session_until}"' if session_until else ""
    listed = "".join(_attribute(name, values) for name, values in (attributes() if says is None else says).items())
    text = (
        f'<samlp:Response ID="_r1" Version="2.0" IssueInstant="{at(-10)}" Destination="{ACS}" '
        f'xmlns:samlp="{names.SAMLP}"><Issuer xmlns="{names.SAML}">{ISSUER}</Issuer><samlp:Status>'
        f'<samlp:StatusCode Value="{names.SUCCESS}"/></samlp:Status>'
        f'<Assertion ID="_a1" IssueInstant="{issued or at(-10)}" Version="2.0" xmlns="{names.SAML}">'
        f'<Issuer>{issuer}</Issuer><Subject><NameID Format="{name_id_format}">ada@contoso.example</NameID>'
        f'<SubjectConfirmation Method="{names.BEARER}"><SubjectConfirmationData '
        f'NotOnOrAfter="{confirmed_until or at(3590)}" Recipient="{recipient}"/></SubjectConfirmation></Subject>'
        f'<Conditions NotBefore="{not_before or at(-310)}" NotOnOrAfter="{until or at(3590)}"><AudienceRestriction>'
        f"<Audience>{audience}</Audience></AudienceRestriction></Conditions><AttributeStatement>{listed}"
        f'</AttributeStatement><AuthnStatement AuthnInstant="{at(-60)}" SessionIndex="_a1"{session}><AuthnContext>'
        "<AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext>"
        "</AuthnStatement></Assertion></samlp:Response>"
    )
    return edited(text, edits)


def edited(text: str, edits: Sequence[Edit]) -> str:
    for old, new in edits:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the document"
        text = text.replace(old, new)
    return text


def response(
    *,
    signed: Sequence[str] = ("_a1",),
    by: SigningKey | None = None,
    response_by: SigningKey | None = None,
    method: str = names.RSA_SHA256,
    digest: str = names.SHA256,
    encrypted: encryption.Encryption | None = None,
    tampered: Sequence[Edit] = (),
    **differences: object,
) -> bytes:
    """A response, signed where asked. ``tampered`` are edits made after signing, as a stranger makes them."""
    raw = document(**differences).encode()  # type: ignore[arg-type]
    for signed_id in signed:
        signer = response_by if signed_id == "_r1" and response_by else by or key()
        raw = sign(raw, signed_id, signer, method=method, digest_method=digest)
    if encrypted is not None:
        text = raw.decode()
        start, end = text.index("<Assertion"), text.index("</Assertion>") + len("</Assertion>")
        sealed = encryption.encrypt(text[start:end].encode(), key("opens for provider").certificate, encrypted)
        raw = (text[:start] + sealed + text[end:]).encode()
    return edited(raw.decode(), tampered).encode()


def metadata(*keys: SigningKey, issuer: str = ISSUER, use: str = ' use="signing"') -> Metadata:
    """Identity-provider metadata with these certificates."""
    listed = "".join(
        f'<KeyDescriptor{use}><KeyInfo xmlns="{names.DS}"><X509Data><X509Certificate>{one.certificate.base64}'
        "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for one in keys
    )
    text = (
        f'<EntityDescriptor xmlns="{names.MD}" entityID="{issuer}"><IDPSSODescriptor '
        f'protocolSupportEnumeration="{names.SAMLP}">{listed}<SingleSignOnService '
        f'Binding="{names.HTTP_REDIRECT}" Location="https://login.example/saml2"/></IDPSSODescriptor></EntityDescriptor>'
    )
    return read_metadata(text.encode())


def assumed(holds: Metadata | None = None) -> Aws:
    """No scenario: every provider is taken to hold this metadata."""
    return Aws(declared=False, fallback=holds or metadata(key()))


def trust(provider: object = PROVIDER, action: object = "sts:AssumeRoleWithSAML", **more: object) -> dict[str, object]:
    """A trust policy with one statement."""
    statement = {"Effect": "Allow", "Principal": {"Federated": provider}, "Action": action, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def declared(
    *,
    provider: str = PROVIDER,
    role: str = ROLE,
    holds: Metadata | None = None,
    required: bool = False,
    policy: dict[str, object] | None = None,
    longest: int = 3600,
    others: Mapping[str, Metadata] | None = None,
) -> Aws:
    """A scenario with one provider and one role, and perhaps other providers."""
    held = {provider: holds or metadata(key()), **(others or {})}
    return Aws(
        declared=True,
        providers={name: SamlProvider(arn(name), each, required) for name, each in held.items()},
        roles={role: Role(arn(role), trust() if policy is None else policy, longest)},
    )


def arn(text: str) -> Arn:
    parsed = parse_arn(text)
    assert parsed is not None
    return parsed


def attempt(
    xml: bytes,
    *,
    aws: Aws | None = None,
    now: datetime = NOW,
    size: int | None = None,
    fault: str | None = None,
    duration: int | None = None,
    opens: Sequence[rsa.RSAPrivateKey] = (),
    allow_sha1: bool = False,
) -> Attempt:
    """The response held out to AWS, its signatures tried with the keys of all metadata."""
    aws = aws or assumed()
    keys = [one for held in aws.documents for one in held.keys]
    taken = received.receive(xml, keys, decrypt_keys=opens, allow_sha1=allow_sha1)
    return Attempt(taken, aws, now, len(base64.b64encode(xml)) if size is None else size, fault, duration)
