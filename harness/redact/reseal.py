"""A disguised document is signed anew: in the same places, by twins of the same keys, with the same faults."""

import base64
import copy
from collections.abc import Callable, Sequence

from lxml import etree

from harness.errors import BadKey, HarnessError
from harness.saml.algorithms import SIGNATURE_METHODS, digest
from harness.saml.document import UTF8_BOM, parse
from harness.saml.dsig import SignatureCheck, SignatureFlaw, canonical, signature_elements
from harness.saml.keys import Certificate, SigningKey, certificate_from_base64
from harness.saml.received import Received

Twin = Callable[[Certificate], SigningKey]


def reseal(xml: bytes, original: Received, trusted: Sequence[Certificate], twin: Twin) -> bytes:
    """The document with each signature made anew that the strict profile could ask about.

    Signatures inside others come first. Raises HarnessError when the document cannot be read again.
    """
    sealed = [(place, one) for place, one in enumerate(original.all_signatures) if one.structure_passed]
    if not sealed:
        return xml
    document = parse(xml)
    if document.root is None:
        raise HarnessError(f"the redacted document cannot be read: {document.flaws[0].got}")
    # The deepest first; of an opened assertion the place tells, because its path begins anew.
    for place, one in sorted(sealed, key=lambda item: (-item[1].where.count("/"), -item[0])):
        _seal(document.root, place, one, _signer(one, trusted, twin))
    head = xml[: xml.index(b"?>") + 2] if xml.removeprefix(UTF8_BOM).startswith(b"<?xml") else xml[: 3 * document.bom]
    return head + etree.tostring(document.root.getroottree(), encoding="unicode").encode()


def _signer(one: SignatureCheck, trusted: Sequence[Certificate], twin: Twin) -> SigningKey | None:
    """The twin of the key that signed; of the stranger's that KeyInfo names; None for a value that was broken."""
    if one.key is not None:
        return twin(one.key)
    try:
        named = certificate_from_base64(one.key_info or "")
    except BadKey:
        return None
    if named.public_bytes in {key.public_bytes for key in trusted}:
        return None
    return twin(named) if SIGNATURE_METHODS[one.method or ""].key_type == named.key_type else None


def _seal(root: etree._Element, place: int, one: SignatureCheck, key: SigningKey | None) -> None:
    """Fill in digest and value. A digest that did not match, and a value without a key, stay random."""
    signature = signature_elements(root)[place]
    info = signature[0]
    reference = info[2]
    if SignatureFlaw.DIGEST not in {flaw.kind for flaw in one.flaws}:
        content = _content(root, place, _prefixes(reference[0][1]))
        reference[2].text = base64.b64encode(digest(one.digest_method or "", content)).decode()
    if key is not None:
        value = SIGNATURE_METHODS[one.method or ""].sign(key.private, canonical(info, _prefixes(info[0])))
        signature[1].text = base64.b64encode(value).decode()


def _prefixes(method: etree._Element) -> list[str]:
    return (method[0].get("PrefixList") or "").split() if len(method) else []


def _content(root: etree._Element, place: int, prefixes: Sequence[str]) -> bytes:
    """The signed element without its Signature, whose tail stays."""
    signature = signature_elements(copy.deepcopy(root))[place]
    home = signature.getparent()
    if home is None:
        raise HarnessError("a signature stands in nothing")
    tail, before = signature.tail or "", signature.getprevious()
    if before is None:
        home.text = (home.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    signature.tail = None
    home.remove(signature)
    return canonical(home, prefixes)
