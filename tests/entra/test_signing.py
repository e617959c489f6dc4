"""What the mock Entra signs is what lxml, xmlsec and signxml take it for."""

import base64
import hashlib
from collections.abc import Sequence

import pytest
from lxml import etree

from harness.entra import write
from harness.entra.authn_request import AuthnRequest
from harness.verify import verify_document
from tests.entra.worlds import NOW, idp, tree

DS = "{http://www.w3.org/2000/09/xmldsig#}"
OPTIONS = {"assertion": ["Assertion"], "response": ["Response"], "both": ["Response", "Assertion"]}
SHA256 = ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256", "sha256")
SHA1 = ("http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1", "sha1")
each_option = pytest.mark.parametrize("option", OPTIONS)
each_algorithm = pytest.mark.parametrize("algorithm", [SHA256, SHA1], ids=["sha256", "sha1"])


def signed(option: str, algorithm: tuple[str, str, str] = SHA256, **how: str):
    app = f'signing_option = "{option}"\nsigning_algorithm = "{algorithm[2]}"'
    return idp(app=app).respond("ada@contoso.com", NOW, **how)


@each_option
@each_algorithm
def test_all_three_engines_verify_every_signature(option: str, algorithm: tuple[str, str, str]):
    response = signed(option, algorithm)
    verification = verify_document(response.xml, [response.signed_by], allow_sha1=True)
    assert verification.verified
    assert [one.signed_element for one in verification.signatures] == OPTIONS[option]
    for one in verification.signatures:
        assert [(engine, word) for engine, word, _ in one.words] == [
            ("strict", "verifies"),
            ("xmlsec", "verifies"),
            ("signxml", "verifies"),
        ]


@each_option
@each_algorithm
def test_all_three_engines_refuse_a_changed_role(option: str, algorithm: tuple[str, str, str]):
    response = signed(option, algorithm)
    changed = response.xml.replace(b"role/Admin", b"role/Boss_", 1)
    verification = verify_document(changed, [response.signed_by], allow_sha1=True)
    assert not verification.verified
    for one in verification.signatures:
        assert {word for _, word, _ in one.words} == {"refuses"}


@each_option
@each_algorithm
def test_the_algorithm_is_used_for_signature_and_digest(option: str, algorithm: tuple[str, str, str]):
    root = tree(signed(option, algorithm))
    assert {one.get("Algorithm") for one in root.iter(DS + "SignatureMethod")} == {algorithm[0]}
    assert {one.get("Algorithm") for one in root.iter(DS + "DigestMethod")} == {algorithm[1]}


@each_option
def test_a_signature_stands_right_after_the_issuer(option: str):
    root = tree(signed(option))
    for home in (root, root.find("{*}Assertion")):
        places = [child.tag for child in home][:2]
        wanted = etree.QName(home).localname in OPTIONS[option]
        assert (places[1] == DS + "Signature") is wanted
        assert etree.QName(home[0]).localname == "Issuer"


@each_option
@each_algorithm
@pytest.mark.parametrize("request_id", [None, "_q1"], ids=["unsolicited", "answer"])
def test_the_text_that_is_signed_is_canonical_to_lxml(
    option: str, algorithm: tuple[str, str, str], request_id: str | None, monkeypatch: pytest.MonkeyPatch
):
    contents: dict[str, bytes] = {}
    real = write.signature_text

    def noted(signed_id: str, content: bytes, *rest: object, then: Sequence[bytes] = (), **how: object) -> str:
        contents[signed_id] = b"".join((content, *then))
        return real(signed_id, content, *rest, then=then, **how)

    monkeypatch.setattr(write, "signature_text", noted)
    response = signed(option, algorithm, request=AuthnRequest(request_id) if request_id else None)
    root = tree(response)
    assert len(contents) == len(OPTIONS[option])
    for signed_id, content in contents.items():
        (home,) = [one for one in tree(response).iter() if one.get("ID") == signed_id]
        signature = home.find(DS + "Signature")
        digest = signature.findtext(f".//{DS}DigestValue")
        home.remove(signature)
        canonical = etree.tostring(home, method="c14n", exclusive=True, with_comments=False)
        assert content == canonical
        assert base64.b64decode(digest) == hashlib.new(algorithm[2], canonical).digest()
    assert root.get("InResponseTo") == request_id


def test_key_info_carries_the_certificate_that_signed():
    response = signed("both")
    written = {one.text for one in tree(response).iter(DS + "X509Certificate")}
    assert written == {response.signed_by.base64}


def test_the_report_names_place_and_key():
    response = signed("assertion")
    (check,) = verify_document(response.xml, [response.signed_by]).signatures
    assert check.where == "/Response/Assertion/Signature"
    assert check.key_thumbprint == response.signed_by.thumbprint
