"""The automatic role import: app roles made from what IAM of an account answers, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from typing import Any

import boto3
import pytest

from harness.entra.idp import EntraIdp
from harness.entra.role_import import roles_of_account
from harness.errors import HarnessError
from harness.scenario.load import demo_scenario
from harness.web.server import serve
from tests.threads import handled_by, in_a_thread
from tests.web.graph.conftest import KEYS, Client

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
DEV = "444455556666"
WAAD = f"arn:aws:iam::{DEV}:saml-provider/WAAD"
TEMPLATE = "8b1025e4-1dd2-430b-a150-2ef79cd700f5"


@pytest.fixture
def world() -> Iterator[tuple[Client, Any, str]]:
    """An app fresh from the gallery, IAM of the account it is for, and the app's address in Graph."""
    idp = EntraIdp(demo_scenario(), KEYS)
    with serve(idp, lambda: NOW) as served:
        client = Client(served.entra_url, idp).authorize()
        made = client.call("POST", f"applicationTemplates/{TEMPLATE}/instantiate", {"displayName": "dev"}).json
        iam = boto3.client(
            "iam",
            endpoint_url=served.aws_url,
            region_name="us-east-1",
            aws_access_key_id=DEV,
            aws_secret_access_key="x",
        )
        yield client, iam, f"servicePrincipals/{made['servicePrincipal']['id']}"


def set_up(client: Client, path: str, key: str = DEV) -> str:
    secrets = [{"key": "clientsecret", "value": key}, {"key": "SecretToken", "value": "never-kept"}]
    assert client.call("PUT", f"{path}/synchronization/secrets", {"value": secrets}).status == 204
    reply = client.call("POST", f"{path}/synchronization/jobs", {"templateId": "aws"})
    assert reply.status == 201
    return f"{path}/synchronization/jobs/{reply.json['id']}"


def roles(client: Client, path: str) -> dict[str, bool]:
    return {one["displayName"]: one["isEnabled"] for one in client.get(path)["appRoles"]}


