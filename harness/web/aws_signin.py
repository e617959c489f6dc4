"""AWS's sign-in endpoint, its role picker and a console page, in the browser.

The picker keeps the element names, classes and nesting that clients scrape. Nothing is ever sent to a real host: a
RelayState is shown, not followed.
"""

import re
import secrets
import threading
from datetime import datetime, timedelta

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from harness.aws.answers import with_request_id
from harness.aws.signin import Entered, Picker, TurnedAway, sign_in
from harness.aws.sp_metadata import sp_metadata
from harness.aws.store import AwsStore, IssuedSession
from harness.report.model import Refused, Unknown
from harness.saml.keys import Certificate, make_signing_key
from harness.web.aws_api import Clock

COOKIE = "saml-harness-aws"
MAX_POST = 400_000
_CONSOLE = re.compile(
    r"https://(?:[a-z0-9-]+\.)?console\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)/[!-~]*"
)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_aws_signin(store: AwsStore, clock: Clock) -> Flask:
    """An application that is AWS's sign-in host. ``clock`` is asked once for each post."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_POST
    app.register_blueprint(signin_blueprint(store, clock))
    return app


def signin_blueprint(store: AwsStore, clock: Clock) -> Blueprint:
    """``/saml``, ``/saml/acs/<provider>``, ``/console`` and ``/logout``."""
    blueprint = Blueprint(
        "aws_signin", __name__, static_folder="static", static_url_path="/assets", template_folder="templates"
    )
    sessions = BrowserSessions()

    @blueprint.post("/saml")
    @blueprint.post("/saml/acs/<provider_id>")
    def saml(provider_id: str = "") -> AnyResponse:  # noqa: ARG001  (STS accepts any, as observed)
        posted, relay_state = request.form.get("SAMLResponse", ""), request.form.get("RelayState", "")
        found = sign_in(store, posted, clock(), request.form.get("roleIndex"))
        if isinstance(found, Picker):
            page = render_template(
                "aws_picker.html",
                title="Amazon Web Services Sign-In",
                picker=found,
                response=posted,
                relay_state=relay_state,
            )
            return make_response(page)
        if isinstance(found, TurnedAway):
            return _refused(found)
        return _entered(sessions, found, relay_state)

    @blueprint.get("/console")
    def console() -> AnyResponse:
        held = sessions.get(request.cookies.get(COOKIE, ""))
        if held is None or held[0].expires <= clock():
            return make_response(
                render_template(
                    "aws_refused.html", title="AWS Signin", ours=True, message="saml-harness: nobody is signed in here"
                ),
                403,
            )
        session, target = held
        return make_response(
            render_template("aws_console.html", title="Console (mock)", session=session, target=target)
        )

    @blueprint.get("/logout")
    def logout() -> AnyResponse:
        sessions.forget(request.cookies.get(COOKIE, ""))
        page = make_response(
            render_template("aws_refused.html", title="AWS Signin", ours=True, message="You are signed out.")
        )
        page.delete_cookie(COOKIE)
        return page

    @blueprint.after_request
    def careful(response: Response) -> Response:
        response.headers.update(_HEADERS)
        return response

    _add_metadata(blueprint, store, clock)
    return blueprint


def _add_metadata(blueprint: Blueprint, store: AwsStore, clock: Clock) -> None:
    """AWS's own metadata, global and for each provider that the API made."""
    certificates: list[Certificate] = []

    @blueprint.get("/static/saml-metadata.xml")
    @blueprint.get("/static/saml/<provider_id>/saml-metadata.xml")
    def metadata(provider_id: str = "") -> AnyResponse:
        if provider_id and provider_id not in {one.unique_id for one in store.aws.providers.values()}:
            return make_response("saml-harness: there is no SAML provider of this ID\n", 404)
        now = clock()
        if not certificates:
            certificates.append(own_certificate(now))
        page = make_response(sp_metadata(certificates[0], now, provider_id=provider_id))
        page.mimetype = "application/samlmetadata+xml"
        return page


def own_certificate(now: datetime) -> Certificate:
    """The certificate in AWS's own metadata: valid for a year."""
    start = now.replace(microsecond=0)
    return make_signing_key("urn:amazon:webservices", start, start + timedelta(days=365)).certificate


class BrowserSessions:
    """Who is signed in with which browser: a cookie's value to the session and the RelayState it came with."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[IssuedSession, str]] = {}
        self._lock = threading.Lock()

    def add(self, session: IssuedSession, target: str) -> str:
        """Remember a session; the value is for its cookie."""
        value = secrets.token_urlsafe(32)
        with self._lock:
            self._held[value] = (session, target)
        return value

    def get(self, value: str) -> tuple[IssuedSession, str] | None:
        return self._held.get(value)

    def forget(self, value: str) -> None:
        with self._lock:
            self._held.pop(value, None)


def _entered(sessions: BrowserSessions, found: Entered, relay_state: str) -> AnyResponse:
    target = relay_state if _CONSOLE.fullmatch(relay_state) else ""
    page = redirect(url_for("aws_signin.console"), 302)
    page.set_cookie(
        COOKIE, sessions.add(found.credentials, target), httponly=True, samesite="Lax", secure=request.is_secure
    )
    return page


def _refused(found: TurnedAway) -> AnyResponse:
    """AWS's words; where they are not known, ours, which say so. The page's status is not known: 400."""
    answer = found.answer
    if isinstance(answer, Refused):
        message = with_request_id(answer.message, secrets.token_hex(16))
        page = render_template(
            "aws_refused.html", title="AWS Signin", ours=False, logout=not answer.code, message=message
        )
    else:
        reason = answer.reason if isinstance(answer, Unknown) else ""
        message = f"saml-harness: what AWS answers here is not known: {reason}"
        page = render_template("aws_refused.html", title="AWS Signin", ours=True, message=message)
    return make_response(page, 400)
