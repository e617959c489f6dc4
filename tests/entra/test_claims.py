"""Who gets which claims, and who gets in."""

import pytest

from harness.entra.authn_request import AuthnRequest
from harness.entra.claims import not_issued
from harness.entra.directory import find_user
from harness.entra.idp import proxied
from harness.entra.profile import person_of
from harness.entra.refusals import EntraRefusal
from harness.errors import BadScenario, HarnessError
from harness.saml.received import receive
from tests.entra.worlds import ADMIN, ISSUER, NOW, READER, attributes, idp, issued, tree

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
BUILT_IN = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"
MS = "http://schemas.microsoft.com/identity/claims/"
GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
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


def test_a_source_that_is_none_is_named_as_it_is_written():
    entra = idp(claims='[[apps.claims]]\nname = "X"\nsource = "Job Titel"')
    with pytest.raises(HarnessError, match="claim source 'Job Titel' is no user attribute"):
        entra.respond("ada@contoso.com", NOW)


def test_the_namespace_is_joined_with_a_slash_even_where_one_is_there():
    entra = idp(
        claims='[[apps.claims]]\nname = "Role"\nnamespace = "https://aws.amazon.com/SAML/Attributes/"\nvalue = "x"'
    )
    assert "https://aws.amazon.com/SAML/Attributes//Role" in attributes(entra.respond("ada@contoso.com", NOW))


@pytest.mark.parametrize("bad", ["1a", "a b", "a/b", "a=", "", "a\tb", "é"], ids=repr)
def test_a_request_id_that_is_none_is_refused_as_entra_does(bad: str):
    with pytest.raises(EntraRefusal, match="AADSTS7500529"):
        idp().respond("ada@contoso.com", NOW, request=AuthnRequest(bad))


@pytest.mark.parametrize(
    "value",
    ["<&>\"'", "]]>", "Zoë 日本 \U0001f600", " two  blanks ", "a/></SubjectConfirmation>", "\u0085\u2028", "&amp;"],
    ids=repr,
)
def test_any_value_is_signed_as_it_is_read(value: str):
    """The text is written canonically by hand, so every character that needs an escape must have the right one."""
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    entra = idp(
        app=f'identifiers = ["urn:{quoted}"]\nreply_urls = ["https://x/{quoted}"]\nsigning_option = "both"',
        claims=f'[[apps.claims]]\nname = "X{quoted}"\nvalue = "{quoted}"',
    )
    response = entra.respond("ada@contoso.com", NOW)
    received = receive(response.xml, [response.signed_by])
    assert [check.verified for check in received.signatures] == [True, True]
    assert received.signed.values(f"X{value}") == (value,)
    assert received.signed.conditions.audiences == ((f"urn:{value}".partition("#")[0],),)
    assert received.signed.confirmations[0].recipient == f"https://x/{value}"


def test_an_identifier_that_is_no_uri_makes_the_audience_the_application_id():
    audience = tree(idp(app='identifiers = ["myapp"]').respond("ada@contoso.com", NOW)).findtext(".//{*}Audience")
    assert audience == "spn:aaaaaaaa-0000-4000-8000-000000000001"


def test_a_guest_signs_in_by_the_name_at_home():
    found = find_user(idp(claims=USERS).scenario, "guest@fabrikam.com")
    assert found.upn == GUEST


def test_a_relay_state_is_the_callers_or_the_apps():
    entra = idp(app='relay_state = "https://console.aws.amazon.com/"')
    asked = entra.respond("ada@contoso.com", NOW, request=AuthnRequest("_x"))
    assert asked.relay_state is None, "the app's goes with a response that nobody asked for"
    assert entra.respond("ada@contoso.com", NOW).relay_state == "https://console.aws.amazon.com/"
    assert entra.respond("ada@contoso.com", NOW, relay_state="x").relay_state == "x"
    assert issued().relay_state is None


GUEST = "guest_fabrikam.com#EXT#@contoso.com"
USERS = f"""
[[users]]
upn = "{GUEST}"
home_tenant = "99999999-2222-4333-8444-555555555555"
mail = "guest@fabrikam.com"
attributes = {{ Department = "Sales", extensionAttribute15 = "X15" }}
[[users]]
upn = "external_gmail.com#EXT#@contoso.com"
mail = "external@gmail.com"
"""


def said(claim: str, upn: str, app: str = "assignment_required = false") -> list[str] | None:
    """The values of a claim named X; None when it is not sent."""
    return attributes(idp(app=app, claims=f'[[apps.claims]]\nname = "X"\n{claim}\n{USERS}').respond(upn, NOW)).get("X")


@pytest.mark.parametrize(
    ("upn", "source", "value"),
    [
        (GUEST, "user.userprincipalname", "guest@fabrikam.com"),
        (GUEST, "user.localuserprincipalname", GUEST),
        ("external_gmail.com#EXT#@contoso.com", "user.userprincipalname", "external_gmail.com#EXT#@contoso.com"),
        ("guest@partner.example", "user.localuserprincipalname", "guest_partner.example#EXT#@contoso.com"),
        ("ada@contoso.com", "user.localuserprincipalname", "ada@contoso.com"),
        (GUEST, "user.department", "Sales"),
        (GUEST, "user.extensionattribute15", "X15"),
        (GUEST, "user.usertype", "Guest"),
        ("ada@contoso.com", "user.usertype", "Member"),
    ],
)
def test_a_guest_is_named_by_home_or_here(upn: str, source: str, value: str):
    assert said(f'source = "{source}"', upn) == [value]