def trust(*providers: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": list(providers)},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_the_roles_of_the_account_become_app_roles(world: tuple[Client, Any, str]):
    client, _, path = world
    job = set_up(client, path)
    assert client.get(job)["status"]["code"] == "Active"
    assert client.call("POST", f"{job}/start").status == 204
    found = client.get(path)["appRoles"]
    assert [(one["displayName"], one["value"]) for one in found[1:]] == [
        ("contoso-dev-devops-user,WAAD", f"arn:aws:iam::{DEV}:role/contoso-dev-devops-user,{WAAD}"),
        ("contoso-dev-finance-admin,WAAD", f"arn:aws:iam::{DEV}:role/finance/contoso-dev-finance-admin,{WAAD}"),
    ]
    again = client.call("POST", f"{job}/start")
    assert (again.status, client.get(path)["appRoles"]) == (204, found), "an import of the same changes nothing"
    assert "never-kept" not in repr(client.idp.scenario)


def test_a_role_of_two_providers_or_of_long_names_is_left_out(world: tuple[Client, Any, str]):
    client, iam, path = world
    other = f"arn:aws:iam::{DEV}:saml-provider/Other"
    metadata = client.idp.federation_metadata(NOW, app="AWS", bom=False).decode()
    iam.create_saml_provider(Name="Other", SAMLMetadataDocument=metadata)
    iam.create_role(RoleName="two", AssumeRolePolicyDocument=trust(WAAD, other))
    iam.create_role(RoleName="ghost", AssumeRolePolicyDocument=trust(f"{other}2"))
    fits = 239 - len(f"arn:aws:iam::{DEV}:role//x") - len(WAAD)
    iam.create_role(RoleName="x", Path=f"/{'p' * fits}/", AssumeRolePolicyDocument=trust(WAAD))
    iam.create_role(RoleName="y", Path=f"/{'p' * (fits + 1)}/", AssumeRolePolicyDocument=trust(WAAD))
    assert client.call("POST", f"{set_up(client, path)}/start").status == 204
    names = roles(client, path)
    assert "x,WAAD" in names
    assert not {"two,WAAD", "two,Other", "y,WAAD", "ghost,Other2"} & set(names)
    left_out = {arn.rpartition("/")[2]: why for arn, why in roles_of_account(iam.meta.endpoint_url, DEV, NOW).left_out}
    assert left_out["two"] == "the trust policy names 2 SAML providers"
    assert left_out["y"].startswith(
        "The Amazon Web Services role could not be imported. The combined length of these two Amazon Resource Names "
        f"cannot exceed this many characters in length 239: arn:aws:iam::{DEV}:role/p"
    )
    assert left_out["ghost"] == f"the account has no SAML provider {other}2"


def test_a_role_that_aws_has_no_more_is_disabled_and_then_removed(world: tuple[Client, Any, str]):
    client, iam, path = world
    job = set_up(client, path)
    iam.create_role(RoleName="gone", AssumeRolePolicyDocument=trust(WAAD))
    by_hand = {
        "allowedMemberTypes": ["User"],
        "description": "",
        "displayName": "another account",
        "id": "4aacf5a4-f38b-4861-b909-bae023e88dde",
        "isEnabled": True,
        "value": "arn:aws:iam::999999999999:role/a,arn:aws:iam::999999999999:saml-provider/b",
    }
    client.call("PATCH", path, {"appRoles": [*client.get(path)["appRoles"], by_hand]})
    states = []
    for step in range(3):
        if step == 1:
            iam.delete_role(RoleName="gone")
        assert client.call("POST", f"{job}/start").status == 204
        states.append(roles(client, path).get("gone,WAAD"))
    assert states == [True, False, None]
    assert roles(client, path)["another account"] is True


def test_a_role_that_aws_has_again_is_enabled_again_and_stays(world: tuple[Client, Any, str]):
    client, iam, path = world
    job = set_up(client, path)
    states = []
    for step in ("made", "deleted", "made", "left"):
        if step == "made":
            iam.create_role(RoleName="back", AssumeRolePolicyDocument=trust(WAAD))
        if step == "deleted":
            iam.delete_role(RoleName="back")
        assert client.call("POST", f"{job}/start").status == 204
        states.append(roles(client, path)["back,WAAD"])
    assert states == [True, False, True, True]


def test_what_keeps_the_import_from_running_is_told(world: tuple[Client, Any, str]):
    client, _, path = world
    (job,) = client.get(f"{path}/synchronization/jobs")["value"]
    start = f"{path}/synchronization/jobs/{job['id']}/start"
    assert "no access key is set up" in client.call("POST", start).error[2]
    for wrong in ({}, {"value": []}, {"value": [{"key": "clientsecret", "value": "a b"}]}, {"value": [{"key": 7}]}):
        assert client.call("PUT", f"{path}/synchronization/secrets", wrong).error[0] == 400
    set_up(client, path, "AKIAUNKNOWN")
    assert "refuses ListRoles: " in client.call("POST", start).error[2]
    assert client.call("POST", f"{path}/synchronization/jobs/x/start").error[0] == 404


@pytest.mark.parametrize(
    "address",
    ["https://iam.amazonaws.com", "http://10.0.0.1", "http://127.0.0.1.evil.example", "file:///etc/passwd", "x"],
)
def test_the_import_asks_on_this_machine_only(address: str):
    with pytest.raises(HarnessError, match="on this machine only"):
        roles_of_account(address, DEV, NOW)


def answering(body: bytes, status: int = 200) -> AbstractContextManager[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Location", "http://10.0.0.1/")
            self.end_headers()
            self.wfile.write(body)

    return in_a_thread(handled_by(Handler))


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 200, "what is no XML of its own"),
        (b"<a", 200, "what is no XML of its own"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 200, "what is no XML of its own"),
        (b"<a/>", 302, "refuses ListRoles"),
        (b"\xff", 500, "refuses ListRoles"),
        (b"<x><ListRolesResult><Marker>again</Marker></ListRolesResult></x>", 200, "more than 100 pages"),
    ],
    ids=str,
)
def test_an_iam_that_is_none_is_told(body: bytes, status: int, said: str):
    with answering(body, status) as url, pytest.raises(HarnessError, match=said):
        roles_of_account(url, DEV, NOW)


def test_an_iam_that_is_not_there_is_told():
    with pytest.raises(HarnessError, match="does not answer"):
        roles_of_account("http://127.0.0.1:1", DEV, NOW)
