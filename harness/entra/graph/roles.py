"""PATCH of ``appRoles``: the list given is the list there is then, or Graph says what it does not take."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.approles.check import MANIFEST_ENTRIES, check
from harness.approles.model import AppRole as GraphRole
from harness.approles.model import live_roles
from harness.approles.patch import diff
from harness.entra.app_roles import declared_role, graph_role
from harness.entra.graph.call import Json, objects
from harness.entra.graph.errors import (
    GraphError,
    duplicate,
    enabled_role,
    invalid,
    no_member_types,
    not_the_applications,
    too_large,
    too_long,
)
from harness.errors import UnreadableInput
from harness.scenario.model import App

_MAY_BE_NULL = ("value", "description", "id", "displayName", "isEnabled", "allowedMemberTypes")


def with_roles(app: App, value: object) -> App:
    """The app with these roles on its service principal, the application's own among them. Raises GraphError."""
    own = {role.id for role in app.roles if role.made_by == "Application"}
    live = [graph_role(role) for role in app.roles]
    wanted = _judged(
        replace(role, origin="Application" if role.id in own else "ServicePrincipal") for role in _sent(value)
    )
    _own_roles_stay(wanted, live)
    return _replaced(app, wanted, live)


def with_application_roles(app: App, value: object) -> App:
    """The app with these roles on its application; those of the service principal alone stay. Raises GraphError."""
    live = [graph_role(role) for role in app.roles]
    others = [role for role in live if role.origin != "Application"]
    wanted = _judged([*(replace(role, origin="Application") for role in _sent(value)), *others])
    return _replaced(app, wanted, live)


def _replaced(app: App, wanted: Sequence[GraphRole], live: Sequence[GraphRole]) -> App:
    """The app with the list as it was sent, and without the assignments of the roles that are gone."""
    anybodys = [[replace(role, origin="ServicePrincipal") for role in some] for some in (wanted, live)]
    for change in diff(*anybodys):
        if change.refused:
            raise enabled_role(change.role.display_name)
    roles = tuple(declared_role(role) for role in wanted)
    ids = {role.id for role in roles}
    stay = tuple(one for one in app.assignments if one.role in ids)
    return app.model_copy(update={"roles": roles, "assignments": stay})


def _sent(value: object) -> list[GraphRole]:
    """The list as it was sent. What the caller says of a role's origin is not heeded."""
    try:
        sent = live_roles([_said(entry) for entry in objects(value, "appRoles")], "appRoles")
    except UnreadableInput as error:
        raise invalid([("appRoles", str(error))]) from None
    return [replace(role, id=role.id.lower(), value=role.value or None) for role in sent]


def _judged(roles: Iterable[GraphRole]) -> list[GraphRole]:
    """The list, when it is one that can be. Raises GraphError."""
    wanted = [*roles]
    for fault in _faults(wanted):
        raise fault
    return wanted


def _said(entry: Json) -> Json:
    """An entry without annotations, and without what says nothing."""
    return {
        key: value
        for key, value in entry.items()
        if not key.startswith("@odata.") and (value is not None or key in _MAY_BE_NULL)
    }


def _faults(wanted: Sequence[GraphRole]) -> list[GraphError]:
    """What no list may hold, Graph's own words first where they are known."""
    for role in wanted:
        if not role.member_types:
            return [no_member_types(role.id)]
        if role.others or role.member_types != ("User",):
            return [invalid([("appRoles", f'{role.display_name}: allowedMemberTypes is ["User"], and nothing else')])]
    if len(wanted) > MANIFEST_ENTRIES:
        return [too_large()]
    found = [one for one in check(wanted) if one.refused_by == "Graph"]
    if any("DuplicateValue" in one.message for one in found):
        return [duplicate("appRoles")]
    if long := next((one for one in found if "was seen to store" in one.message), None):
        return [too_long(f"{long.where}: {long.message} {long.got}")]
    # A list without msiam_access is told below, in the words for an application's own role.
    told = [(one.where, f"{one.message} {one.got}".strip()) for one in found if one.where != "appRoles"]
    return [invalid(told)] if told else []


def _own_roles_stay(wanted: Sequence[GraphRole], live: Sequence[GraphRole]) -> None:
    """The application's own roles come back as they are. Raises GraphError."""
    sent = {role.id: role for role in wanted}
    for role in live:
        if role.origin == "Application" and sent.get(role.id) != role:
            raise not_the_applications(role.display_name)
