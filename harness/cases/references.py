"""What a Signature is made to say about itself: references, transforms, canonicalisation, digests.

A stranger can write a SignedInfo, but not sign it. Each of these must be refused for what it asks, before any
key is tried: bare libraries follow references and run transforms first.
"""

import base64
import re
from collections.abc import Callable

from harness.cases.captured import Captured, change
from harness.cases.core import UNKNOWN, Card, add_attack, attack
from harness.cases.recipe import FORGED, USER
from harness.cases.words import BAD_SIGNATURE
from harness.saml import names
from harness.saml.algorithms import digest

INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = f'<Transform Algorithm="{names.EXC_C14N}"/>'
ENVELOPED = f'<Transform Algorithm="{names.ENVELOPED}"/>'
_URI = re.compile(rb'<Reference URI="[^"]*"')
_REFERENCE = re.compile(rb"<Reference .*?</Reference>")
_DIGEST = re.compile(rb"(?<=<DigestValue>)[^<]*")
_VALUE = re.compile(rb"(?<=<SignatureValue>)[^<]*")
_INFO = re.compile(rb"<SignedInfo>.*?</SignedInfo>")


def _uri(captured: Captured, uri: str) -> bytes:
    escaped = uri.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace("\n", "&#10;")
    return _URI.sub(b'<Reference URI="' + escaped.encode() + b'"', captured.xml)


_URIS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    # name, URI with {id} for the signed one, classes, codes, references
    ("empty", "", "D7", "SIG007", ()),
    ("a_file", "file:///etc/passwd", "D8", "SIG007", ("CVE-2022-34716",)),
    ("another_host", "http://127.0.0.1:9/x", "D8", "SIG007", ("CVE-2022-34716",)),
    ("a_relative_file", "other.xml", "D8", "SIG007", ()),
    ("an_xpointer", "#xpointer(id('{id}'))", "D9", "SIG007", ("CVE-2015-20108",)),
    ("an_xpointer_to_the_root", "#xpointer(/)", "D9", "SIG007", ("CVE-2015-20108",)),
    ("an_element_scheme", "#element(/1/3)", "D9", "SIG007", ()),
    ("an_xpath_injection", "#{id}') | id('_r0000000-1111-4222-8333-444444444444", "D9", "SIG007", ("xmlseclibs 2018",)),
    ("a_list_of_ids", "#_nobody {id}", "D9", "SIG007", ()),
    ("an_id_and_a_blank", "#{id} ", "D9", "SIG007", ()),
    ("an_id_and_a_newline", "#{id}\n", "D9", "SIG007", ()),
    ("two_number_signs", "##{id}", "D10", "SIG007", ()),
    ("a_percent_sign", "#%5Fa0000000", "D10", "SIG007", ()),
    ("a_query", "?x#{id}", "D10", "SIG007", ()),
    ("a_bare_id", "{id}", "D10", "SIG007", ()),
    ("a_bare_number_sign", "#", "D10", "SIG007", ()),
    ("a_blank_first", " #{id}", "D10", "SIG007", ()),
    ("the_response", "#_r0000000-1111-4222-8333-444444444444", "C4", "SIG006", ()),
    ("nobody", "#_nobody", "C4", "SIG006", ()),
)
for _name, _text, _class, _codes, _refs in _URIS:
    add_attack(
        __name__,
        f"uri_is_{_name}",
        f"The Reference URI is {_name.replace('_', ' ')}: {_text.replace('{id}', '...')!r}.",
        Card(_codes, UNKNOWN, None, _class, _refs),
        lambda captured, text=_text: _uri(captured, text.replace("{id}", captured.assertion_id.decode())),  # type: ignore[misc]
    )


@attack(expect="SIG007", classes="D7")
def uri_is_missing(captured: Captured) -> bytes:
    """The Reference has no URI."""
    return _URI.sub(b"<Reference", captured.xml)


def _algorithm(uri: str, inside: str = "") -> str:
    return f'<Transform Algorithm="{uri}">{inside}</Transform>'


