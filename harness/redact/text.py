"""A document is written anew with its form kept and its content disguised.

It is written, not changed in place: so nothing reaches the new document that was not decided about here.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from xml.sax.saxutils import escape

from lxml import etree

from harness.aws.endpoints import SESSION_DURATION
from harness.errors import BadKey
from harness.redact.disguise import NAMESPACES, Disguise
from harness.saml.b64 import decode_base64
from harness.saml.document import UTF8_BOM, Document
from harness.saml.keys import Certificate, SigningKey, certificate_from_base64
from harness.saml.names import DS, SAML, XML, XSI

_NAME_WORDS = """
    Response Assertion EncryptedAssertion Issuer Subject Conditions Advice AuthnStatement AttributeStatement
    AuthzDecisionStatement Statement NameID BaseID EncryptedID SubjectConfirmation SubjectConfirmationData
    AudienceRestriction OneTimeUse ProxyRestriction Condition Audience Attribute EncryptedAttribute
    AttributeValue AuthnContext AuthnContextClassRef AuthnContextDecl AuthnContextDeclRef AuthenticatingAuthority
    SubjectLocality Status StatusCode StatusMessage StatusDetail Extensions Action Evidence AssertionIDRef
    AssertionURIRef Signature SignedInfo SignatureValue CanonicalizationMethod SignatureMethod Reference Transforms
    Transform DigestMethod DigestValue KeyInfo X509Data X509Certificate X509IssuerSerial X509IssuerName
    X509SerialNumber X509SubjectName X509SKI X509CRL KeyName KeyValue RSAKeyValue DSAKeyValue Modulus Exponent
    RetrievalMethod Object Manifest SignatureProperties SignatureProperty HMACOutputLength XPath InclusiveNamespaces
    EntitiesDescriptor EntityDescriptor IDPSSODescriptor KeyDescriptor SingleSignOnService SingleLogoutService
"""
_ATTRIBUTE_WORDS = """
    Version IssueInstant Destination InResponseTo Consent Format NameQualifier SPNameQualifier SPProvidedID Method
    Recipient NotBefore NotOnOrAfter Address DNSName AuthnInstant SessionIndex SessionNotOnOrAfter Name NameFormat
    FriendlyName Value Algorithm URI Type Encoding MimeType PrefixList Count Decision Resource Namespace
    type nil lang space entityID protocolSupportEnumeration use validUntil Binding Location
