"""What an app is told of one of its users: all that stays the same from one response to the next."""

from datetime import timedelta

from harness.entra.attributes import Person
from harness.entra.claims import Claims, claims_of
from harness.entra.directory import audience_of, issuer_of
from harness.entra.methods import method_of
from harness.entra.name_id import name_id_of
from harness.entra.write import attribute_statement
from harness.lazy import lazy


class Profile:
    """A user who may use an app. What can be refused is worked out when it is first asked for."""

    def __init__(self, person: Person) -> None:
        app = person.app
        self.person = person
        self.app = app
        self.issuer = issuer_of(person.scenario)
        self.audience = audience_of(person.scenario, app)
        self.acs = app.reply_urls[0]
        self.method = method_of(person.user)
        self.lifetime = timedelta(seconds=app.token_lifetime)
        self.name_formats = app.attribute_name_format

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