XSLT = '<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"/>'
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
_FILTER = "http://www.w3.org/2002/06/xmldsig-filter2"
_TRANSFORMS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("none", "", "D15", ()),
    ("not_enveloped", EXCLUSIVE, "D15", ("OpenSAML MissingEnveloped",)),
    ("enveloped_only", ENVELOPED, "D15", ()),
    ("in_reverse", EXCLUSIVE + ENVELOPED, "D15", ()),
    ("enveloped_twice", ENVELOPED * 2 + EXCLUSIVE, "D15", ()),
    ("a_stylesheet", _algorithm("http://www.w3.org/TR/1999/REC-xslt-19991116", XSLT) + EXCLUSIVE, "D12",
     ("CVE-2022-34169", "CVE-2022-47966")),
    ("an_xpath", ENVELOPED + _algorithm(_XPATH, "<XPath>true()</XPath>") + EXCLUSIVE, "D13", ("samael xpath",)),
    ("an_xpath_that_leaves_out_the_name",
     ENVELOPED + _algorithm(_XPATH, "<XPath>not(ancestor-or-self::*[local-name()='NameID'])</XPath>") + EXCLUSIVE,
     "D13", ("samael xpath",)),
    ("an_xpath_filter", ENVELOPED + _algorithm(_FILTER, f'<XPath xmlns="{_FILTER}" Filter="subtract">//*</XPath>')
     + EXCLUSIVE, "D13", ()),
    ("base64", ENVELOPED + _algorithm(names.DS + "base64") + EXCLUSIVE, "D14", ("OpenSAML BadTransform",)),
    ("unknown", ENVELOPED + _algorithm("urn:contoso:nothing") + EXCLUSIVE, "D14", ("OpenSAML BadTransform",)),
    ("a_thousand", ENVELOPED + EXCLUSIVE * 1_000, "D16", ("CVE-2021-39171",)),
    ("inclusive", ENVELOPED + _algorithm(INCLUSIVE), "D17 B16", ()),
    ("with_comments", ENVELOPED + _algorithm(names.EXC_C14N + "WithComments"), "D17", ()),
    ("c14n_2_0", ENVELOPED + _algorithm("http://www.w3.org/2010/xml-c14n2"), "D17 D19", ()),
)  # fmt: skip
for _name, _text, _class, _refs in _TRANSFORMS:
    add_attack(
        __name__,
        f"transforms_{_name}",
        f"The transforms of the Reference: {_name.replace('_', ' ')}.",
        Card("SIG010", UNKNOWN, None, _class, _refs),
        lambda captured, text=_text: change(captured.xml, ENVELOPED + EXCLUSIVE, text),  # type: ignore[misc]
    )


def _canonicalised(uri: str) -> Callable[[Captured], bytes]:
    old = f'<CanonicalizationMethod Algorithm="{names.EXC_C14N}"/>'
    return lambda captured: change(captured.xml, old, old.replace(names.EXC_C14N, uri))


for _name, _text in (
    ("inclusive", INCLUSIVE),
    ("inclusive_1_1", "http://www.w3.org/2006/12/xml-c14n11"),
    ("with_comments", names.EXC_C14N + "WithComments"),
    ("unknown", "urn:contoso:c14n"),
    ("empty", ""),
):
    add_attack(
        __name__,
        f"canonicalization_{_name}",
        f"SignedInfo asks for another canonicalisation: {_name.replace('_', ' ')}.",
        Card("SIG009", UNKNOWN, None, "D17"),
        _canonicalised(_text),
    )


@attack(expect="SIG011", classes="B16 D21")
def prefix_list_of_17(captured: Captured) -> bytes:
    """The PrefixList names more prefixes than any response needs: each costs in every element."""
    listed = " ".join(f"n{number}" for number in range(17))
    inside = f'<InclusiveNamespaces xmlns="{names.EXC_C14N}" PrefixList="{listed}"/>'
    return change(captured.xml, EXCLUSIVE, _algorithm(names.EXC_C14N, inside))


@attack(expect="SIG008", classes="D6", refs=("CVE-2026-33487",))
def two_references(captured: Captured) -> bytes:
    """SignedInfo holds its Reference twice."""
    return _REFERENCE.sub(lambda found: found[0] * 2, captured.xml)


@attack(expect="SIG008", classes="D6 C2", refs=("CVE-2020-7711", "CVE-2020-7731"))
def no_reference(captured: Captured) -> bytes:
    """SignedInfo holds no Reference."""
    return _REFERENCE.sub(b"", captured.xml)


@attack(expect="SIG016", classes="D1", refs=("CVE-2025-29774", "CVE-2019-3465"), fools="")
def two_signed_infos(captured: Captured) -> bytes:
    """A SignedInfo of a stranger's stands before the genuine one."""

    def forged(found: re.Match[bytes]) -> bytes:
        return _DIGEST.sub(b"AAAA", found[0]) + found[0]

    return _INFO.sub(forged, captured.xml)


@attack(expect="SIG016", classes="D1", refs=("CVE-2025-29774", "CVE-2019-3465"), fools="")
def two_signed_infos_the_genuine_first(captured: Captured) -> bytes:
    """A SignedInfo of a stranger's stands after the genuine one."""
    return _INFO.sub(lambda found: found[0] + _DIGEST.sub(b"AAAA", found[0]), captured.xml)


@attack(expect="SIG016", classes="D2", refs=("xml-crypto wrapped SignedInfo",), fools="xmlsec signxml")
def signed_info_in_an_object(captured: Captured) -> bytes:
    """An Object holds another SignedInfo, for a reader that looks for one anywhere."""
    found = _INFO.search(captured.xml)
    inside = b"<Object>" + (found[0] if found else b"") + b"</Object></Signature>"
    return captured.tampered(b"</Signature>", inside)


@attack(expect="SIG016", classes="D11")
def manifest_in_an_object(captured: Captured) -> bytes:
    """An Object holds a Manifest, whose references nobody checks."""
    manifest = b'<Object><Manifest><Reference URI="#_x"/></Manifest></Object></Signature>'
    return captured.tampered(b"</Signature>", manifest)


