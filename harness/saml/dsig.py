"""The one XML signature profile that SAML needs, signed and verified strictly.

`verify` looks at every ``ds:Signature`` in a document, refuses whatever a signature could hide behind,
and returns the canonical bytes whose digest matched. Whoever wants facts reads them from THOSE bytes.

The order is structure first, cryptography last: nothing is canonicalised, and no key is used, before the
SignedInfo is known to ask for nothing but this profile. KeyInfo is a hint and never a source of trust.
"""

import copy
import hmac
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import NamedTuple

from lxml import etree

from harness.saml.algorithms import DIGESTS, SHA1_URIS, SIGNATURE_METHODS, SignatureMethod, digest
from harness.saml.b64 import decode_base64
from harness.saml.document import NCNAME, Document, Flaw, path_of
from harness.saml.keys import Certificate
from harness.saml.names import DS, ENVELOPED, EXC_C14N, MD, SAML, SAMLP, short

_D = f"{{{DS}}}"
SIGNATURE = _D + "Signature"
_KEY_INFO_TAG, _X509_DATA, _X509_CERTIFICATE = _D + "KeyInfo", _D + "X509Data", _D + "X509Certificate"
_PARTS = [_D + "SignedInfo", _D + "SignatureValue"]
_HEAD = [_D + "CanonicalizationMethod", _D + "SignatureMethod"]
_REFERENCE = _D + "Reference"
_REFERENCE_PARTS = [_D + "Transforms", _D + "DigestMethod", _D + "DigestValue"]
_TRANSFORMS = [_D + "Transform"] * 2
_INCLUSIVE = f"{{{EXC_C14N}}}InclusiveNamespaces"
_ISSUER = f"{{{SAML}}}Issuer"
_HOME = {
    f"{{{SAMLP}}}Response",
    f"{{{SAML}}}Assertion",
    f"{{{MD}}}EntityDescriptor",
    f"{{{MD}}}EntitiesDescriptor",
}
"""Elements that may be signed: IdP-signed bytes of any other kind prove nothing about a response."""
_KEY_INFO = {
    f"{_D}{name}"
    for names in (
        "X509Data X509Certificate X509IssuerSerial X509IssuerName X509SerialNumber X509SubjectName X509SKI",
        "KeyName KeyValue RSAKeyValue Modulus Exponent",
    )
    for name in names.split()
}
"""All that may stand in a KeyInfo, at any depth: hints that nobody follows."""
MAX_PREFIXES = 16
MAXSIGNATURES = 2
"""A Response has at most its own signature and its Assertion's; in a document with more of them none verifies."""


class SignatureFlaw(StrEnum):
    """Why a signature is not one of this profile, or does not verify."""

    MISPLACED = "misplaced"
    REPEATED = "repeated"
    CHILDREN = "children of the Signature"
    KEY_INFO = "KeyInfo"
    SIGNED_INFO = "SignedInfo"
    CANONICALIZATION = "canonicalization"
    METHOD = "signature method"
    DIGEST_METHOD = "digest method"
    SHA1 = "SHA-1"
    REFERENCES = "number of references"
    URI = "reference URI"
    OTHER_ELEMENT = "reference to another element"
    TRANSFORMS = "transforms"
    PREFIX_LIST = "PrefixList"
    BASE64 = "base64"
    DIGEST = "digest"
    VALUE = "signature value"


class SignatureCheck(NamedTuple):
    """What one ``ds:Signature`` says and what came of checking it."""

    where: str
    line: int
    signed_element: str
    """Local name of the element it stands in: Response, Assertion, EntityDescriptor."""
    signed_id: str | None
    method: str | None
    digest_method: str | None
    key_info: str | None
    """Text of the first X509Certificate in its KeyInfo, unparsed."""
    flaws: tuple[Flaw, ...]
    key: Certificate | None
    """The trusted certificate whose key made the SignatureValue; None when none fits."""
    signed: bytes | None
    """Canonical bytes of the signed element without this Signature; None unless everything verified."""

    @property
    def verified(self) -> bool:
        return self.signed is not None

    @property
    def structure_passed(self) -> bool:
        """Whether only cryptography is left to ask: what the other engines may be shown."""
        return all(flaw.kind in _CRYPTOGRAPHIC for flaw in self.flaws)


