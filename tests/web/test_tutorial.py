"""The tutorial for connecting several AWS accounts, from the gallery to the role picker, step by step and over HTTP.

Nothing here reaches into the program: an administrator has a browser, Graph Explorer, the AWS console's API and this
program's command line; a user has a browser.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import boto3
import pytest
from lxml import etree, html

from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.load import parse_scenario
from harness.web.server import serve
from tests.cli.running import run
from tests.web.conftest import NOW
from tests.web.graph.conftest import Client
from tests.web.test_serve import Browser

PROD, DEV = "111122223333", "444455556666"
SIGN_IN = "https://signin.aws.amazon.com/saml"
NAMESPACE = "https://aws.amazon.com/SAML/Attributes"
CLAIMS = [
    ("RoleSessionName", {"source": "user.userprincipalname"}),
    ("Role", {"source": "user.assignedroles"}),
    ("SessionDuration", {"value": "900"}),
]
COMPANY = f"""
version = 1
name = "tutorial"
[tenant]
domains = ["contoso.com"]
[[apps]]
name = "Payroll"
identifiers = ["https://payroll.contoso.com"]
reply_urls = ["https://payroll.contoso.com/acs"]
[[users]]
upn = "britta@contoso.com"
display_name = "Britta Simon"
[[users]]
upn = "nested@contoso.com"
[[accounts]]
id = "{PROD}"
alias = "contoso-prod"
[[accounts]]
id = "{DEV}"
"""


@dataclass
class Desk:
    """What an administrator works with."""

    graph: Client
    browser: Browser
    aws_url: str
    files: Path

    def iam(self, account: str) -> Any:
        return boto3.client(
            "iam",
            endpoint_url=self.aws_url,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key="x",
        )

    def save(self, page: str, form: str, **fields: str) -> None:
        """Send one form of the app's page, as it is filled in, and go on to the page that follows."""
        _, text = self.browser.open(page)
        status, text = self.browser.use(text, f"{page.removeprefix(self.graph.url)}/{form}", **fields)
        assert status == 200, text


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    idp = EntraIdp(parse_scenario(COMPANY, "tutorial"), KeyStore())
    with serve(idp, lambda: NOW) as served:
        yield Desk(Client(served.entra_url, idp).authorize(), Browser(), served.aws_url, tmp_path)


def test_the_tutorial_leads_to_the_role_picker(desk: Desk) -> None:
    app = add_aws_from_the_gallery(desk)
    page = f"{desk.graph.url}/admin/apps/{app['appId']}"
    configure_single_sign_on(desk, page)
    metadata = download_the_federation_metadata(desk, page)
    for account, role in ((PROD, "Admin"), (DEV, "Auditors")):
        create_provider_and_role(desk, account, role, metadata)
    groups = {name: create_group(desk, name) for name in ("Admin", "Auditors")}
    roles = write_the_role_list(desk)
    patch_the_service_principal(desk, app["id"], roles)
    assign_groups(desk, page, groups)
    use_the_tile(desk)
    see_the_roles_in_the_response(desk, page)
    nested_groups_do_not_count(desk, groups["Admin"])


def add_aws_from_the_gallery(desk: Desk) -> dict[str, Any]:
    (template,) = desk.graph.get("applicationTemplates", filter="startswith(displayName,'AWS')")["value"]
    made = desk.graph.call(
        "POST", f"applicationTemplates/{template['id']}/instantiate", {"displayName": "Amazon Web Services (AWS)"}
    )
    assert made.status == 201
    return made.json["servicePrincipal"]


def configure_single_sign_on(desk: Desk, page: str) -> None:
    """Save the preintegrated settings, then the three claims of the tutorial's table."""
    desk.save(page, "basics", identifiers=SIGN_IN, reply_urls=SIGN_IN)
    for name, where_from in CLAIMS:
        desk.save(page, "unclaim", name=f"{NAMESPACE}/{name}")
        desk.save(page, "claim", name=name, namespace=NAMESPACE, **where_from)


def download_the_federation_metadata(desk: Desk, page: str) -> str:
    """The portal has a certificate made when SAML is chosen; here it is a button."""
    desk.save(page, "certificate")
    _, text = desk.browser.open(page)
    (name,) = [button.get("value") for button in html.fromstring(text).cssselect("form[action$=activate] button")]
    desk.save(page, "activate", name=name)
    _, text = desk.browser.open(page)
    link = next(one for one in html.fromstring(text).iter("a") if one.text == "Federation Metadata XML")
    status, document = desk.browser.open(urljoin(page, link.get("href")))
    assert status == 200
    return document.removeprefix("\ufeff")


def create_provider_and_role(desk: Desk, account: str, role: str, metadata: str) -> None:
    """The provider WAAD from the downloaded file, and a role that trusts it, with its tag and description."""
    iam = desk.iam(account)
    provider = iam.create_saml_provider(Name="WAAD", SAMLMetadataDocument=metadata)["SAMLProviderArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": SIGN_IN}},
    }
    iam.create_role(
        RoleName=role,
        Description=role,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        Tags=[{"Key": "Azureadtest", "Value": "contoso-aws-admin"}],
    )
    iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def create_group(desk: Desk, name: str) -> str:
    """A group of the same name as the role; its object id."""
    group = {"displayName": name, "mailEnabled": False, "mailNickname": name, "securityEnabled": True}
    return desk.graph.call("POST", "groups", group).json["id"]


