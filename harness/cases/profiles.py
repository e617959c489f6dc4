"""Signatures that the identity provider truly made, outside the one profile that SAML needs.

Cryptography finds nothing wrong with them, and some identity providers write such. Each is refused for what it
asks: a judge that takes one takes a stranger's variant of it too.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from harness.cases.core import UNKNOWN, Card, Kind, Material, register
from harness.cases.recipe import ASSERTION_ID, RESPONSE_ID, usual_spec, written
from harness.cases.workshop import ENTRA, Workshop, World
from harness.errors import HarnessError
from harness.saml import names
from harness.saml.document import parse_own

XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_11 = "http://www.w3.org/2006/12/xml-c14n11"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha224": hashes.SHA224(),
    "md5": hashes.MD5(),  # noqa: S303  (that it is weak is the case)
}


def transform(uri: str, inside: str = "") -> str:
    """One Transform."""
    return f'<Transform Algorithm="{uri}">{inside}</Transform>'


STANDARD = transform(names.ENVELOPED) + transform(names.EXC_C14N)


def reference(
    digest: bytes, uri: str | None = f"#{ASSERTION_ID}", transforms: str = STANDARD, *, method: str = names.SHA256,
    more: str = "",
) -> str:  # fmt: skip
    """One Reference; without ``uri`` it has no such attribute."""
    where = "" if uri is None else f' URI="{uri}"'
    return (
        f'<Reference{where}{more}><Transforms>{transforms}</Transforms><DigestMethod Algorithm="{method}"/>'
        f"<DigestValue>{base64.b64encode(digest).decode()}</DigestValue></Reference>"
    )


def info(references: str, *, c14n: str = names.EXC_C14N, method: str = names.RSA_SHA256) -> str:
    """A SignedInfo."""
    return (
        f'<SignedInfo><CanonicalizationMethod Algorithm="{c14n}"/><SignatureMethod Algorithm="{method}"/>'
        f"{references}</SignedInfo>"
    )


def form(raw: bytes, name: str, *, inclusive: bool = False) -> bytes:
    """The canonical form of the element with that ID."""
    root = parse_own(raw)
    element = next(one for one in root.iter() if one.get("ID") == name)
    canonical = etree.tostring(element, method="c14n", exclusive=True)
    return _inherited(canonical) if inclusive else canonical


def _inherited(canonical: bytes) -> bytes:
    """Exclusive canonical XML made inclusive: the one prefix that the Response declares is inherited."""
    namespace, own, rest = canonical.split(b'"', 2)
    return b'"'.join((namespace, own, b" xmlns:samlp=", names.SAMLP.encode(), rest))


def seal(raw: bytes, signed_info: str, workshop: Workshop, hashed: str = "sha256", after: str = "") -> bytes:
    """``raw`` with a Signature around this SignedInfo in its Assertion, by the identity provider's key."""
    root = parse_own(raw)
    home = next(one for one in root.iter() if one.get("ID") == ASSERTION_ID)
    signature = parse_own(f'<Signature xmlns="{names.DS}">{signed_info}<SignatureValue/>{after}</Signature>'.encode())
    home.insert(1, signature)
    inclusive = f'CanonicalizationMethod Algorithm="{names.EXC_C14N}' not in signed_info
    canonical = etree.tostring(signature[0], method="c14n", exclusive=True)
    canonical = _inherited(canonical) if inclusive else canonical
    private = workshop.key(ENTRA).private
    if not isinstance(private, rsa.RSAPrivateKey):
        raise HarnessError("the identity provider's key is not RSA")
    signature[1].text = base64.b64encode(private.sign(canonical, padding.PKCS1v15(), _HASHES[hashed])).decode()
    return etree.tostring(root)


def _digest(raw: bytes, algorithm: str = "sha256", *, inclusive: bool = False) -> bytes:
    return hashlib.new(algorithm, form(raw, ASSERTION_ID, inclusive=inclusive), usedforsecurity=False).digest()


Info = Callable[[bytes], str]


def _with(hashed: str = "sha256", after: str = "", **changes: str | None) -> Callable[[bytes, Workshop], bytes]:
    """The usual signature with changes to its Reference."""
    return lambda raw, workshop: seal(
        raw, info(reference(_digest(raw), **changes)), workshop, hashed, after  # type: ignore[arg-type]
    )  # fmt: skip


def _infos(make: Info, hashed: str = "sha256") -> Callable[[bytes, Workshop], bytes]:
    return lambda raw, workshop: seal(raw, make(raw), workshop, hashed)


def _whole(raw: bytes) -> bytes:
    return hashlib.sha256(form(raw, RESPONSE_ID)).digest()


