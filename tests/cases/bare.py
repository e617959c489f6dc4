"""The bare libraries and a careless reader, as a hasty service provider would use them: is an attack alive at all?"""

from __future__ import annotations

from datetime import timedelta

import xmlsec
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from harness.saml.keys import Certificate
from harness.saml.names import DS, SAML

_PARSER = etree.XMLParser()  # as careless as can be
_READ = tuple(f"{{{SAML}}}{name}" for name in ("NameID", "Issuer", "Audience", "AttributeValue"))


def fooled(xml: bytes, genuine: bytes, certificate: Certificate) -> set[str]:
    """Who of xmlsec, signxml and a careless reader takes the document for good."""
    try:
        root = etree.fromstring(xml, _PARSER)
    except etree.XMLSyntaxError:
        return set()
    found = {"reader"} if values(root) - values(etree.fromstring(genuine, _PARSER)) else set()
    if any(xmlsec_verifies(xml, certificate, number) for number in range(len([*root.iter(f"{{{DS}}}Signature")]))):
        found.add("xmlsec")
    if signxml_verifies(xml, certificate):
        found.add("signxml")
    return found


def values(root: etree._Element) -> set[str]:
    """What somebody meets who takes the text of any NameID, Issuer, Audience or AttributeValue in a document."""
    return {one.text or "" for one in root.iter(*_READ)}


def xmlsec_verifies(xml: bytes, certificate: Certificate, number: int) -> bool:
    """xmlsec with a pinned key, every ID registered, on the signature with that number."""
    root = etree.fromstring(xml, _PARSER)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(certificate.der, xmlsec.constants.KeyDataFormatCertDer)
    try:
        context.verify([*root.iter(f"{{{DS}}}Signature")][number])
    except (xmlsec.Error, IndexError):
        return False
    return True


def signxml_verifies(xml: bytes, certificate: Certificate) -> bool:
    """signxml with a pinned certificate and its defaults otherwise."""
    config = SignatureConfiguration(verification_time=certificate.not_before + timedelta(days=1))
    try:
        XMLVerifier().verify(xml, x509_cert=certificate.x509, expect_config=config, id_attribute="ID")
    except (SignXMLException, etree.LxmlError, TypeError, ValueError, KeyError, NotImplementedError):
        return False
    return True
