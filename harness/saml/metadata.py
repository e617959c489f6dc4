"""Identity-provider metadata: read, compare, merge.

Trust comes from the signing keys of the IDPSSODescriptor, never from RoleDescriptors (Entra writes two,
for WS-Federation) and never from another entity of the same document.
"""

import copy
from dataclasses import dataclass

from lxml import etree

from harness.errors import BadKey, UnreadableInput
from harness.lazy import lazy
from harness.saml.document import METADATA, UTF8_BOM, Document, parse
from harness.saml.dsig import SignatureCheck, verify
from harness.saml.keys import Certificate, certificate_from_base64
from harness.saml.names import DS, MD, SAMLP, short, with_article

_M = f"{{{MD}}}"
_D = f"{{{DS}}}"
_ENTITY = _M + "EntityDescriptor"
_CERTIFICATE = f".//{_D}X509Certificate"
ROOTS = (_ENTITY, _M + "EntitiesDescriptor")


@dataclass(frozen=True)
class Entity:
    """One EntityDescriptor that describes a SAML 2.0 identity provider."""

    entity_id: str | None
    signing: tuple[Certificate, ...]
    """Certificates of the KeyDescriptors for signing or for any use, in document order."""
    encryption_only: int
    unreadable: tuple[str, ...]
    """What is wrong with each certificate that could not be read."""
    endpoints: tuple[tuple[str, str], ...]
    """(binding, location) of each SingleSignOnService."""


@dataclass(frozen=True, eq=False)
class Metadata:
    """A metadata document. ``entities`` are its SAML 2.0 identity providers."""

    document: Document
    entities: tuple[Entity, ...]
    entity_count: int
    """All EntityDescriptors, service providers included."""
    name: str = "metadata"
    """The file it came from, for messages."""

    @property
    def raw(self) -> bytes:
        return self.document.raw

    def keys_for(self, issuer: str | None) -> tuple[Certificate, ...]:
        """The keys that may sign for an issuer: those of the entities with exactly that ID."""
        return self._keys_by_entity.get(issuer, ())

    def trusts(self, issuer: str | None) -> frozenset[bytes]:
        """The public keys in those certificates."""
        return self._public_by_entity.get(issuer, frozenset())

    @lazy
    def _keys_by_entity(self) -> dict[str | None, tuple[Certificate, ...]]:
        found: dict[str | None, tuple[Certificate, ...]] = {}
        for entity in self.entities:
            if entity.entity_id is not None:
                found[entity.entity_id] = found.get(entity.entity_id, ()) + entity.signing
        return found

    @lazy
    def _public_by_entity(self) -> dict[str | None, frozenset[bytes]]:
        return {name: frozenset(key.public_bytes for key in keys) for name, keys in self._keys_by_entity.items()}

    @lazy
    def keys(self) -> tuple[Certificate, ...]:
        """Every signing key of every identity provider in the document, each once."""
        return tuple(dict.fromkeys(key for entity in self.entities for key in entity.signing))

    @lazy
    def entity_ids(self) -> tuple[str, ...]:
        return tuple(entity.entity_id for entity in self.entities if entity.entity_id is not None)

    @lazy
    def signature(self) -> SignatureCheck | None:
        """The root's signature, checked with the certificates the document itself carries.

        That proves integrity, not origin. None when the root is not signed.
        """
        if self.document.root is None or self.document.root.find(_D + "Signature") is None:
            return None
        own = []
        for element in self.document.root.iterfind(f"{_D}Signature/{_D}KeyInfo//{_D}X509Certificate"):
            try:
                own.append(certificate_from_base64(element.text or ""))
            except BadKey:
                continue
        checks = verify(self.document, [*own, *self.keys], allow_sha1=True)
        return next((check for check in checks if check.where.count("/") == 2), None)

    @property
    def valid_until(self) -> str | None:
        return None if self.document.root is None else self.document.root.get("validUntil")


def read_metadata(raw: bytes, name: str = "metadata") -> Metadata:
    """Read a metadata document. Raises UnreadableInput when it is not SAML metadata at all."""
    document = parse(raw, METADATA)
    root = document.root
    if root is None:
        flaw = document.flaws[0]
        raise UnreadableInput(f"{name}: not readable as metadata ({flaw.kind}: {flaw.got})")
    if root.tag not in ROOTS:
        raise UnreadableInput(
            f"{name}: expected SAML metadata (EntityDescriptor), but this is {with_article(short(root.tag))}"
        )
    every = _described(root)
    entities = tuple(entity for element in every if (entity := _read_entity(element)) is not None)
    return Metadata(document, entities, len(every), name)


def _described(root: etree._Element) -> list[etree._Element]:
    """The entities that the document describes. One inside another's Extensions is content, not a description."""
    if root.tag == _ENTITY:
        return [root]
    return [entity for child in root.iterchildren(*ROOTS) for entity in _described(child)]


