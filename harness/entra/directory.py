"""Who is in the tenant and what they are assigned to."""

import re
from collections.abc import Iterator

from harness.entra.refusals import not_a_request_id, not_assigned
from harness.errors import HarnessError
from harness.scenario.model import App, AppRole, Scenario, User

_NCNAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


def find_user(scenario: Scenario, upn: str) -> User:
    """The user of that name; names are compared without case, as Entra does."""
    for user in scenario.users:
        if user.upn.lower() == upn.lower():
            return user
    known = ", ".join(user.upn for user in scenario.users[:10]) or "none"
    raise HarnessError(f"there is no user {upn!r} in scenario {scenario.name!r}; its users: {known}")


def find_app(scenario: Scenario, name: str | None = None) -> App:
    """The app of that name, or the only one."""
    if name is None and len(scenario.apps) == 1:
        return scenario.apps[0]
    for app in scenario.apps:
        if app.name == name:
            return app
    known = ", ".join(app.name for app in scenario.apps)
    raise HarnessError(f"name one of the apps of scenario {scenario.name!r}: {known}")


def assigned_roles(scenario: Scenario, app: App, user: User) -> tuple[AppRole, ...]:
    """The app roles a user holds, directly or as a DIRECT member of a group: nested groups do not count.

    A disabled role is still held, and still sent. The order is that of the app's roles.
    """
    principals = {*_principals(scenario, user)}
    held = {assignment.role for assignment in app.assignments if assignment.to in principals}
    return tuple([role for role in app.roles if role.name in held or role.id in held])


def _principals(scenario: Scenario, user: User) -> Iterator[str | None]:
    yield from (user.upn, user.object_id)
    for group in scenario.groups:
        if user.upn in group.members or user.object_id in group.members:
            yield from (group.name, group.object_id)


def require_id(request_id: str) -> None:
    """Refuse an AuthnRequest whose ID is none, in Entra's words. Raises EntraRefusal."""
    if not _NCNAME.fullmatch(request_id):
        raise not_a_request_id(request_id)


def require_assignment(scenario: Scenario, app: App, user: User) -> tuple[AppRole, ...]:
    """The roles of a user who is assigned; another is refused in Entra's words. Raises EntraRefusal."""
    assigned = assigned_roles(scenario, app, user)
    if app.assignment_required and not assigned:
        raise not_assigned(app.name, scenario.guid("app", app.name, app.app_id), user.upn)
    return assigned
