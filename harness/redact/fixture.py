"""A capture becomes a fixture without personal data: only what the specifications define stays as it is.

It is an allow-list. Names of elements and attributes, URIs and claims of the specifications stay; every other
value, ID, address, instant, prefix and comment is replaced (see `harness.redact.disguise`). Each certificate gets a
throw-away twin: what a key had signed, its twin signs, and what did not verify does not verify for the same
reason. The result must trigger the codes of the original, those about certificates, keys and metadata apart.

An encrypted assertion is opened first, and the fixture holds it in plain: no key has to be kept beside it.

A signature outside the strict profile, and every signature of a document with a flaw, gets random values: the
validator never asks about those, but a bare library that was fooled by the original is not fooled by the fixture.
"""

import base64
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import quoteattr

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from harness.aws.account import Aws
from harness.errors import BadKey, HarnessError, UnreadableInput
from harness.redact.disguise import Disguise
from harness.redact.reseal import reseal
from harness.redact.text import written
from harness.report.model import AwsAnswer, Refused, Report
from harness.rules import Policy
from harness.saml.document import Document, parse
from harness.saml.keys import Certificate, SigningKey, certificate_from_base64, make_signing_key
from harness.saml.metadata import Metadata, read_metadata
from harness.saml.names import DS, MD, SAMLP
from harness.saml.received import ENCRYPTED, Received, receive
from harness.saml.times import read_instant
from harness.saml.wire import Capture
from harness.validate import check

TRIES = 3
"""Chance may hit a form that a rule looks at; another table then helps."""
_APART = ("CRT", "MET", "SIG002", "SIG018")
_CERTIFICATE = f"{{{DS}}}X509Certificate"


class NotTheSame(HarnessError):
    """The redacted response would not be judged as the original is."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A fixture: the posted value, the certificates to trust for it, the same as metadata, and when it is judged."""

    posted: bytes
    certificates: bytes
    metadata: tuple[bytes, ...]
    at: datetime
    codes: frozenset[str]
    """The codes that it triggers."""


