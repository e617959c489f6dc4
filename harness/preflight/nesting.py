"""Groups within assigned groups: their members look assigned, and Entra gives them nothing."""

from collections.abc import Iterator
from functools import partial

from harness.preflight.checks import Asked, Part
from harness.preflight.world import World, keys_of
from harness.report.model import Finding, Outcome, Severity
from harness.report.sheet import Entry
from harness.scenario.model import App, Group, User

TITLE = "Every member of the group is one directly."


def nesting(world: World) -> Part:
    """One check for each group that is assigned to an app and holds a group."""
    groups = {key: group for group in world.scenario.groups for key in keys_of(group)}
    checks = [
        Asked(f"{app.name}/{group.name}", partial(_entry, world, app, group, inner))
        for app in world.apps
        for group in world.scenario.groups
        if world.assigned(app, group)
        for inner in [list({id(groups[one]): groups[one] for one in group.members if one in groups}.values())]
        if inner
    ]
    return Part("nested-groups", "Groups within groups", tuple(checks))


def _entry(world: World, app: App, group: Group, inner: list[Group]) -> Entry:
    told = Finding(
        "APP023",
        Severity.WARNING,
        f"{group.name} holds the group{'s' if len(inner) > 1 else ''} {', '.join(one.name for one in inner)}.",
        f"group {group.name}",
        0,
        ", ".join(_without(world, app, inner)) or "nobody is left without access",
        "direct members only",
        f"Assign the inner group to the app itself, or make its members direct members of {group.name}.",
        False,
    )
    return Entry(f"{app.name}/{group.name}", Outcome.PASS, TITLE, "", (told,))


def _without(world: World, app: App, inner: list[Group]) -> Iterator[str]:
    """Who is in an inner group and gets nothing at all from the app."""
    users = {key: user for user in world.scenario.users for key in keys_of(user)}
    named: dict[str, User] = {users[one].upn: users[one] for group in inner for one in group.members if one in users}
    left = [upn for upn, user in named.items() if not world.held(app, user)]
    yield from (f"{upn} gets nothing" for upn in left[:10])
    if len(left) > 10:
        yield f"and {len(left) - 10:,} more"
