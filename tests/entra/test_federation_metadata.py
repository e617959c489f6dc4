"""The app's federation metadata, in the shape that all observed copies share."""

import re

import pytest
from lxml import etree

from harness.saml.metadata import read_metadata
from harness.verify import verify_document
from tests.entra.worlds import ISSUER, NOW, TENANT, idp

SECOND = '[[apps.certificates]]\nname = "2029"\nnot_before = 2026-10-01T00:00:00Z\nnot_after = 2029-10-01T00:00:00Z'
MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
FED = "{http://docs.oasis-open.org/wsfed/federation/200706}"
AUTH = "{http://docs.oasis-open.org/wsfed/authorization/200706}"
WSA = "{http://www.w3.org/2005/08/addressing}"
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
CLAIMS = [
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
    "http://schemas.microsoft.com/identity/claims/displayname",
    "http://schemas.microsoft.com/identity/claims/nickname",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationinstant",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/authenticationmethod",
    "http://schemas.microsoft.com/identity/claims/objectidentifier",
    "http://schemas.microsoft.com/identity/claims/tenantid",
    "http://schemas.microsoft.com/identity/claims/identityprovider",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
    "http://schemas.microsoft.com/identity/claims/accesstoken",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/expiration",
    "http://schemas.microsoft.com/identity/claims/openid2_id",
    "http://schemas.microsoft.com/claims/groups.link",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/wids",
]


def document(certificates: str = "", *, bom: bool = True) -> bytes:
    return idp(certificates=certificates).federation_metadata(NOW, bom=bom)


def root(certificates: str = "") -> etree._Element:
    return etree.fromstring(document(certificates))


def names(element: etree._Element) -> list[str]:
    return [etree.QName(child).localname for child in element]


def test_it_is_one_line_behind_a_byte_order_mark():
    raw = document()
    assert raw.startswith(b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ')
    assert b"\n" not in raw
    assert document(bom=False).startswith(b'<?xml version="1.0" encoding="utf-8"?><EntityDescriptor ')


def test_it_describes_the_tenant_under_one_entity_id():
    entity = root()
    assert entity.tag == MD + "EntityDescriptor"
    assert entity.get("entityID") == ISSUER
    assert re.fullmatch("_[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", entity.get("ID"))
    assert sorted(entity.attrib) == ["ID", "entityID"]


def test_its_parts_come_in_the_observed_order():
    entity = root()
    assert names(entity) == ["Signature", "RoleDescriptor", "RoleDescriptor", "IDPSSODescriptor"]
    token, application, provider = entity[1:]
    assert token.get(XSI_TYPE) == "fed:SecurityTokenServiceType"
    assert application.get(XSI_TYPE) == "fed:ApplicationServiceType"
    assert all(role.nsmap["fed"] == FED.strip("{}") for role in (token, application))
    assert all(role.get("protocolSupportEnumeration") == FED.strip("{}") for role in (token, application))
    assert names(token) == [
        "KeyDescriptor", "ClaimTypesOffered", "SecurityTokenServiceEndpoint", "PassiveRequestorEndpoint",
    ]  # fmt: skip
    assert names(application) == [
        "KeyDescriptor", "TargetScopes", "ApplicationServiceEndpoint", "PassiveRequestorEndpoint",
    ]  # fmt: skip
    assert names(provider) == ["KeyDescriptor", "SingleLogoutService", "SingleSignOnService", "SingleSignOnService"]


def test_it_offers_the_nineteen_claim_types_in_order():
    offered = root().find(f".//{FED}ClaimTypesOffered")
    assert [one.get("Uri") for one in offered] == CLAIMS
    for one in offered:
        assert one.tag == AUTH + "ClaimType"
        assert names(one) == ["DisplayName", "Description"]
        assert all(child.text for child in one)


def test_its_endpoints_are_those_of_the_tenant():
    entity = root()
    login = f"https://login.microsoftonline.com/{TENANT}"
    provider = entity.find(MD + "IDPSSODescriptor")
    assert dict(provider.attrib) == {"protocolSupportEnumeration": "urn:oasis:names:tc:SAML:2.0:protocol"}
    bindings = "urn:oasis:names:tc:SAML:2.0:bindings:"
    assert [(etree.QName(one).localname, one.get("Binding"), one.get("Location")) for one in provider[1:]] == [
        ("SingleLogoutService", bindings + "HTTP-Redirect", login + "/saml2"),
        ("SingleSignOnService", bindings + "HTTP-Redirect", login + "/saml2"),
        ("SingleSignOnService", bindings + "HTTP-POST", login + "/saml2"),
    ]
    addresses = [one.text for one in entity.iter(WSA + "Address")]
    assert addresses == [login + "/wsfed", login + "/wsfed", ISSUER, login + "/wsfed", login + "/wsfed"]


def test_nothing_limits_its_validity():
    raw = document()
    for word in (b"validUntil", b"cacheDuration", b"EncryptionMethod", b"NameIDFormat", b"WantAuthnRequestsSigned"):
        assert word not in raw


@pytest.mark.parametrize(("certificates", "count"), [("", 1), (SECOND, 2)], ids=["one", "two"])
def test_every_certificate_stands_in_three_places(certificates: str, count: int):
    entity = root(certificates)
    roles = [[key for key in role if key.tag == MD + "KeyDescriptor"] for role in entity[1:]]
    assert [len(keys) for keys in roles] == [count] * 3
    assert all(dict(key.attrib) == {"use": "signing"} for keys in roles for key in keys)
    listed = [[key.findtext(f".//{DS}X509Certificate") for key in keys] for keys in roles]
    assert listed[0] == listed[1] == listed[2]
    assert len(set(listed[0])) == count


def test_active_and_inactive_certificates_are_listed_without_a_mark():
    provider = root(SECOND).find(MD + "IDPSSODescriptor")
    first, second = (etree.tostring(key) for key in provider if key.tag == MD + "KeyDescriptor")
    assert re.sub(rb"<X509Certificate>.*<", b"", first) == re.sub(rb"<X509Certificate>.*<", b"", second)


def test_a_document_can_list_some_certificates_only():
    listed = read_metadata(idp(certificates=SECOND).federation_metadata(NOW, certificates=("2029",))).keys
    assert [one.not_after.year for one in listed] == [2029]
    assert listed[0].not_before.month == 10


def test_its_size_is_that_of_entras():
    """About 14 kB with one certificate, 3 kB more for another."""
    assert 13_000 < len(document()) < 15_000
    assert 3_000 < len(document(SECOND)) - len(document()) < 3_600


@pytest.mark.parametrize("bom", [True, False], ids=["with a mark", "without"])
@pytest.mark.parametrize("certificates", ["", SECOND], ids=["one", "two"])
def test_it_is_signed_with_the_apps_own_active_key(certificates: str, bom: bool):
    entra = idp(certificates=certificates)
    key = entra.signing_key(entra.scenario.apps[0], NOW).certificate
    verification = verify_document(entra.federation_metadata(NOW, bom=bom), [key])
    assert verification.verified
    assert verification.covered == "the EntityDescriptor"
    (signature,) = verification.signatures
    assert signature.key_thumbprint == key.thumbprint
    assert signature.method == "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    assert {word for _, word, _ in signature.words} == {"verifies"}


def test_reading_it_gives_issuer_and_keys_back():
    entra = idp()
    held = read_metadata(entra.federation_metadata(NOW))
    assert held.document.bom
    assert held.entity_ids == (ISSUER,)
    assert held.keys_for(ISSUER) == (entra.respond("ada@contoso.com", NOW).signed_by,)
    assert held.signature.verified
