"""The subject's NameID: the app's setting, or what the request asks for."""

import re

import pytest

from harness.entra.authn_request import AuthnRequest
from harness.entra.refusals import EntraRefusal
from harness.errors import BadScenario
from tests.entra.worlds import NOW, idp, tree

V11, V20 = "urn:oasis:names:tc:SAML:1.1:nameid-format:", "urn:oasis:names:tc:SAML:2.0:nameid-format:"


def name_id(app: str = "", upn: str = "ada@contoso.com", asked: str | None = None) -> tuple[str, str]:
    found = tree(idp(app).respond(upn, NOW, request=asked and AuthnRequest("_r", name_id_format=asked))).find(
        ".//{*}NameID"
    )
    return found.text, found.get("Format")


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        ("", ("ada@contoso.com", V11 + "emailAddress")),
        ('name_id = { source = "user.mail" }', ("ada.lovelace@contoso.com", V11 + "emailAddress")),
        ('name_id = { source = "user.employeeid", format = "persistent" }', ("E42", V20 + "persistent")),
        ('name_id = { format = "unspecified" }', ("ada@contoso.com", V11 + "unspecified")),
        ('name_id = { format = "windows" }', ("ada@contoso.com", V11 + "WindowsDomainQualifiedName")),
        (
            'name_id = { transformations = [{ method = "ExtractMailPrefix", input = "user.mail" }] }',
            ("ada.lovelace", V11 + "emailAddress"),
        ),
        (
            'name_id = { source = "user.mail", transformations = [{ method = "ExtractMailPrefix" }] }',
            ("ada.lovelace", V11 + "emailAddress"),
        ),
    ],
)
def test_the_app_decides(app: str, expected: tuple[str, str]):
    assert name_id(app) == expected


@pytest.mark.parametrize("asked", [V20 + "persistent", V11 + "unspecified", V20 + "transient"])
def test_the_request_wins_with_an_identifier_of_43_characters(asked: str):
    value, form = name_id(asked=asked)
    assert form == asked
    assert re.fullmatch(r"[\w-]{43}", value)
    assert (name_id(asked=asked)[0] == value) is (asked != V20 + "transient")
    assert name_id(asked=asked, upn="noah@contoso.com")[0] != value


def test_a_request_for_a_mail_address_gives_the_apps_value():
    assert name_id('name_id = { format = "persistent" }', asked=V11 + "emailAddress") == (
        "ada@contoso.com",
        V11 + "emailAddress",
    )


def test_a_format_that_entra_does_not_give_is_refused():
    with pytest.raises(EntraRefusal, match="AADSTS75016"):
        name_id(asked=V20 + "kerberos")


def test_a_transformation_without_a_result_falls_back_to_the_persistent_identifier():
    app = 'name_id = { transformations = [{ method = "ExtractMailPrefix", input = "user.mail" }] }'
    value, form = name_id(app, upn="noah@contoso.com")
    assert (len(value), form) == (43, V20 + "persistent")


def test_a_source_without_a_value_is_refused():
    with pytest.raises(
        EntraRefusal, match=r"AADSTS501241: Mandatory Input 'user\.mail' missing from transformation ID"
    ):
        name_id('name_id = { source = "user.mail" }', upn="noah@contoso.com")


@pytest.mark.parametrize(
    ("name_id", "said"),
    [
        ('{ source = "user.department" }', "NameID takes one of the sources user.userprincipalname"),
        ('{ transformations = [{ method = "ToLowercase", input = "user.mail" }] }', "ExtractMailPrefix and Join only"),
        (
            '{ transformations = [{ method = "ExtractMailPrefix", input = "user.assignedroles" }] }',
            "takes NameID's sources only",
        ),
    ],
)
def test_what_name_id_does_not_take_is_said(name_id: str, said: str):
    with pytest.raises(BadScenario, match=said):
        idp(f"name_id = {name_id}")
