"""Markup inside a good, signed response: every page shows it as text."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from harness.entra.idp import EntraIdp
from harness.scenario.model import AppRole, Assignment, Claim
from harness.web.server import create_aws_app
from tests.web.conftest import PROD, World

HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
PATH = '/<script>alert(3)</script>/"\'onmouseover="x/'
ARN = f"arn:aws:iam::{PROD}:role{PATH}Hostile"
PROVIDER = f"arn:aws:iam::{PROD}:saml-provider/WAAD"


@pytest.fixture
def hostile(world: World) -> World:
    """The company with one more role, whose path is markup, and one more claim that is."""
    trust = world.client("iam").get_role(RoleName="contoso-prod-aws-admin")["Role"]["AssumeRolePolicyDocument"]
    world.client("iam").create_role(RoleName="Hostile", Path=PATH, AssumeRolePolicyDocument=json.dumps(trust))
    scenario = world.idp.scenario
    (app, *others) = scenario.apps
    changed = app.model_copy(
        update={
            "roles": (*app.roles, AppRole(name="Hostile", value=f"{ARN},{PROVIDER}")),
            "claims": (*app.claims, Claim(name="evil", value=HOSTILE)),
            "assignments": (
                *app.assignments,
                Assignment(to="britta@contoso.com", role="Hostile"),
            ),
        }
    )
    idp = EntraIdp(scenario.model_copy(update={"apps": (changed, *others)}), world.idp.keys)
    return replace(world, idp=idp)


def harmless(page: Any) -> html.HtmlElement:
    """No script but those of the product, and no handler."""
    tree = html.fromstring(page.get_data(as_text=True))
    assert all(one.get("src", "").startswith("/assets/") for one in tree.iter("script"))
    assert not [name for one in tree.iter() if isinstance(one.tag, str) for name in one.attrib if name.startswith("on")]
    assert not [one for one in tree.iter("img") if one.get("src") == "x"]
    return tree


def test_no_page_takes_a_value_for_markup(hostile: World) -> None:
    browser = create_aws_app(hostile.store, lambda: hostile.now).test_client()
    fields = {"SAMLResponse": hostile.response(), "RelayState": HOSTILE}
    picker = browser.post("/saml", data=fields)
    assert picker.status_code == 200
    radios = harmless(picker).xpath("//input[@name='roleIndex']/@value")
    assert ARN in radios
    assert browser.post("/saml", data=fields | {"roleIndex": ARN}).status_code == 302
    console = harmless(browser.get("/console"))
    assert HOSTILE in [one.text for one in console.iter("dd")]
    (report,) = console.xpath("//a[contains(@href, '/inspect/')]/@href")
    for path in ("/audit", report, "/inspect", "/"):
        page = browser.get(path)
        assert page.status_code == 200
        harmless(page)
    assert ARN in harmless(browser.get("/audit")).text_content()


def test_a_refusal_takes_no_value_for_markup(hostile: World) -> None:
    browser = create_aws_app(hostile.store, lambda: hostile.now).test_client()
    hostile.client("iam").delete_role(RoleName="Hostile")
    page = browser.post("/saml", data={"SAMLResponse": hostile.response(), "roleIndex": ARN})
    assert page.status_code == 400
    harmless(page)
    harmless(browser.get("/audit"))
    call = {"Action": "AssumeRoleWithSAML", "RoleArn": HOSTILE * 50, "PrincipalArn": HOSTILE, "SAMLAssertion": HOSTILE}
    answer = browser.post("/", data=call)
    assert answer.mimetype == "text/xml"
    assert b"<script" not in answer.data
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
