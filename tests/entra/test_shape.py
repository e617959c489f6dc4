"""The response is, byte for byte, what Entra was observed to send, but for what differs from one to the next."""

import re
from datetime import datetime, timedelta

import pytest

from harness.entra.authn_request import AuthnRequest
from tests.entra.worlds import ADMIN, ISSUER, NOW, READER, TENANT, attributes, idp, issued, tree

GUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
MS = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
B64 = r"[A-Za-z0-9+/]+=*"
TEMPLATE = (
    '<samlp:Response ID="_{guid}" Version="2.0" IssueInstant="{ms}" Destination="https://signin.aws.amazon.com/saml"'
    '{request} xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">'
    '<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</Issuer>'
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
    '<Assertion ID="_(?P<id>{guid})" IssueInstant="{ms}" Version="2.0" xmlns="urn:oasis:names:tc:SAML:2.0:assertion">'
    "<Issuer>{issuer}</Issuer>"
    '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo>'
    '<CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
    '<SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
    '<Reference URI="#_(?P=id)"><Transforms>'
    '<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>'
    '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></Transforms>'
    '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue>{b64}</DigestValue></Reference>'
    "</SignedInfo><SignatureValue>{b64}</SignatureValue>"
    "<KeyInfo><X509Data><X509Certificate>{b64}</X509Certificate></X509Data></KeyInfo></Signature>"
    '<Subject><NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">ada@contoso\\.com</NameID>'
    '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
    '<SubjectConfirmationData{request} NotOnOrAfter="{ms}" Recipient="https://signin.aws.amazon.com/saml"/>'
    "</SubjectConfirmation></Subject>"
    '<Conditions NotBefore="{ms}" NotOnOrAfter="{ms}"><AudienceRestriction>'
    "<Audience>https://signin.aws.amazon.com/saml</Audience></AudienceRestriction></Conditions>"
    '<AttributeStatement>(?:<Attribute Name="[^"]+">(?:<AttributeValue>[^<]+</AttributeValue>)+</Attribute>)+'
    '</AttributeStatement><AuthnStatement AuthnInstant="{ms}" SessionIndex="_(?P=id)"><AuthnContext>'
    "<AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</AuthnContextClassRef></AuthnContext>"
    "</AuthnStatement></Assertion></samlp:Response>"
)


def template(request: str = "") -> str:
    """The whole response as one expression."""
    filled = TEMPLATE.replace("{guid}", GUID).replace("{ms}", MS).replace("{b64}", B64)
    return filled.replace("{issuer}", re.escape(ISSUER)).replace("{request}", request)


def instants(response=None) -> dict[str, datetime]:
    text = (response or issued()).xml.decode()
    found = {
        "response": re.search(r"<samlp:Response [^>]*IssueInstant=\"([^\"]+)", text),
        "assertion": re.search(r"<Assertion [^>]*IssueInstant=\"([^\"]+)", text),
        "not before": re.search(r'NotBefore="([^"]+)', text),
        "conditions end": re.search(r'<Conditions [^>]*NotOnOrAfter="([^"]+)', text),
        "confirmation end": re.search(r'<SubjectConfirmationData [^>]*NotOnOrAfter="([^"]+)', text),
        "signed in": re.search(r'AuthnInstant="([^"]+)', text),
    }
    return {name: datetime.fromisoformat(match[1]) for name, match in found.items() if match}


def test_the_response_has_entras_shape_to_the_byte():
    assert re.fullmatch(template(), issued().xml.decode())


def test_an_answer_to_a_request_names_it_in_both_places():
    answer = idp().respond("ada@contoso.com", NOW, request=AuthnRequest("_id-1"))
    assert re.fullmatch(template(' InResponseTo="_id-1"'), answer.xml.decode())


def test_there_is_no_declaration_no_white_space_and_no_break():
    xml = issued().xml
    assert xml.startswith(b"<samlp:Response ID=")
    assert b"\n" not in xml
    assert b"> <" not in xml
    assert b" />" not in xml


def test_only_response_and_status_are_prefixed():
    assert set(re.findall(rb"</?(\w+):", issued().xml)) == {b"samlp"}
    assert {name.decode() for name in re.findall(rb"<samlp:(\w+)", issued().xml)} == {
        "Response",
        "Status",
        "StatusCode",
    }