_CRYPTOGRAPHIC = {SignatureFlaw.DIGEST, SignatureFlaw.VALUE, SignatureFlaw.SHA1}


def signature_elements(root: etree._Element) -> list[etree._Element]:
    """Every ``ds:Signature`` wherever it stands, in document order."""
    return [*root.iter(SIGNATURE)]


def verify(document: Document, keys: Sequence[Certificate], *, allow_sha1: bool = False) -> tuple[SignatureCheck, ...]:
    """Check every signature of a document against the trusted keys.

    A document with flaws is not asked about at all: the result is empty.
    """
    if document.root is None or document.flaws:
        return ()
    every = signature_elements(document.root)
    signatures = every[:MAXSIGNATURES]
    homes = [signature.getparent() for signature in signatures]
    checks = []
    for position, (signature, home) in enumerate(zip(signatures, homes, strict=True)):
        reading = _Reading(signature, home)
        if any(home is other for other in homes[:position]):
            reading.flaw(SignatureFlaw.REPEATED, signature, "a second Signature in the same element")
        if len(every) > MAXSIGNATURES:
            reading.flaw(SignatureFlaw.REPEATED, signature, f"{len(every):,} Signatures in the document")
        reading.read(allow_sha1=allow_sha1)
        key, signed = (None, None)
        if all(flaw.kind is SignatureFlaw.SHA1 for flaw in reading.flaws):
            key, signed = _verify_values(reading, document.root, position, keys)
        checks.append(reading.check(key, None if reading.flaws else signed))
    return tuple(checks)


