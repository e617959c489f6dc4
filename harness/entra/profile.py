"""What an app is told of one of its users."""

from harness.entra.attributes import Person
from harness.entra.claims import Claims, claims_of
from harness.entra.name_id import name_id_of
from harness.lazy import lazy


class Profile:
    """A user who may use an app, and what the app's rows make of the user: worked out when it is first asked for."""

    def __init__(self, person: Person) -> None:
        self.person = person

    @lazy
    def claims(self) -> Claims:
        """Every attribute. Raises as `claims_of` does."""
        return claims_of(self.person)

    @lazy
    def name_id(self) -> tuple[str, str]:
        """Value and Format of the NameID that the app is set to. Raises as `name_id_of` does."""
        return name_id_of(self.person)
