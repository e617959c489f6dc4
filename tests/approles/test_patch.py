"""The PATCH body and what it would do: nothing is changed that need not, and a removal takes two bodies."""

import json
from dataclasses import replace

import pytest

from harness.approles.model import MSIAM_ID, AppRole, body, live_roles, msiam_access, read_live
from harness.approles.patch import bodies, diff, wanted_roles
from harness.approles.sources import read_roles
from harness.arn import RolePair
from harness.errors import UnreadableInput
from tests.approles.lists import TUTORIAL, role, value

OWN_MSIAM = replace(msiam_access(), id="11111111-2222-3333-4444-555555555555")


def pairs(*names: str) -> tuple[RolePair, ...]:
    return read_roles("\n".join(value(name) for name in names).encode(), "roles.txt").pairs


def test_the_tutorials_list_gives_the_tutorials_body():
    built = body(wanted_roles(read_roles(TUTORIAL.encode(), "roles.txt").pairs))
    assert list(built) == ["appRoles"]
    first, admin, auditors = built["appRoles"]
    assert first == {
        "allowedMemberTypes": ["User"],
        "description": "msiam_access",
        "displayName": "msiam_access",
        "id": "7dfd756e-8c27-4472-b2b7-38c17fc5de5e",
        "isEnabled": True,
        "origin": "Application",
        "value": None,
    }
    for entry, name in ((admin, "Admin"), (auditors, "Auditors")):
        identity = entry.pop("id")
        assert len(identity) == 36
        assert entry == {
            "allowedMemberTypes": ["User"],
            "description": f"{name},WAAD",
            "displayName": f"{name},WAAD",
            "isEnabled": True,
            "origin": "ServicePrincipal",
            "value": f"arn:aws:iam::12345:role/{name},arn:aws:iam::12345:saml-provider/WAAD",
        }


def test_ids_are_the_same_each_time_and_differ_by_value():
    once, again = wanted_roles(pairs("Admin", "Audit")), wanted_roles(pairs("Audit", "Admin"))
    assert {one.id for one in once} == {one.id for one in again}
    assert len({one.id for one in once}) == 3
    assert role().id == "b5a09973-a7d2-5f9f-ba86-639b93d26d31"


def test_what_is_live_keeps_its_id_and_its_names():
    live = (replace(role(), id="live", display_name="Chefs"), OWN_MSIAM)
    assert wanted_roles(pairs("Admin"), live) == (OWN_MSIAM, live[0])
    assert diff(wanted_roles(pairs("Admin"), live), live) == ()


def test_a_live_value_with_the_provider_first_is_known_again():
    swapped = replace(role(), id="live", value=",".join(reversed(value().split(","))))
    assert wanted_roles(pairs("Admin"), (OWN_MSIAM, swapped))[1:] == (swapped,)


def test_entries_of_the_application_and_without_value_are_kept():
    user = AppRole("u", "User", None, origin="Application")
    assert wanted_roles(pairs("Admin"), (user, OWN_MSIAM))[:2] == (OWN_MSIAM, user)


def test_an_addition_takes_one_body():
    live = (OWN_MSIAM, role("Admin"))
    wanted = wanted_roles(pairs("Admin", "Audit"), live)
    assert bodies(wanted, live) == (wanted,)
    (added,) = diff(wanted, live)
    assert (added.kind, added.role, added.words, added.refused) == ("add", role("Audit"), value("Audit"), "")


def test_a_removal_takes_two_bodies_of_which_the_first_disables():
    live = (OWN_MSIAM, role("Admin"), role("Audit"))
    wanted = wanted_roles(pairs("Admin", "New"), live)
    first, second = bodies(wanted, live)
    assert first == (OWN_MSIAM, role("Admin"), role("New"), role("Audit").with_enabled(False))
    assert second == (OWN_MSIAM, role("Admin"), role("New"))
    assert not any(change.refused for change in (*diff(first, live), *diff(second, first)))
    assert [change.kind for change in diff(first, live)] == ["add", "disable"]
    assert bodies(wanted, first) == (second,)