class _Reading:
    """One signature while it is read: values as they are found, flaws as they are seen."""

    def __init__(self, signature: etree._Element, home: etree._Element | None) -> None:
        self.signature = signature
        self.home = home
        self.flaws: list[Flaw] = []
        self.signed_info: etree._Element | None = None
        self.method_uri: str | None = None
        self.digest_uri: str | None = None
        self.value = b""
        self.digest = b""
        self.info_prefixes: list[str] = []
        self.content_prefixes: list[str] = []

    def flaw(self, kind: SignatureFlaw, element: etree._Element, got: str) -> None:
        self.flaws.append(Flaw(kind, path_of(element), element.sourceline or 0, got))

    def check(self, key: Certificate | None, signed: bytes | None) -> SignatureCheck:
        home = self.home
        certificates = (
            certificate
            for key_info in self.signature.iterchildren(_KEY_INFO_TAG)
            for data in key_info.iterchildren(_X509_DATA)
            for certificate in data.iterchildren(_X509_CERTIFICATE)
        )
        hint = next(certificates, None)
        return SignatureCheck(
            where=path_of(self.signature),
            line=self.signature.sourceline or 0,
            signed_element="" if home is None else short(home.tag),
            signed_id=None if home is None else home.get("ID"),
            method=self.method_uri,
            digest_method=self.digest_uri,
            key_info=None if hint is None else hint.text,
            flaws=tuple(self.flaws),
            key=key,
            signed=signed,
        )

    def read(self, *, allow_sha1: bool) -> None:
        """Walk the Signature in document order; every departure from the profile is a flaw."""
        self._placement()
        children = [*self.signature]
        tags = [child.tag for child in children]
        if tags[:2] != _PARTS or tags[2:] not in ([], [_KEY_INFO_TAG]):
            got = " ".join(short(tag) for tag in tags) or "nothing"
            self.flaw(SignatureFlaw.CHILDREN, self.signature, got)
            return
        self._only_space(self.signature, children, SignatureFlaw.CHILDREN)
        self.signed_info = children[0]
        self._read_signed_info(children[0])
        self.value = self._base64(children[1])
        if len(children) == 3:
            self._key_info(children[2])
        if not allow_sha1:
            for uri in {self.method_uri, self.digest_uri} & SHA1_URIS:
                self.flaw(SignatureFlaw.SHA1, self.signature, str(uri))

    def _placement(self) -> None:
        home = self.home
        if home is None or home.tag not in _HOME:
            inside = "nothing" if home is None else short(home.tag)
            self.flaw(SignatureFlaw.MISPLACED, self.signature, f"inside {inside}")
            return
        before = self.signature.getprevious()
        if before is not None and before.tag == _ISSUER and before.getprevious() is None:
            return
        after_issuer = 0 if home.find(_ISSUER) is None else 1
        position = home.index(self.signature)
        if position != after_issuer and not any(child.tag == SIGNATURE for child in home[:position]):
            got = f"child {position + 1} of {short(home.tag)}, expected child {after_issuer + 1}"
            self.flaw(SignatureFlaw.MISPLACED, self.signature, got)

    def _read_signed_info(self, signed_info: etree._Element) -> None:
        children = [*signed_info]
        self._only_space(signed_info, children, SignatureFlaw.SIGNED_INFO)
        tags = [child.tag for child in children]
        if tags[:2] != _HEAD or any(tag != _REFERENCE for tag in tags[2:]):
            self.flaw(SignatureFlaw.SIGNED_INFO, signed_info, " ".join(short(tag) for tag in tags) or "nothing")
            return
        if len(children) != 3:
            self.flaw(SignatureFlaw.REFERENCES, signed_info, f"{len(children) - 2} References")
            return
        canonicalization, method, reference = children
        if canonicalization.get("Algorithm") != EXC_C14N:
            self.flaw(SignatureFlaw.CANONICALIZATION, canonicalization, str(canonicalization.get("Algorithm")))
        self.info_prefixes = self._prefixes(canonicalization)
        self.method_uri = method.get("Algorithm")
        if self.method_uri not in SIGNATURE_METHODS or len(method):
            self.flaw(SignatureFlaw.METHOD, method, f"{self.method_uri}" + (" with children" if len(method) else ""))
        self._read_reference(reference)

    def _read_reference(self, reference: etree._Element) -> None:
        children = [*reference]
        self._only_space(reference, children, SignatureFlaw.SIGNED_INFO)
        tags = [child.tag for child in children]
        if tags != _REFERENCE_PARTS or reference.get("Type") is not None:
            got = " ".join(short(tag) for tag in tags)
            self.flaw(SignatureFlaw.SIGNED_INFO, reference, f"{got} {dict(reference.attrib)}")
            return
        self._read_uri(reference)
        self._read_transforms(children[0])
        self.digest_uri = children[1].get("Algorithm")
        if self.digest_uri not in DIGESTS or len(children[1]):
            self.flaw(SignatureFlaw.DIGEST_METHOD, children[1], str(self.digest_uri))
        self.digest = self._base64(children[2])

    def _read_uri(self, reference: etree._Element) -> None:
        uri = reference.get("URI")
        if uri is None or uri[:1] != "#" or not NCNAME.fullmatch(uri[1:]):
            self.flaw(SignatureFlaw.URI, reference, "no URI" if uri is None else f"URI={uri[:100]!r}")
        elif self.home is not None and uri[1:] != self.home.get("ID"):
            got = f"URI={uri[:100]!r}, but the Signature stands in ID={self.home.get('ID')!r}"
            self.flaw(SignatureFlaw.OTHER_ELEMENT, reference, got)

    def _read_transforms(self, transforms: etree._Element) -> None:
        children = [*transforms]
        self._only_space(transforms, children, SignatureFlaw.TRANSFORMS)
        tags = [child.tag for child in children]
        algorithms = [child.get("Algorithm") for child in children]
        if tags != _TRANSFORMS or algorithms != [ENVELOPED, EXC_C14N] or len(children[0]):
            got = ", ".join(str(algorithm) for algorithm in algorithms[:5]) or "none"
            self.flaw(SignatureFlaw.TRANSFORMS, transforms, f"{len(tags)} transforms: {got}")
            return
        self.content_prefixes = self._prefixes(children[1])

    def _prefixes(self, method: etree._Element) -> list[str]:
        """The PrefixList of an exclusive canonicalisation: one optional InclusiveNamespaces child."""
        if not len(method):
            return []
        if len(method) > 1 or method[0].tag != _INCLUSIVE or len(method[0]):
            self.flaw(SignatureFlaw.TRANSFORMS, method, f"{short(method[0].tag)} and {len(method) - 1} more")
            return []
        prefixes = (method[0].get("PrefixList") or "").split()
        # lxml drops a prefix that names nothing in the document, and takes #default for one.
        if len(prefixes) > MAX_PREFIXES or "#default" in prefixes:
            self.flaw(SignatureFlaw.PREFIX_LIST, method, f"{len(prefixes)} prefixes: {' '.join(prefixes)[:100]}")
            return []
        return prefixes

    def _key_info(self, key_info: etree._Element) -> None:
        strangers = [child for child in key_info.iterdescendants() if child.tag not in _KEY_INFO]
        if strangers:
            self.flaw(SignatureFlaw.KEY_INFO, key_info, f"{short(strangers[0].tag)} in KeyInfo")

    def _base64(self, element: etree._Element) -> bytes:
        if len(element):
            self.flaw(SignatureFlaw.BASE64, element, f"{short(element.tag)}: it has child elements")
            return b""
        try:
            decoded = decode_base64(element.text or "")
        except ValueError as error:
            self.flaw(SignatureFlaw.BASE64, element, f"{short(element.tag)}: {error}")
            return b""
        if not decoded:
            self.flaw(SignatureFlaw.BASE64, element, f"{short(element.tag)} is empty")
        return decoded

    def _only_space(self, element: etree._Element, children: list[etree._Element], kind: SignatureFlaw) -> None:
        texts = [element.text, *[child.tail for child in children]]
        if any(texts) and not "".join(filter(None, texts)).isspace():
            self.flaw(kind, element, f"text inside {short(element.tag)}")


