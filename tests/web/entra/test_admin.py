"""The Single sign-on blade: what an administrator changes there is what the next sign-in shows."""

from __future__ import annotations

import json

import boto3
import pytest
from lxml import html

from harness.entra.claims_policy import rows_of
from harness.entra.graph.call import Call
from harness.entra.graph.service import Graph
from harness.entra.graph.tenant import Tenant
from harness.entra.graph.tokens import issue
from harness.entra.idp import EntraIdp
from harness.saml.keys import read_certificates
from harness.saml.metadata import read_metadata
from harness.scenario.claims import BASIC_CLAIMS, Condition, NameId
from harness.scenario.model import Scenario
from harness.scenario.pinned import pinned
from harness.web.server import Served
from tests.entra.worlds import attributes
from tests.web.conftest import NOW
from tests.web.test_serve import Browser

BRITTA, NOAH = "britta@contoso.com", "noah@contoso.com"


class Blade(Browser):
    """The page of the one app."""

    def __init__(self, served: Served, idp: EntraIdp) -> None:
        super().__init__()
        self.at = f"{served.entra_url}/admin/apps/{idp.scenario.guid('app', 'AWS')}"
        self.idp = idp
        self.page = self.open(self.at)[1]

    def do(self, act: str, **fields: str) -> int:
        """Send one of its forms, each with the token of the page."""
        token = html.fromstring(self.page).cssselect("input[name=csrf_token]")[0].get("value")
        status, page = self.open(f"{self.at}/{act}", {"csrf_token": token} | fields)
        self.page = page
        return status

    @property
    def app(self):
        return self.idp.scenario.apps[0]

    @property
    def fault(self) -> str:
        return html.fromstring(self.page).cssselect(".alert-error")[0].text_content()

    def sent(self, upn: str = BRITTA) -> dict[str, list[str]]:
        return attributes(self.idp.respond(upn, NOW))


@pytest.fixture
def blade(served: Served, idp: EntraIdp) -> Blade:
    return Blade(served, idp)


def test_every_field_has_a_label_and_every_button_says_what_it_does(blade: Blade) -> None:
    page = html.fromstring(blade.page)
    labelled = {label.get("for") for label in page.cssselect("label[for]")}
    loose = [
        field.get("name")
        for field in page.cssselect("input:not([type=hidden]), select, textarea")
        if field.get("id") not in labelled and next(field.iterancestors("label"), None) is None
    ]
    assert not loose
    assert all(button.text_content().strip() for button in page.cssselect("button"))
    ids = [one.get("id") for one in page.cssselect("[id]")]
    assert len(ids) == len(set(ids))


def test_the_basics_are_saved_and_used(blade: Blade) -> None:
    fields = {
        "identifiers": "https://signin.aws.amazon.com/saml#1\n",
        "reply_urls": "https://us-east-1.signin.aws.amazon.com/saml",
        "sign_on_url": "",
        "relay_state": "https://console.aws.amazon.com/s3",
        "session_control": "on",
    }
    assert blade.do("basics", **fields) == 200
    response = blade.idp.respond(BRITTA, NOW)
    assert (response.acs, response.relay_state) == (
        "https://us-east-1.signin.aws.amazon.com/saml",
        "https://console.aws.amazon.com/s3",
    )
    assert response.post_to == "https://us-east-1.signin.aws.amazon.com.mcas.ms/saml"
    assert blade.app.identifiers == ("https://signin.aws.amazon.com/saml#1",)


def test_without_a_reply_url_nothing_is_saved(blade: Blade) -> None:
    before = blade.app
    assert blade.do("basics", identifiers="x", reply_urls="", sign_on_url="", relay_state="") == 400
    assert "give at least one Reply URL" in blade.fault
    assert blade.app == before


def test_an_identifier_of_another_app_is_refused_in_the_portals_words(blade: Blade) -> None:
    def add(before: Scenario) -> Scenario:
        other = before.apps[0].model_copy(update={"name": "AWS 2", "identifiers": ("https://x/#2",)})
        return before.model_copy(update={"apps": (*before.apps, other)})

    blade.idp.change(add)
    fields = {"reply_urls": "https://signin.aws.amazon.com/saml", "sign_on_url": "", "relay_state": ""}
    assert blade.do("basics", identifiers="https://x/#2", **fields) == 400
    assert blade.fault == (
        "Please enter an Identifier which is unique within your organization. This Identifier is used by AWS 2."
    )


def test_a_claim_is_added_and_removed(blade: Blade) -> None:
    assert blade.do("claim", name="Department", namespace="https://contoso.com", source="", value="Sales") == 200
    assert blade.sent()["https://contoso.com/Department"] == ["Sales"]
    assert blade.do("unclaim", name="https://contoso.com/Department") == 200
    assert "https://contoso.com/Department" not in blade.sent()
    mail = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
    assert mail in blade.sent()
    blade.do("unclaim", name=mail)
    assert mail not in blade.sent()


