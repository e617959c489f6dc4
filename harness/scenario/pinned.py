"""A scenario in which everything has its identifier and everything is named by it.

What is then renamed, or told apart from another of the same name, stays who it was.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypeVar

from harness.approles.model import MSIAM, MSIAM_ID
from harness.scenario.model import App, AppRole, Scenario
from harness.scenario.tables import Table

Row = TypeVar("Row", bound=Table)


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
    users = _each(scenario.users, lambda one: {"object_id": scenario.guid("user", one.upn, one.object_id)})
    groups = _each(scenario.groups, lambda one: {"object_id": scenario.guid("group", one.name, one.object_id)})
    policies = _each(scenario.claims_policies, lambda one: {"id": scenario.guid("claims-policy", one.name, one.id)})
    ids = {one.upn: one.object_id or "" for one in users} | {one.name: one.object_id or "" for one in groups}
    members = _each(groups, lambda one: {"members": tuple([ids.get(each, each) for each in one.members])})
    apps = _each(scenario.apps, lambda one: _pinned_app(scenario, one, ids))
    return scenario.model_copy(update={"users": users, "groups": members, "apps": apps, "claims_policies": policies})


def _each(rows: tuple[Row, ...], pins: Callable[[Row], Mapping[str, object]]) -> tuple[Row, ...]:
    """The rows with some fields written out; a row that has them already is the same object."""
    pinned_rows = []
    for row in rows:
        fields = pins(row)
        same = all(getattr(row, name) == value for name, value in fields.items())
        pinned_rows.append(row if same else row.model_copy(update=dict(fields)))
    return tuple(pinned_rows)


def _pinned_app(scenario: Scenario, app: App, ids: Mapping[str, str]) -> Mapping[str, object]:
    roles = _each(app.roles, lambda one: {"id": _role_id(scenario, app, one), "origin": one.made_by})
    by_name = {role.name: role.id or "" for role in roles}
    assignments = _each(
        app.assignments, lambda one: {"to": ids.get(one.to, one.to), "role": by_name.get(one.role, one.role)}
    )
    return {
        "app_id": scenario.guid("app", app.name, app.app_id),
        "object_id": scenario.guid("service-principal", app.name, app.object_id),
        "roles": roles,
        "assignments": assignments,
    }


def _role_id(scenario: Scenario, app: App, role: AppRole) -> str:
    if role.id is not None:
        return role.id
    return MSIAM_ID if role.name == MSIAM else scenario.guid("role", f"{app.name}/{role.name}")
