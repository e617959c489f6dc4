"""Graph without HTTP: whatever is asked, the answer is one of Graph's, and the tenant stays one that can be told."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from harness.entra.graph.call import Answer, Call
from harness.entra.graph.routes import ROUTES
from harness.entra.graph.service import Graph
from harness.entra.graph.tenant import Tenant
from harness.entra.graph.tokens import TokenRefusal, issue
from harness.entra.idp import EntraIdp
from harness.scenario.load import demo_scenario
from harness.scenario.saving import scenario_text
from tests.entra.worlds import KEYS, NOW

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1e400,
    "",
    "x",
    "\x00",
    "\ud800",
    "a" * 5000,
    [],
    [[]],
    [None],
    {},
    {"a": {}},
    ["x"],
]
NAMES = [
    "appRoles", "keyCredentials", "passwordCredentials", "preferredTokenSigningKeyThumbprint", "displayName", "web",
    "notificationEmailAddresses", "samlSingleSignOnSettings", "replyUrls", "identifierUris", "definition", "mail",
    "userPrincipalName", "principalId", "appRoleId", "resourceId", "@odata.id", "members@odata.bind", "value", "key",
    "endDateTime", "tokenEncryptionKeyId", "templateId", "accountEnabled", "loginUrl", "description", "groupTypes",
]  # fmt: skip


@pytest.fixture
def idp() -> EntraIdp:
    return EntraIdp(demo_scenario(), KEYS)


def authorization(idp: EntraIdp) -> str:
    form = {"client_id": "any", "client_secret": "x", "grant_type": "client_credentials"}
    return f"Bearer {issue(idp, form, NOW)['access_token']}"


def ask(idp: EntraIdp, token: str, method: str, path: str, body: bytes = b"", **query: str) -> Answer:
    call = Call(method, tuple(path.split("/")), NOW, query=query, body=body, authorization=token)
    return Graph(idp).answer(call, "r", "c")


def ids(idp: EntraIdp) -> dict[str, str]:
    """Of each collection the id of one object."""
    token = authorization(idp)
    found = {}
    for name in ("servicePrincipals", "applications", "users", "groups", "applicationTemplates"):
        listed = ask(idp, token, "GET", name).body or {}
        found[name] = listed["value"][0]["id"]
    return found


@pytest.mark.parametrize("seed", range(40))
def test_no_body_of_any_call_is_answered_with_anything_but_graphs_form(idp: EntraIdp, seed: int):
    chance, token, known = random.Random(seed), authorization(idp), ids(idp)
    for route, handlers in ROUTES.items():
        path = route.replace("*", known.get(route.partition("/")[0], "x"), 1).replace("*", "x")
        for method in handlers:
            if method == "DELETE":
                continue
            body = {name: chance.choice(ODD) for name in chance.sample(NAMES, chance.randint(1, 2))}
            answer = ask(idp, token, method, path, json.dumps(body).encode())
            assert answer.status in (200, 201, 204, 400, 403, 404), (route, body)
            assert answer.status < 300 or set(answer.body["error"]) >= {"code", "message", "innerError"}
            json.dumps(answer.body)
    scenario_text(idp.scenario)


@pytest.mark.parametrize("route", ROUTES)
def test_every_address_can_be_asked_and_an_unknown_id_is_told(idp: EntraIdp, route: str):
    answer = ask(idp, authorization(idp), "GET", route.replace("*", "x"))
    assert answer.status in ((200,) if "*" not in route else (400, 404, 405))


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"client_id": "a", "grant_type": "client_credentials"}, "invalid_client"),
        (
            {"client_id": "a", "grant_type": "client_credentials", "client_secret": "x", "scope": "https://[x"},
            "invalid_scope",
        ),
        ({"client_id": "a", "grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"client_id": "a", "grant_type": "password", "username": "nobody", "password": "x"}, "invalid_grant"),
        ({"client_id": "a", "grant_type": "password", "username": "adele@contoso.com"}, "invalid_grant"),
    ],
    ids=str,
)
def test_a_token_that_is_not_issued_is_refused_as_oauth_does(idp: EntraIdp, form: dict[str, str], error: str):
    with pytest.raises(TokenRefusal) as caught:
        issue(idp, form, NOW)
    body = caught.value.body(NOW)
    assert body["error"] == error
    assert body["error_description"].startswith("saml-harness: ")


def test_a_fault_of_the_mock_has_graphs_form_and_is_logged(
    idp: EntraIdp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    token = authorization(idp)
    monkeypatch.setattr(Tenant, "seen", lambda *_: 1 / 0)
    answer = ask(idp, token, "GET", "users")
    assert (answer.status, answer.body["error"]["code"]) == (500, "InternalServerError")
    assert answer.body["error"]["message"] == "saml-harness: this is a fault of the mock; its log says more"
    assert "GET users failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_user_gets_a_token_with_any_password(idp: EntraIdp):
    form = {"client_id": "a", "grant_type": "password", "username": "Adele@contoso.com", "password": "any"}
    token = issue(idp, form, NOW)["access_token"]
    assert ask(idp, f"Bearer {token}", "GET", "users").status == 200


def test_with_three_hundred_certificates_the_object_is_full(idp: EntraIdp):
    app = idp.scenario.apps[0]
    rows = tuple(app.certificates[0].model_copy(update={"name": f"c{n}", "active": False}) for n in range(300))
    idp.change(lambda held: held.model_copy(update={"apps": (app.model_copy(update={"certificates": rows}),)}))
    path = f"servicePrincipals/{idp.scenario.guid('service-principal', 'AWS')}/addTokenSigningCertificate"
    answer = ask(idp, authorization(idp), "POST", path, b'{"displayName": "CN=one more"}')
    assert (answer.status, answer.body["error"]["code"]) == (403, "Directory_ResourceSizeExceeded")
