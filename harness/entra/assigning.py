"""Who has which app role, whatever an assignment calls them: the scenario file writes names, Graph identifiers."""

from harness.scenario.model import App, Assignment, Scenario


def find_assignment(scenario: Scenario, app: App, principal: str, role: str) -> Assignment | None:
    """The assignment of a user or group to a role, each given by name or id."""
    return next(iter(_matching(scenario, app, principal, role)), None)


def without_assignments(scenario: Scenario, app: App, principal: str, role: str) -> tuple[Assignment, ...]:
    """The app's assignments without that of a user or group to a role, each given by name or id."""
    gone = _matching(scenario, app, principal, role)
    return tuple(one for one in app.assignments if one not in gone)


def _matching(scenario: Scenario, app: App, principal: str, role: str) -> list[Assignment]:
    who = {principal}.union(
        *({one.upn, one.object_id} for one in scenario.users if principal in (one.upn, one.object_id)),
        *({one.name, one.object_id} for one in scenario.groups if principal in (one.name, one.object_id)),
    )
    what = {role}.union(*({one.name, one.id} for one in app.roles if role in (one.name, one.id)))
    return [one for one in app.assignments if one.to in who and one.role in what]