def write_the_role_list(desk: Desk) -> Path:
    """The text file, ``<Role ARN>,<Trusted entities>``, over all accounts."""
    lines = [
        f"{role['Arn']},{role['AssumeRolePolicyDocument']['Statement'][0]['Principal']['Federated']}"
        for account in (PROD, DEV)
        for role in desk.iam(account).list_roles()["Roles"]
    ]
    path = desk.files / "roles.txt"
    path.write_text("\n".join(lines))
    return path


def patch_the_service_principal(desk: Desk, object_id: str, roles: Path) -> None:
    """Graph Explorer: GET in beta, with the primary domain in the path; the new list; PATCH."""
    address = f"/beta/contoso.com/servicePrincipals/{object_id}"
    everything = desk.graph.send("GET", "/beta/contoso.com/servicePrincipals").json["value"]
    assert object_id in {one["id"] for one in everything}
    live, body = desk.files / "live.json", desk.files / "body.json"
    live.write_text(desk.graph.send("GET", address).text)
    assert run("approles", "build", roles, "--live", live, "-o", body).code == 0
    wanted = json.loads(body.read_text())
    assert [(role["displayName"], role["value"]) for role in wanted["appRoles"]] == [
        ("msiam_access", None),
        ("Admin,WAAD", f"arn:aws:iam::{PROD}:role/Admin,arn:aws:iam::{PROD}:saml-provider/WAAD"),
        ("Auditors,WAAD", f"arn:aws:iam::{DEV}:role/Auditors,arn:aws:iam::{DEV}:saml-provider/WAAD"),
    ]
    assert desk.graph.send("PATCH", address, wanted).status == 204
    assert desk.graph.send("GET", f"{address}?$select=appRoles").json["appRoles"] == wanted["appRoles"]


def assign_groups(desk: Desk, page: str, groups: dict[str, str]) -> None:
    """Users and groups: each group to the role of its name; then the user into both groups."""
    _, text = desk.browser.open(page)
    offered = {option.text: option.get("value") for option in html.fromstring(text).cssselect("#role option")}
    user = desk.graph.get("users/britta@contoso.com")["id"]
    for name, group in groups.items():
        desk.save(page, "assign", to=name, role=offered[f"{name},WAAD"])
        link = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
        assert desk.graph.call("POST", f"groups/{group}/members/$ref", link).status == 204


def my_apps(desk: Desk, upn: str) -> tuple[Browser, str]:
    """A browser of the user's own, signed in to My Apps."""
    browser = Browser()
    _, front = browser.open(desk.graph.url)
    status, tiles = browser.use(front, "/as", user=upn)
    assert status == 200
    return browser, tiles


def use_the_tile(desk: Desk) -> None:
    browser, tiles = my_apps(desk, "britta@contoso.com")
    (tile,) = html.fromstring(tiles).cssselect(".tiles a")
    assert tile.text == "Amazon Web Services (AWS)"
    _, posting = browser.open(urljoin(desk.graph.url, tile.get("href")))
    status, picker = browser.submit(posting)
    assert (status, picker.count("saml-role-description")) == (200, 2)
    assert "contoso-prod" in picker
    status, console = browser.submit(picker, roleIndex=f"arn:aws:iam::{DEV}:role/Auditors")
    assert (status, "assumed-role/Auditors/britta@contoso.com" in console) == (200, True)


def see_the_roles_in_the_response(desk: Desk, page: str) -> None:
    """Test single sign-on shows the response: what the role picker received."""
    _, text = desk.browser.open(f"{page}/test?user=britta@contoso.com")
    xml = html.fromstring(text).cssselect("pre")[0].text
    attributes = etree.fromstring(xml).iter("{urn:oasis:names:tc:SAML:2.0:assertion}Attribute")
    sent = {one.get("Name"): tuple(value.text for value in one) for one in attributes}
    assert sent[f"{NAMESPACE}/Role"] == (
        f"arn:aws:iam::{PROD}:role/Admin,arn:aws:iam::{PROD}:saml-provider/WAAD",
        f"arn:aws:iam::{DEV}:role/Auditors,arn:aws:iam::{DEV}:saml-provider/WAAD",
    )
    assert sent[f"{NAMESPACE}/RoleSessionName"] == ("britta@contoso.com",)
    assert sent[f"{NAMESPACE}/SessionDuration"] == ("900",)


def nested_groups_do_not_count(desk: Desk, outer: str) -> None:
    user, inner = desk.graph.get("users/nested@contoso.com")["id"], create_group(desk, "inner")
    for group, member in ((outer, inner), (inner, user)):
        link = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{member}"}
        assert desk.graph.call("POST", f"groups/{group}/members/$ref", link).status == 204
    _, tiles = my_apps(desk, "nested@contoso.com")
    assert not html.fromstring(tiles).cssselect(".tiles a")