def test_a_deletion_says_that_assignments_go_and_that_graph_refuses_it_at_once():
    live = (OWN_MSIAM, role("Admin"))
    (deleted,) = diff((OWN_MSIAM,), live)
    assert deleted.kind == "delete"
    assert deleted.words == f"{value()}; its assignments to users and groups are deleted with it"
    assert "CannotDeleteOrUpdateEnabledEntitlement" in deleted.refused
    assert diff((), (OWN_MSIAM,))[0].refused.startswith("Graph refuses this: the list does not match the application")


def test_another_id_for_the_same_value_is_a_loss_and_is_said_to_be():
    live, sent = (role(),), (replace(role(), id="other"),)
    deleted, added = diff(sent, live)
    assert "its value comes back under another id (other)" in deleted.words
    assert added.kind == "add"
    first, second = bodies(sent, live)
    assert [one.value for one in first] == [value()]
    assert second == sent


@pytest.mark.parametrize(
    ("change", "kind", "words", "refused"),
    [
        ({"display_name": "B"}, "change", "displayName 'Admin,Entra' becomes 'B'", True),
        ({"value": None, "enabled": False}, "change", f"value '{value()}' becomes None; isEnabled becomes false", True),
        (
            {"enabled": False},
            "disable",
            "it can no longer be assigned; those who have it keep it in their tokens",
            False,
        ),
    ],
)
def test_a_change_says_both_sides(change: dict[str, object], kind: str, words: str, refused: bool):
    (changed,) = diff((replace(role(), **change),), (role(),))  # type: ignore[arg-type]
    assert (changed.kind, changed.words, bool(changed.refused)) == (kind, words, refused)


def test_a_disabled_role_is_enabled_again_when_it_is_wanted():
    live = (OWN_MSIAM, role().with_enabled(False))
    wanted = wanted_roles(pairs("Admin"), live)
    assert wanted[1].enabled
    assert [change.kind for change in diff(wanted, live)] == ["enable"]


def test_live_json_is_read_in_every_form_and_written_back_as_it_came():
    entry = {**role().as_json(), "lang": "en"}
    forms = [[entry], {"appRoles": [entry]}, {"id": "x", "appRoles": [entry]}, {"value": [{"appRoles": [entry]}]}]
    for form in forms:
        assert read_live(json.dumps(form).encode(), "live.json") == (role(),)
        assert body(live_roles(form, "live.json")) == {"appRoles": [entry]}
    assert live_roles([], "live.json") == ()


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (7, "no app roles"),
        ({"appRoles": {}}, "no app roles"),
        ({"value": [{}, {}]}, "a list of 2 service principals"),
        ([7], "1 entry is no app role\n  appRoles[0]: not an object"),
        (
            [{"id": "x"}, {}],
            "2 entries are no app role\n  appRoles[0]: displayName is no text\n  appRoles[1]: id is no",
        ),
        ([{"id": "x", "displayName": "x", "value": 1}], "1 entry is no app role\n  appRoles[0]: value is no text"),
        ([{"id": "x", "displayName": "x", "isEnabled": 1}], "1 entry is no app role\n  appRoles[0]: isEnabled is"),
        ([{"id": "x", "displayName": "x", "allowedMemberTypes": "User"}], "1 entry is no app role\n  appRoles[0]: all"),
    ],
)
def test_what_holds_no_app_roles_is_refused_with_its_place(form: object, said: str):
    with pytest.raises(UnreadableInput) as refused:
        live_roles(form, "live.json")
    assert str(refused.value).startswith(f"live.json: {said}")


def test_the_id_of_the_tutorial_stands_in_until_the_apps_own_is_known():
    assert wanted_roles(pairs("Admin"))[0].id == MSIAM_ID
    assert wanted_roles(pairs("Admin"), (OWN_MSIAM,))[0] == OWN_MSIAM