class Twins:
    """A throw-away key for each certificate, of its kind, size and dates."""

    def __init__(self, disguise: Disguise) -> None:
        self._disguise = disguise
        self._made: dict[bytes, SigningKey] = {}
        self._private: dict[bytes, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = {}

    def of(self, certificate: Certificate) -> SigningKey:
        """The twin; certificates of one key have twins of one key."""
        if certificate.der not in self._made:
            public = certificate.public_bytes
            private = self._private.get(public) or self._private.setdefault(public, _like(certificate))
            since, until = map(self._disguise.moment, (certificate.not_before, certificate.not_after))
            self._made[certificate.der] = make_signing_key("throw-away", since, until, private=private)
        return self._made[certificate.der]


def _like(certificate: Certificate) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    key = certificate.public_key
    if isinstance(key, ec.EllipticCurvePublicKey):
        return ec.generate_private_key(key.curve)
    bits = certificate.key_bits if certificate.key_type == "RSA" else 2048
    return rsa.generate_private_key(65537, max(1024, min(4096, bits)))


def redact(
    capture: Capture,
    documents: Sequence[Metadata],
    at: datetime,
    name: str = "input",
    decrypt_keys: Sequence[rsa.RSAPrivateKey] = (),
) -> Redacted:
    """The fixture that a captured response becomes, judged as of ``at``.

    Without metadata the certificates that the response itself names are trusted. Raises UnreadableInput for what
    the XML door gives no tree of, for what is no Response and for an encrypted assertion that no key opens; NotTheSame.
    """
    document = _readable(capture.xml, name, decrypt_keys)
    trusted = documents or [read_metadata(_own_metadata(document))]
    policy = _policy(trusted)
    original = _Judged(capture, policy, at, decrypt_keys)
    difference = ""
    for _ in range(TRIES):
        fixture, redone = _once(capture, document, trusted, original, at)
        if not (difference := original.difference(redone)):
            return fixture
    raise NotTheSame(f"{name}: redacted, it would not be judged as the original is: {difference}")


def _readable(xml: bytes, name: str, decrypt_keys: Sequence[rsa.RSAPrivateKey]) -> Document:
    """The document to be written anew: with its assertion in plain, where it was encrypted."""
    received = receive(xml, (), decrypt_keys=decrypt_keys)
    document = received.document
    if document.root is None:
        flaw = document.flaws[0]
        raise UnreadableInput(f"{name}: refused by the XML door ({flaw.kind}: {flaw.got}); it cannot be redacted")
    if not received.is_response:
        raise UnreadableInput(f"{name}: not a SAML Response; nothing else is redacted")
    if not received.encrypted:
        return document
    if received.inner is None or received.inner.root is None:
        why = "the key given does not open it" if received.decryption_failed else "give its key with --decrypt-key"
        raise UnreadableInput(f"{name}: the assertion is encrypted: {why}; what nobody can read cannot be redacted")
    return _in_plain(document.root, received.inner.root)


def _in_plain(root: etree._Element, assertion: etree._Element) -> Document:
    """The response with the opened assertion in the place of the encrypted one."""
    whole = copy.deepcopy(root)
    (sealed,) = whole.iterchildren(ENCRYPTED)
    opened = copy.deepcopy(assertion)
    opened.tail = sealed.tail
    whole.replace(sealed, opened)
    return parse(etree.tostring(whole))


def _once(
    capture: Capture, document: Document, trusted: Sequence[Metadata], original: "_Judged", at: datetime
) -> tuple[Redacted, "_Judged"]:
    """One try with a table of its own."""
    disguise = Disguise(_instants(document))
    twins = Twins(disguise)
    xml = written(document, disguise, twins.of)
    xml = reseal(xml, original.received, original.policy.keys, twins.of)
    metadata = tuple(_metadata(_disguised(one, disguise, twins)) for one in trusted)
    documents = [read_metadata(one) for one in metadata]
    fault = "!" if capture.base64_fault else None
    posted = base64.b64encode(xml).decode()
    posted = posted if fault is None else posted[:-4] + fault + posted[-4:]
    redone = Capture("base64", xml, _size(capture, posted), fault)
    moved = disguise.moment(at)
    judged = _Judged(redone, _policy(documents), moved)
    pem = "".join(dict.fromkeys(key.pem for one in documents for key in one.keys))
    return Redacted((posted + "\n").encode(), pem.encode(), metadata, moved, judged.report.codes), judged


def _size(capture: Capture, posted: str) -> int:
    return len(posted) if capture.base64_size else 0


class _Judged:
    """A response with all that must stay true of it."""

    def __init__(
        self, capture: Capture, policy: Policy, at: datetime, decrypt_keys: Sequence[rsa.RSAPrivateKey] = ()
    ) -> None:
        self.policy = policy
        self.received = receive(capture.xml, policy.keys, decrypt_keys=decrypt_keys)
        self.report = check(capture, policy, at, decrypt_keys=decrypt_keys)

    def difference(self, other: "_Judged") -> str:
        """What is not the same, in words; empty when nothing is."""
        changed = _codes(self.report) ^ _codes(other.report)
        if changed:
            return f"codes {', '.join(sorted(changed))}"
        if _seals(self.received) != _seals(other.received):
            return "a signature verifies or fails in another way"
        if [_answer(one) for one in self.report.answers] != [_answer(one) for one in other.report.answers]:
            return "AWS would answer otherwise"
        return ""


def _codes(report: Report) -> frozenset[str]:
    return frozenset(code for code in report.codes if not code.startswith(_APART))


def _seals(received: Received) -> list[tuple[bool, frozenset[str]]]:
    return [(one.verified, frozenset(flaw.kind for flaw in one.flaws)) for one in received.all_signatures]


def _answer(answer: AwsAnswer) -> tuple[str, str]:
    return type(answer).__name__, answer.cause if isinstance(answer, Refused) else ""


def _policy(documents: Sequence[Metadata]) -> Policy:
    """Accounts of which nothing is known. One document may stand for every provider; of several, their keys count."""
    keys = tuple(dict.fromkeys(key for one in documents for key in one.keys))
    return Policy(Aws(declared=False, fallback=documents[0]), keys)


def _instants(document: Document) -> Iterator[str]:
    for element in document.root.iter("*") if document.root is not None else ():
        for text in (*element.attrib.values(), element.text or ""):
            instant = read_instant(text)
            if instant is not None and instant.at is not None:
                yield text


_Entities = Sequence[tuple[str | None, Sequence[Certificate]]]


def _own_metadata(document: Document) -> bytes:
    """Metadata as if what a response says of its keys were true."""
    found: dict[Certificate, None] = {}
    for element in document.root.iter(_CERTIFICATE) if document.root is not None else ():
        try:
            found[certificate_from_base64(element.text or "")] = None
        except BadKey:
            continue
    claimed = receive(document.raw, ()).claimed
    return _metadata([(claimed.issuer if claimed else None, [*found])])


def _disguised(document: Metadata, disguise: Disguise, twins: Twins) -> _Entities:
    return [
        (
            None if entity.entity_id is None else disguise.value(entity.entity_id),
            [twins.of(key).certificate for key in entity.signing],
        )
        for entity in document.entities
    ]


def _metadata(entities: _Entities) -> bytes:
    """Metadata that says who signs with which keys, and nothing else."""
    described = "".join(
        f"<EntityDescriptor{'' if name is None else f' entityID={quoteattr(name)}'}>"
        f'<IDPSSODescriptor protocolSupportEnumeration="{SAMLP}">{_descriptors(keys)}</IDPSSODescriptor>'
        "</EntityDescriptor>"
        for name, keys in entities
    )
    return f'<EntitiesDescriptor xmlns="{MD}">{described}</EntitiesDescriptor>\n'.encode()


def _descriptors(keys: Sequence[Certificate]) -> str:
    return "".join(
        f'<KeyDescriptor use="signing"><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>{key.base64}'
        "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for key in keys
    )
