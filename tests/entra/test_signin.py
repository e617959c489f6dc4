"""What a service provider asks for, and what Entra says to it before anybody signs in."""

import base64
import zlib
from urllib.parse import quote, quote_plus

import pytest

from harness.entra.authn_request import AuthnRequest, from_post, from_redirect, read_request
from harness.entra.idp import EntraIdp
from harness.entra.refusals import EntraRefusal
from harness.entra.signin import answer, asked_by_post, asked_by_query, asked_by_request, asked_by_tile
from harness.errors import HarnessError
from harness.saml.algorithms import SIGNATURE_METHODS
from harness.saml.keys import make_signing_key
from harness.saml.names import RSA_SHA1, RSA_SHA256
from harness.saml.received import receive
from harness.scenario.load import parse_scenario
from tests.entra.worlds import BASE, NOW, idp, tree

SIGN_IN = "https://signin.aws.amazon.com/saml"
APP_ID = "aaaaaaaa-0000-4000-8000-000000000001"
REQUEST_ID = "id6c1c178c166d486687be4aaf5e482730"
AC = "urn:oasis:names:tc:SAML:2.0:ac:classes:"


def request(inside: str = "", issuer: str = SIGN_IN, request_id: str = REQUEST_ID, **attributes: str) -> bytes:
    """The request that tools for AWS were seen to make, with what a test changes."""
    given = {
        "ID": request_id,
        "Version": "2.0",
        "IssueInstant": "2026-11-01T09:00:00Z",
        "IsPassive": "false",
        "AssertionConsumerServiceURL": SIGN_IN,
    } | attributes
    written = " ".join(f'{name}="{value}"' for name, value in given.items())
    return (
        f'<samlp:AuthnRequest xmlns="urn:oasis:names:tc:SAML:2.0:metadata" {written} '
        'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">'
        f'<Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</Issuer>'
        '<samlp:NameIDPolicy Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"/>'
        f"{inside}</samlp:AuthnRequest>"
    ).encode()


def deflated(xml: bytes) -> str:
    packer = zlib.compressobj(wbits=-15)
    return base64.b64encode(packer.compress(xml) + packer.flush()).decode()


def refusal(xml: bytes, mock: EntraIdp | None = None, upn: str = "ada@contoso.com") -> EntraRefusal:
    """How the mock refuses a request, at the latest once the user has signed in."""
    entra = mock or idp()
    with pytest.raises(EntraRefusal) as refused:
        answer(entra, asked_by_request(entra.scenario, read_request(xml)), upn, NOW, NOW)
    return refused.value


def test_a_request_of_a_tool_for_aws_is_answered():
    entra = idp()
    asked = asked_by_request(entra.scenario, from_redirect(deflated(request())), "state")
    response = answer(entra, asked, "ada@contoso.com", NOW, NOW)
    root = tree(response)
    assert root.get("InResponseTo") == REQUEST_ID
    assert root.find(".//{*}SubjectConfirmationData").get("InResponseTo") == root.get("InResponseTo")
    assert root.find(".//{*}AuthnStatement").get("AuthnInstant") == "2026-11-01T09:00:00.123Z"
    assert response.relay_state == "state"


def test_both_bindings_carry_the_same_request():
    assert from_redirect(deflated(request())) == from_post(base64.b64encode(request()).decode())


@pytest.mark.parametrize("issuer", [SIGN_IN, APP_ID, f"spn:{APP_ID}"])
def test_an_app_is_found_by_identifier_or_application_id(issuer: str):
    assert asked_by_request(idp().scenario, read_request(request(issuer=issuer))).app.name == "AWS"


def test_of_two_instances_the_exact_identifier_chooses():
    second = """
[[apps]]
name = "AWS 2"
identifiers = ["https://signin.aws.amazon.com/saml#2"]
[[apps.certificates]]
name = "c"
not_before = 2026-01-15T07:05:00Z
not_after = 2029-01-15T07:02:19Z
active = true
"""
    both = parse_scenario(BASE.format(app="", certificates="", claims="") + second, "two.scenario.toml")
    assert asked_by_request(both, read_request(request(issuer=SIGN_IN + "#2"))).app.name == "AWS 2"
    assert asked_by_request(both, read_request(request())).app.name == "AWS"


