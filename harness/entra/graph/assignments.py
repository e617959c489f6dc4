"""App role assignments of users and groups. Only direct members of a group get what the group is assigned."""

from datetime import datetime

from harness.approles.check import ASSIGNMENTS
from harness.entra import assigning
from harness.entra.graph.call import Json, text
from harness.entra.graph.errors import already_assigned, bad_assignment_id, bad_reference, not_found, ours, too_large
from harness.entra.graph.show import DEFAULT_ACCESS, assignment_id, principals
from harness.scenario.model import App, Assignment, Scenario


def with_assignment(scenario: Scenario, app: App, data: Json, now: datetime) -> App:
    """The app with one more assignment. Raises GraphError."""
    principal, role, resource = (text(data, name).lower() for name in ("principalId", "appRoleId", "resourceId"))
    if resource != app.object_id:
        raise bad_reference()
    if principal not in principals(scenario):
        known = any(principal == one.object_id for one in scenario.apps)
        raise ours("this mock assigns users and groups only") if known else not_found(principal)
    _assignable(app, role)
    if assigning.find_assignment(scenario, app, principal, role):
        raise already_assigned()
    held = sum(one.to == principal for each in scenario.apps for one in each.assignments)
    if held >= ASSIGNMENTS:
        raise too_large()
    made = Assignment(to=principal, role=role, created=now)
    return app.model_copy(update={"assignments": (*app.assignments, made)})


def _assignable(app: App, role_id: str) -> None:
    if role_id == DEFAULT_ACCESS:
        raise ours("default access is for apps without roles, and this mock assigns roles only")
    role = next((one for one in app.roles if one.id == role_id), None)
    if role is None:
        raise ours(f"there is no app role {role_id} on the service principal")
    if not role.enabled:
        raise ours(f"the app role {role.name!r} is disabled: it cannot be assigned any more")


def without_assignment(scenario: Scenario, app: App, wanted: str) -> App:
    """The app without this assignment. Raises GraphError."""
    found = find_assignment(scenario, app, wanted)
    return app.model_copy(update={"assignments": tuple(one for one in app.assignments if one is not found)})


def find_assignment(scenario: Scenario, app: App, wanted: str) -> Assignment:
    """The assignment of this id. Raises GraphError."""
    if len(wanted) != 43:
        raise bad_assignment_id()
    for one in app.assignments:
        if assignment_id(scenario, app, one) == wanted:
            return one
    raise not_found(wanted)
