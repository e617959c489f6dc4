"""Users, groups and their members: found, made, changed and removed."""

from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from harness.entra.graph.call import Json, flag, optional_text, text
from harness.entra.graph.errors import invalid, member_already, not_found, ours, taken
from harness.entra.graph.show import member, principals, user_type
from harness.scenario.model import App, Group, Scenario, User

_USER = {
    "displayName": "display_name",
    "givenName": "given_name",
    "surname": "surname",
    "mail": "mail",
    "employeeId": "employee_id",
    "userPrincipalName": "upn",
}
_ATTRIBUTES = ("department", "jobTitle", "companyName")
_UNHEARD = ("mailNickname", "passwordProfile", "usageLocation")
"""Taken and let go: a password is neither stored nor logged."""


def find_user(scenario: Scenario, name: str) -> User:
    """The user of this object id or user principal name. Raises GraphError."""
    wanted = name.lower()
    for one in scenario.users:
        if wanted in (one.object_id, one.upn.lower()):
            return one
    raise not_found(name)


def find_group(scenario: Scenario, object_id: str) -> Group:
    """The group of this object id. Raises GraphError."""
    for one in scenario.groups:
        if one.object_id == object_id.lower():
            return one
    raise not_found(object_id)


def new_user(scenario: Scenario, data: Json) -> User:
    """The user that POST describes. Raises GraphError."""
    upn = text(data, "userPrincipalName")
    text(data, "displayName")
    return changed_user(scenario, User(upn=_free_upn(scenario, upn), object_id=str(uuid4())), data)


def changed_user(scenario: Scenario, one: User, data: Json) -> User:
    """The user after PATCH. Raises GraphError for what this mock does not hold."""
    changes: dict[str, Any] = {}
    attributes = dict(one.attributes)
    for name, value in data.items():
        if name in _USER:
            changes[_USER[name]] = optional_text(data, name)
        elif name in _ATTRIBUTES:
            attributes |= {name.lower(): optional_text(data, name) or ""}
        elif name == "accountEnabled":
            _only_true(value)
        elif name not in (*_UNHEARD, "userType"):
            raise ours(f"a user's {name} is not held; known: {', '.join((*_USER, *_ATTRIBUTES))}")
    if changes.get("upn", one.upn) != one.upn:
        changes["upn"] = _free_upn(scenario, text(data, "userPrincipalName"))
    held = {name: value for name, value in attributes.items() if value}
    made = User.model_validate({**dict(one), **changes, "attributes": held})
    _require_type(made, optional_text(data, "userType"))
    return made


def _require_type(made: User, wanted: str | None) -> None:
    if wanted is not None and wanted != user_type(made):
        raise ours(
            f"userType {wanted!r} does not fit: in this mock a guest is a user whose userPrincipalName holds #EXT#, "
            f"and {made.upn} is a {user_type(made)}"
        )


def _only_true(value: object) -> None:
    if not flag(value, "accountEnabled"):
        raise ours("this mock has no disabled users")


def _free_upn(scenario: Scenario, upn: str) -> str:
    if any(one.upn.lower() == upn.lower() for one in scenario.users):
        raise taken("userPrincipalName")
    domain = upn.partition("@")[2].lower()
    if domain not in {one.lower() for one in scenario.tenant.domains}:
        known = ", ".join(scenario.tenant.domains)
        raise invalid([("userPrincipalName", f"its domain is none of the tenant's: {known}")])
    return upn


def new_group(scenario: Scenario, data: Json) -> Group:
    """The group that POST describes: a security group. Raises GraphError."""
    name = text(data, "displayName")
    if data.get("groupTypes") or data.get("mailEnabled") is True or data.get("securityEnabled") is False:
        raise ours("this mock has security groups only")
    handles = {one.name for one in scenario.groups} | {one.upn for one in scenario.users}
    free = next(one for one in _numbered(name) if one not in handles)
    shown = None if free == name else name
    return Group.model_validate(
        {
            "name": free,
            "display_name": shown,
            "object_id": str(uuid4()),
            "description": optional_text(data, "description"),
            "members": _bound(scenario, data),
        }
    )


def _bound(scenario: Scenario, data: Json) -> tuple[str, ...]:
    """The members that POST names at once."""
    links = data.get("members@odata.bind", [])
    if not isinstance(links, list) or len(links) > 20:
        raise invalid([("members@odata.bind", "a list of up to 20 addresses")])
    return tuple(referred(scenario, {"@odata.id": link}) for link in links)


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name[:240]} {number}" for number in count(2))


def changed_group(_: Scenario, one: Group, data: Json) -> Group:
    """The group after PATCH. Raises GraphError."""
    unknown = set(data) - {"displayName", "description", "mailNickname"}
    if unknown:
        raise ours(f"a group's {min(unknown)} cannot be changed in this mock")
    changes: dict[str, Any] = {}
    if "displayName" in data:
        changes["display_name"] = text(data, "displayName")
    if "description" in data:
        changes["description"] = optional_text(data, "description")
    return Group.model_validate({**dict(one), **changes})


def referred(scenario: Scenario, data: Json) -> str:
    """The object id in the body of a ``$ref``. Raises GraphError."""
    object_id = last_segment(text(data, "@odata.id"))
    if object_id not in principals(scenario):
        raise not_found(object_id)
    return object_id


def last_segment(link: str) -> str:
    """The id at the end of an address."""
    try:
        path = urlsplit(link).path
    except ValueError:
        path = ""
    return path.rstrip("/").rpartition("/")[2].lower()


def with_member(scenario: Scenario, one: Group, data: Json) -> Group:
    """The group with one more member: a user, or a group, which counts for nothing. Raises GraphError."""
    object_id = referred(scenario, data)
    if object_id in one.members or object_id == one.object_id:
        raise member_already("members")
    return one.model_copy(update={"members": (*one.members, object_id)})


def without_member(_: Scenario, one: Group, object_id: str) -> Group:
    """The group without this member. Raises GraphError."""
    if object_id.lower() not in one.members:
        raise not_found(object_id)
    return one.model_copy(update={"members": tuple(each for each in one.members if each != object_id.lower())})


def members_of(scenario: Scenario, name: str) -> list[Json]:
    """The direct members of a group: users and groups."""
    return [member(scenario, one) for one in find_group(scenario, name).members]


def groups_with(scenario: Scenario, name: str) -> list[Json]:
    """The groups that a user is a direct member of."""
    held = find_user(scenario, name).object_id or ""
    return [member(scenario, one.object_id or "") for one in scenario.groups if held in one.members]


def without(scenario: Scenario, principal: User | Group) -> Mapping[str, Any]:
    """The tables of the tenant without a user or group: its memberships and assignments go with it."""
    gone = principal.object_id or ""
    groups = (_left(one, gone) for one in scenario.groups if one is not principal)
    return {
        "users": tuple(one for one in scenario.users if one is not principal),
        "groups": tuple(groups),
        "apps": tuple(_unassigned(app, gone) for app in scenario.apps),
    }


def _left(group: Group, object_id: str) -> Group:
    return group.model_copy(update={"members": tuple(one for one in group.members if one != object_id)})


def _unassigned(app: App, object_id: str) -> App:
    return app.model_copy(update={"assignments": tuple(one for one in app.assignments if one.to != object_id)})
