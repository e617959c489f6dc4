"""PATCH of appRoles as documented and reported: what is taken, and what is said of what is not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from harness.approles.model import live_roles
from harness.approles.patch import bodies, wanted_roles
from harness.arn import parse_role_pair
from tests.web.graph.conftest import NOW, Client

NEW = {
    "allowedMemberTypes": ["User"],
    "description": "Admin,WAAD",
    "displayName": "Admin,WAAD",
    "id": "4aacf5a4-f38b-4861-b909-bae023e88dde",
    "isEnabled": True,
    "origin": "ServicePrincipal",
    "value": "arn:aws:iam::12345:role/Admin,arn:aws:iam::12345:saml-provider/WAAD",
}
ENABLED = (
    400,
    "CannotDeleteOrUpdateEnabledEntitlement",
    "Permission (scope or role) cannot be deleted or updated unless disabled first.",
)
NOT_THE_APPLICATIONS = (
    400,
    "Request_BadRequest",
    "Property appRoles on the service principal does not match the application object",
)
INVALID = (400, "Request_BadRequest", "One or more properties contains invalid values.")


def roles(client: Client) -> list[dict[str, Any]]:
    return copy.deepcopy(client.principal["appRoles"])


def patch(client: Client, wanted: object):
    return client.call("PATCH", client.path, {"appRoles": wanted})


def names(client: Client) -> list[str]:
    return [role["displayName"] for role in roles(client)]


def test_a_list_that_is_sent_back_with_one_more_is_taken(client: Client):
    reply = patch(client, [*roles(client), NEW])
    assert (reply.status, reply.text) == (204, "")
    assert roles(client)[-1] == NEW


def test_the_origin_is_not_what_the_caller_says(client: Client):
    assert patch(client, [*roles(client), NEW | {"origin": "Application"}]).status == 204
    assert roles(client)[-1]["origin"] == "ServicePrincipal"


def test_what_is_left_out_and_enabled_may_not_go(client: Client):
    assert patch(client, roles(client)[:-1]).error == ENABLED
    assert len(roles(client)) == 5


@pytest.mark.parametrize("change", [{"value": "x"}, {"displayName": "x"}, {"description": "x"}], ids=str)
def test_an_enabled_role_may_not_change(client: Client, change: dict[str, str]):
    wanted = roles(client)
    wanted[-1] |= change
    assert patch(client, wanted).error == ENABLED
    wanted[-1] |= {"isEnabled": False}
    assert patch(client, wanted).error == ENABLED, "disabling it in the same call is too late"


def test_a_role_that_was_disabled_first_goes_with_its_assignments(client: Client):
    wanted = roles(client)
    gone = wanted[-1]["id"]
    assert any(one["appRoleId"] == gone for one in client.get(f"{client.path}/appRoleAssignedTo")["value"])
    wanted[-1]["isEnabled"] = False
    assert patch(client, wanted).status == 204
    held = [one["appRoleId"] for one in client.get(f"{client.path}/appRoleAssignedTo")["value"]]
    assert gone in held, "who has a disabled role keeps it"
    assert patch(client, wanted[:-1]).status == 204
    held = [one["appRoleId"] for one in client.get(f"{client.path}/appRoleAssignedTo")["value"]]
    assert gone not in held
    assert len(held) == 4


def test_msiam_access_must_be_repeated_as_it_is(client: Client):
    wanted = roles(client)
    assert wanted[0]["displayName"] == "msiam_access"
    assert patch(client, wanted[1:]).error == NOT_THE_APPLICATIONS
    wanted[0]["isEnabled"] = False
    assert patch(client, wanted).error == NOT_THE_APPLICATIONS


@pytest.mark.parametrize("same", ["id", "value"])
def test_an_id_or_value_that_stands_twice_is_refused(client: Client, same: str):
    wanted = [*roles(client), NEW]
    wanted.append(NEW | {"id": "4aacf5a4-f38b-4861-b909-bae023e88ddf", "value": "y"} | {same: NEW[same]})
    reply = patch(client, wanted)
    assert reply.error == (400, "DuplicateValue", "Request contains a property with duplicate values.")
    assert reply.json["error"]["details"] == [
        {
            "code": "DuplicateValue",
            "message": "Request contains a property with duplicate values.",
            "target": "appRoles",
        }
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": "arn:aws:iam::1:role/a, arn:aws:iam::1:saml-provider/b"}, "The value holds a blank."),
        ({"value": 'a"b'}, 'The value holds characters that Graph does not take: "'),
        ({"value": ".a"}, "The value starts with a dot."),
        ({"id": "no-guid"}, "The id is no GUID."),
        ({"allowedMemberTypes": ["Application"]}, "allowedMemberTypes"),
        ({"isEnabled": "yes"}, "isEnabled is neither true nor false"),
        ({"displayName": None}, "displayName is no text"),
        ({"id": 7}, "id is no text"),
        ({"displayName": "a\u0000b"}, "control character"),
        ({"surprise": 1}, "allowedMemberTypes"),
    ],
    ids=str,
)
def test_a_role_that_cannot_be_stored_is_refused_with_its_place(client: Client, change: dict[str, Any], said: str):
    reply = patch(client, [*roles(client), NEW | change])
    assert reply.error == INVALID
    assert said in json.dumps(reply.json["error"]["details"][0]["message"]).replace('\\"', '"')
    assert NEW["displayName"] not in names(client)


def test_a_value_of_249_characters_is_stored_and_one_more_is_too_long(client: Client):
    status, code, message = patch(client, [*roles(client), NEW | {"value": "a" * 250}]).error
    assert (status, code) == (400, "InvalidLength")
    assert message.startswith("saml-harness: appRoles[5]: The value has 250 characters; Graph was seen to store 249.")
    assert patch(client, [*roles(client), NEW | {"value": "a" * 249}]).status == 204


def test_a_role_for_nobody_is_refused_in_graphs_words(client: Client):
    reply = patch(client, [*roles(client), NEW | {"allowedMemberTypes": []}])
    assert reply.error[2] == (
        "App role with identifier '4aacf5a4-f38b-4861-b909-bae023e88dde' must have at least one value specified for "
        "'allowedMemberTypes'."
    )


def many(count: int) -> list[dict[str, Any]]:
    return [
        NEW | {"id": f"4aacf5a4-f38b-4861-b909-{number:012d}", "value": f"v{number}", "displayName": f"n{number}"}
        for number in range(count)
    ]


def test_twelve_hundred_entries_fit_and_one_more_does_not(client: Client):
    kept = roles(client)
    reply = patch(client, [*kept, *many(1196)])
    assert reply.error == (
        403,
        "Directory_ResourceSizeExceeded",
        "The size of the object has exceeded its limit. Please reduce the number of values and retry your request.",
    )
    assert patch(client, [*kept, *many(1195)]).status == 204
    assert len(roles(client)) == 1200


@pytest.mark.parametrize("wanted", [None, 7, {}, [7], "x", [[]]], ids=str)
def test_what_is_no_list_of_roles_is_refused(client: Client, wanted: object):
    assert patch(client, wanted).error == INVALID


def test_nothing_of_a_body_is_done_when_a_part_is_refused(client: Client):
    body = {"notificationEmailAddresses": ["ops@contoso.com"], "appRoles": roles(client)[1:]}
    assert client.call("PATCH", client.path, body).error == NOT_THE_APPLICATIONS
    assert client.principal["notificationEmailAddresses"] == []


def test_the_bodies_that_this_program_builds_are_taken_in_their_order(client: Client):
    """One pair stays, one is new, and three that are enabled go: two bodies."""
    live = live_roles(client.principal, "live")
    stays, new = parse_role_pair(live[1].value or ""), parse_role_pair(NEW["value"])
    steps = bodies(wanted_roles([pair for pair in (stays, new) if pair], live), live)
    assert len(steps) == 2
    for step in steps:
        assert patch(client, [role.as_json() for role in step]).status == 204
    assert names(client) == ["msiam_access", "contoso-prod-aws-admin,WAAD", "Admin,WAAD"]
    assert roles(client)[1]["id"] == live[1].id


def test_a_role_for_nobody_in_particular_is_refused(client: Client):
    before = roles(client)
    reply = patch(client, [*before, NEW | {"allowedMemberTypes": None}])
    assert reply.error[:2] == (400, "Request_BadRequest")
    assert "allowedMemberTypes is no list of texts" in reply.text
    assert roles(client) == before


def test_whoever_keeps_a_disabled_role_is_still_sent_to_aws_with_it(client: Client):
    wanted = roles(client)
    for role in wanted[1:]:
        role["isEnabled"] = False
    assert patch(client, wanted).status == 204
    xml = client.idp.respond("britta@contoso.com", NOW).xml.decode()
    assert xml.count("role/contoso-prod-aws-admin,") == 2


def test_the_applications_own_roles_change_on_the_application_and_nowhere_else(client: Client):
    path = f"applications/{client.get('applications')['value'][0]['id']}"
    own = client.get(path)["appRoles"]
    assert [role["displayName"] for role in own] == ["msiam_access"]
    more = {key: value for key, value in NEW.items() if key != "origin"}
    assert client.call("PATCH", path, {"appRoles": [*own, more]}).status == 204
    assert {role["displayName"]: role["origin"] for role in roles(client)}["Admin,WAAD"] == "Application"
    assert names(client)[-1] == "contoso-dev-finance-admin,WAAD", "those of the service principal stay"
    assert client.call("PATCH", path, {"appRoles": own}).error == ENABLED
    taken = more | {"id": "4aacf5a4-f38b-4861-b909-bae023e88ddf", "value": roles(client)[-1]["value"]}
    assert client.call("PATCH", path, {"appRoles": [*own, more, taken]}).error[1] == "DuplicateValue"
    assert client.call("PATCH", path, {"appRoles": [*own, more | {"isEnabled": False}]}).status == 204
    assert client.call("PATCH", path, {"appRoles": own}).status == 204
    assert "Admin,WAAD" not in names(client)
