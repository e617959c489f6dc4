"""Responses as Entra issues them, each with the differences that a test asks for, made before it is signed."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from harness.aws.endpoints import ROLE, ROLE_SESSION_NAME, SESSION_DURATION
from harness.entra.certificates import active_certificate
from harness.entra.directory import assigned_roles, find_app
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.entra.write import Token
from harness.errors import HarnessError
from harness.lazy import lazy
from harness.report.model import Report
from harness.saml.keys import SigningKey
from harness.scenario.model import App, Scenario
from harness.testing.service_provider import ServiceProvider

Signed = Literal["assertion", "response", "both", "nothing"]
Claims = Mapping[str, str | Sequence[str] | None]
_SIGNATURE = re.compile(rb"<Signature .*?</Signature>", re.DOTALL)
_AWS = ROLE.rpartition("/")[0]


@dataclass
class Response:
    """A signed response on its way to a service provider."""

    xml: bytes
    acs: str
    relay_state: str | None
    at: datetime
    """When it is posted; the instant at which it is judged."""
    sp: ServiceProvider = field(repr=False)

    @property
    def base64(self) -> str:
        """The value of the SAMLResponse field."""
        return base64.b64encode(self.xml).decode("ascii")

    @property
    def form(self) -> dict[str, str]:
        """The fields of the form that the browser posts."""
        relay = {} if self.relay_state is None else {"RelayState": self.relay_state}
        return {"SAMLResponse": self.base64, **relay}

    @lazy
    def report(self) -> Report:
        """What the service provider makes of it."""
        return self.sp.judge(self)


@dataclass(frozen=True)
class ResponseFactory:
    """Makes responses of one tenant for one service provider. Called without arguments: one that AWS accepts."""

    idp: EntraIdp
    sp: ServiceProvider
    now: datetime
    account: str

    def __call__(
        self,
        *,
        user: str | None = None,
        app: str | None = None,
        at: datetime | None = None,
        age: timedelta = timedelta(seconds=1),
        audience: str | None = None,
        recipient: str | None = None,
        issuer: str | None = None,
        name_id: str | None = None,
        roles: Sequence[str] | None = None,
        session_name: str | None = None,
        session_duration: int | str | None = None,
        claims: Claims | None = None,
        lifetime: timedelta | None = None,
        in_response_to: str | None = None,
        relay_state: str | None = None,
        signed: Signed | None = None,
        signed_by: SigningKey | None = None,
        sha1: bool = False,
    ) -> Response:
        """A response; each argument is one difference, and what is left out is as Entra has it.

        ``user``: who signs in, by default the first who holds a role in ``saml_account``. ``at``: when it is posted;
        ``age``: how long before that it was issued. ``roles``: the values of the Role attribute. ``claims``: further
        attributes by full name or, for AWS's own, by the last part of it; None leaves one out. ``signed``: which
        elements are. ``signed_by``: another key. ``sha1``: signed with SHA-1.
        """
        moment = at or self.now
        chosen = find_app(self.idp.scenario, app or self._app_of_account())
        said = self._claims(roles, session_name, session_duration, claims)
        fixed = {
            "audience": audience, "acs": recipient, "issuer": issuer, "name_id": name_id, "lifetime": lifetime,
            "in_response_to": in_response_to,
        }  # fmt: skip
        differs = {name: value for name, value in fixed.items() if value is not None}
        alter = _alteration(differs, said)
        idp = self._signing(chosen, moment, signed, signed_by, sha1=sha1)
        issued = idp.respond(
            user or self._user(chosen), moment - age, app=chosen.name, relay_state=relay_state, alter=alter,
        )  # fmt: skip
        xml = _SIGNATURE.sub(b"", issued.xml) if signed == "nothing" else issued.xml
        return Response(xml, issued.acs, issued.relay_state, moment, self.sp)

    def _claims(
        self, roles: Sequence[str] | None, name: str | None, duration: int | str | None, others: Claims | None
    ) -> dict[str, tuple[str, ...]]:
        """The attributes that are set; an empty tuple leaves one out."""
        found: dict[str, tuple[str, ...]] = {}
        if roles is not None:
            found[ROLE] = tuple(roles)
        if name is not None:
            found[ROLE_SESSION_NAME] = (name,)
        if duration is not None:
            found[SESSION_DURATION] = (str(duration),)
        for key, value in (others or {}).items():
            full = key if ":" in key.partition("/")[0] else f"{_AWS}/{key}"
            found[full] = () if value is None else (value,) if isinstance(value, str) else tuple(value)
        return found

    def _app_of_account(self) -> str | None:
        """The first app with a role in the account; None leaves it to the tenant, which may have but one."""
        mark = f":iam::{self.account}:role/"
        apps = self.idp.scenario.apps
        return next((app.name for app in apps if any(mark in (role.value or "") for role in app.roles)), None)

    def _user(self, app: App) -> str:
        """The first user who holds a role of the account. Raises HarnessError when there is none."""
        mark = f":iam::{self.account}:role/"
        for user in self.idp.scenario.users:
            if any(mark in (role.value or "") for role in assigned_roles(self.idp.scenario, app, user)):
                return user.upn
        raise HarnessError(
            f"nobody holds a role of app {app.name!r} in account {self.account}; name a user, or override saml_account"
        )

    def _signing(
        self, app: App, now: datetime, signed: Signed | None, key: SigningKey | None, *, sha1: bool
    ) -> EntraIdp:
        """The identity provider with another way to sign."""
        update: dict[str, str] = {"signing_option": signed} if signed and signed != "nothing" else {}
        update |= {"signing_algorithm": "sha1"} if sha1 else {}
        if not update and key is None:
            return self.idp
        changed = app.model_copy(update=update)
        keys = self.idp.keys
        if key is not None:
            keys = KeyStore()
            keys.use(app, active_certificate(app, now), key)
        return EntraIdp(_with_app(self.idp.scenario, changed), keys)


def _with_app(scenario: Scenario, app: App) -> Scenario:
    apps = tuple(app if one.name == app.name else one for one in scenario.apps)
    return scenario.model_copy(update={"apps": apps})


def _alteration(differs: Mapping[str, object], said: Mapping[str, tuple[str, ...]]) -> Callable[[Token], Token]:
    def alter(token: Token) -> Token:
        claims = {**dict(token.claims), **said}
        kept = tuple((name, values) for name, values in claims.items() if values)
        return token._replace(**differs, claims=kept)  # type: ignore[arg-type]

    return alter
