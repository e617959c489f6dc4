"""A sign-in as the browser brings it: which app is asked for, whether Entra goes along, and the response.

Three ways lead here: an AuthnRequest of the service provider, a tile of My Apps, and the user access URL. The last two
carry no request.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from harness.entra import refusals
from harness.entra.authn_request import AuthnRequest, from_post, from_redirect
from harness.entra.directory import app_by_id, app_id_of
from harness.entra.idp import EntraIdp, Issued
from harness.errors import HarnessError
from harness.saml.algorithms import SIGNATURE_METHODS
from harness.saml.b64 import decode_base64
from harness.saml.keys import Certificate, read_certificate_file
from harness.saml.names import RSA_SHA256
from harness.scenario.model import App, Scenario


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser asks for, taken as allowed for the app; who asks is not known yet."""

    app: App
    request: AuthnRequest | None = None
    relay_state: str | None = None


def asked_by_query(scenario: Scenario, query: str) -> Asked:
    """What a raw query string asks for: the app of its ``appid``, or what a request of the Redirect binding does.

    Everything is read from the text whose signature is checked, where signatures are demanded. Raises EntraRefusal.
    """
    raw = _parameters(query)
    if raw.get("appid"):
        return asked_by_tile(scenario, unquote_plus(raw["appid"]))
    asked = asked_by_request(
        scenario, from_redirect(unquote_plus(raw.get("SAMLRequest", ""))), unquote_plus(raw.get("RelayState", ""))
    )
    if asked.app.verification_certificates and not _signed(raw, _verification(asked.app)):
        raise refusals.signed_request_required(app_id_of(scenario, asked.app))
    return asked


def asked_by_post(scenario: Scenario, message: str, relay_state: str = "") -> Asked:
    """A service provider's request in a form. Raises EntraRefusal; HarnessError where signatures are demanded."""
    asked = asked_by_request(scenario, from_post(message), relay_state)
    if asked.app.verification_certificates:
        raise HarnessError("the signature of a posted AuthnRequest is not checked by this mock; use HTTP-Redirect")
    return asked


def asked_by_request(scenario: Scenario, request: AuthnRequest, relay_state: str = "") -> Asked:
    """A request by whatever binding, its signature not looked at.

    Raises EntraRefusal for an unknown Issuer and a reply URL that is not the app's.
    """
    app = _app_of(scenario, request.issuer)
    if request.acs is not None and request.acs not in app.reply_urls:
        raise refusals.reply_url_mismatch(request.acs, app_id_of(scenario, app))
    return Asked(app, request, relay_state or None)


def asked_by_tile(scenario: Scenario, app_id: str) -> Asked:
    """A tile of My Apps or the user access URL. Raises EntraRefusal for an unknown application ID, and where only
    signed requests are taken."""
    app = app_by_id(scenario, app_id)
    if app is None:
        raise refusals.app_not_found(app_id, scenario.tenant.display_name)
    if app.verification_certificates:
        raise refusals.signed_request_required(app_id_of(scenario, app))
    return Asked(app)


def answer(idp: EntraIdp, asked: Asked, upn: str, now: datetime, authn_instant: datetime) -> Issued:
    """The response for a user who has signed in. Raises EntraRefusal, and HarnessError for an unknown user."""
    return idp.respond(
        upn,
        now,
        app=asked.app.name,
        request=asked.request,
        relay_state=asked.relay_state,
        authn_instant=authn_instant,
    )


def _app_of(scenario: Scenario, issuer: str) -> App:
    for app in scenario.apps:
        app_id = app_id_of(scenario, app)
        if issuer in (*app.identifiers, app_id, f"spn:{app_id}"):
            return app
    raise refusals.app_not_found(issuer, scenario.tenant.display_name)


def _verification(app: App) -> list[Certificate]:
    found: list[Certificate] = []
    for text in app.verification_certificates:
        found += read_certificate_file(text.encode(), f"verification_certificates of app {app.name!r}")
    return found


def _parameters(query: str) -> dict[str, str]:
    """The parameters as they were encoded. A parameter that comes twice could mean either: the query is refused."""
    pairs = [(unquote_plus(name), value) for name, _, value in (part.partition("=") for part in query.split("&"))]
    raw = dict(pairs)
    if len(raw) < len(pairs) and any(sum(name == one for name, _ in pairs) > 1 for one in (*_SIGNED, "appid")):
        raise refusals.not_a_saml_message()
    return raw


_SIGNED = ("SAMLRequest", "RelayState", "SigAlg", "Signature")


def _signed(raw: Mapping[str, str], keys: Sequence[Certificate]) -> bool:
    """Whether the query is signed, by RSA-SHA256 as documented, over its parameters as they were encoded."""
    signed = "&".join(f"{name}={raw[name]}" for name in _SIGNED[:3] if name in raw)
    if unquote_plus(raw.get("SigAlg", "")) != RSA_SHA256:
        return False
    try:
        value = decode_base64(unquote_plus(raw.get("Signature", "")))
    except ValueError:
        return False
    return any(SIGNATURE_METHODS[RSA_SHA256].verifies(key, signed.encode(), value) for key in keys)
