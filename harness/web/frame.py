"""What every page of both sides stands in: the clock's control, security headers, and errors without a traceback."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

from harness.entra.certificates import active_certificate
from harness.entra.idp import EntraIdp
from harness.web.aws_api import Clock
from harness.web.clock import Moment, Moments, SimulatedClock, clock_blueprint

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@dataclass
class Common:
    """What both sides of a run share: not a mind, but a clock, and pages that link to each other.

    The addresses are filled in once both listen.
    """

    clock: SimulatedClock
    moments: Moments
    entra_url: str = ""
    aws_url: str = ""


def frame(app: Flask, common: Common) -> Flask:
    """Put the frame around an application. Pages that say other headers keep theirs."""
    app.register_blueprint(clock_blueprint(common.clock, common.moments))
    app.jinja_env.globals["common"] = common

    @app.after_request
    def careful(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> AnyResponse:
        return error_page(error)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> AnyResponse:
        current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return error_page(InternalServerError("saml-harness: this is a fault of the mock; its log says more"))

    return app


def error_page(error: HTTPException) -> AnyResponse:
    """An error for whoever asked: a page for browsers, one line for programs."""
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())
    said = error.description or error.name
    if request.accept_mimetypes.accept_html and "text/html" in request.headers.get("Accept", ""):
        page = make_response(render_template("error.html", title=error.name, message=said), error.code)
    else:
        page = make_response(f"{said}\n", error.code)
        page.mimetype = "text/plain"
    page.headers.extend([one for one in error.get_headers() if one[0] not in ("Content-Type", "Content-Length")])
    return page


def ends_of_certificates(idp: EntraIdp, clock: Clock) -> Sequence[Moment]:
    """The day before the certificate that signs for each app expires, earliest first."""
    day, now = timedelta(days=1), clock()
    active = [(app.name, active_certificate(app, now)) for app in idp.scenario.apps if app.certificates]
    named = [
        Moment(f"the day before certificate {one.name} of {app} expires", one.not_after - day) for app, one in active
    ]
    return sorted(named, key=lambda moment: moment.at)
