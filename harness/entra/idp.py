"""The mock Entra: a scenario and keys in, signed responses and federation metadata out."""

import base64
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache, partial
from urllib.parse import urlsplit, urlunsplit

from harness.entra.authn_request import AuthnRequest, require_id
from harness.entra.certificates import active_certificate
from harness.entra.directory import find_app, issuer_of
from harness.entra.keystore import KeyStore
from harness.entra.metadata import write_metadata
from harness.entra.methods import words_for
from harness.entra.name_id import name_id_of
from harness.entra.profile import Profile, find_profile
from harness.entra.refusals import method_mismatch
from harness.entra.write import Token, write_response
from harness.saml.keys import Certificate, SigningKey, read_certificate_file
from harness.scenario.model import App, Scenario


@dataclass(frozen=True, slots=True)
class Issued:
    """A response as Entra hands it to the browser."""

    xml: bytes
    acs: str
    post_to: str
    """Where the browser posts it: the ACS, or the address of session control, which stands before it."""
    relay_state: str | None
    signed_by: Certificate

    @property
    def base64(self) -> str:
        """The value of the SAMLResponse field."""
        return base64.b64encode(self.xml).decode("ascii")


MOST_PROFILES = 256
"""Pairs of app and user of which a tenant remembers what is said: some 70 KB for a user with 250 roles."""


class EntraIdp:
    """One tenant's identity provider.

    ``randomness`` is only for identifiers and times within what Entra was seen to do; keys never come from it.
    """

    def __init__(
        self, scenario: Scenario, keys: KeyStore | None = None, randomness: random.Random | None = None
    ) -> None:
        self._tenant = _Tenant(scenario)
        self._changing = threading.Lock()
        self.keys = keys or KeyStore()
        self._random = randomness or random.SystemRandom()

    @property
    def scenario(self) -> Scenario:
        """The tenant as it is now: a value that never changes, but is replaced as a whole."""
        return self._tenant.scenario

    def change(self, step: Callable[[Scenario], Scenario]) -> Scenario:
        """Replace the tenant by what ``step`` makes of it; whoever asks meanwhile sees the one or the other.

        Changes come one after the other, so that none is lost; what ``step`` raises leaves the tenant as it was.
        """
        with self._changing:
            self._tenant = _Tenant(step(self.scenario))
            return self.scenario

    @property
    def issuer(self) -> str:
        """The entityID: one for all apps of the tenant."""
        return issuer_of(self.scenario.tenant_id)

    def respond(
        self,
        upn: str,
        now: datetime,
        *,
        app: str | None = None,
        request: AuthnRequest | None = None,
        relay_state: str | None = None,
        authn_instant: datetime | None = None,
        alter: Callable[[Token], Token] = lambda token: token,
    ) -> Issued:
        """Sign a user in. ``request`` is the service provider's, ``authn_instant`` when the user's session began.

        ``alter`` changes what is said before it is signed: Entra does no such thing, a test does.

        Raises EntraRefusal when Entra would not, HarnessError for an unknown user or app.
        """
        profile = self._tenant.profile(app, upn)
        chosen = profile.app
        if chosen.shuffle_roles:
            profile = profile.shuffled(self._random)
        asked = request or _UNASKED
        if request is not None:
            require_id(request.id)
            require_method(profile, request)
        name_format = asked.name_id_format
        name_id, name_format = profile.name_id if name_format is None else name_id_of(profile.person, name_format)
        issued = now - _MILLISECOND * self._any(0, 10)
        said = Token(
            response_id=_id_of(self._random.getrandbits(128)),
            # Observed: an assertion's ID ends with 00 or 01.
            assertion_id=_id_of(self._random.getrandbits(128) & ~0xFE),
            base=issued - _MILLISECOND * self._any(90, 300),
            issued=issued,
            sent=now,
            issuer=profile.issuer,
            audience=profile.audience,
            acs=asked.acs or profile.acs,
            name_id=name_id,
            name_id_format=name_format,
            claims=profile.claims,
            name_formats=profile.name_formats,
            # Observed: the sign-in behind a response may be weeks old.
            authn_instant=authn_instant or now - timedelta(seconds=self._any(5, 90 * 86400)),
            authn_context=profile.method.context,
            lifetime=profile.lifetime,
            in_response_to=asked.id or None,
            sp_name_qualifier=asked.sp_name_qualifier,
        )
        key = self.signing_key(chosen, now)
        token = alter(said)
        xml = write_response(
            token,
            key,
            option=chosen.signing_option,
            algorithm=chosen.signing_algorithm,
            encrypt_for=encryption_certificate(chosen),
            statement=profile.statement if token is said else None,
        )
        post_to = proxied(token.acs) if chosen.session_control else token.acs
        return Issued(
            xml, token.acs, post_to, relay_state or (chosen.relay_state if request is None else None), key.certificate
        )

    def signing_key(self, app: App, now: datetime) -> SigningKey:
        """The key that signs for an app at ``now``."""
        return self.keys.key(app, active_certificate(app, now))

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

    def _any(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))


class _Tenant:
    """A scenario, which never changes, and the profiles that were worked out of it last."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.profile = lru_cache(MOST_PROFILES)(partial(find_profile, scenario))


_UNASKED = AuthnRequest("")
_MILLISECOND = timedelta(milliseconds=1)
_VERSION_4, _FREE = 0x4000 << 64 | 0x8000 << 48, ~(0xF000 << 64 | 0xC000 << 48)
"""The bits that every GUID of version 4 has set, and those that it leaves free (RFC 9562, 5.4)."""


def _id_of(bits: int) -> str:
    """A GUID of version 4 from 128 random bits, in the form of an ID."""
    digits = f"{bits & _FREE | _VERSION_4:032x}"
    return f"_{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def require_method(profile: Profile, request: AuthnRequest) -> None:
    """Refuse a user who signed in otherwise than the request demands. Raises EntraRefusal."""
    method = profile.method
    if request.authn_contexts and not method.satisfies.intersection(request.authn_contexts):
        raise method_mismatch(method.words, words_for(request.authn_contexts[0]), profile.app.shown)


def proxied(acs: str) -> str:
    """The address of session control before an ACS: the same path on the host with ``.mcas.ms`` after its name."""
    parts = urlsplit(acs)
    port = "" if parts.port is None else f":{parts.port}"
    return urlunsplit(parts._replace(netloc=f"{parts.hostname}.mcas.ms{port}"))


def encryption_certificate(app: App) -> Certificate | None:
    """The certificate for which the app's assertions are encrypted. Raises BadKey when it is none."""
    if app.encryption_certificate is None:
        return None
    return read_certificate_file(app.encryption_certificate.encode(), f"encryption_certificate of app {app.name!r}")[0]
