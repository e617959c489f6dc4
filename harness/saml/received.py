"""A response as received: bytes through the door, signatures checked, facts read. The protocol's half.

The order stands here once, because the validator, the mock service provider and ``verify`` all need it:

    bytes -> document -> signatures -> (decrypt -> document -> signature) -> facts

A response just as Entra writes it goes from bytes to facts at one look (`harness.saml.usual`), and nothing that can be
asked of it is answered otherwise.

Facts are read twice. ``signed`` comes from bytes whose digest and signature verified; ``claimed`` from the
whole document as it presents itself. Nothing may be accepted on claimed facts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from harness.errors import DecryptionFailed
from harness.lazy import lazy
from harness.saml.document import Document, Flaw, KnownDocument, parse, parse_own, reused_ids
from harness.saml.dsig import SignatureCheck, verify
from harness.saml.encryption import decrypt
from harness.saml.keys import Certificate
from harness.saml.model import Assertion, Response
from harness.saml.names import SAML, SAMLP
from harness.saml.read import read_assertion, read_response
from harness.saml.structure import shape_flaws
from harness.saml.usual import UsualResponse, read_usual

MAX_SHAPE_FLAWS = 100
"""Each costs the way to its place; a hostile document may hold thousands."""
RESPONSE = f"{{{SAMLP}}}Response"
ASSERTION = f"{{{SAML}}}Assertion"
ENCRYPTED = f"{{{SAML}}}EncryptedAssertion"


@dataclass(frozen=True, eq=False)
class Received:
    """Everything the protocol can say about one response. ``inner`` is the opened assertion, if encrypted."""

    document: Document
    signatures: tuple[SignatureCheck, ...]
    inner: Document | None = None
    inner_signatures: tuple[SignatureCheck, ...] = ()
    decryption_failed: bool = False
    usual: ClassVar[UsualResponse | None] = None
    """All of it at one look, where the document is a usual response that a trusted key signed."""

    @lazy
    def is_response(self) -> bool:
        return self.document.root is not None and self.document.root.tag == RESPONSE

    @lazy
    def flaws(self) -> tuple[Flaw, ...]:
        """Flaws of the door, of the outer document and of the decrypted one."""
        return self.document.flaws + (self.inner.flaws if self.inner else ()) + self._reused_ids

    @property
    def _reused_ids(self) -> tuple[Flaw, ...]:
        if self.inner is None or self.inner.root is None or self.document.root is None:
            return ()
        return reused_ids(self.document.root, self.inner.root)

    @lazy
    def shape(self) -> tuple[Flaw, ...]:
        """Where the document is not built as the SAML schema says; not asked of one that the door refused."""
        if self.flaws:
            return ()
        roots = [self.document.root, self.inner.root if self.inner else None]
        plain = all(check.structure_passed for check in self.all_signatures)
        return tuple([
            flaw
            for root in roots
            if root is not None
            for flaw in islice(shape_flaws(root, seals_are_plain=plain), MAX_SHAPE_FLAWS)
        ])  # fmt: skip

    @lazy
    def response(self) -> Response | None:
        """The envelope, as claimed: Entra does not sign it."""
        return read_response(self.document.root) if self.is_response and self.document.root is not None else None

    @lazy
    def assertions(self) -> tuple[etree._Element, ...]:
        """Plain assertions that are children of the Response, and the decrypted one."""
        root = self.document.root
        plain = [*root.iterchildren(ASSERTION)] if root is not None and self.is_response else []
        if self.inner is not None and self.inner.root is not None and self.inner.root.tag == ASSERTION:
            plain.append(self.inner.root)
        return tuple(plain)

    @lazy
    def assertion_count(self) -> int:
        """Assertions and encrypted assertions anywhere: one is right, more are a place to hide."""
        roots = [self.document.root, self.inner.root if self.inner else None]
        found = sum(1 for root in roots if root is not None for _ in root.iter(ASSERTION, ENCRYPTED))
        return found - (1 if self.inner is not None else 0)

    @lazy
    def is_alone(self) -> bool:
        """Whether there is one assertion and no other, and it stands where a response's assertion does."""
        return self.assertion_count == 1 and len(self.assertions) == 1

    @lazy
    def encrypted(self) -> bool:
        root = self.document.root
        return root is not None and next(root.iter(ENCRYPTED), None) is not None

    @lazy
    def claimed(self) -> Assertion | None:
        """The facts a careless reader would take: those of the first assertion in the document."""
        for root in (self.document.root, self.inner.root if self.inner else None):
            first = None if root is None else next(root.iter(ASSERTION), None)
            if first is not None:
                return self.signed if self._only_the_signed_one else read_assertion(first)
        return None

    @property
    def _only_the_signed_one(self) -> bool:
        return self.is_alone and self.own_signature is not None

    @lazy
    def own_signature(self) -> SignatureCheck | None:
        """The verified signature of the assertion itself, which AWS demands."""
        checks, home = (self.signatures, 3) if self.inner is None else (self.inner_signatures, 2)
        own = [check for check in checks if check.verified and check.signed_element == "Assertion"]
        # Elsewhere than directly in the Response (in Extensions, say) it would not be the assertion meant.
        return own[0] if len(own) == 1 and own[0].where.count("/") == home else None

    @lazy
    def response_signature(self) -> SignatureCheck | None:
        return next((check for check in self.signatures if check.signed_element == "Response"), None)

    @lazy
    def all_signatures(self) -> tuple[SignatureCheck, ...]:
        return self.signatures + self.inner_signatures

    @lazy
    def signed(self) -> Assertion | None:
        """Facts from signed bytes: the assertion's own, else those below a verified Response signature."""
        own = self.own_signature
        if own is not None and own.signed is not None:
            return read_assertion(parse_own(own.signed))
        outer = self.response_signature
        if outer is not None and outer.signed is not None:
            inside = [*parse_own(outer.signed).iterchildren(ASSERTION)]
            return read_assertion(inside[0]) if len(inside) == 1 else None
        return None

    @lazy
    def facts(self) -> Assertion | None:
        """Signed facts where there are any, else claimed ones."""
        return self.signed or self.claimed


