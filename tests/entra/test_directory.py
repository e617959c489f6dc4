"""Who holds which app role, held against a scan of every assignment."""

import random

from harness.entra.directory import assigned_roles
from harness.scenario.model import App, Scenario, User

GUID = "aaaaaaaa-0000-4000-8000-{:012d}"


def made(seed: int) -> Scenario:
    """A tenant in which names and object ids, users and groups, nested ones too, are mixed at random."""
    chance = random.Random(seed)
    users = [{"upn": f"u{n}@x.com", "object_id": chance.choice([None, GUID.format(n)])} for n in range(6)]
    people = [one for user in users for one in user.values() if one]
    groups = [
        {
            "name": f"g{n}",
            "object_id": chance.choice([None, GUID.format(100 + n)]),
            "members": [*chance.sample(people, 3), *(["g0"] if n else [])],
        }
        for n in range(4)
    ]
    roles = [
        {"name": f"r{n}", "id": chance.choice([None, GUID.format(200 + n)]), "value": f"v{n}", "enabled": n % 3 > 0}
        for n in range(8)
    ]
    principals = [*people, *(one for group in groups for one in (group["name"], group["object_id"]) if one)]
    names = [one for role in roles for one in (role["name"], role["id"]) if one]
    pairs = {(chance.choice(principals), chance.choice(names)) for _ in range(12)}
    assignments = [{"to": to, "role": role} for to, role in sorted(pairs)]
    app = {"name": "AWS", "roles": roles, "assignments": assignments}
    return Scenario.model_validate({"version": 1, "name": "made", "users": users, "groups": groups, "apps": [app]})


def scanned(scenario: Scenario, app: App, user: User) -> list[str]:
    own = [user.upn, user.object_id]
    groups = [group for group in scenario.groups if any(one in group.members for one in own if one)]
    names = [*own, *(one for group in groups for one in (group.name, group.object_id))]
    held = [one.role for one in app.assignments if one.to in names]
    return [role.name for role in app.roles if role.name in held or role.id in held]


def test_the_roles_of_every_user_are_those_that_a_scan_finds() -> None:
    found = []
    for seed in range(200):
        scenario = made(seed)
        app = scenario.apps[0]
        for user in scenario.users:
            roles = [role.name for role in assigned_roles(scenario, app, user)]
            assert roles == scanned(scenario, app, user), seed
            found.append(len(roles))
    assert {0, 1, 2, 3, 4} <= set(found)