@attack(expect="SIG016", classes="D11")
def reference_with_a_type(captured: Captured) -> bytes:
    """The Reference has a Type, which makes it one to a Manifest."""
    kind = f'<Reference Type="{names.DS}Manifest" '.encode()
    return change(captured.xml, b"<Reference ", kind)


def _values(
    name: str,
    docstring: str,
    change_of: Callable[[Captured], bytes],
    codes: str,
    classes: str,
    fools: str | None = None,
) -> None:
    add_attack(__name__, name, docstring, Card(codes, UNKNOWN, None, classes, (), fools), change_of)


for _name, _old, _new, _codes, _classes, _fools in (
    ("comment_in_the_digest", b"<DigestValue>", b"<DigestValue><!--forged-->", "XML004", "D3", "xmlsec signxml"),
    ("comment_in_the_signature_value", b"<SignatureValue>", b"<SignatureValue><!--x-->", "XML004", "D4", "xmlsec"),
    ("element_in_the_signature_value", b"<SignatureValue>", b"<SignatureValue><x/>", "SIG015", "D4", "xmlsec"),
    ("element_in_the_digest", b"<DigestValue>", b"<DigestValue><x/>", "SIG015", "D3", ""),
    ("junk_in_the_signature_value", b"<SignatureValue>", b"<SignatureValue>!", "SIG015", "D4", "signxml"),
    ("junk_in_the_digest", b"<DigestValue>", b"<DigestValue>-", "SIG015", "D20", ""),
):
    _values(
        _name,
        f"There is a {_name.replace('_', ' ')}.",
        lambda captured, old=_old, new=_new: change(captured.xml, old, new),  # type: ignore[misc]
        _codes,
        _classes,
        _fools,
    )


for _name, _pattern, _codes in (
    ("signature_value", re.compile(rb"<SignatureValue>.*?</SignatureValue>"), "SIG016"),
    ("signature_method", re.compile(rb"<SignatureMethod [^>]*/>"), "SIG016"),
    ("canonicalization_method", re.compile(rb"<CanonicalizationMethod [^>]*/>"), "SIG016"),
    ("digest_method", re.compile(rb"<DigestMethod [^>]*/>"), "SIG016"),
    ("digest_value", re.compile(rb"<DigestValue>.*?</DigestValue>"), "SIG016"),
    ("transforms", re.compile(rb"<Transforms>.*?</Transforms>"), "SIG016"),
):
    _values(
        f"{_name}_missing",
        f"The Signature has no {_name.replace('_', ' ')}.",
        lambda captured, pattern=_pattern: pattern.sub(b"", captured.xml),  # type: ignore[misc]
        _codes,
        "C2",
    )
    _values(
        f"{_name}_twice",
        f"The Signature has its {_name.replace('_', ' ')} twice.",
        lambda captured, pattern=_pattern: pattern.sub(lambda found: found[0] * 2, captured.xml),  # type: ignore[misc]
        _codes,
        "D5",
    )


@attack(expect="SIG015", classes="C2", refs=("CVE-2020-7711",))
def signature_value_empty(captured: Captured) -> bytes:
    """The SignatureValue is empty."""
    return _VALUE.sub(b"", captured.xml)


@attack(expect="SIG016", classes="C2", refs=("CVE-2020-7711", "CVE-2020-7731"))
def signature_empty(captured: Captured) -> bytes:
    """The Signature holds nothing."""
    return captured.tampered(captured.seal, b'<Signature xmlns="%b"/>' % names.DS.encode())


@attack(expect="SIG002", aws=BAD_SIGNATURE, classes="D20", refs=("SimpleSAMLphp 201809-01",), fools="")
def digest_of_the_forged_content(captured: Captured) -> bytes:
    """The digest is made anew for the forged content; only the signature value is left to object."""
    from harness.saml.document import parse_own
    from harness.saml.dsig import canonical

    forged = captured.bare.replace(USER.encode(), FORGED.encode())
    value = base64.b64encode(digest(names.SHA256, canonical(parse_own(forged))))
    return _DIGEST.sub(value, captured.xml.replace(USER.encode(), FORGED.encode()))


@attack(expect="SIG002 SIG003", aws=BAD_SIGNATURE, classes="D18", refs=("CVE-2025-66568", "CVE-2025-66475"), fools="")
def digest_of_nothing(captured: Captured) -> bytes:
    """The digest is that of an empty text, as a canonicaliser that fails in silence would make it."""
    return _DIGEST.sub(base64.b64encode(digest(names.SHA256, b"")), captured.xml)


@attack(expect="XML015", classes="D18", refs=("CVE-2025-66568", "CVE-2025-66475"))
def relative_namespace(captured: Captured) -> bytes:
    """A relative namespace URI, at which libxml2's canonicalisation fails and a wrapper reads an empty text."""
    return change(captured.xml, b"<samlp:Response ", b'<samlp:Response xmlns:z="1" ')
