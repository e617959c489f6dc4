"""What an identity provider writes: a response in Entra's shape with one difference, made before it is signed."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from harness.cases.workshop import ACS, ENTRA, ISSUER, OPENS, PAIR, TENANT, Edit, Workshop, World, edited
from harness.entra.claims import AUTHN_METHODS, ROLE_CLAIM, Claims
from harness.entra.methods import PASSWORD
from harness.entra.write import Token, write_response
from harness.errors import HarnessError
from harness.saml.encryption import Encryption, encrypt
from harness.saml.keys import Certificate
from harness.saml.names import NAMEID_PERSISTENT, RSA_SHA256, SHA256
from harness.saml.signing import sign
from harness.saml.times import show_instant

USER = "britta@contoso.com"
"""Whom the response is about."""
FORGED = "admin@contoso.com"
"""Whom a stranger would like to be. No session may ever name him."""
AWS = "https://aws.amazon.com/SAML/Attributes/"
RESPONSE_ID = "_r0000000-1111-4222-8333-444444444444"
ASSERTION_ID = "_a0000000-1111-4222-8333-444444444444"
ASSERTION, RESPONSE = "Assertion", "Response"
_SIGNATURE = re.compile(rb"<Signature .*?</Signature>", re.DOTALL)
_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"


def usual_token(now: datetime, user: str = USER) -> Token:
    """What Entra says of a user who may assume one role."""
    claims: Claims = (
        ("http://schemas.microsoft.com/identity/claims/tenantid", (TENANT,)),
        ("http://schemas.microsoft.com/identity/claims/identityprovider", (ISSUER,)),
        (AUTHN_METHODS, (PASSWORD,)),
        (ROLE_CLAIM, (PAIR,)),
        (_SOAP + "name", (user,)),
        (AWS + "RoleSessionName", (user,)),
        (AWS + "Role", (PAIR,)),
    )
    issued = now - timedelta(seconds=10)
    return Token(
        RESPONSE_ID, ASSERTION_ID, issued, issued, issued + timedelta(milliseconds=7), ISSUER, ACS, ACS,
        user, NAMEID_PERSISTENT, claims, now - timedelta(seconds=60),
    )  # fmt: skip


class Sealing(Protocol):
    """An encryption of a case's own."""

    def sealed(self, plain: bytes, certificate: Certificate) -> str:
        """The EncryptedAssertion around serialised assertion bytes."""


@dataclass(frozen=True)
class ResponseSpec:
    """The recipe of one response and of the world that it meets. A case changes one thing of the default."""

    now: datetime
    token: Token
    edits: tuple[Edit, ...] = ()
    """Texts of the unsigned response, each of which must be there exactly once, and what stands there instead."""
    rewrite: Callable[[bytes], bytes] | None = None
    """A change of the unsigned response that no text can express."""
    signed: tuple[str, ...] = (ASSERTION,)
    """Which elements are signed, in that order."""
    key: str = ENTRA
    response_key: str | None = None
    method: str = RSA_SHA256
    digest: str = SHA256
    prefixes: tuple[str, ...] = ()
    encryption: "Encryption | Sealing | None" = None
    encrypted_for: str = OPENS
    signed_last: tuple[str, ...] = ()
    """What is signed when the assertion is encrypted already."""
    world: World = field(default_factory=World)

    def with_token(self, **changes: object) -> "ResponseSpec":
        """The recipe with fields of the token changed."""
        return replace(self, token=self.token._replace(**changes))  # type: ignore[arg-type]

    def says(self, **attributes: str | tuple[str, ...]) -> "ResponseSpec":
        """The recipe with attributes of AWS's set; an empty tuple leaves one out."""
        claims = dict(self.token.claims)
        for name, value in attributes.items():
            claims[AWS + name.replace("__", ":")] = (value,) if isinstance(value, str) else value
        return self.with_token(claims=tuple((name, values) for name, values in claims.items() if values))

    def edit(self, old: str, new: str = "") -> "ResponseSpec":
        """The recipe with one more text changed before signing."""
        return replace(self, edits=(*self.edits, (old, new)))

    def meets(self, **changes: object) -> "ResponseSpec":
        """The recipe in another world."""
        return replace(self, world=replace(self.world, **changes))  # type: ignore[arg-type]

    def calls(self, **parameters: str | None) -> "ResponseSpec":
        """The recipe where a declared account's STS is called with it; None leaves a parameter out."""
        return self.meets(declared=True, call=parameters)

    def at(self, seconds: float) -> datetime:
        """The instant that many seconds from the one that is judged."""
        return self.now + timedelta(seconds=seconds)

    def shown(self, seconds: float) -> str:
        """The same as SAML writes it."""
        return show_instant(self.at(seconds))


def usual_spec(now: datetime) -> ResponseSpec:
    """The accepted response from which every case departs."""
    return ResponseSpec(now, usual_token(now))


def written(spec: ResponseSpec, workshop: Workshop) -> bytes:
    """The response that a recipe makes, signed and sealed."""
    raw = _SIGNATURE.sub(b"", write_response(spec.token, workshop.key(ENTRA)))
    raw = edited(raw.decode(), spec.edits).encode()
    if spec.rewrite is not None:
        raw = spec.rewrite(raw)
    for element in spec.signed:
        raw = _signed(raw, element, spec, workshop)
    if spec.encryption is not None:
        raw = sealed(raw, spec.encryption, spec.encrypted_for, workshop)
    for element in spec.signed_last:
        raw = _signed(raw, element, spec, workshop)
    return raw


def _signed(raw: bytes, element: str, spec: ResponseSpec, workshop: Workshop) -> bytes:
    name = spec.response_key if element == RESPONSE and spec.response_key else spec.key
    signed_id = id_of(raw, element)
    try:
        return sign(
            raw, signed_id, workshop.key(name), method=spec.method, digest_method=spec.digest, prefixes=spec.prefixes
        )
    except ValueError as error:
        raise HarnessError(f"the recipe cannot be signed: {error}") from error


def id_of(raw: bytes, element: str = ASSERTION) -> str:
    """The ID of the first element of that name."""
    found = re.search(rb"<(?:[\w.-]+:)?" + element.encode() + rb"\b[^>]*?\sID=\"([^\"]*)\"", raw)
    if found is None:
        raise HarnessError(f"there is no {element} with an ID")
    return found[1].decode()


def sealed(raw: bytes, how: "Encryption | Sealing", name: str, workshop: Workshop) -> bytes:
    """The response with its one assertion encrypted for a key."""
    start, end = raw.index(b"<Assertion"), raw.index(b"</Assertion>") + len(b"</Assertion>")
    plain, certificate = raw[start:end], workshop.certificate(name)
    text = encrypt(plain, certificate, how) if isinstance(how, Encryption) else how.sealed(plain, certificate)
    return raw[:start] + text.encode() + raw[end:]
