"""What a claim's source reads: the attributes of a user, each a list of values, empty where there is none."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from operator import attrgetter

from harness.errors import HarnessError
from harness.scenario.entra import USER_ATTRIBUTES
from harness.scenario.model import App, Scenario, User

Values = tuple[str, ...]


class Person:
    """A user as an app's claims see one."""

    def __init__(self, scenario: Scenario, app: App, user: User, roles: Values) -> None:
        self.scenario = scenario
        self.app = app
        self.user = user
        self.roles = roles

    @property
    def object_id(self) -> str:
        return self.scenario.guid("user", self.user.upn, self.user.object_id)

    def read(self, source: str) -> Values:
        """The values of a source such as ``user.mail``, or the text itself where it is no source but a constant."""
        return self.attribute(source) if source.startswith("user.") else (source,)

    def attribute(self, source: str) -> Values:
        """The values of a source attribute; none where it is empty.

        Raises HarnessError for an attribute that users do not have: the gallery template's own
        ``user.sessionduration`` is one.
        """
        values = self.named(source.lower().removeprefix("user."))
        if values is None:
            known = ", ".join(f"user.{one}" for one in sorted((*_OWN, *USER_ATTRIBUTES, "assignedroles")))
            raise HarnessError(f"claim source {source!r} is no user attribute; known: {known}")
        return values

    def named(self, name: str) -> Values | None:
        """The values of a source attribute by its name in lower case, without ``user.``; None if there is no such."""
        if name == "assignedroles":
            return self.roles
        own = _OWN.get(name)
        if own is not None:
            value = own(self)
        elif name in USER_ATTRIBUTES:
            value = self.user.attributes.get(name)
        else:
            return None
        return (value,) if value else ()


def local_name(scenario: Scenario, user: User) -> str:
    """The user principal name in the tenant itself: for guests always the one with ``#EXT#``."""
    if not user.guest or "#EXT#" in user.upn:
        return user.upn
    domains = scenario.tenant.domains
    own = next((one for one in domains if one.endswith(".onmicrosoft.com")), domains[0] if domains else "")
    return f"{user.upn.replace('@', '_')}#EXT#@{own}"


def pairwise_id(scenario: Scenario, app: App, user: User) -> str:
    """The persistent identifier of a user at one app: 43 characters of base64url, as observed."""
    names = (scenario.tenant_id, scenario.guid("app", app.name, app.app_id), user.upn)
    digest = hashlib.sha256("/".join(names).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


_OWN: Mapping[str, Callable[[Person], str | None]] = {
    "userprincipalname": attrgetter("user.home_name"),
    "localuserprincipalname": lambda person: local_name(person.scenario, person.user),
    "mail": attrgetter("user.mail"),
    "displayname": attrgetter("user.display_name"),
    "givenname": attrgetter("user.given_name"),
    "surname": attrgetter("user.surname"),
    "employeeid": attrgetter("user.employee_id"),
    "objectid": attrgetter("object_id"),
    "mailnickname": lambda person: person.user.upn.partition("@")[0],
    "usertype": lambda person: "Guest" if person.user.guest else "Member",
}