def _read_entity(element: etree._Element) -> Entity | None:
    roles = [
        role
        for role in element.iterchildren(_M + "IDPSSODescriptor")
        if SAMLP in (role.get("protocolSupportEnumeration") or "").split()
    ]
    if not roles:
        return None
    signing: list[Certificate] = []
    unreadable: list[str] = []
    encryption_only = 0
    for descriptor in (child for role in roles for child in role.iterchildren(_M + "KeyDescriptor")):
        if descriptor.get("use") not in (None, "signing"):
            encryption_only += 1
            continue
        for text in (found.text or "" for found in descriptor.iterfind(_CERTIFICATE)):
            try:
                signing.append(certificate_from_base64(text))
            except BadKey as error:
                unreadable.append(str(error))
    endpoints = tuple(
        (service.get("Binding") or "", service.get("Location") or "")
        for role in roles
        for service in role.iterchildren(_M + "SingleSignOnService")
    )
    return Entity(element.get("entityID"), tuple(signing), encryption_only, tuple(unreadable), endpoints)


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes from one document to the other."""

    entity_ids: tuple[tuple[str, ...], tuple[str, ...]] | None
    added: tuple[Certificate, ...]
    removed: tuple[Certificate, ...]
    endpoints: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]] | None

    @property
    def any(self) -> bool:
        return bool(self.entity_ids or self.added or self.removed or self.endpoints)


def diff(old: Metadata, new: Metadata) -> Difference:
    """Compare what matters to a service provider: who, which keys, which endpoints."""
    ends = [tuple(sorted({end for entity in one.entities for end in entity.endpoints})) for one in (old, new)]
    return Difference(
        entity_ids=None if old.entity_ids == new.entity_ids else (old.entity_ids, new.entity_ids),
        added=tuple(key for key in new.keys if key not in old.keys),
        removed=tuple(key for key in old.keys if key not in new.keys),
        endpoints=None if ends[0] == ends[1] else (ends[0], ends[1]),
    )


@dataclass(frozen=True, slots=True)
class Merged:
    """The overlap document: the first one with the others' signing keys added."""

    raw: bytes
    added: tuple[Certificate, ...]
    signature_dropped: bool


def merge(documents: list[Metadata]) -> Merged:
    """One document that trusts the keys of all. Raises UnreadableInput when they describe different entities.

    All apps of an Entra tenant share one entityID, so a wrong merge would trust another app's key:
    the caller must show ``added``.
    """
    first = documents[0]
    for other in documents:
        _require_one_entity(other)
        if other.entity_ids != first.entity_ids:
            raise UnreadableInput(
                f"{other.name}: its entityID is {other.entity_ids[0]!r}, but that of {first.name} is "
                f"{first.entity_ids[0]!r}; documents of different identity providers are not merged"
            )
    if first.document.root is None:
        raise UnreadableInput(f"{first.name}: no document")
    root = copy.deepcopy(first.document.root)
    signature = root.find(_D + "Signature")
    if signature is not None:
        root.remove(signature)
    added = tuple(dict.fromkeys(key for other in documents[1:] for key in other.keys if key not in first.keys))
    for descriptors in _signing_descriptors(root):
        for key in reversed(added):
            descriptors[-1].addnext(_like(descriptors[-1], key))
    raw = etree.tostring(root, xml_declaration=True, encoding="utf-8").replace(b"\n", b"", 1)
    return Merged(raw.removeprefix(UTF8_BOM), added, signature is not None)


def _require_one_entity(document: Metadata) -> None:
    """Merge only what it surely merges right: a lost key would stop every sign-in on the day of the rollover."""
    root = document.document.root
    if document.document.flaws:
        flaw = document.document.flaws[0]
        raise UnreadableInput(f"{document.name}: {flaw.kind}: {flaw.got}")
    if root is None or root.tag != _ENTITY or len(document.entity_ids) != 1:
        raise UnreadableInput(
            f"{document.name}: merge takes an EntityDescriptor of exactly one identity provider, with its entityID"
        )
    if not document.keys or document.entities[0].unreadable:
        raise UnreadableInput(f"{document.name}: it lists no signing certificate, or one that cannot be read")


def _signing_descriptors(root: etree._Element) -> list[list[etree._Element]]:
    """The signing KeyDescriptors of each role that has any: Entra lists its keys in three places."""
    roles = [
        [
            key
            for key in role.iterchildren(_M + "KeyDescriptor")
            if key.get("use") in (None, "signing") and key.find(_CERTIFICATE) is not None
        ]
        for role in root.iterchildren(_M + "IDPSSODescriptor", _M + "RoleDescriptor")
    ]
    return [descriptors for descriptors in roles if descriptors]


def _like(descriptor: etree._Element, key: Certificate) -> etree._Element:
    """A copy of a KeyDescriptor with another certificate in it."""
    twin = copy.deepcopy(descriptor)
    for element in twin.iterfind(_CERTIFICATE):
        element.text = key.base64
    twin.tail = descriptor.tail
    return twin
