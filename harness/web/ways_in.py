"""The way in that begins at the service provider. AWS itself has no such page; its command line clients do this."""

import uuid
from datetime import datetime
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from flask import Blueprint, abort, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from harness.entra.directory import find_app
from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.saml.names import NAMEID_EMAIL, SAML, SAMLP
from harness.saml.times import show_instant
from harness.saml.wire import write_redirect
from harness.web.aws_api import Clock

START = "/sp-initiated"


def ways_blueprint(idp: EntraIdp, clock: Clock) -> Blueprint:
    """``/sp-initiated``: an AuthnRequest in the form of the clients', by the Redirect binding."""
    blueprint = Blueprint("ways", __name__)

    @blueprint.get(START)
    def start() -> AnyResponse:
        try:
            app = find_app(idp.scenario, request.args.get("app"))
        except HarnessError as error:
            abort(404, f"saml-harness: {error}")
        if not app.identifiers or not app.reply_urls:
            abort(404, f"saml-harness: app {app.name} has no identifier or no reply URL to ask with")
        xml = authn_request(app.identifiers[0], app.reply_urls[0], clock())
        entra_url = current_app.extensions["common"].entra_url
        query = urlencode({"SAMLRequest": write_redirect(xml)})
        return redirect(f"{entra_url}/{idp.scenario.tenant_id}/saml2?{query}", 302)

    return blueprint


def authn_request(issuer: str, acs: str, now: datetime) -> bytes:
    """A service provider's request, as the clients of AWS that sign in by a browser write it."""
    return (
        f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" ID="id{uuid.uuid4()}" Version="2.0" '
        f'IssueInstant="{show_instant(now)}" IsPassive="false" AssertionConsumerServiceURL={quoteattr(acs)}>'
        f'<Issuer xmlns="{SAML}">{escape(issuer)}</Issuer><samlp:NameIDPolicy Format="{NAMEID_EMAIL}"/>'
        "</samlp:AuthnRequest>"
    ).encode()