def test_base64_is_not_wrapped():
    assert re.fullmatch(B64, issued().base64)


def test_each_response_has_ids_of_its_own():
    ids = [re.findall(r' ID="([^"]+)"', issued(seed=seed).xml.decode()) for seed in range(1, 9)]
    assert len({one for pair in ids for one in pair}) == 16
    assert all(pair[1].endswith(("00", "01")) for pair in ids)


@pytest.mark.parametrize("seed", range(1, 6))
def test_times_run_as_observed(seed: int):
    at = instants(issued(seed=seed))
    base = at["not before"] + timedelta(minutes=5)
    assert at["conditions end"] == at["confirmation end"] == base + timedelta(minutes=60)
    assert timedelta(milliseconds=90) <= at["assertion"] - base <= timedelta(milliseconds=300)
    assert timedelta(0) <= at["response"] - at["assertion"] <= timedelta(milliseconds=10)
    assert at["response"] == NOW.replace(microsecond=123000)
    assert timedelta(0) < NOW - at["signed in"] < timedelta(days=91)


def test_both_ends_and_the_start_share_their_milliseconds():
    text = issued().xml.decode()
    milliseconds = re.findall(r'Not(?:Before|OnOrAfter)="[^"]+\.(\d{3})Z"', text)
    assert len(milliseconds) == 3
    assert len(set(milliseconds)) == 1


def test_token_lifetime_changes_the_conditions_alone():
    at = instants(issued(app="token_lifetime = 600"))
    assert at["conditions end"] - at["not before"] == timedelta(minutes=15)
    assert at["confirmation end"] - at["not before"] == timedelta(minutes=65)


@pytest.mark.parametrize(
    ("app", "audience"),
    [
        ("", "https://signin.aws.amazon.com/saml"),
        ('identifiers = ["https://signin.aws.amazon.com/saml#2"]', "https://signin.aws.amazon.com/saml"),
        ('identifiers = ["urn:contoso:aws", "https://other.example/"]', "urn:contoso:aws"),
        ("identifiers = []", "spn:aaaaaaaa-0000-4000-8000-000000000001"),
    ],
    ids=["default", "numbered", "first of two", "none"],
)
def test_the_audience_is_the_identifier(app: str, audience: str):
    assert tree(issued(app=app)).findtext(".//{*}Audience") == audience


def test_the_first_reply_url_is_destination_and_recipient():
    response = issued(app='reply_urls = ["https://signin.amazonaws.cn/saml", "https://other.example/"]')
    root = tree(response)
    assert root.get("Destination") == response.acs == "https://signin.amazonaws.cn/saml"
    assert root.find(".//{*}SubjectConfirmationData").get("Recipient") == response.acs


def test_attributes_come_in_the_observed_order():
    assert list(attributes().items()) == [
        ("http://schemas.microsoft.com/identity/claims/tenantid", [TENANT]),
        ("http://schemas.microsoft.com/identity/claims/objectidentifier", ["bbbbbbbb-0000-4000-8000-000000000001"]),
        ("http://schemas.microsoft.com/identity/claims/displayname", ["Ada Lovelace"]),
        ("http://schemas.microsoft.com/identity/claims/identityprovider", [ISSUER]),
        (
            "http://schemas.microsoft.com/claims/authnmethodsreferences",
            ["http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"],
        ),
        ("http://schemas.microsoft.com/ws/2008/06/identity/claims/role", [ADMIN, READER]),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname", ["Ada"]),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname", ["Lovelace"]),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", ["ada.lovelace@contoso.com"]),
        ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name", ["ada@contoso.com"]),
        ("https://aws.amazon.com/SAML/Attributes/Role", [ADMIN, READER]),
        ("https://aws.amazon.com/SAML/Attributes/RoleSessionName", ["ada@contoso.com"]),
        ("https://aws.amazon.com/SAML/Attributes/SessionDuration", ["3600"]),
    ]


def test_no_attribute_has_a_format_or_a_type():
    root = tree()
    assert {name for one in root.iter("{*}Attribute") for name in one.attrib} == {"Name"}
    assert not [name for one in root.iter("{*}AttributeValue") for name in one.attrib]
