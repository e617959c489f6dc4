"""Who gets which claims, and who gets in."""

import pytest

from harness.entra.refusals import EntraRefusal
from harness.errors import HarnessError
from harness.saml.received import receive
from tests.entra.worlds import ADMIN, ISSUER, NOW, READER, attributes, idp, issued, tree

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
BUILT_IN = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
MS = "http://schemas.microsoft.com/identity/claims/"
SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"


def test_roles_are_sent_twice_and_in_the_order_of_the_app():
    said = attributes()
    assert said[ROLE] == said[BUILT_IN] == [ADMIN, READER]


def test_a_disabled_role_is_still_sent():
    assert READER in attributes()[ROLE]


def test_a_role_without_value_sends_no_role_and_is_a_success():
    response = issued("noah@contoso.com")
    assert tree(response).find(".//{*}StatusCode").get("Value").endswith(":Success")
    assert ROLE not in attributes(response)
    assert BUILT_IN not in attributes(response)


def test_null_claims_are_left_out():
    said = attributes(issued("bare@contoso.com"))
    assert not {MS + "displayname", SOAP + "givenname", SOAP + "surname", SOAP + "emailaddress"} & set(said)
    assert said[SOAP + "name"] == ["bare@contoso.com"]
    assert all(value for values in said.values() for value in values)


def test_an_empty_source_leaves_its_claim_out():
    entra = idp(claims='[[apps.claims]]\nname = "RoleSessionName"\nsource = "user.mail"')
    assert attributes(entra.respond("ada@contoso.com", NOW))["RoleSessionName"] == ["ada.lovelace@contoso.com"]
    assert "RoleSessionName" not in attributes(entra.respond("bare@contoso.com", NOW))


def test_a_guest_has_no_display_name_and_comes_from_the_home_tenant():
    said = attributes(issued("guest@partner.example"))
    assert MS + "displayname" not in said
    assert said[MS + "identityprovider"] == ["https://sts.windows.net/99999999-2222-4333-8444-555555555555/"]
    assert said[MS + "tenantid"] != ["99999999-2222-4333-8444-555555555555"]
    assert attributes()[MS + "identityprovider"] == [ISSUER]


def test_members_of_a_nested_group_are_not_assigned():
    with pytest.raises(EntraRefusal, match=r"AADSTS50105: .*'nested@contoso\.com' is blocked") as refusal:
        idp().respond("nested@contoso.com", NOW)
    assert refusal.value.code == "AADSTS50105"


def test_who_is_not_assigned_is_refused_in_entras_words():
    with pytest.raises(EntraRefusal) as refusal:
        idp().respond("nobody@contoso.com", NOW)
    assert str(refusal.value) == (
        "AADSTS50105: Your administrator has configured the application AWS "
        "('aaaaaaaa-0000-4000-8000-000000000001') to block users unless they are specifically granted ('assigned') "
        "access to the application. The signed in user 'nobody@contoso.com' is blocked because they are not a direct "
        "member of a group with access, nor had access directly assigned by an administrator. Please contact your "
        "administrator to assign access to this application."
    )


def test_where_no_assignment_is_required_everybody_gets_in_without_a_role():
    said = attributes(idp(app="assignment_required = false").respond("nobody@contoso.com", NOW))
    assert ROLE not in said


def test_names_of_users_are_compared_without_case():
    assert tree(issued("ADA@Contoso.com")).findtext(".//{*}NameID") == "ada@contoso.com"


@pytest.mark.parametrize(
    ("upn", "app", "words"),
    [
        ("x@contoso.com", None, r"no user 'x@contoso\.com' in scenario 'test'; its users: ada@contoso\.com, "),
        ("ada@contoso.com", "Other", "name one of the apps of scenario 'test': AWS"),
    ],
    ids=["user", "app"],
)
def test_an_unknown_name_is_answered_with_the_known_ones(upn: str, app: str | None, words: str):
    with pytest.raises(HarnessError, match=words):
        idp().respond(upn, NOW, app=app)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("user.userprincipalname", "ada@contoso.com"),
        ("user.mail", "ada.lovelace@contoso.com"),
        ("user.displayname", "Ada Lovelace"),
        ("user.employeeid", "E42"),
        ("user.objectid", "bbbbbbbb-0000-4000-8000-000000000001"),
        ("user.mailnickname", "ada"),
    ],
)
def test_a_claim_reads_its_source(source: str, value: str):
    entra = idp(claims=f'[[apps.claims]]\nname = "X"\nsource = "{source}"')
    assert attributes(entra.respond("ada@contoso.com", NOW))["X"] == [value]


def test_the_templates_own_session_duration_source_is_no_attribute_of_users():
    entra = idp(claims='[[apps.claims]]\nname = "X"\nsource = "user.sessionduration"')
    with pytest.raises(HarnessError, match=r"claim source 'user\.sessionduration' is no user attribute; known: user\."):
        entra.respond("ada@contoso.com", NOW)


def test_the_namespace_is_joined_with_a_slash_even_where_one_is_there():
    entra = idp(
        claims='[[apps.claims]]\nname = "Role"\nnamespace = "https://aws.amazon.com/SAML/Attributes/"\nvalue = "x"'
    )
    assert "https://aws.amazon.com/SAML/Attributes//Role" in attributes(entra.respond("ada@contoso.com", NOW))


@pytest.mark.parametrize("bad", ["1a", "a b", "a/b", "a=", "", "a\tb", "é"], ids=repr)
def test_a_request_id_that_is_none_is_refused_as_entra_does(bad: str):
    with pytest.raises(EntraRefusal, match="AADSTS7500529"):
        idp().respond("ada@contoso.com", NOW, in_response_to=bad)


@pytest.mark.parametrize(
    "value",
    ["<&>\"'", "]]>", "Zoë 日本 \U0001f600", " two  blanks ", "a/></SubjectConfirmation>", "\u0085\u2028", "&amp;"],
    ids=repr,
)
def test_any_value_is_signed_as_it_is_read(value: str):
    """The text is written canonically by hand, so every character that needs an escape must have the right one."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    entra = idp(
        app=f'identifiers = ["{quoted}"]\nreply_urls = ["https://x/{quoted}"]\nsigning_option = "both"',
        claims=f'[[apps.claims]]\nname = "X{quoted}"\nvalue = "{quoted}"',
    )
    response = entra.respond("ada@contoso.com", NOW)
    received = receive(response.xml, [response.signed_by])
    assert [check.verified for check in received.signatures] == [True, True]
    assert received.signed.values(f"X{value}") == (value,)
    assert received.signed.conditions.audiences == ((value.partition("#")[0],),)
    assert received.signed.confirmations[0].recipient == f"https://x/{value}"


def test_a_relay_state_is_the_callers_or_the_apps():
    entra = idp(app='relay_state = "https://console.aws.amazon.com/"')
    assert entra.respond("ada@contoso.com", NOW).relay_state == "https://console.aws.amazon.com/"
    assert entra.respond("ada@contoso.com", NOW, relay_state="x").relay_state == "x"
    assert issued().relay_state is None