class UsualReceived(Received):
    """A usual response: whatever is found out about others is known of it."""

    def __init__(self, raw: bytes, usual: UsualResponse) -> None:
        response, assertion, signature = usual
        self.__dict__.update(
            document=KnownDocument(raw),
            signatures=(signature,),
            usual=usual,
            is_response=True,
            flaws=(),
            shape=(),
            response=response,
            assertion_count=1,
            is_alone=True,
            encrypted=False,
            claimed=assertion,
            own_signature=signature,
            response_signature=None,
            all_signatures=(signature,),
            signed=assertion,
            facts=assertion,
        )


def receive(
    xml: bytes,
    keys: Sequence[Certificate],
    *,
    decrypt_keys: Sequence[rsa.RSAPrivateKey] = (),
    allow_sha1: bool = False,
) -> Received:
    """Take a response through the door and check its signatures against the trusted keys."""
    if usual := read_usual(xml, keys):
        return UsualReceived(xml, usual)
    document = parse(xml)
    signatures = verify(document, keys, allow_sha1=allow_sha1)
    root = document.root
    sealed = [] if root is None else [*root.iterchildren(ENCRYPTED)]
    if len(sealed) != 1 or document.flaws or not decrypt_keys:
        return Received(document, signatures)
    try:
        inner = parse(decrypt(sealed[0], decrypt_keys))
    except DecryptionFailed:
        return Received(document, signatures, decryption_failed=True)
    if inner.root is None or inner.root.tag != ASSERTION:
        return Received(document, signatures, decryption_failed=True)
    return Received(document, signatures, inner, verify(inner, keys, allow_sha1=allow_sha1))
