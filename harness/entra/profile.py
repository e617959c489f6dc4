"""What an app is told of one of its users: all that stays the same from one response to the next."""

import random
from datetime import timedelta

from harness.entra.attributes import Person
from harness.entra.claims import Claims, claims_of
from harness.entra.directory import app_id_of, audience_of, find_app, find_user, issuer_of, require_assignment
from harness.entra.methods import method_of
from harness.entra.name_id import name_id_of
from harness.entra.refusals import app_disabled
from harness.entra.write import attribute_statement
from harness.errors import HarnessError
from harness.lazy import lazy
from harness.scenario.model import App, Scenario, User


class Profile:
    """A user who may use an app. What may be wanting or refused is worked out when it is first asked for."""

    def __init__(self, person: Person) -> None:
        app = person.app
        self.person = person
        self.app = app
        self.issuer = issuer_of(person.scenario.tenant_id)
        self.audience = audience_of(person.scenario, app)
        self.method = method_of(person.user)
        self.lifetime = timedelta(seconds=app.token_lifetime)
        self.name_formats = app.attribute_name_format

    @lazy
    def acs(self) -> str:
        """Where a response goes whose request names no place. Raises HarnessError where there is none."""
        if not self.app.reply_urls:
            raise HarnessError(
                f"app {self.app.name!r} has no reply URL, and nobody named one; give it one (reply_urls)"
            )
        return self.app.reply_urls[0]

    @lazy
    def name_id(self) -> tuple[str, str]:
        """Value and Format of the NameID that the app is set to. Raises as `name_id_of` does."""
        return name_id_of(self.person)

    @lazy
    def claims(self) -> Claims:
        """Every attribute. Raises as `claims_of` does."""
        return claims_of(self.person)

    @lazy
    def statement(self) -> bytes:
        """The claims as they are written."""
        return attribute_statement(self.claims, self.name_formats)

    def shuffled(self, randomness: random.Random) -> "Profile":
        """The same with the roles in another order."""
        roles = self.person.roles
        shuffled = tuple(randomness.sample(roles, len(roles)))
        return Profile(Person(self.person.scenario, self.app, self.person.user, shuffled))


def find_profile(scenario: Scenario, app: str | None, upn: str) -> Profile:
    """The profile of a user at the app of that name, or the only one.

    Raises EntraRefusal for a user who may not use the app, HarnessError for an unknown user or app.
    """
    chosen = find_app(scenario, app)
    return Profile(person_of(scenario, chosen, find_user(scenario, upn)))


def person_of(scenario: Scenario, app: App, user: User) -> Person:
    """A user who may use the app, with the roles held there. Raises EntraRefusal for one who may not."""
    if not app.enabled:
        raise app_disabled(app_id_of(scenario, app), app.shown)
    return Person(scenario, app, user, require_assignment(scenario, app, user).values)
