"""A response in Entra's exact shape, written as text that is canonical already.

Entra writes one line without an XML declaration: ``samlp:`` on Response and Status only, the Assertion in
the default namespace, empty tags closed with ``/>``. Its canonical form differs in three places only (the
Assertion's and Response's start tags, empty tags), so both are written here and nothing is canonicalised.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from harness.entra.claims import Claims
from harness.saml.document import parse_own
from harness.saml.dsig import canonical
from harness.saml.encryption import encrypt
from harness.saml.keys import Certificate, SigningKey
from harness.saml.names import ATTRNAME_URI, BEARER, RSA_SHA1, RSA_SHA256, SAML, SAMLP, SHA1, SHA256, SUCCESS
from harness.saml.signing import signature_text
from harness.saml.times import show_instant

PASSWORD_CLASS = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password"  # noqa: S105  (a URI)
BACKDATED = timedelta(minutes=5)
CONFIRMATION_LIFETIME = timedelta(hours=1)


class Token(NamedTuple):
    """What a response says. ``base`` is the instant from which its validity is counted."""

    response_id: str
    assertion_id: str
    base: datetime
    issued: datetime
    sent: datetime
    """IssueInstant of the Response, a few milliseconds after the assertion's."""
    issuer: str
    audience: str
    acs: str
    name_id: str
    name_id_format: str
    claims: Claims
    authn_instant: datetime
    lifetime: timedelta = CONFIRMATION_LIFETIME
    """Validity of the Conditions; the subject confirmation always lasts an hour."""
    in_response_to: str | None = None
    authn_context: str = PASSWORD_CLASS
    sp_name_qualifier: str | None = None
    """Echoed from the request's NameIDPolicy."""
    name_formats: bool = False
    """Whether every attribute says the format of its name."""


def write_response(
    token: Token,
    key: SigningKey,
    *,
    option: str = "assertion",
    algorithm: str = "sha256",
    encrypt_for: Certificate | None = None,
    statement: bytes | None = None,
) -> bytes:
    """The signed response. ``option`` is assertion, response or both; ``algorithm`` sha256 or sha1.

    ``statement`` is the `attribute_statement` of the token's claims, where it is written already.

    Signed first, encrypted then, and the response's own signature is over the ciphertext.
    """
    method, digest = (RSA_SHA1, SHA1) if algorithm == "sha1" else (RSA_SHA256, SHA256)
    start = f'ID="{token.assertion_id}" IssueInstant="{show_instant(token.issued)}" Version="2.0"'
    issuer = f"<Issuer>{_text(token.issuer)}</Issuer>"
    subject = _subject(token)
    # With many roles this is nearly all there is, so it is copied as seldom as can be.
    rest = (_conditions(token), statement or attribute_statement(token.claims, token.name_formats), _authn(token))
    canonical = f'<Assertion xmlns="{SAML}" {start}>{issuer}{_open(subject)}'.encode()
    signature = ""
    if option != "response":
        signature = signature_text(token.assertion_id, canonical, key, then=rest, method=method, digest_method=digest)
    assertion = (f'<Assertion {start} xmlns="{SAML}">{issuer}{signature}{subject}'.encode(), *rest)
    if encrypt_for is not None:
        encrypted = encrypt(b"".join(assertion), encrypt_for)
        return _around_ciphertext(token, key, encrypted.encode(), option, method, digest)
    envelope = ""
    if option != "assertion":
        envelope = _envelope_signature(token, key, b"".join((canonical, *rest)), issuer, signature, method, digest)
    return _envelope(token, f'ID="{token.response_id}" Version="2.0"', envelope, *assertion)


def _around_ciphertext(token: Token, key: SigningKey, encrypted: bytes, option: str, method: str, digest: str) -> bytes:
    identity = f'ID="{token.response_id}" Version="2.0"'
    unsigned = _envelope(token, identity, "", encrypted)
    if option == "assertion":
        return unsigned
    content = canonical(parse_own(unsigned))
    signature = signature_text(token.response_id, content, key, method=method, digest_method=digest)
    return _envelope(token, identity, signature, encrypted)


def _envelope(token: Token, identity: str, signature: str, *assertion: bytes) -> bytes:
    request = f' InResponseTo="{_attribute(token.in_response_to)}"' if token.in_response_to else ""
    before = (
        f'<samlp:Response {identity} IssueInstant="{show_instant(token.sent)}" '
        f'Destination="{_attribute(token.acs)}"{request} xmlns:samlp="{SAMLP}">'
        f'<Issuer xmlns="{SAML}">{_text(token.issuer)}</Issuer>{signature}'
        f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"/></samlp:Status>'
    )
    return b"".join((before.encode(), *assertion, b"</samlp:Response>"))


