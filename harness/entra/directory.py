"""Who is in the tenant and what they are assigned to."""

import re
from collections.abc import Iterator

from harness.errors import HarnessError
from harness.scenario.model import App, AppRole, Scenario, User

_NCNAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


class EntraRefusal(HarnessError):
    """Entra does not sign the user in. ``code`` is the AADSTS code, the text is Entra's own message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


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
    return tuple([role for role in app.roles if role.name in held])


def _principals(scenario: Scenario, user: User) -> Iterator[str]:
    yield user.upn
    yield from (group.name for group in scenario.groups if user.upn in group.members)


def require_id(request_id: str) -> None:
    """Refuse an AuthnRequest whose ID is none, in Entra's words. Raises EntraRefusal."""
    if not _NCNAME.fullmatch(request_id):
        raise EntraRefusal(
            "AADSTS7500529",
            f"The value '{request_id}' is not a valid SAML ID. The ID must not begin with a number.",
        )


def require_assignment(scenario: Scenario, app: App, user: User) -> tuple[AppRole, ...]:
    """The roles of a user who is assigned; another is refused in Entra's words. Raises EntraRefusal."""
    assigned = assigned_roles(scenario, app, user)
    if app.assignment_required and not assigned:
        app_id = scenario.guid("app", app.name, app.app_id)
        raise EntraRefusal(
            "AADSTS50105",
            f"Your administrator has configured the application {app.name} ('{app_id}') to block users unless they "
            f"are specifically granted ('assigned') access to the application. The signed in user '{user.upn}' is "
            "blocked because they are not a direct member of a group with access, nor had access directly assigned "
            "by an administrator. Please contact your administrator to assign access to this application.",
        )
    return assigned