CONDITIONS = """
value = "own"
[[apps.claims.conditions]]
users = "guests"
transformations = [{ method = "ExtractMailPrefix", input = "user.mail" }]
[[apps.claims.conditions]]
users = "external_guests"
value = "outside"
[[apps.claims.conditions]]
users = "members"
groups = ["admins"]
source = "user.mail"
[[apps.claims.conditions]]
users = "members"
value = "member"
[[apps.claims.conditions]]
users = "any"
source = "user.department"
"""


@pytest.mark.parametrize(
    ("upn", "value"),
    [
        ("external_gmail.com#EXT#@contoso.com", "external"),
        ("ada@contoso.com", "member"),
        ("noah@contoso.com", "member"),
        (GUEST, "guest"),
    ],
    ids=["a transformation counts after", "the last that holds", "of no group", "the transformation wins"],
)
def test_of_the_conditions_that_hold_the_last_counts_transformations_after_attributes(upn: str, value: str):
    assert said(CONDITIONS, upn) == [value]


def test_a_condition_for_a_group_holds_for_its_direct_members():
    claim = 'value = "own"\n[[apps.claims.conditions]]\ngroups = ["admins"]\nvalue = "admin"'
    assert said(claim, "ada@contoso.com") == ["admin"]
    assert said(claim, "nested@contoso.com") == ["own"]


def test_a_restricted_claim_is_refused():
    with pytest.raises(BadScenario, match=r"Entra does not let a claim be named .*claims/role: it is restricted"):
        idp(claims=f'[[apps.claims]]\nname = "{BUILT_IN}"\nvalue = "x"')


def test_groups_are_sent_nested_ones_included():
    groups = attributes(idp(app='group_claim = { identifier = "name" }').respond("ada@contoso.com", NOW))
    assert groups[GROUPS] == ["admins"]
    nested = idp(app='assignment_required = false\ngroup_claim = { identifier = "name" }')
    assert attributes(nested.respond("nested@contoso.com", NOW))[GROUPS] == ["admins", "nested admins"]


def test_assigned_groups_are_those_of_the_app():
    entra = idp(app='assignment_required = false\ngroup_claim = { which = "assigned", identifier = "name" }')
    assert GROUPS not in attributes(entra.respond("nested@contoso.com", NOW))


def test_groups_as_roles_replace_the_app_roles_in_the_role_claim_alone():
    sent = attributes(idp(app='group_claim = { as_roles = true, identifier = "name" }').respond("ada@contoso.com", NOW))
    assert sent[BUILT_IN] == ["admins"]
    assert sent[ROLE] == [ADMIN, READER]


@pytest.mark.parametrize(("count", "sent"), [(149, 150), (150, 0)])
def test_with_more_than_150_groups_there_is_only_a_link(count: int, sent: int):
    more = "".join(f'[[groups]]\nname = "g{number}"\nmembers = ["ada@contoso.com"]\n' for number in range(count))
    found = attributes(idp(app="group_claim = {}", claims=more).respond("ada@contoso.com", NOW))
    assert len(found.get(GROUPS, [])) == sent
    assert ("http://schemas.microsoft.com/claims/groups.link" in found) is (not sent)


def test_the_test_page_is_told_what_was_not_issued():
    entra = idp(claims='[[apps.claims]]\nname = "RoleSessionName"\nsource = "user.mail"')
    scenario, app = entra.scenario, entra.scenario.apps[0]
    bare = person_of(scenario, app, find_user(scenario, "bare@contoso.com"))
    assert not_issued(bare) == (SOAP + "givenname", SOAP + "surname", SOAP + "emailaddress", "RoleSessionName")


def test_the_advanced_option_names_the_format_of_every_attribute_and_the_signature_holds():
    response = idp(app="attribute_name_format = true").respond("ada@contoso.com", NOW)
    formats = {one.get("NameFormat") for one in tree(response).iter("{urn:oasis:names:tc:SAML:2.0:assertion}Attribute")}
    assert formats == {"urn:oasis:names:tc:SAML:2.0:attrname-format:uri"}
    assert all(check.verified for check in receive(response.xml, [response.signed_by]).signatures)


def test_the_order_of_roles_can_be_shuffled():
    mocks = [idp(app="shuffle_roles = true", seed=seed) for seed in range(8)]
    orders = {tuple(attributes(mock.respond("ada@contoso.com", NOW))[ROLE]) for mock in mocks}
    assert orders == {(ADMIN, READER), (READER, ADMIN)}


def test_a_disabled_app_signs_nobody_in():
    with pytest.raises(EntraRefusal, match="AADSTS7000112"):
        idp(app="enabled = false").respond("ada@contoso.com", NOW)


def test_the_port_stays_behind_the_name_of_session_control():
    assert proxied("https://signin.aws.amazon.com:443/saml") == "https://signin.aws.amazon.com.mcas.ms:443/saml"


def test_session_control_stands_before_the_acs_and_changes_nothing_in_the_response():
    response = idp(app="session_control = true").respond("ada@contoso.com", NOW)
    assert response.post_to == "https://signin.aws.amazon.com.mcas.ms/saml"
    assert tree(response).get("Destination") == response.acs == "https://signin.aws.amazon.com/saml"
    assert issued().post_to == "https://signin.aws.amazon.com/saml"
