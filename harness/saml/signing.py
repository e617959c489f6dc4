"""Making signatures of the strict profile.

`signature_text` is for a writer whose text is canonical already: no parser and no canonicaliser is
needed. `sign` takes any document, as an identity provider with other habits would.
"""

import base64
from collections.abc import Sequence

from lxml import etree

from harness.saml import names
from harness.saml.algorithms import SIGNATURE_METHODS, digest
from harness.saml.document import METADATA, parse
from harness.saml.dsig import canonical
from harness.saml.keys import SigningKey


def signature_text(
    signed_id: str,
    content: bytes,
    key: SigningKey,
    *,
    method: str = names.RSA_SHA256,
    digest_method: str = names.SHA256,
    prefixes: Sequence[str] = (),
) -> str:
    """The ``<Signature>`` over canonical ``content``, on one line, in the default dsig namespace.

    Its own SignedInfo is canonical but for its empty tags, which is how Entra writes it.
    """
    value = base64.b64encode(digest(digest_method, content)).decode("ascii")
    told = (signed_id, value, method, digest_method, prefixes)
    signature = SIGNATURE_METHODS[method].sign(key.private, canonical_signed_info(*told).encode())
    return (
        f'<Signature xmlns="{names.DS}"><SignedInfo>{_info(*told, canonical=False)}</SignedInfo>'
        f"<SignatureValue>{base64.b64encode(signature).decode('ascii')}</SignatureValue><KeyInfo><X509Data>"
        f"<X509Certificate>{key.certificate.base64}</X509Certificate></X509Data></KeyInfo></Signature>"
    )


def canonical_signed_info(
    signed_id: str,
    value: str,
    method: str = names.RSA_SHA256,
    digest_method: str = names.SHA256,
    prefixes: Sequence[str] = (),
) -> str:
    """The SignedInfo of `signature_text` as it is signed. ``value`` is the digest in base64."""
    info = _info(signed_id, value, method, digest_method, prefixes, canonical=True)
    return f'<SignedInfo xmlns="{names.DS}">{info}</SignedInfo>'


def _info(
    signed_id: str, value: str, method: str, digest_method: str, prefixes: Sequence[str], *, canonical: bool
) -> str:
    """What stands in SignedInfo. ``canonical`` closes its empty tags in full."""

    def empty(name: str, algorithm: str) -> str:
        return f'<{name} Algorithm="{algorithm}"' + (f"></{name}>" if canonical else "/>")

    exclusive = empty("Transform", names.EXC_C14N)
    if prefixes:
        end = "></InclusiveNamespaces>" if canonical else "/>"
        inclusive = f'<InclusiveNamespaces xmlns="{names.EXC_C14N}" PrefixList="{" ".join(prefixes)}"{end}'
        exclusive = f'<Transform Algorithm="{names.EXC_C14N}">{inclusive}</Transform>'
    return (
        f"{empty('CanonicalizationMethod', names.EXC_C14N)}{empty('SignatureMethod', method)}"
        f'<Reference URI="#{signed_id}"><Transforms>{empty("Transform", names.ENVELOPED)}{exclusive}</Transforms>'
        f"{empty('DigestMethod', digest_method)}<DigestValue>{value}</DigestValue></Reference>"
    )


def sign(
    raw: bytes,
    signed_id: str,
    key: SigningKey,
    *,
    method: str = names.RSA_SHA256,
    digest_method: str = names.SHA256,
    prefixes: Sequence[str] = (),
) -> bytes:
    """``raw`` with the element of that ID signed, the Signature where the SAML schema puts it.

    Raises ValueError when the document cannot be read or no element has the ID.
    """
    document = parse(raw, METADATA)
    if document.root is None:
        raise ValueError(f"not a readable document: {document.flaws[0].got}")
    found = [element for element in document.root.iter() if element.get("ID") == signed_id]
    if len(found) != 1:
        raise ValueError(f"{len(found)} elements have ID={signed_id!r}, expected one")
    element = found[0]
    text = signature_text(
        signed_id, canonical(element, prefixes), key,
        method=method, digest_method=digest_method, prefixes=prefixes,
    )  # fmt: skip
    signature = parse(text.encode()).root
    if signature is None:
        raise ValueError("the signature could not be built")
    after_issuer = 1 if len(element) and element[0].tag == f"{{{names.SAML}}}Issuer" else 0
    element.insert(after_issuer, signature)
    return etree.tostring(document.root)