_ROWS: tuple[tuple[str, str, Callable[[bytes, Workshop], bytes], str, str, tuple[str, ...], str], ...] = (
    # name, docstring, how it is sealed, codes, classes, references, and who verifies it
    ("empty_uri", "The Reference URI is empty: it means the whole document.",
     _infos(lambda raw: info(reference(_whole(raw), ""))), "SIG007", "D7", (), "xmlsec signxml"),
    ("missing_uri", "The Reference has no URI.", _infos(lambda raw: info(reference(_whole(raw), None))), "SIG007",
     "D7", (), "xmlsec"),
    ("xpointer", "The Reference is an XPointer that names the Assertion.",
     _with(uri=f"#xpointer(id('{ASSERTION_ID}'))"), "SIG007", "D9", ("CVE-2015-20108",), "xmlsec"),
    ("id_and_a_blank", "The Reference names the Assertion's ID and a blank.", _with(uri=f"#{ASSERTION_ID} "), "SIG007",
     "D9", (), "xmlsec"),
    ("two_references", "SignedInfo refers to the Assertion twice.",
     _infos(lambda raw: info(reference(_digest(raw)) * 2)), "SIG008", "D6", ("CVE-2026-33487",), "xmlsec"),
    ("typed_reference", "The Reference has a Type.", _with(more=' Type="urn:contoso:type"'), "SIG016", "D11", (),
     "xmlsec signxml"),
    ("object_of_its_own", "The Signature holds an Object beside what it signs.",
     _with(after="<Object>x</Object>"), "SIG016", "D2 D11 C11", (), "xmlsec signxml"),
    ("inclusive_transform", "The Assertion is canonicalised inclusively.",
     _infos(lambda raw: info(reference(
         _digest(raw, inclusive=True), transforms=transform(names.ENVELOPED) + transform(INCLUSIVE)))),
     "SIG010", "D17", (), "xmlsec signxml"),
    ("inclusive_1_1_transform", "The Assertion is canonicalised inclusively, by version 1.1.",
     _infos(lambda raw: info(reference(
         _digest(raw, inclusive=True), transforms=transform(names.ENVELOPED) + transform(INCLUSIVE_11)))),
     "SIG010", "D17", (), "xmlsec signxml"),
    ("transform_with_comments", "The Assertion is canonicalised with its comments.",
     _with(transforms=transform(names.ENVELOPED) + transform(names.EXC_C14N + "WithComments")), "SIG010", "D17", (),
     "xmlsec signxml"),
    ("inclusive_signed_info", "SignedInfo is canonicalised inclusively.",
     _infos(lambda raw: info(reference(_digest(raw)), c14n=INCLUSIVE)), "SIG009", "D17", (), "xmlsec"),
    ("xpath_that_is_always_true", "A transform selects everything by XPath.",
     _with(transforms=transform(names.ENVELOPED) + transform(XPATH, "<XPath>true()</XPath>")
           + transform(names.EXC_C14N)), "SIG010", "D13", (), "xmlsec signxml"),
    ("unknown_transform", "A transform is one that nobody knows.",
     _with(transforms=transform(names.ENVELOPED) + transform("urn:contoso:nothing") + transform(names.EXC_C14N)),
     "SIG010", "D14", (), "signxml"),
    ("sha224_digest", "The digest is SHA-224.",
     _infos(lambda raw: info(reference(_digest(raw, "sha224"), method=MORE + "sha224"))), "SIG013", "E9", (),
     "xmlsec signxml"),
    ("md5_digest", "The digest is MD5.",
     _infos(lambda raw: info(reference(_digest(raw, "md5"), method=MORE + "md5"))), "SIG013", "E9", (), "xmlsec"),
    ("sha224_signature", "The signature is RSA with SHA-224.",
     _infos(lambda raw: info(reference(_digest(raw)), method=MORE + "rsa-sha224"), "sha224"), "SIG012", "E9", (),
     "xmlsec signxml"),
    ("md5_signature", "The signature is RSA with MD5.",
     _infos(lambda raw: info(reference(_digest(raw)), method=MORE + "rsa-md5"), "md5"), "SIG012", "E9",
     ("CVE-2020-36563",), "xmlsec"),
)  # fmt: skip


def _material(sealed: Callable[[bytes, Workshop], bytes], workshop: Workshop) -> Material:
    spec = usual_spec(workshop.now)
    unsigned = written(replace(spec, signed=()), workshop)
    return Material(base64.b64encode(sealed(unsigned, workshop)), World(), workshop)


for _name, _docstring, _sealed, _codes, _classes, _refs, _fools in _ROWS:
    register(
        __name__, _name, Kind.FAULT, _docstring, Card(_codes, UNKNOWN, None, _classes, _refs, _fools), World(),
        lambda workshop, sealed=_sealed: _material(sealed, workshop),  # type: ignore[misc]
    )  # fmt: skip
