"""Each app's list of roles as Graph would take it: form of the entries, duplicates, limits."""

from collections.abc import Mapping
from functools import partial

from harness.approles.check import Problem, budgets, check
from harness.approles.model import AppRole as Listed
from harness.lazy import lazy
from harness.preflight.checks import Asked, Part
from harness.preflight.world import World
from harness.report.model import Finding, Outcome, Severity
from harness.report.sheet import Entry, outcome_of
from harness.scenario.model import App, AppRole, Scenario

TITLE = "Graph takes the list, and it fits its limits."


class AppList:
    """One app's list, judged once."""

    def __init__(self, scenario: Scenario, app: App) -> None:
        self._scenario = scenario
        self._app = app

    @lazy
    def listed(self) -> tuple[Listed, ...]:
        """The roles as Graph holds them."""
        return tuple(
            Listed(self._id(role), role.name, role.value, role.description or role.name, role.enabled, role.made_by)
            for role in self._app.roles
        )

    def _id(self, role: AppRole) -> str:
        return self._scenario.guid("app role", f"{self._app.name}/{role.name}", role.id)

    @lazy
    def _found(self) -> dict[str, list[Problem]]:
        found: dict[str, list[Problem]] = {}
        for problem in check(self.listed):
            found.setdefault(problem.where, []).append(problem)
        return found

    @lazy
    def _places(self) -> dict[int, int]:
        return {id(role): place for place, role in enumerate(self._app.roles)}

    def of_role(self, role: AppRole) -> tuple[Finding, ...]:
        """What Graph has against one role, and what hurts; what AWS has against its value is not asked here."""
        found = self._found.get(f"appRoles[{self._places[id(role)]}]", ())
        return tuple(_finding(one, role.name) for one in found if one.refused_by != "AWS" and one.severity != "note")

    def of_all(self) -> tuple[Finding, ...]:
        """What is wrong with the list as a whole."""
        alone = {f"appRoles[{place}]" for place in range(len(self._app.roles))}
        return tuple(
            _finding(one, where)
            for where, found in self._found.items()
            for one in found
            if where not in alone and one.severity != "note"
        )

    def room(self) -> str:
        """How much of each limit is used."""
        return "\n".join(f"{one.used:,} of {one.limit:,} {one.name}" for one in budgets(self.listed))


def app_roles(world: World, lists: Mapping[str, AppList]) -> Part:
    """One check for each app."""
    checks = [Asked(app.name, partial(_entry, app.name, lists[app.name])) for app in world.apps]
    return Part("app-roles", "Lists of app roles", tuple(checks))


def _entry(name: str, listed: AppList) -> Entry:
    if not listed.listed:
        return Entry(name, Outcome.SKIP, TITLE, "the app has no roles")
    findings = listed.of_all()
    return Entry(name, outcome_of(findings), TITLE, listed.room(), findings)


def _finding(one: Problem, where: str) -> Finding:
    refused = f"{one.refused_by} refuses it. " if one.refused_by else ""
    fix = f"{refused}Correct the list of app roles ({one.basis}: {one.source})."
    place = where if where.startswith("appRoles") else f"app role {where}"
    return Finding(one.code, Severity(one.severity), one.message, place, 0, one.got, "", fix, False)
