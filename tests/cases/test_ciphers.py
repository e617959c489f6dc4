"""What is said to be encrypted with an algorithm is: xmlsec, which takes them all, opens it and finds the assertion."""

from __future__ import annotations

import base64

import pytest
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from harness.cases.catalogue import chosen
from harness.cases.core import Case
from harness.cases.workshop import OPENS, Workshop
from harness.saml.names import SAML, XENC


def opened(case: Case, workshop: Workshop) -> str:
    pem = workshop.opening_key(OPENS).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem))
    root = etree.fromstring(base64.b64decode(case.material(workshop).posted))
    (data,) = root.iter(f"{{{XENC}}}EncryptedData")
    return str(xmlsec.EncryptionContext(manager).decrypt(data).tag)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in chosen("ciphers")])
def test_the_ciphertext_is_of_the_algorithm_that_it_names(case: Case, workshop: Workshop) -> None:
    assert opened(case, workshop) == f"{{{SAML}}}Assertion"
