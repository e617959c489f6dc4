"""The way in on Entra's side, in small: the users, a tile for each app, and the form that posts the response.

Nobody is asked for a password: picking a user is signing in. The form goes to the mock AWS on this machine, although
the response names AWS's own address.
"""

import base64
import hashlib
import uuid
from collections.abc import Collection
from datetime import UTC

from flask import Blueprint, Flask, Response, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from harness.entra.idp import EntraIdp
from harness.entra.refusals import EntraRefusal
from harness.errors import HarnessError
from harness.web.aws_api import Clock
from harness.web.guard import LOOPBACK_NAMES, guard

AUTO_POST = "document.forms[0].submit();"
_HASH = base64.b64encode(hashlib.sha256(AUTO_POST.encode()).digest()).decode("ascii")


def create_entra_app(idp: EntraIdp, clock: Clock, aws_url: str, *, names: Collection[str] = LOOPBACK_NAMES) -> Flask:
    """An application that is Entra's side. ``aws_url`` is where the mock AWS listens, ``names`` its own hosts."""
    app = Flask(__name__, static_url_path="/assets")
    app.register_blueprint(myapps_blueprint(idp, clock, aws_url))
    guard(app, names=names)
    return app


def myapps_blueprint(idp: EntraIdp, clock: Clock, aws_url: str) -> Blueprint:
    """``/``, ``/signin`` and the federation metadata of each app."""
    blueprint = Blueprint(
        "entra", __name__, static_folder="static", static_url_path="/assets", template_folder="templates"
    )

    @blueprint.get("/")
    def front() -> str:
        return render_template("entra_front.html", title="My Apps (mock)", scenario=idp.scenario)

    @blueprint.get("/signin")
    def sign_in() -> AnyResponse:
        now = clock()
        try:
            issued = idp.respond(request.args.get("user", ""), now, app=request.args.get("app"))
        except HarnessError as error:
            code = 403 if isinstance(error, EntraRefusal) else 404
            stamp = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
            page = render_template(
                "entra_error.html", title="Sign in", message=str(error), stamp=stamp, ids=(uuid.uuid4(), uuid.uuid4())
            )
            return make_response(page, code)
        page = render_template("entra_post.html", action=f"{aws_url}/saml", issued=issued, script=AUTO_POST)
        return make_response(page)

    @blueprint.get("/<tenant>/federationmetadata/2007-06/federationmetadata.xml")
    def metadata(tenant: str) -> AnyResponse:
        wanted = request.args.get("appid")
        for app in idp.scenario.apps:
            if tenant == idp.scenario.tenant_id and wanted == idp.scenario.guid("app", app.name, app.app_id):
                return Response(idp.federation_metadata(clock(), app=app.name), mimetype="application/samlmetadata+xml")
        return make_response("saml-harness: no app of this tenant has that application ID\n", 404)

    @blueprint.after_request
    def careful(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = (
            f"default-src 'none'; style-src 'self'; script-src 'sha256-{_HASH}'; form-action 'self' {aws_url}; "
            "base-uri 'none'; frame-ancestors 'none'"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    return blueprint