"""
_NAMES, _ATTRIBUTES = frozenset(_NAME_WORDS.split()), frozenset(_ATTRIBUTE_WORDS.split())
_PREFIXES = frozenset({"saml", "samlp", "saml2", "saml2p", "ds", "dsig", "md", "xs", "xsd", "xsi", "xenc", "ec", "xml"})
_TYPES = frozenset({"string", "anyType", "boolean", "integer", "dateTime", "anyURI", "base64Binary"})
_VERSIONS = frozenset({"1.0", "1.1", "2.0"})
_XML_VERSION = re.compile(r"1\.[0-9]", re.ASCII)
_D = f"{{{DS}}}"
_BINARY = {_D + name for name in ("DigestValue", "SignatureValue", "X509Certificate", "Modulus", "Exponent", "X509SKI")}
_ATTRIBUTE, _VALUE = f"{{{SAML}}}Attribute", f"{{{SAML}}}AttributeValue"
_TYPE = f"{{{XSI}}}type"

Twin = Callable[[Certificate], SigningKey]
_Declared = Mapping[str | None, str]
_ESCAPES = {"\r": "&#13;"}
_IN_QUOTES = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def written(document: Document, disguise: Disguise, twin: Twin) -> bytes:
    """The document in other words. Certificates become their twins; other keys and values become random bytes."""
    root = document.root
    text = "" if root is None else "".join(_Writer(disguise, twin).document(root))
    version = (root.getroottree().docinfo.xml_version if root is not None else None) or "1.0"
    raw = document.raw.removeprefix(UTF8_BOM)
    shown = version if _XML_VERSION.fullmatch(version) else "1.0"
    declaration = f'<?xml version="{shown}" encoding="UTF-8"?>' if raw.startswith(b"<?xml") else ""
    return (UTF8_BOM if document.bom else b"") + (declaration + text).encode()


class _Writer:
    def __init__(self, disguise: Disguise, twin: Twin) -> None:
        self.disguise = disguise
        self.twin = twin

    def document(self, root: etree._Element) -> Iterator[str]:
        """The root with the comments and instructions around it."""
        for before in reversed([*root.itersiblings(preceding=True)]):
            yield from self.node(before, {})
        yield from self.node(root, {})
        for after in root.itersiblings():
            yield from self.node(after, {})

    def node(self, node: etree._Element, declared: _Declared) -> Iterator[str]:
        """One node without its tail."""
        if isinstance(node, etree._Comment):
            yield f"<!--{self.disguise.value(node.text or '')}-->"
        elif isinstance(node, etree._ProcessingInstruction):
            yield f"<?{self.disguise.value(str(node.target))} {self.disguise.value(node.text or '')}?>"
        else:
            yield from self.element(node, declared)

    def element(self, element: etree._Element, declared: _Declared) -> Iterator[str]:
        """A start tag, the content, an end tag."""
        here = {prefix: uri or "" for prefix, uri in element.nsmap.items()}
        name = self.tag(element)
        yield f"<{name}" + "".join(self.declarations(here, declared))
        for attribute, value in element.attrib.items():
            shown = escape(self.value(element, str(attribute), str(value)), _IN_QUOTES)
            yield f' {self.attribute(str(attribute), here)}="{shown}"'
        if not len(element) and not element.text:
            yield "/>"
            return
        yield ">"
        texts = self.texts(element)
        yield texts[0]
        for child, tail in zip(element, texts[1:], strict=True):
            yield from self.node(child, here)
            yield tail
        yield f"</{name}>"

    def texts(self, element: etree._Element) -> list[str]:
        """The pieces of an element's own text, disguised as one: a comment in a word does not make it two."""
        pieces = [element.text or "", *[child.tail or "" for child in element]]
        whole = "".join(pieces)
        new = self.text(element, whole)
        if len(new) != len(whole):
            return [escape(self.text(element, piece), _ESCAPES) for piece in pieces]
        ends = [*accumulate(map(len, pieces))]
        return [escape(new[end - len(piece) : end], _ESCAPES) for piece, end in zip(pieces, ends, strict=True)]

    def declarations(self, here: _Declared, declared: _Declared) -> Iterator[str]:
        """The namespaces that are new or undone here."""
        for prefix, uri in here.items():
            if declared.get(prefix, "") != uri:
                name = "xmlns" if prefix is None else f"xmlns:{self.prefix(prefix)}"
                shown = uri if uri in NAMESPACES else self.disguise.value(uri)
                yield f' {name}="{escape(shown, _IN_QUOTES)}"'
        if declared.get(None) and None not in here:
            yield ' xmlns=""'

    def prefix(self, prefix: str) -> str:
        return prefix if prefix in _PREFIXES else self.disguise.value(prefix)

    def tag(self, element: etree._Element) -> str:
        """Prefix and name, those of the specifications as they are."""
        name = etree.QName(element)
        known = name.namespace in NAMESPACES and name.localname in _NAMES
        local = name.localname if known else self.disguise.value(name.localname)
        return local if element.prefix is None else f"{self.prefix(element.prefix)}:{local}"

    def attribute(self, attribute: str, here: _Declared) -> str:
        """An attribute's name. Every spelling of ID stays: rules ask for it."""
        name = etree.QName(attribute)
        known = name.localname in _ATTRIBUTES or name.localname.lower() == "id"
        local = name.localname if known else self.disguise.value(name.localname)
        if name.namespace is None:
            return local
        found = [prefix for prefix, uri in here.items() if uri == name.namespace and prefix]
        return f"{self.prefix(found[0] if found and name.namespace != XML else 'xml')}:{local}"

    def value(self, element: etree._Element, attribute: str, value: str) -> str:
        """An attribute's value."""
        if attribute == _TYPE:
            prefix, colon, local = value.rpartition(":")
            return (
                (self.prefix(prefix) if prefix else "")
                + colon
                + (local if local in _TYPES else self.disguise.value(local))
            )
        if attribute == "PrefixList":
            return " ".join(one if one == "#default" else self.prefix(one) for one in value.split())
        if attribute == "Version" and value in _VERSIONS:
            return value
        if attribute == "Name" and element.tag == _ATTRIBUTE:
            return self.disguise.claim(value)
        return self.disguise.value(value)

    def text(self, element: etree._Element, text: str) -> str:
        """An element's text."""
        if element.tag in _BINARY and (binary := self.binary(str(element.tag), text)) is not None:
            return binary
        parent = element.getparent()
        if element.tag == _VALUE and parent is not None and parent.get("Name") == SESSION_DURATION:
            return self.disguise.seconds(text)
        return self.disguise.value(text)

    def binary(self, tag: str, text: str) -> str | None:
        """What stands for a certificate or a value in base64; None when it is not base64."""
        try:
            data = decode_base64(text)
        except ValueError:
            return None
        if tag == _D + "X509Certificate":
            try:
                return self.twin(certificate_from_base64(text)).certificate.base64
            except BadKey:
                return self.disguise.base64(data)
        return self.disguise.base64(data)
