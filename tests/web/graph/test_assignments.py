"""App role assignments: who is assigned what, and what a second or a wrong one is answered."""

from __future__ import annotations

import base64
import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.entra.refusals import EntraRefusal
from tests.web.graph.conftest import NOW, Client

NIL = "00000000-0000-0000-0000-000000000000"
UNKNOWN = "4aacf5a4-f38b-4861-b909-bae023e88dde"


def ids(client: Client) -> tuple[str, str, str]:
    """A user, a role that is not his, the service principal."""
    user = client.get("users/adele@contoso.com")["id"]
    shown = client.principal
    return user, shown["appRoles"][1]["id"], shown["id"]


def body(user: str, role: str, principal: str) -> dict[str, str]:
    return {"principalId": user, "appRoleId": role, "resourceId": principal}


def assign(client: Client, *parts: str):
    return client.call("POST", f"{client.path}/appRoleAssignedTo", body(*parts))


def test_an_assignment_is_answered_as_graph_does_and_counts_at_once(client: Client):
    user, role, principal = ids(client)
    reply = assign(client, user, role, principal)
    assert reply.status == 201
    made = reply.json
    assert (made["principalType"], made["principalDisplayName"]) == ("User", "Adele Vance")
    assert made["resourceDisplayName"] == "AWS"
    assert made["createdDateTime"] == "2026-11-01T09:00:00.0000000Z"
    assert len(made["id"]) == 43
    assert base64.urlsafe_b64decode(made["id"] + "=")[:16] == uuid.UUID(user).bytes_le
    xml = client.idp.respond("adele@contoso.com", NOW).xml.decode()
    assert "role/contoso-prod-aws-admin," in xml
    assert client.get(f"{client.path}/appRoleAssignedTo/{made['id']}")["id"] == made["id"]
    own = client.get(f"users/{user}/appRoleAssignments")["value"]
    assert [one["id"] for one in own] == [made["id"]]


def test_an_assignment_is_taken_back(client: Client):
    made = assign(client, *ids(client)).json
    path = f"{client.path}/appRoleAssignedTo/{made['id']}"
    assert client.call("DELETE", path).status == 204
    assert client.call("DELETE", path).error[:2] == (404, "Request_ResourceNotFound")
    assert "role/contoso-prod-aws-admin," not in client.idp.respond("adele@contoso.com", NOW).xml.decode()


def test_the_same_assignment_twice_is_refused(client: Client):
    assert assign(client, *ids(client)).status == 201
    assert assign(client, *ids(client)).error == (
        400,
        "InvalidUpdate",
        "Permission being assigned already exists on the object",
    )


def test_a_group_is_assigned_and_its_direct_members_have_the_role(client: Client):
    _, role, principal = ids(client)
    inner = client.call("POST", "groups", group("inner")).json["id"]
    outer = client.call("POST", "groups", group("outer")).json["id"]
    made = assign(client, outer, role, principal).json
    assert (made["principalType"], made["principalDisplayName"]) == ("Group", "outer")
    user = client.call(
        "POST", "users", {"userPrincipalName": "new@contoso.com", "displayName": "New", "accountEnabled": True}
    ).json["id"]
    for holder, member in ((outer, inner), (inner, user)):
        link = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{member}"}
        assert client.call("POST", f"groups/{holder}/members/$ref", link).status == 204
    with pytest.raises(EntraRefusal, match="AADSTS50105"):
        client.idp.respond("new@contoso.com", NOW)
    link = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{user}"}
    assert client.call("POST", f"groups/{outer}/members/$ref", link).status == 204
    assert "role/contoso-prod-aws-admin," in client.idp.respond("new@contoso.com", NOW).xml.decode()


def group(name: str) -> dict[str, object]:
    return {"displayName": name, "mailEnabled": False, "mailNickname": name, "securityEnabled": True}


def test_default_access_is_not_for_an_app_with_roles(client: Client):
    user, _, principal = ids(client)
    assert assign(client, user, NIL, principal).error[0] == 400


