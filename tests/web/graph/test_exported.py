"""What Graph and IAM of the mock print is an export: imported, it is the world that it was taken from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from harness.entra.directory import assigned_roles
from harness.entra.idp import EntraIdp
from harness.scenario.load import demo_scenario, load_scenario
from harness.scenario.model import Scenario
from harness.web.server import Served, serve
from tests.cli.running import run
from tests.web.graph.conftest import KEYS, NOW, Client

PAGE = Path(__file__).parents[3] / "docs" / "exports.md"


@pytest.fixture
def served() -> Iterator[tuple[Client, Served]]:
    idp = EntraIdp(demo_scenario(), KEYS)
    with serve(idp, lambda: NOW) as running:
        yield Client(running.entra_url, idp).authorize(), running


def export_entra(client: Client, folder: Path) -> None:
    """The calls of the page on exports, as it writes them."""
    folder.mkdir(parents=True)
    object_id = client.principal["id"]
    calls = re.findall(r'^az rest -u "\$graph/(.*?)" > ([\w-]+\.json)$', PAGE.read_text("utf-8"), re.MULTILINE)
    assert [name for _, name in calls] == [
        "app.json",
        "app-assigned.json",
        "organization.json",
        "users.json",
        "groups.json",
    ]
    for address, name in calls:
        path = address.replace("$id", object_id).replace("\\$", "$")
        reply = client.send("GET", f"/v1.0/{path}")
        assert reply.status == 200, reply.text
        (folder / name).write_text(reply.text)
    (folder / "members").mkdir()
    for group in json.loads((folder / "groups.json").read_text())["value"]:
        members = client.send("GET", f"/v1.0/groups/{group['id']}/members?$top=999")
        (folder / "members" / f"{group['id']}.json").write_text(members.text)


def export_aws(url: str, account: str, folder: Path) -> None:
    """The four calls of an account, as the AWS command line prints their answers."""
    folder.mkdir(parents=True)
    iam = boto3.client("iam", "us-east-1", endpoint_url=url, aws_access_key_id=account, aws_secret_access_key="x")
    listed = iam.list_saml_providers()
    answers = {
        "roles": iam.list_roles(),
        "saml-providers": listed,
        "aliases": iam.list_account_aliases(),
        **{
            f"saml-provider-{one['Arn'].rpartition('/')[2]}": iam.get_saml_provider(SAMLProviderArn=one["Arn"])
            for one in listed["SAMLProviderList"]
        },
    }
    for name, answer in answers.items():
        del answer["ResponseMetadata"]
        (folder / f"{name}.json").write_text(json.dumps(answer, default=str))


def held(scenario: Scenario) -> dict[str, list[str | None]]:
    """Who has which role values."""
    app = scenario.apps[0]
    return {user.upn: [role.value for role in assigned_roles(scenario, app, user)] for user in scenario.users}


def test_an_export_of_the_mock_is_the_world_it_was_taken_from(served: tuple[Client, Served], tmp_path: Path) -> None:
    client, running = served
    export_entra(client, tmp_path / "export" / "entra")
    for account in ("111122223333", "444455556666"):
        export_aws(running.aws_url, account, tmp_path / "export" / "aws" / account)
    written = tmp_path / "again.scenario.toml"
    ran = run("scenario", "import", tmp_path / "export", "-o", written)
    assert ran.code == 0, ran.said
    again, before = load_scenario(written), client.idp.scenario
    assert again.tenant_id == before.tenant_id
    assert held(again) == held(before)
    assert [account.alias for account in again.accounts] == ["contoso-prod", "contoso-dev"]
    assert [len(account.roles) for account in again.accounts] == [2, 2]
    (certificate,) = again.apps[0].certificates
    (declared,) = before.apps[0].certificates
    assert (certificate.not_before, certificate.not_after, certificate.active) == (
        declared.not_before,
        declared.not_after,
        True,
    )