@pytest.mark.parametrize(
    ("name", "namespace", "said"),
    [
        ("Role", "https://aws.amazon.com/SAML/Attributes", "already"),
        ("role", "http://schemas.microsoft.com/ws/2008/06/identity/claims", "it is restricted"),
    ],
)
def test_a_claim_that_entra_does_not_take_is_refused(blade: Blade, name: str, namespace: str, said: str) -> None:
    assert blade.do("claim", name=name, namespace=namespace, source="", value="x") == 400
    assert said in blade.fault


def test_a_certificate_is_made_inactive_made_active_and_the_old_one_deleted(blade: Blade) -> None:
    assert blade.do("certificate", not_after="2027-05-01") == 200
    new = blade.app.certificates[1]
    assert (new.active, f"{new.not_after:%Y-%m-%d}") == (False, "2027-05-01")
    old = blade.idp.respond(BRITTA, NOW).signed_by
    assert blade.do("activate", name=new.name) == 200
    assert blade.idp.respond(BRITTA, NOW).signed_by != old
    assert blade.do("delete", name="2026") == 200
    assert [one.name for one in blade.app.certificates] == [new.name]


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("delete", {"name": "2026"}, "is active"),
        ("activate", {"name": "<b>"}, "no certificate '<b>'"),
        ("certificate", {"not_after": "2031-01-01"}, "up to 3 years"),
        ("certificate", {"not_after": "soon"}, "soonT00:00:00Z"),
        ("assign", {"to": "x@contoso.com", "role": "msiam_access"}, "x@contoso.com"),
        ("assign", {"to": BRITTA, "role": "x"}, "no app role named 'x'"),
        ("basics", {"identifiers": "x", "reply_urls": "https://[bad/saml"}, "'https://[bad/saml' is no address: "),
        ("signing", {"option": "nothing", "algorithm": "sha256"}, "'assertion', 'response' or 'both'"),
        ("signing", {"option": "both", "algorithm": "sha256", "emails": "a\nb\nc\nd\ne\nf"}, "at most 5"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(blade: Blade, act: str, fields: dict[str, str], said: str) -> None:
    before = blade.idp.scenario
    assert blade.do(act, **fields) == 400
    assert said in blade.fault
    assert blade.idp.scenario == before


def test_downloads_are_the_certificate_in_each_form(blade: Blade) -> None:
    blade.do("certificate")
    name = blade.app.certificates[1].name
    wanted = blade.idp.keys.certificate(blade.app, blade.app.certificates[1])
    for form in ("pem", "cer"):
        (read,) = read_certificates(
            blade.open(f"{blade.at}/certificates/{name}.{form}".replace(" ", "%20"))[1].encode()
        )
        assert read == wanted
    status, text = blade.open(f"{blade.at}/certificates/{name}.xml".replace(" ", "%20"))
    (entity,) = read_metadata(text.encode()).entities
    assert (status, entity.signing) == (200, (wanted,))
    assert blade.open(f"{blade.at}/certificates/{name}.p12".replace(" ", "%20"))[0] == 404
    assert blade.open(f"{blade.at}/certificates/none.pem")[0] == 404


def test_users_are_assigned_and_removed(blade: Blade) -> None:
    role = "contoso-prod-aws-admin,WAAD"
    assert blade.do("assign", to=NOAH, role=role) == 200
    assert len(blade.sent(NOAH)["https://aws.amazon.com/SAML/Attributes/Role"]) == 1
    assert blade.do("unassign", to=NOAH, role=role) == 200
    assert "https://aws.amazon.com/SAML/Attributes/Role" not in blade.sent(NOAH)


def test_an_assignment_that_graph_made_is_not_made_twice_and_is_removed(blade: Blade) -> None:
    role = next(one for one in blade.app.roles if one.name == "contoso-prod-aws-admin,WAAD")
    graph = Graph(blade.idp)
    form = {"client_id": "any", "client_secret": "x", "grant_type": "client_credentials"}
    token = f"Bearer {issue(blade.idp, form, NOW)['access_token']}"
    tenant = pinned(blade.idp.scenario)
    app, noah = tenant.apps[0], next(one for one in tenant.users if one.upn == NOAH)
    body = {
        "principalId": noah.object_id,
        "appRoleId": next(one.id for one in app.roles if one.name == role.name),
        "resourceId": app.object_id,
    }
    path = ("servicePrincipals", str(app.object_id), "appRoleAssignedTo")
    call = Call("POST", path, NOW, body=json.dumps(body).encode(), authorization=token)
    assert graph.answer(call, "r", "c").status == 201
    before = blade.app.assignments
    assert blade.do("assign", to=NOAH, role=role.name) == 200
    assert blade.app.assignments == before
    assert blade.do("unassign", to=str(noah.object_id), role=str(body["appRoleId"])) == 200
    assert blade.app.assignments == before[:-1]
    assert blade.do("assign", to=NOAH, role=role.name) == 200
    assert graph.answer(call, "r", "c").status == 400


def test_the_rows_are_given_out_as_a_policy_that_graph_takes(blade: Blade) -> None:
    status, definition = blade.open(f"{blade.at}/claims-policy.json")
    rows = rows_of(definition, BASIC_CLAIMS, NameId())
    assert status == 200
    assert [(one.full_name, one.source, one.value) for one in rows.claims] == [
        (one.full_name, one.source, one.value) for one in blade.app.claims
    ]
    row = blade.app.claims[2].model_copy(update={"conditions": (Condition(value="900"),)})
    Tenant(blade.idp).change(lambda held: {"apps": (held.apps[0].model_copy(update={"claims": (row,)}),)})
    status, blade.page = blade.open(f"{blade.at}/claims-policy.json")
    assert (status, "a policy has no conditions" in blade.fault) == (409, True)


def test_people_read_names_where_graph_has_left_identifiers(blade: Blade) -> None:
    Tenant(blade.idp).change(lambda held: {"groups": held.groups})
    assert NOAH not in {one.to for one in blade.app.assignments}
    rows = html.fromstring(blade.open(blade.at)[1]).cssselect("#users tbody tr")
    assert [cell.text_content() for cell in rows[-1].cssselect("td")][:2] == [NOAH, "msiam_access"]


def test_the_test_page_shows_the_response_and_warns_of_claims_without_a_value(blade: Blade) -> None:
    status, page = blade.open(f"{blade.at}/test?user={NOAH}")
    text = html.fromstring(page).text_content()
    assert status == 200
    assert "2 claims weren't issued in the token. This can happen when there's no value" in text
    assert "https://aws.amazon.com/SAML/Attributes/Role" in text
    assert "<NameID Format=" in text
    assert "claims were issued" in html.fromstring(blade.open(f"{blade.at}/test?user={BRITTA}")[1]).text_content()


def test_the_test_page_shows_entras_refusal(blade: Blade) -> None:
    blade.do("unassign", to=NOAH, role="msiam_access")
    _, page = blade.open(f"{blade.at}/test?user={NOAH}")
    assert "AADSTS50105" in html.fromstring(page).cssselect(".alert-error")[0].text_content()


def test_a_form_without_its_token_is_refused(blade: Blade) -> None:
    assert blade.open(f"{blade.at}/activate", {"name": "2026"})[0] == 403


def test_an_unknown_app_or_form_is_answered_so(blade: Blade) -> None:
    assert blade.open(blade.at[:-1] + "x")[0] == 404
    assert blade.do("nothing") == 404


def test_the_roles_of_an_account_are_imported_and_what_is_left_out_is_told(served: Served, idp: EntraIdp) -> None:
    blade = Blade(served, idp)
    iam = boto3.client(
        "iam",
        endpoint_url=served.aws_url,
        region_name="us-east-1",
        aws_access_key_id="111122223333",
        aws_secret_access_key="x",
    )
    trust = iam.get_role(RoleName="contoso-prod-aws-admin")["Role"]["AssumeRolePolicyDocument"]
    iam_trust = json.dumps(trust)
    iam.create_role(RoleName="new", AssumeRolePolicyDocument=iam_trust)
    trust["Statement"][0]["Principal"]["Federated"] = "cognito-identity.amazonaws.com"
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(trust))
    iam.delete_role(RoleName="contoso-prod-read-only-user")
    assert blade.do("import", account="111122223333") == 200
    told = html.fromstring(blade.page).cssselect("[role=status]")[0].text
    assert told == "1 added, 0 enabled again, 1 disabled, 0 removed, 1 left out."
    assert "role/other</code>: the trust policy names no SAML provider" in blade.page
    states = {role.name: role.enabled for role in blade.app.roles}
    assert states["new,WAAD"] is True
    assert states["contoso-prod-read-only-user,WAAD"] is False
    assert states["contoso-dev-devops-user,WAAD"] is True, "it is of another account"
    iam.create_role(RoleName="contoso-prod-read-only-user", AssumeRolePolicyDocument=iam_trust)
    assert blade.do("import", account="111122223333") == 200
    told = html.fromstring(blade.page).cssselect("[role=status]")[0].text
    assert told == "0 added, 1 enabled again, 0 disabled, 0 removed, 1 left out."
    iam.delete_role(RoleName="contoso-prod-read-only-user")
    assert blade.do("import", account="111122223333") == 200
    assert blade.do("import", account="111122223333") == 200
    assert "contoso-prod-read-only-user,WAAD" not in {role.name for role in blade.app.roles}
    assert blade.do("import", account="999999999999x") == 400
    assert "refuses ListRoles" in blade.fault
