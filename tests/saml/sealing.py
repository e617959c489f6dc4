"""Signatures made by hand, so that an identity provider's key can vouch for what no library would write.

Only lxml's canonicalisation and bare RSA are used: nothing of the code under test.
"""

from __future__ import annotations

import base64
import copy
import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from harness.saml.keys import SigningKey
from harness.saml.names import DS, ENVELOPED, EXC_C14N, RSA_SHA256, SHA256
from tests.saml.libraries import NAIVE_PARSER
from tests.saml.world import id_of, key, unsigned

_HASHES = {
    "sha256": hashes.SHA256(),
    "sha1": hashes.SHA1(),
    "sha384": hashes.SHA384(),
    "sha224": hashes.SHA224(),
    "md5": hashes.MD5(),
}


def transform(uri: str, inside: str = "") -> str:
    return f'<Transform Algorithm="{uri}">{inside}</Transform>'


def prefix_list(prefixes: str) -> str:
    return f'<InclusiveNamespaces xmlns="{EXC_C14N}" PrefixList="{prefixes}"/>'


STANDARD = (transform(ENVELOPED), transform(EXC_C14N))


def reference(
    uri: str | None,
    digest: bytes,
    *,
    transforms: Sequence[str] = STANDARD,
    digest_method: str = SHA256,
    more: str = "",
    value: str | None = None,
    method_content: str = "",
) -> str:
    """One Reference. ``uri`` None leaves the attribute out; ``value`` replaces the text of DigestValue."""
    where = "" if uri is None else f' URI="{_escaped(uri)}"'
    return (
        f"<Reference{where}{more}><Transforms>{''.join(transforms)}</Transforms>"
        f'<DigestMethod Algorithm="{digest_method}">{method_content}</DigestMethod>'
        f"<DigestValue>{base64.b64encode(digest).decode() if value is None else value}</DigestValue></Reference>"
    )


def signed_info(references: str, *, c14n: str = EXC_C14N, method: str = RSA_SHA256, inside: str = "") -> str:
    return (
        f'<SignedInfo><CanonicalizationMethod Algorithm="{c14n}"/>'
        f'<SignatureMethod Algorithm="{method}">{inside}</SignatureMethod>{references}</SignedInfo>'
    )


def digest_of(
    xml: bytes, *, element: str = "Assertion", algorithm: str = "sha256", prefixes: Sequence[str] = ()
) -> bytes:
    """The digest of an element that holds no signature yet, by lxml's exclusive canonical form."""
    home = _find(etree.fromstring(xml, NAIVE_PARSER), id_of(xml, element.encode()))
    canonical = etree.tostring(home, method="c14n", exclusive=True, inclusive_ns_prefixes=[*prefixes] or None)
    return hashlib.new(algorithm, canonical).digest()


def sealed(
    info: str,
    xml: bytes | None = None,
    *,
    element: str = "Assertion",
    position: int = 1,
    after: str = "",
    hashed: str = "sha256",
    by: SigningKey | None = None,
) -> bytes:
    """``xml`` with a Signature around this SignedInfo put into the element, truly signed by Entra's key."""
    text = xml or unsigned()
    root = etree.fromstring(text, NAIVE_PARSER)
    home = _find(root, id_of(text, element.encode()))
    signature = etree.fromstring(f'<Signature xmlns="{DS}">{info}<SignatureValue/>{after}</Signature>', NAIVE_PARSER)
    home.insert(position, signature)
    first = signature[0]
    canonical = etree.tostring(first, method="c14n", exclusive=True)
    private = (by or key()).private
    assert isinstance(private, rsa.RSAPrivateKey)
    value = private.sign(canonical, padding.PKCS1v15(), _HASHES[hashed])
    found = signature.find(f"{{{DS}}}SignatureValue")
    assert found is not None
    found.text = base64.b64encode(value).decode()
    return etree.tostring(root)


def plainly_sealed(xml: bytes | None = None, **changes: object) -> bytes:
    """The one signature of the profile, or the same with changes to its Reference."""
    text = xml or unsigned()
    return sealed(signed_info(reference("#" + id_of(text), digest_of(text), **changes)), text)  # type: ignore[arg-type]


def pretty(xml: bytes) -> bytes:
    """The document indented, as some identity providers write it before they sign."""
    root = copy.deepcopy(etree.fromstring(xml, NAIVE_PARSER))
    etree.indent(root)
    return etree.tostring(root)


def _find(root: etree._Element, identity: str) -> etree._Element:
    return next(one for one in root.iter() if one.get("ID") == identity)


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace('"', "&quot;")
        .replace("<", "&lt;")
        .replace("\n", "&#10;")
        .replace("\t", "&#9;")
    )
