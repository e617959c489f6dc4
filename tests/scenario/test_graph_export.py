"""What the mock Graph answers to the commands of docs/exports.md is imported as it is, page by page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from harness.entra.graph.call import Call
from harness.entra.graph.service import Graph
from harness.entra.graph.tokens import issue
from harness.entra.idp import EntraIdp
from harness.preflight import sheet, world_of
from harness.scenario.exports import read_export
from harness.scenario.from_export import import_export
from harness.scenario.load import parse_scenario
from harness.scenario.model import Scenario
from tests.preflight.worlds import NOW, data, keys, outcomes
from tests.scenario.exporting import export, write

PAGE = Path(__file__).parent.parent.parent / "docs" / "exports.md"


class Asking:
    """``az rest``: a call of Graph, the answer as JSON, and each further page for whoever asks."""

    def __init__(self, idp: EntraIdp) -> None:
        self.graph = Graph(idp)
        form = {"client_id": "any", "client_secret": "x", "grant_type": "client_credentials"}
        self.token = f"Bearer {issue(idp, form, NOW)['access_token']}"

    def __call__(self, path: str, **query: str) -> dict[str, Any]:
        call = Call("GET", tuple(path.split("/")), NOW, query=query, authorization=self.token)
        answer = self.graph.answer(call, "r", "c")
        assert answer.status == 200, answer.body
        told: dict[str, Any] = json.loads(json.dumps(answer.body))
        return told


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """IAM's half as it is exported; Entra's half as Graph answers."""
    idp = EntraIdp(Scenario.model_validate(data()), keys())
    folder = export(idp, tmp_path / "export", NOW)
    for path in sorted((folder / "entra").rglob("*.*")):
        path.unlink()
    ask, entra = Asking(idp), folder / "entra"
    [app] = [one for one in ask("servicePrincipals")["value"] if one["displayName"] == "AWS"]
    write(entra / "app.json", ask(f"servicePrincipals/{app['id']}"))
    assigned = ask(f"servicePrincipals/{app['id']}/appRoleAssignedTo", top="999")
    write(entra / "app-assigned.json", assigned)
    write(entra / "organization.json", ask("organization"))
    write(entra / "users.json", ask("users", top="999"))
    write(entra / "groups.json", ask("groups", top="999"))
    for group in {one["principalId"] for one in assigned["value"] if one["principalType"] == "Group"}:
        write(entra / "members" / f"{group}.json", ask(f"groups/{group}/members", top="999"))
    return folder


def test_the_company_behind_graph_signs_in_as_before(folder: Path, tmp_path: Path):
    made = import_export(read_export(folder), "imported", tmp_path)
    scenario = parse_scenario(made.text, "imported")
    assert outcomes(sheet(world_of(scenario, NOW, directory=tmp_path))) == {
        "sign-ins::AWS/guest_fabrikam.com#EXT#@contoso.onmicrosoft.com": "fail",
        "sign-ins::AWS/noah@contoso.com": "fail",
    }
    declared = Scenario.model_validate(data())
    assert scenario.tenant_id == declared.tenant_id
    assert {user.upn: user.mail for user in scenario.users} == {user.upn: user.mail for user in declared.users}
    assert [(one.not_before, one.not_after, one.active) for one in scenario.apps[0].certificates] == [
        (one.not_before, one.not_after, one.active) for one in declared.apps[0].certificates
    ]


def test_the_page_names_the_calls_that_are_made_here():
    text = PAGE.read_text("utf-8")
    called = set(re.findall(r'az rest -u "\$graph/([^"?]+)', text))
    assert called == {
        "servicePrincipals/$id",
        "servicePrincipals/$id/appRoleAssignedTo",
        "organization",
        "users",
        "groups",
        "groups/$group/members",
    }
