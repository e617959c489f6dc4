"""The stage of a rehearsal: the ways into the AWS accounts, and who tries each of them.

An entrance is one SAML provider of one account, with the app behind it. A few of the users who may use it stand
for all of them, and where nobody may yet, a stand-in is given a role. Each tries with a scenario cut down to what
concerns him, which gives the same response: a sign-in must not cost more because a thousand other users exist.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.arn import Arn, RolePair, parse_role_pair
from harness.scenario.model import App, Assignment, Group, Scenario, User


@dataclass(frozen=True, slots=True)
class Entrance:
    """A SAML provider by which users of an app enter an account."""

    account: str
    alias: str | None
    provider: Arn
    app: str
    users: int
    """How many users hold a role behind it; 0 where a stand-in tries it."""
    samples: tuple[tuple[str, RolePair], ...]
    """The users who try it, each with the pair of role and provider that is asked for."""

    @property
    def label(self) -> str:
        """The account, with the provider's name and the account's alias."""
        return f"{self.account}/{self.provider.name}" + (f" ({self.alias})" if self.alias else "")


@dataclass(frozen=True, slots=True)
class Closed:
    """A provider that nobody tries, and why."""

    account: str
    provider: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Every entrance, in the order of the scenario, and what was left out."""

    scenario: Scenario
    """With the stand-ins, where somebody had to be invented to try an entrance."""
    entrances: tuple[Entrance, ...]
    closed: tuple[Closed, ...]

    @property
    def apps(self) -> tuple[str, ...]:
        """The apps behind the entrances, each once."""
        return tuple(dict.fromkeys(one.app for one in self.entrances))


def set_stage(scenario: Scenario, samples: int = 1) -> Stage:
    """The entrances of a scenario. ``samples`` is how many users try each of them."""
    members = Members(scenario)
    doors = {app.name: _Doors(app, members) for app in scenario.apps}
    entrances: list[Entrance] = []
    closed: list[Closed] = []
    for account, declared in ((one, provider) for one in scenario.accounts for provider in one.saml_providers):
        if declared.app is None:
            reason = "its metadata is a file: no app of the scenario signs for it"
            closed.append(Closed(account.id, declared.name, reason))
            continue
        arn = Arn(account.partition, account.id, "saml-provider", declared.name)
        door = doors[declared.app]
        users = door.users[str(arn)]
        tried = tuple(users.items())[:samples] or door.stand_in(arn, f"stand-in-{len(entrances)}@{_domain(scenario)}")
        if tried:
            entrances.append(Entrance(account.id, account.alias, arn, declared.app, len(users), tried))
        else:
            closed.append(Closed(account.id, declared.name, f"no app role of app {declared.app} leads there"))
    return Stage(_with_stand_ins(scenario, doors), tuple(entrances), tuple(closed))


def _domain(scenario: Scenario) -> str:
    return next(iter(scenario.tenant.domains), "example.com")


class _Doors:
    """What leads from an app to providers: users who hold a role there, and roles that nobody holds."""

    def __init__(self, app: App, members: "Members") -> None:
        self.app = app
        self.users: dict[str, dict[str, RolePair]] = defaultdict(dict)
        """Provider ARN -> user -> the first pair he holds there."""
        self.stand_ins: list[Assignment] = []
        pairs: dict[str, RolePair] = {}
        self._roles: dict[str, tuple[str, RolePair]] = {}
        for role in app.roles:
            if role.value and (pair := parse_role_pair(role.value)) is not None:
                pairs |= dict.fromkeys({role.name, role.id or role.name}, pair)
                self._roles.setdefault(str(pair.provider), (role.id or role.name, pair))
        for assignment in app.assignments:
            if (held := pairs.get(assignment.role)) is not None:
                for upn in members.of(assignment.to):
                    self.users[str(held.provider)].setdefault(upn, held)

    def stand_in(self, provider: Arn, upn: str) -> tuple[tuple[str, RolePair], ...]:
        """A user of that name who holds the first role behind a provider; none where no role leads there."""
        if str(provider) not in self._roles:
            return ()
        role, pair = self._roles[str(provider)]
        self.stand_ins.append(Assignment(to=upn, role=role))
        return ((upn, pair),)


def _with_stand_ins(scenario: Scenario, doors: Mapping[str, _Doors]) -> Scenario:
    invented = {name: tuple(door.stand_ins) for name, door in doors.items() if door.stand_ins}
    if not invented:
        return scenario
    users = tuple(User(upn=one.to, mail=one.to) for given in invented.values() for one in given)
    apps = tuple(
        app.model_copy(update={"assignments": (*app.assignments, *invented.get(app.name, ()))}) for app in scenario.apps
    )
    return scenario.model_copy(update={"apps": apps, "users": (*scenario.users, *users)})


class Members:
    """Who is meant by the name or object ID of a user or group; only direct members count."""

    def __init__(self, scenario: Scenario) -> None:
        self._users = {name: user.upn for user in scenario.users for name in (user.upn, user.object_id) if name}
        self._groups = {name: group for group in scenario.groups for name in (group.name, group.object_id) if name}

    def of(self, principal: str) -> Iterator[str]:
        """The users' names, each at least once."""
        if principal in self._users:
            yield self._users[principal]
        if principal in self._groups:
            yield from (self._users[one] for one in self._groups[principal].members if one in self._users)


class Cuts:
    """A scenario cut down to one user and one app."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._users = {user.upn: user for user in scenario.users}
        self._apps = {app.name: app for app in scenario.apps}
        self._order = {group.name: number for number, group in enumerate(scenario.groups)}
        self._holding: dict[str, list[Group]] = defaultdict(list)
        for group in scenario.groups:
            for member in group.members:
                self._holding[member].append(group)
        self._roles = {
            app.name: {name: place for place, role in enumerate(app.roles) for name in (role.name, role.id) if name}
            for app in scenario.apps
        }
        self._assigned: dict[str, dict[str, list[Assignment]]] = {}
        for app in scenario.apps:
            assigned = self._assigned[app.name] = {}
            for one in app.assignments:
                assigned.setdefault(one.to, []).append(one)

    def cut(self, upn: str, app_name: str) -> Scenario:
        """The scenario as far as this user's response depends on it."""
        user, app = self._users[upn], self._apps[app_name]
        around = sorted(self._around((user.upn, user.object_id or "")), key=lambda one: self._order[one.name])
        groups = {group.name: group for group in around}
        names = {user.upn, user.object_id, *groups, *(one.object_id for one in groups.values())}
        assignments = [one for name in names if name for one in self._assigned[app_name].get(name, ())]
        held = sorted({self._roles[app_name][one.role] for one in assignments})
        roles = tuple(app.roles[place] for place in held)
        # A rollover changes who signs; the private keys that would open encrypted assertions are in no scenario.
        plain = {"encryption_certificate": None}
        smaller = app.model_copy(update={"roles": roles, "assignments": tuple(assignments), **plain})
        kept = tuple(
            group.model_copy(update={"members": tuple(one for one in group.members if one in names)})
            for group in groups.values()
        )
        return self._scenario.model_copy(update={"users": (user,), "apps": (smaller,), "groups": kept, "accounts": ()})

    def _around(self, names: Iterable[str]) -> Iterator[Group]:
        """The groups that hold one of the names, and those that hold such a group."""
        waiting, seen = [*names], set[str]()
        while waiting:
            for group in self._holding.get(waiting.pop(), ()):
                if group.name not in seen:
                    seen.add(group.name)
                    waiting += [group.name, group.object_id or group.name]
                    yield group