def _verify_values(
    reading: _Reading, root: etree._Element, position: int, keys: Iterable[Certificate]
) -> tuple[Certificate | None, bytes | None]:
    """Both halves: does the digest match the content, and did a trusted key sign that digest?"""
    signed_info = reading.signed_info
    if signed_info is None or reading.method_uri is None or reading.digest_uri is None:
        return None, None
    method = SIGNATURE_METHODS[reading.method_uri]
    try:
        info = canonical(signed_info, reading.info_prefixes)
        content = _content(root, position, reading.content_prefixes)
    except (etree.C14NError, ValueError) as error:
        # The door refuses all that is known to bring this about; a failure taken for empty bytes would verify.
        reading.flaw(SignatureFlaw.CANONICALIZATION, reading.signature, f"it fails: {error}")
        return None, None
    key = signer_of(method, keys, info, reading.value)
    if key is None:
        reading.flaw(SignatureFlaw.VALUE, reading.signature, "no trusted key made this SignatureValue")
    if not hmac.compare_digest(digest(reading.digest_uri, content), reading.digest):
        reading.flaw(SignatureFlaw.DIGEST, reading.signature, "the content is not what was signed")
    return key, content


def signer_of(method: SignatureMethod, keys: Iterable[Certificate], data: bytes, value: bytes) -> Certificate | None:
    """The first of the keys that made ``value`` over ``data``."""
    return next((key for key in keys if method.verifies(key, data, value)), None)


def canonical(element: etree._Element, prefixes: Sequence[str] = ()) -> bytes:
    """Exclusive canonical bytes of an element in the context of its document. Raises C14NError."""
    text = etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=[*prefixes] or None
    )
    if not text:
        raise ValueError("the canonical form is empty")
    return text


def _content(root: etree._Element, position: int, prefixes: Sequence[str]) -> bytes:
    """The signed element without its own Signature, canonical.

    A copy of the whole document keeps the namespaces that a PrefixList may name; only the Signature
    goes, its tail stays (lxml takes the tail along, and text put there would go unseen).
    """
    signature = signature_elements(copy.copy(root))[position]  # lxml's copies are always deep
    home = signature.getparent()
    if home is None:
        raise ValueError("the signature stands in nothing")
    if signature.tail:
        before = signature.getprevious()
        if before is None:
            home.text = (home.text or "") + signature.tail
        else:
            before.tail = (before.tail or "") + signature.tail
        signature.tail = None
    home.remove(signature)
    return canonical(home, prefixes)