REFUSED = {
    "an ID that begins with a digit": (request(request_id="1a"), "AADSTS7500529"),
    "no ID": (request(request_id=""), "AADSTS7500529"),
    "another version": (request(Version="1.1"), "AADSTS75005"),
    "an unknown issuer": (request(issuer=SIGN_IN + "#9"), "AADSTS700016"),
    "no issuer": (request(issuer=""), "AADSTS700016"),
    "another reply URL": (request(AssertionConsumerServiceURL=SIGN_IN + "/"), "AADSTS50011"),
    "a reply URL of http": (request(AssertionConsumerServiceURL="http://signin.aws.amazon.com/saml"), "AADSTS50011"),
    "another binding": (request(ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"), "AADSTS75003"),
    "a Subject": (request('<Subject xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>'), "AADSTS75006"),
    "ProxyCount": (request('<samlp:Scoping ProxyCount="1"/>'), "AADSTS75006"),
    "RequesterID": (request("<samlp:Scoping><samlp:RequesterID>x</samlp:RequesterID></samlp:Scoping>"), "AADSTS75006"),
    "a comparison": (request('<samlp:RequestedAuthnContext Comparison="minimum"/>'), "AADSTS75006"),
    "a response": (request().replace(b"AuthnRequest", b"Response"), "AADSTS75005"),
    "no XML": (b"hello", "AADSTS75005"),
    "a document type": (b"<!DOCTYPE x>" + request(), "AADSTS75005"),
}


@pytest.mark.parametrize(("xml", "code"), REFUSED.values(), ids=REFUSED)
def test_a_request_is_refused_with_entras_code(xml: bytes, code: str):
    assert refusal(xml).code == code


@pytest.mark.parametrize(
    "ignored",
    [{"Destination": "https://x/"}, {"Consent": "x"}, {"ProviderName": "x"}, {"IssueInstant": "long ago"}],
    ids=str,
)
def test_what_entra_ignores_is_ignored(ignored: dict[str, str]):
    assert read_request(request(**ignored)).issuer == SIGN_IN


@pytest.mark.parametrize(
    ("message", "code"),
    [("", "AADSTS750054"), ("%%%", "AADSTS75005"), (base64.b64encode(request()).decode(), "AADSTS75005")],
    ids=["none", "no base64", "not deflated"],
)
def test_a_redirect_without_a_message_is_refused(message: str, code: str):
    with pytest.raises(EntraRefusal) as refused:
        from_redirect(message)
    assert refused.value.code == code


def test_a_deflated_message_that_never_ends_is_refused():
    with pytest.raises(EntraRefusal, match="AADSTS75005"):
        from_redirect(deflated(b"<a>" + b" " * 50_000_000))


def context(name: str) -> str:
    return (
        "<samlp:RequestedAuthnContext><AuthnContextClassRef "
        f'xmlns="urn:oasis:names:tc:SAML:2.0:assertion">{AC}{name}</AuthnContextClassRef></samlp:RequestedAuthnContext>'
    )


@pytest.mark.parametrize(
    ("method", "asked", "said"),
    [
        ("password", "Password", None),
        ("mfa", "PasswordProtectedTransport", None),
        ("x509", "X509", None),
        ("x509", "Unspecified", None),
        ("x509", "PasswordProtectedTransport", ("X509, MultiFactor", "Password, ProtectedTransport")),
        ("password", "X509", ("Password", "X509")),
    ],
)
def test_a_requested_context_is_met_or_refused(method: str, asked: str, said: tuple[str, str] | None):
    entra = idp(
        claims=f'[[users]]\nupn = "may@contoso.com"\nauthentication = "{method}"', app="assignment_required = false"
    )
    xml = request(context(asked))
    if said is None:
        response = answer(entra, asked_by_request(entra.scenario, read_request(xml)), "may@contoso.com", NOW, NOW)
        expected = "X509" if method == "x509" else "Password"
        assert tree(response).findtext(".//{*}AuthnContextClassRef") == AC + expected
    else:
        assert str(refusal(xml, entra, "may@contoso.com")) == (
            f"AADSTS75011: Authentication method '{said[0]}' by which the user authenticated with the service doesn't "
            f"match requested authentication method '{said[1]}'. Contact the AWS application owner."
        )


def test_the_reply_url_mismatch_says_both():
    assert str(refusal(request(AssertionConsumerServiceURL="https://x/"))) == (
        "AADSTS50011: The reply URL 'https://x/' specified in the request does not match the reply URLs configured "
        f"for the application '{APP_ID}'. Make sure the reply URL sent in the request matches one added to your "
        "application in the Azure portal. Navigate to https://aka.ms/urlMismatchError to learn more about how to "
        "fix this."
    )


def test_a_qualifier_is_echoed_and_the_signature_holds():
    """White space in an attribute is written as a reference: raw, a parser would make blanks of it."""
    xml = request().replace(b'emailAddress"/>', b'emailAddress" SPNameQualifier="q&lt;&#9;&#10;&#13;"/>')
    entra = idp(app='signing_option = "both"')
    response = answer(entra, asked_by_request(entra.scenario, read_request(xml)), "ada@contoso.com", NOW, NOW)
    assert tree(response).find(".//{*}NameID").get("SPNameQualifier") == "q<\t\n\r"
    assert all(check.verified for check in receive(response.xml, [response.signed_by]).signatures)


@pytest.mark.parametrize("written", [APP_ID, APP_ID.replace("-", ""), APP_ID.upper()])
def test_a_tile_names_the_app_by_its_application_id(written: str):
    assert asked_by_tile(idp().scenario, written).app.name == "AWS"


def test_a_tile_of_no_app_is_refused():
    with pytest.raises(EntraRefusal, match="AADSTS700016: Application with identifier 'x'"):
        asked_by_tile(idp().scenario, "x")


KEY = make_signing_key("SP", NOW.replace(year=2025), NOW.replace(year=2035))
DEMANDING = f'verification_certificates = ["""{KEY.certificate.pem}"""]'


def query(algorithm: str = RSA_SHA256) -> str:
    signed = f"SAMLRequest={quote_plus(deflated(request()))}&RelayState=a%20b&SigAlg={quote_plus(algorithm)}"
    value = base64.b64encode(SIGNATURE_METHODS[algorithm].sign(KEY.private, signed.encode())).decode()
    return f"{signed}&Signature={quote(value, safe='')}"


UNSIGNED = f"SAMLRequest={quote_plus(deflated(request(request_id='_evil')))}"


@pytest.mark.parametrize("bad", [f"{UNSIGNED}&{query()}", f"{query()}&{UNSIGNED}", f"{query()}&RelayState=x"])
def test_a_parameter_that_comes_twice_is_refused(bad: str):
    """One would be read and the other verified."""
    with pytest.raises(EntraRefusal, match="AADSTS75005"):
        asked_by_query(idp(app=DEMANDING).scenario, bad)


def test_where_signed_requests_are_demanded_a_signed_one_is_taken():
    scenario = idp(app=DEMANDING).scenario
    asked = asked_by_query(scenario, query())
    assert (asked.app.name, asked.relay_state) == ("AWS", "a b")
    with pytest.raises(HarnessError, match="signature of a posted AuthnRequest is not checked by this mock"):
        asked_by_post(scenario, base64.b64encode(request()).decode())


@pytest.mark.parametrize(
    "bad",
    [
        UNSIGNED,
        query(RSA_SHA1),
        query().replace("RelayState=a", "RelayState=b"),
        query()[:-9],
        query().partition("&Sig")[0],
    ],
    ids=["no signature", "SHA-1", "another RelayState", "cut", "unsigned"],
)
def test_where_signed_requests_are_demanded_others_and_my_apps_are_refused(bad: str):
    scenario = idp(app=DEMANDING).scenario
    for call in (
        lambda: asked_by_query(scenario, bad),
        lambda: asked_by_tile(scenario, APP_ID),
    ):
        with pytest.raises(EntraRefusal, match="AADSTS76021"):
            call()


def test_a_request_that_is_only_an_id_is_enough_for_a_response():
    assert tree(idp().respond("ada@contoso.com", NOW, request=AuthnRequest("_x"))).get("InResponseTo") == "_x"
