"""The bare libraries, as a careless service provider would call them: is an attack alive at all?"""

from __future__ import annotations

from datetime import timedelta

import xmlsec
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from harness.saml.keys import Certificate, SigningKey
from harness.saml.names import DS, SAML
from tests.saml.world import AT, FORGED, metadata

NAIVE_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


def xmlsec_verifies(xml: bytes, certificate: Certificate | None = None, number: int = 0) -> bool:
    """xmlsec with a pinned key, every ID registered, on the signature with that number."""
    root = etree.fromstring(xml, NAIVE_PARSER)
    xmlsec.tree.add_ids(root, ["ID"])
    context = xmlsec.SignatureContext()
    pinned = certificate or metadata().keys[0]
    context.key = xmlsec.Key.from_memory(pinned.der, xmlsec.constants.KeyDataFormatCertDer)
    try:
        context.verify([*root.iter(f"{{{DS}}}Signature")][number])
    except xmlsec.Error:
        return False
    return True


def signxml_verifies(xml: bytes, certificate: Certificate | None = None) -> bool:
    """signxml with a pinned certificate and its defaults otherwise."""
    pinned = certificate or metadata().keys[0]
    config = SignatureConfiguration(verification_time=max(AT, pinned.not_before + timedelta(days=1)))
    try:
        XMLVerifier().verify(xml, x509_cert=pinned.x509, expect_config=config, id_attribute="ID")
    except (SignXMLException, etree.LxmlError, TypeError, ValueError, KeyError, NotImplementedError):
        return False
    return True


def naive_readers_see_forgery(xml: bytes) -> bool:
    """Whether somebody who reads a NameID anywhere in the document can be shown the forged one."""
    root = etree.fromstring(xml, NAIVE_PARSER)
    return any("".join(one.itertext()) == FORGED for one in root.iter(f"{{{SAML}}}NameID"))


def sign_by_template(xml: bytes, home: bytes, template: str, key: SigningKey) -> bytes:
    """xmlsec signs ``xml`` by a Signature template put after the first Issuer of the element with ID ``home``."""
    root = etree.fromstring(xml, NAIVE_PARSER)
    xmlsec.tree.add_ids(root, ["ID"])
    element = next(one for one in root.iter() if one.get("ID") == home.decode())
    signature = etree.fromstring(template)
    element.insert(1, signature)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(key.private_pem(), xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    return etree.tostring(root)
