"""Making signatures of the strict profile.

`signature_text` is for a writer whose text is canonical already: no parser and no canonicaliser is
needed. `sign` takes any document, as an identity provider with other habits would.
"""

import base64
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

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
    then: Sequence[bytes] = (),
    method: str = names.RSA_SHA256,
    digest_method: str = names.SHA256,
    prefixes: Sequence[str] = (),
) -> str:
    """The ``<Signature>`` over canonical ``content``, on one line, in the default dsig namespace.

    ``then`` is what follows ``content``, in pieces: a long text that is given by itself need not be copied.
    Its own SignedInfo is canonical but for its empty tags, which is how Entra writes it.
    """
    value = base64.b64encode(digest(digest_method, content, *then)).decode("ascii")
    as_signed, as_written = signed_infos(method, digest_method, tuple(prefixes))
    signature = SIGNATURE_METHODS[method].sign(key.private, as_signed.of(signed_id, value).encode())
    return (
        f'<Signature xmlns="{names.DS}">{as_written.of(signed_id, value)}'
        f"<SignatureValue>{base64.b64encode(signature).decode('ascii')}</SignatureValue><KeyInfo><X509Data>"
        f"<X509Certificate>{key.certificate.base64}</X509Certificate></X509Data></KeyInfo></Signature>"
    )


class SignedInfo(NamedTuple):
    """A SignedInfo in the three pieces that stand around its ID and its digest."""

    before: str
    between: str
    after: str

    def of(self, signed_id: str, digest: str) -> str:
        """The element that refers to the ID and says the digest, in base64."""
        return f"{self.before}{signed_id}{self.between}{digest}{self.after}"


@lru_cache(64)
def signed_infos(
    method: str = names.RSA_SHA256, digest_method: str = names.SHA256, prefixes: tuple[str, ...] = ()
) -> tuple[SignedInfo, SignedInfo]:
    """SignedInfo in its canonical form, and as `signature_text` writes it."""

    def empty(name: str, attributes: str) -> str:
        return f"<{name} {attributes}></{name}>"

    def algorithm(name: str, uri: str) -> str:
        return empty(name, f'Algorithm="{uri}"')

    exclusive = algorithm("Transform", names.EXC_C14N)
    if prefixes:
        inclusive = empty("InclusiveNamespaces", f'xmlns="{names.EXC_C14N}" PrefixList="{" ".join(prefixes)}"')
        exclusive = f'<Transform Algorithm="{names.EXC_C14N}">{inclusive}</Transform>'
    before = (
        f'{algorithm("CanonicalizationMethod", names.EXC_C14N)}{algorithm("SignatureMethod", method)}<Reference URI="#'
    )
    between = (
        f'"><Transforms>{algorithm("Transform", names.ENVELOPED)}{exclusive}</Transforms>'
        f"{algorithm('DigestMethod', digest_method)}<DigestValue>"
    )
    after = "</DigestValue></Reference></SignedInfo>"
    return (
        SignedInfo(f'<SignedInfo xmlns="{names.DS}">{before}', between, after),
        SignedInfo(f"<SignedInfo>{_closed(before)}", _closed(between), after),
    )


def _closed(text: str) -> str:
    """With its empty tags written short: where an end tag follows an attribute the element is empty."""
    return re.sub(r'"></\w+>', '"/>', text)


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
