"""Both sides of a scenario at one instant, and who is assigned what, looked up once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.aws.account import Aws
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.lazy import lazy
from harness.report.model import Report
from harness.rollover import Plan
from harness.rules import Policy
from harness.saml.metadata import read_metadata
from harness.saml.wire import Capture
from harness.scenario.model import App, AppRole, Assignment, Group, Scenario, User
from harness.validate import check
from harness.world import aws_of


@dataclass
class World:
    """What a preflight asks. It never changes; what is looked up is kept."""

    scenario: Scenario
    idp: EntraIdp
    aws: Aws
    now: datetime
    source: str = "scenario"
    directory: Path = Path()
    """Where names of metadata files start."""
    plans: tuple[Plan, ...] = ()
    """Rollover plans to rehearse."""

    @lazy
    def policy(self) -> Policy:
        """What sign-ins are judged against: the accounts as they are declared, and every key that they trust."""
        return Policy(self.aws, self.aws.keys, allow_sha1=any(app.signing_algorithm == "sha1" for app in self.apps))

    @property
    def apps(self) -> tuple[App, ...]:
        return self.scenario.apps

    @lazy
    def _groups(self) -> dict[str, list[Group]]:
        """Group by direct member, under each name that the member goes by."""
        found: dict[str, list[Group]] = {}
        for group in self.scenario.groups:
            for member in dict.fromkeys(group.members):
                found.setdefault(member, []).append(group)
        return found

    @lazy
    def _assignments(self) -> dict[str, dict[str, list[Assignment]]]:
        """Assignments of each app by the principal they name."""
        found: dict[str, dict[str, list[Assignment]]] = {}
        for app in self.apps:
            of_app = found.setdefault(app.name, {})
            for one in app.assignments:
                of_app.setdefault(one.to, []).append(one)
        return found

    @lazy
    def _roles(self) -> dict[str, dict[str, int]]:
        """The place of each app role under its name and its id."""
        return {
            app.name: {key: place for place, role in enumerate(app.roles) for key in (role.id, role.name) if key}
            for app in self.apps
        }

    def groups_of(self, member: User | Group) -> list[Group]:
        """The groups that name a user or group as direct member."""
        found = [group for key in keys_of(member) for group in self._groups.get(key, ())]
        return list({id(group): group for group in found}.values())

    def assigned(self, app: App, principal: User | Group) -> list[Assignment]:
        """The assignments of an app that name a user or group itself."""
        of_app = self._assignments[app.name]
        return [one for key in keys_of(principal) for one in of_app.get(key, ())]

    def held(self, app: App, user: User) -> list[Assignment]:
        """The assignments that count for a user: his own, and those of groups that he is a direct member of."""
        principals: list[User | Group] = [user, *self.groups_of(user)]
        return [one for principal in principals for one in self.assigned(app, principal)]

    def roles_held(self, app: App, user: User) -> list[AppRole]:
        """The app roles that assignments give to a user, in the order of the app's."""
        places = self._roles[app.name]
        return [app.roles[place] for place in sorted({places[one.role] for one in self.held(app, user)})]

    def members(self, app: App) -> Iterator[User]:
        """The users who are assigned to an app in any way that counts."""
        return (user for user in self.scenario.users if self.held(app, user))

    def respond(self, app: App, user: User) -> Capture:
        """Sign a user in. The tenant is cut down to what concerns him, so that nobody is looked for twice.

        Raises EntraRefusal and HarnessError as `EntraIdp.respond` does.
        """
        roles, assignments = self.roles_held(app, user), self.held(app, user)
        own = app.model_copy(update={"roles": tuple(roles), "assignments": tuple(assignments)})
        return self.issue(own, user, self.groups_of(user))

    def issue(self, app: App, user: User, groups: Sequence[Group] = ()) -> Capture:
        """What Entra posts for a user of such an app."""
        small = self.scenario.model_copy(update={"apps": (app,), "users": (user,), "groups": tuple(groups)})
        issued = EntraIdp(small, self.idp.keys).respond(user.upn, self.now, app=app.name)
        return Capture("response", issued.xml, len(issued.base64))

    def trusting(self, app: App) -> Policy:
        """An AWS that was given this app's own metadata, and of which nothing else is known."""
        raw = self.idp.federation_metadata(self.now, app=app.name, bom=False)
        document = read_metadata(raw, f"metadata of {app.name}")
        return Policy(Aws(declared=False, fallback=document), document.keys, allow_sha1=True)

    def judge(self, capture: Capture, policy: Policy | None = None) -> Report:
        """AWS's answers and all findings, by the strict engine alone: there are thousands to judge."""
        return check(capture, policy or self.policy, self.now, ask_engines=False)


def world_of(
    scenario: Scenario, now: datetime, *, keys: KeyStore | None = None, directory: Path = Path(),
    source: str = "scenario", plans: tuple[Plan, ...] = (),
) -> World:  # fmt: skip
    """Both sides of a scenario. ``directory`` is where names of metadata files start. Raises UnreadableInput."""
    idp = EntraIdp(scenario, keys)
    return World(scenario, idp, aws_of(idp, now, directory), now, source, directory, plans)


def keys_of(principal: User | Group) -> tuple[str, ...]:
    """What an assignment or a membership may call somebody: the name, and the object id where there is one."""
    name = principal.upn if isinstance(principal, User) else principal.name
    return (name,) if principal.object_id is None else (name, principal.object_id)
