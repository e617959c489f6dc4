"""Who is in the tenant and what they are assigned to."""

from urllib.parse import urlsplit

from harness.entra.refusals import not_assigned
from harness.errors import HarnessError
from harness.scenario.entra import Held, held_together
from harness.scenario.model import App, AppRole, Group, Scenario, User


def find_user(scenario: Scenario, upn: str) -> User:
    """The user of that name, a guest by the home tenant's too; names are compared without case, as Entra does."""
    user = scenario.users_by_name.get(upn.lower())
    if user is not None:
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


def app_id_of(scenario: Scenario, app: App) -> str:
    """The application ID, which metadata and access URLs carry."""
    return scenario.guid("app", app.name, app.app_id)


def issuer_of(tenant_id: str) -> str:
    """The entityID of a tenant: one for all its apps."""
    return f"https://sts.windows.net/{tenant_id}/"


def audience_of(scenario: Scenario, app: App) -> str:
    """The identifier without what follows ``#``; ``spn:`` and the application ID where it is no URI, or none."""
    identifier = next(iter(app.identifiers), "")
    if not urlsplit(identifier).scheme:
        return "spn:" + app_id_of(scenario, app)
    return identifier.partition("#")[0]


def app_by_id(scenario: Scenario, app_id: str) -> App | None:
    """The app of an application ID, with hyphens or, as in old access URLs, without."""
    wanted = app_id.lower().replace("-", "")
    return next((app for app in scenario.apps if app_id_of(scenario, app).replace("-", "") == wanted), None)


def assigned_roles(scenario: Scenario, app: App, user: User) -> tuple[AppRole, ...]:
    """The app roles a user holds, directly or as a DIRECT member of a group: nested groups do not count.

    A disabled role is still held, and still sent. The order is that of the app's roles.
    """
    return _held(scenario, app, user).roles


def _held(scenario: Scenario, app: App, user: User) -> Held:
    held_by = app.held
    # By these names an assignment may mean the user.
    names = [user.upn, user.object_id]
    for group in direct_groups(scenario, user):
        names += (group.name, group.object_id)
    found = [held_by[one] for one in names if one in held_by]
    if len(found) == 1:
        return found[0]
    held = {id(role) for one in found for role in one.roles}
    return held_together(role for role in app.roles if id(role) in held)


def direct_groups(scenario: Scenario, user: User) -> tuple[Group, ...]:
    """The groups that list the user; one that lists both the name and the object id stands twice."""
    joined = scenario.memberships
    return (*joined.get(user.upn, ()), *joined.get(user.object_id, ()))


def require_assignment(scenario: Scenario, app: App, user: User) -> Held:
    """The roles of a user who is assigned; another is refused in Entra's words. Raises EntraRefusal."""
    held = _held(scenario, app, user)
    if app.assignment_required and not held.roles:
        raise not_assigned(app.shown, app_id_of(scenario, app), user.upn)
    return held


def groups_of(scenario: Scenario, user: User) -> list[Group]:
    """The groups a user belongs to, directly or through nested groups, in the scenario's order."""
    found = [*direct_groups(scenario, user)]
    for known in found:
        inside = {known.name, known.object_id}
        found += [group for group in scenario.groups if group not in found and inside.intersection(group.members)]
    return [group for group in scenario.groups if group in found]


def belongs_to(scenario: Scenario, user: User, name: str) -> bool:
    """Whether the user is a direct member of the group of that name or object id."""
    return any(name in (group.name, group.object_id) for group in direct_groups(scenario, user))
