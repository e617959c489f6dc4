"""A scenario in which everything has its identifier and everything is named by it.

What is then renamed, or told apart from another of the same name, stays who it was.
"""

from functools import lru_cache

from harness.approles.model import MSIAM, MSIAM_ID
from harness.scenario.model import App, AppRole, Assignment, Group, Scenario


@lru_cache(8)
def _pinned(scenario: "_ByIdentity") -> Scenario:
    return _pin(scenario.scenario)


class _ByIdentity:
    """A scenario as a key: the same object, not an equal one. Comparing two of them takes as long as pinning one."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return id(self.scenario)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and other.scenario is self.scenario


def pinned(scenario: Scenario) -> Scenario:
    """The same world with every identifier written out; pinning it again changes nothing."""
    return _pinned(_ByIdentity(scenario))


def _pin(scenario: Scenario) -> Scenario:
    users = tuple(
        user.model_copy(update={"object_id": scenario.guid("user", user.upn, user.object_id)})
        for user in scenario.users
    )
    groups = tuple(
        group.model_copy(update={"object_id": scenario.guid("group", group.name, group.object_id)})
        for group in scenario.groups
    )
    ids = {user.upn: user.object_id or "" for user in users} | {one.name: one.object_id or "" for one in groups}
    policies = tuple(
        one.model_copy(update={"id": scenario.guid("claims-policy", one.name, one.id)})
        for one in scenario.claims_policies
    )
    return scenario.model_copy(
        update={
            "users": users,
            "groups": tuple(_pinned_group(group, ids) for group in groups),
            "apps": tuple(_pinned_app(scenario, app, ids) for app in scenario.apps),
            "claims_policies": policies,
        }
    )


def _pinned_group(group: Group, ids: dict[str, str]) -> Group:
    return group.model_copy(update={"members": tuple(ids.get(one, one) for one in group.members)})


def _pinned_app(scenario: Scenario, app: App, ids: dict[str, str]) -> App:
    roles = tuple(_pinned_role(scenario, app, role) for role in app.roles)
    role_ids = {role.name: role.id or "" for role in roles} | {role.id: role.id for role in roles if role.id}
    assignments = tuple(_pinned_assignment(one, ids, role_ids) for one in app.assignments)
    return app.model_copy(
        update={
            "app_id": scenario.guid("app", app.name, app.app_id),
            "object_id": scenario.guid("service-principal", app.name, app.object_id),
            "roles": roles,
            "assignments": assignments,
        }
    )


def _pinned_role(scenario: Scenario, app: App, role: AppRole) -> AppRole:
    derived = MSIAM_ID if role.name == MSIAM else scenario.guid("role", f"{app.name}/{role.name}")
    return role.model_copy(update={"id": role.id or derived, "origin": role.made_by})


def _pinned_assignment(one: Assignment, ids: dict[str, str], role_ids: dict[str, str]) -> Assignment:
    return one.model_copy(update={"to": ids.get(one.to, one.to), "role": role_ids[one.role]})
