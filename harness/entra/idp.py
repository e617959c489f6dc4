"""The mock Entra: a scenario and keys in, signed responses and federation metadata out."""

import base64
import random
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.entra.certificates import active_certificate
from harness.entra.claims import claims_of
from harness.entra.directory import find_app, find_user, require_assignment, require_id
from harness.entra.keystore import KeyStore
from harness.entra.metadata import write_metadata
from harness.entra.write import Token, write_response
from harness.saml.keys import Certificate, SigningKey
from harness.saml.names import NAMEID_EMAIL
from harness.scenario.model import App, Scenario


@dataclass(frozen=True, slots=True)
class Issued:
    """A response as Entra hands it to the browser."""

    xml: bytes
    acs: str
    relay_state: str | None
    signed_by: Certificate

    @property
    def base64(self) -> str:
        """The value of the SAMLResponse field."""
        return base64.b64encode(self.xml).decode("ascii")


class EntraIdp:
    """One tenant's identity provider.

    ``randomness`` is only for identifiers and times within what Entra was seen to do; keys never come from it.
    """

    def __init__(
        self, scenario: Scenario, keys: KeyStore | None = None, randomness: random.Random | None = None
    ) -> None:
        self._scenario = scenario
        self._changing = threading.Lock()
        self.keys = keys or KeyStore()
        self._random = randomness or random.SystemRandom()

    @property
    def scenario(self) -> Scenario:
        """The tenant as it is now: a value that never changes, but is replaced as a whole."""
        return self._scenario

    def change(self, step: Callable[[Scenario], Scenario]) -> Scenario:
        """Replace the tenant by what ``step`` makes of it; whoever asks meanwhile sees the one or the other.

        Changes come one after the other, so that none is lost; what ``step`` raises leaves the tenant as it was.
        """
        with self._changing:
            self._scenario = step(self._scenario)
            return self._scenario

    @property
    def issuer(self) -> str:
        """The entityID: one for all apps of the tenant."""
        return f"https://sts.windows.net/{self.scenario.tenant_id}/"

    def respond(
        self,
        upn: str,
        now: datetime,
        *,
        app: str | None = None,
        in_response_to: str | None = None,
        relay_state: str | None = None,
    ) -> Issued:
        """Sign a user in. Raises EntraRefusal when Entra would not, HarnessError for an unknown user or app."""
        chosen = find_app(self.scenario, app)
        user = find_user(self.scenario, upn)
        assigned = require_assignment(self.scenario, chosen, user)
        if in_response_to is not None:
            require_id(in_response_to)
        issued = now - timedelta(milliseconds=self._random.randint(0, 10))
        token = Token(
            response_id=self._id(),
            assertion_id=self._id()[:-4] + f"{self._random.randrange(256):02x}{self._random.randrange(2):02x}",
            base=issued - timedelta(milliseconds=self._random.randint(90, 300)),
            issued=issued,
            sent=now,
            issuer=self.issuer,
            audience=self.audience(chosen),
            acs=chosen.reply_urls[0],
            name_id=user.upn,
            name_id_format=NAMEID_EMAIL,
            claims=claims_of(self.scenario, chosen, user, self.issuer, assigned),
            # Observed: the sign-in behind a response may be weeks old.
            authn_instant=now - timedelta(seconds=self._random.randint(5, 90 * 86400)),
            lifetime=timedelta(seconds=chosen.token_lifetime),
            in_response_to=in_response_to,
        )
        key = self.signing_key(chosen, now)
        xml = write_response(token, key, option=chosen.signing_option, algorithm=chosen.signing_algorithm)
        return Issued(xml, token.acs, relay_state or chosen.relay_state, key.certificate)

    def signing_key(self, app: App, now: datetime) -> SigningKey:
        """The key that signs for an app at ``now``."""
        return self.keys.key(app, active_certificate(app, now))

    def audience(self, app: App) -> str:
        """The identifier without what follows ``#``; ``spn:`` and the application ID where there is none."""
        if not app.identifiers:
            return "spn:" + self.scenario.guid("app", app.name, app.app_id)
        return app.identifiers[0].partition("#")[0]

    def federation_metadata(
        self, now: datetime, *, app: str | None = None, bom: bool = True, certificates: tuple[str, ...] | None = None
    ) -> bytes:
        """The app's metadata. ``certificates`` names those to list; all of them by default, as Entra does."""
        chosen = find_app(self.scenario, app)
        listed = [one for one in chosen.certificates if certificates is None or one.name in certificates]
        return write_metadata(
            self.scenario.tenant_id,
            [self.keys.certificate(chosen, one) for one in listed],
            self.signing_key(chosen, now),
            bom=bom,
        )

    def tenant_metadata(self, *, bom: bool = True) -> bytes:
        """The document without ``appid``: the same Issuer, and a key that signs for no app. The wrong one for AWS."""
        key = self.keys.tenant_key()
        return write_metadata(self.scenario.tenant_id, [key.certificate], key, bom=bom)

    def _id(self) -> str:
        return f"_{uuid.UUID(int=self._random.getrandbits(128), version=4)}"
