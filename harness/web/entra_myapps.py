"""My Apps and the user access URLs: the ways in that begin at Entra; and the federation metadata."""

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from harness.entra.directory import app_by_id, app_id_of, find_user, require_assignment
from harness.entra.refusals import EntraRefusal
from harness.errors import HarnessError
from harness.scenario.model import App, Scenario
from harness.web.entra_signin import Entra, error_page, post_page, remember, to_login


def myapps_blueprint(entra: Entra) -> Blueprint:
    """``/`` and ``/myapps``, and the short way ``/signin``."""
    blueprint = Blueprint("entra", __name__, static_folder="static", static_url_path="/assets")

    @blueprint.get("/")
    def front() -> AnyResponse:
        if not entra.places.is_own(request.host):
            return make_response(redirect(entra.places.own("/"), 302))
        scenario = entra.idp.scenario
        return make_response(
            render_template("entra_front.html", title="My Apps (mock)", scenario=scenario, app_id_of=app_id_of)
        )

    @blueprint.post("/as")
    def sign_in_as() -> AnyResponse:
        """Sign in as a user without the steps, for whoever clicks through the demo."""
        try:
            user = find_user(entra.idp.scenario, request.form.get("user", ""))
        except HarnessError as error:
            return error_page(error, entra.clock())
        return remember(entra, redirect("/myapps", 303), user.upn, stay=False)

    @blueprint.get("/myapps")
    def my_apps() -> AnyResponse:
        session = entra.session
        if session is None:
            return make_response(redirect(entra.places.own("/"), 302))
        tiles = [
            (app, entra.places.launcher(app_id_of(entra.idp.scenario, app), entra.idp.scenario.tenant_id))
            for app in tiles_of(entra.idp.scenario, session.upn)
        ]
        return make_response(render_template("entra_myapps.html", title="My Apps", upn=session.upn, tiles=tiles))

    @blueprint.get("/signin")
    def short_way() -> AnyResponse:
        """A response for a user at once, as if the browser had a session: for tests and scripts."""
        now, upn = entra.clock(), request.args.get("user", "")
        try:
            issued = entra.idp.respond(upn, now, app=request.args.get("app"))
        except HarnessError as error:
            return error_page(error, now)
        return post_page(entra, issued, upn)

    return blueprint


def access_urls_blueprint(entra: Entra) -> Blueprint:
    """The user access URL of an app, in its forms old and new."""
    blueprint = Blueprint("entra_access", __name__)

    @blueprint.get("/api/signin/<app_id>")
    @blueprint.get("/signin/<app_id>")
    @blueprint.get("/signin/<app_name>/<app_id>")
    @blueprint.get("/<domain>/signin/<app_name>/<app_id>")
    @blueprint.get("/applications/redirecttofederatedapplication.aspx")
    def access_url(app_id: str = "", **_: str) -> AnyResponse:
        wanted = app_id or request.args.get("applicationId", "")
        app = app_by_id(entra.idp.scenario, wanted)
        if app is not None and app.sign_on_url is not None:
            return make_response(render_template("entra_sign_on_url.html", title="Sign-on URL", app=app))
        return to_login(entra, wanted)

    return blueprint


def metadata_blueprint(entra: Entra) -> Blueprint:
    """The federation metadata: of an app with ``appid``, of the tenant without."""
    blueprint = Blueprint("entra_metadata", __name__)

    @blueprint.get("/<tenant>/federationmetadata/2007-06/federationmetadata.xml")
    @blueprint.get("/<tenant>/FederationMetadata/2007-06/FederationMetadata.xml")
    def metadata(tenant: str) -> AnyResponse:
        if not entra.idp.scenario.names_tenant(tenant):
            return make_response(f"saml-harness: this mock has no tenant {tenant}\n", 404)
        wanted = request.args.get("appid")
        if wanted is None:
            return _document(entra.idp.tenant_metadata())
        app = app_by_id(entra.idp.scenario, wanted)
        if app is None:
            return make_response("saml-harness: no app of this tenant has that application ID\n", 404)
        try:
            return _document(entra.idp.federation_metadata(entra.clock(), app=app.name))
        except EntraRefusal as error:
            return make_response(f"{error}\n", 404)

    return blueprint


def tiles_of(scenario: Scenario, upn: str) -> list[App]:
    """The apps that a user sees in My Apps: those that let one in."""
    user = find_user(scenario, upn)

    def is_let_in(app: App) -> bool:
        try:
            require_assignment(scenario, app, user)
        except EntraRefusal:
            return False
        return app.enabled

    return [app for app in scenario.apps if is_let_in(app)]


def _document(xml: bytes) -> AnyResponse:
    return Response(xml, mimetype="application/samlmetadata+xml")
