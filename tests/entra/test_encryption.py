"""Token encryption: signed first, encrypted for one certificate, opened by its key alone."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.errors import BadScenario
from harness.saml.keys import make_signing_key
from harness.saml.received import receive
from tests.entra.worlds import ADMIN, NOW, idp, tree

KEY = make_signing_key("AWS", NOW.replace(year=2025), NOW.replace(year=2035))
ROLE = "https://aws.amazon.com/SAML/Attributes/Role"


def encrypted(option: str):
    app = f'signing_option = "{option}"\nencryption_certificate = """{KEY.certificate.pem}"""'
    return idp(app=app).respond("ada@contoso.com", NOW)


@pytest.mark.parametrize(("option", "signatures"), [("assertion", 1), ("response", 1), ("both", 2)])
def test_what_was_signed_verifies_after_decryption(option: str, signatures: int):
    response = encrypted(option)
    assert tree(response).find(".//{*}EncryptedAssertion") is not None
    assert ADMIN.encode() not in response.xml
    assert isinstance(KEY.private, rsa.RSAPrivateKey)
    received = receive(response.xml, [response.signed_by], decrypt_keys=[KEY.private])
    assert [check.verified for check in received.all_signatures] == [True] * signatures
    if option != "response":
        assert received.signed.values(ROLE)[0] == ADMIN


def test_a_certificate_that_is_none_is_refused_with_its_place():
    with pytest.raises(BadScenario, match=r"apps\[0\].encryption_certificate: "):
        idp(app='encryption_certificate = "rubbish"')