def test_wrong_ids_are_told_apart(client: Client):
    user, role, principal = ids(client)
    assert assign(client, UNKNOWN, role, principal).error == (
        404,
        "Request_ResourceNotFound",
        f"Resource '{UNKNOWN}' does not exist or one of its queried reference-property objects are not present.",
    )
    assert assign(client, user, UNKNOWN, principal).error[0] == 400
    assert assign(client, user, role, UNKNOWN).error == (400, "Request_BadRequest", "Not a valid reference update.")
    assert assign(client, principal, role, principal).error[0] == 400
    assert client.call("DELETE", f"{client.path}/appRoleAssignedTo/x").error == (
        400,
        "Request_BadRequest",
        "Invalid resource identifier for EntitlementGrant.",
    )
    for left_out in ("principalId", "appRoleId", "resourceId"):
        less = {name: value for name, value in body(user, role, principal).items() if name != left_out}
        assert client.call("POST", f"{client.path}/appRoleAssignedTo", less).error[0] == 400


def test_a_disabled_role_is_not_assigned(client: Client):
    user, role, principal = ids(client)
    roles = client.principal["appRoles"]
    roles[1]["isEnabled"] = False
    assert client.call("PATCH", client.path, {"appRoles": roles}).status == 204
    assert "disabled" in assign(client, user, role, principal).error[2]


def test_a_principal_holds_fifteen_hundred_assignments(client: Client):
    user, *_ = ids(client)
    kept = client.principal["appRoles"]
    role = kept[1] | {"isEnabled": True}
    more = [role | {"id": str(uuid.UUID(int=n + 1)), "value": f"v{n}", "displayName": f"n{n}"} for n in range(1190)]
    second = {"displayName": "Second"}
    made = client.call("POST", f"applicationTemplates/{TEMPLATE}/instantiate", second).json["servicePrincipal"]
    for path, roles in ((client.path, kept), (f"servicePrincipals/{made['id']}", made["appRoles"])):
        assert client.call("PATCH", path, {"appRoles": [*roles, *more]}).status == 204
    _fill(client, user, 1499)
    roles = [one["id"] for one in client.get(f"servicePrincipals/{made['id']}")["appRoles"]]
    path = f"servicePrincipals/{made['id']}/appRoleAssignedTo"
    last = client.call("POST", path, body(user, roles[-1], made["id"]))
    assert last.status == 201
    reply = client.call("POST", path, body(user, roles[-2], made["id"]))
    assert reply.error[:2] == (403, "Directory_ResourceSizeExceeded")


TEMPLATE = "8b1025e4-1dd2-430b-a150-2ef79cd700f5"


def _fill(client: Client, user: str, count: int) -> None:
    """Assign as many roles as are wanted, without a call for each."""
    from harness.scenario.model import Assignment

    def step(held):
        left, apps = count, []
        for app in held.apps:
            some = tuple(Assignment(to=user, role=role.id) for role in app.roles[2:])[:left]
            left -= len(some)
            apps.append(app.model_copy(update={"assignments": (*app.assignments, *some)}))
        assert left == 0
        return held.model_copy(update={"apps": tuple(apps)})

    client.idp.change(step)


def test_a_list_comes_in_pages(client: Client):
    path = f"{client.path}/appRoleAssignedTo"
    everyone = {one["id"] for one in client.get(path)["value"]}
    assert len(everyone) == 5
    page = client.get(path, top="2", count="true")
    assert page["@odata.count"] == 5
    found = {one["id"] for one in page["value"]}
    while "@odata.nextLink" in page:
        assert re.match(rf"{client.url}/v1\.0/servicePrincipals/", page["@odata.nextLink"])
        reply = client.send("GET", page["@odata.nextLink"].removeprefix(client.url))
        page = reply.json
        found |= {one["id"] for one in page["value"]}
    assert found == everyone


def test_fifty_assignments_at_once_are_all_there(client: Client):
    _, role, principal = ids(client)
    path = client.path
    users = [
        client.call("POST", "users", {"userPrincipalName": f"u{n}@contoso.com", "displayName": f"U{n}"}).json["id"]
        for n in range(50)
    ]
    with ThreadPoolExecutor(50) as pool:
        replies = list(
            pool.map(lambda user: client.call("POST", f"{path}/appRoleAssignedTo", body(user, role, principal)), users)
        )
    assert {reply.status for reply in replies} == {201}
    held = client.get(f"{path}/appRoleAssignedTo", top="999")["value"]
    assert set(users) <= {one["principalId"] for one in held}