def _envelope_signature(
    token: Token, key: SigningKey, canonical: bytes, issuer: str, signature: str, method: str, digest: str
) -> str:
    """The Response's signature, over its canonical form with the assertion's signature inside."""
    request = f' InResponseTo="{_attribute(token.in_response_to)}"' if token.in_response_to else ""
    inside = canonical.replace(issuer.encode(), (issuer + _open_signature(signature)).encode(), 1)
    content = (
        f'<samlp:Response xmlns:samlp="{SAMLP}" Destination="{_attribute(token.acs)}" ID="{token.response_id}"'
        f'{request} IssueInstant="{show_instant(token.sent)}" Version="2.0">'
        f'<Issuer xmlns="{SAML}">{_text(token.issuer)}</Issuer>'
        f'<samlp:Status><samlp:StatusCode Value="{SUCCESS}"></samlp:StatusCode></samlp:Status>'
    )
    whole = b"".join((content.encode(), inside, b"</samlp:Response>"))
    return signature_text(token.response_id, whole, key, method=method, digest_method=digest)


def _subject(token: Token) -> str:
    request = f'InResponseTo="{_attribute(token.in_response_to)}" ' if token.in_response_to else ""
    qualifier = f' SPNameQualifier="{_attribute(token.sp_name_qualifier)}"' if token.sp_name_qualifier else ""
    return (
        f'<Subject><NameID Format="{token.name_id_format}"{qualifier}>{_text(token.name_id)}</NameID>'
        f'<SubjectConfirmation Method="{BEARER}"><SubjectConfirmationData {request}'
        f'NotOnOrAfter="{show_instant(token.base + CONFIRMATION_LIFETIME)}" Recipient="{_attribute(token.acs)}"/>'
        "</SubjectConfirmation></Subject>"
    )


def _open(subject: str) -> str:
    """The subject with its one empty tag written out, as canonical XML has it."""
    return subject.replace("/></SubjectConfirmation>", "></SubjectConfirmationData></SubjectConfirmation>")


def _open_signature(signature: str) -> str:
    """A Signature with its empty tags written out; they hold algorithm names only."""
    for name in ("CanonicalizationMethod", "SignatureMethod", "Transform", "DigestMethod"):
        pieces = signature.split(f"<{name} ")
        signature = pieces[0] + "".join(f"<{name} " + piece.replace("/>", f"></{name}>", 1) for piece in pieces[1:])
    return signature


def _conditions(token: Token) -> bytes:
    return (
        f'<Conditions NotBefore="{show_instant(token.base - BACKDATED)}" '
        f'NotOnOrAfter="{show_instant(token.base + token.lifetime)}"><AudienceRestriction>'
        f"<Audience>{_text(token.audience)}</Audience></AudienceRestriction></Conditions>"
    ).encode()


def _authn(token: Token) -> bytes:
    """How the user signed in, and the end of the assertion."""
    return (
        f'<AuthnStatement AuthnInstant="{show_instant(token.authn_instant)}" SessionIndex="{token.assertion_id}">'
        f"<AuthnContext><AuthnContextClassRef>{token.authn_context}</AuthnContextClassRef></AuthnContext>"
        "</AuthnStatement></Assertion>"
    ).encode()


_BETWEEN_VALUES = "</AttributeValue><AttributeValue>"


def attribute_statement(claims: Claims, name_formats: bool) -> bytes:
    """The AttributeStatement. ``name_formats`` is whether every attribute says the format of its name."""
    # The format that Entra names is inferred: every name it sends is a URI.
    form = f' NameFormat="{ATTRNAME_URI}"' if name_formats else ""
    # The list of roles goes on the wire twice, so it is looked at and written once. Hardly ever does a claim hold a
    # character that is escaped, so one look at all of them comes first.
    distinct = {values for _, values in claims}
    said = "".join([*[name for name, _ in claims], *chain.from_iterable(distinct)])
    if any(character in said for character in '&<>"\r'):
        claims = tuple([(_attribute(name), tuple(map(_text, values))) for name, values in claims])
        distinct = {values for _, values in claims}
    written = {values: _BETWEEN_VALUES.join(values) for values in distinct}
    attributes = [
        f'<Attribute Name="{name}"{form}><AttributeValue>{written[values]}</AttributeValue></Attribute>'
        for name, values in claims
    ]
    return f"<AttributeStatement>{''.join(attributes)}</AttributeStatement>".encode()


@lru_cache(1024)
def _text(value: str) -> str:
    """Character data as canonical XML escapes it. Claims hold no control characters (the scenario sees to it)."""
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _attribute(value: str) -> str:
    """An attribute's value as canonical XML escapes it; white space but blanks comes from requests only."""
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return escaped.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")
