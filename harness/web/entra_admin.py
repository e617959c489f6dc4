"""The Single sign-on blade in small: basic configuration, claims, certificates, test, users and groups."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from harness.entra import blade, role_import
from harness.entra.certificates import (
    activate,
    active_certificate,
    create_certificate,
    delete_certificate,
    find_certificate,
    reminders,
)
from harness.entra.claims import effective_rows, not_issued
from harness.entra.claims_policy import definition_of
from harness.entra.directory import app_by_id, app_id_of, find_user
from harness.entra.profile import person_of
from harness.entra.role_import import Imported
from harness.errors import HarnessError
from harness.saml.times import parse_instant
from harness.scenario.model import App
from harness.web.entra_signin import Entra

PEM, BASE64, RAW, METADATA = "pem", "cer", "der", "xml"


def admin_blueprint(entra: Entra) -> Blueprint:
    """``/admin``: the apps, and a page for each with all its forms."""
    blueprint = Blueprint("entra_admin", __name__, url_prefix="/admin")

    @blueprint.get("/")
    def apps() -> str:
        scenario = entra.idp.scenario
        listed = [(app, app_id_of(scenario, app)) for app in scenario.apps]
        return render_template("entra_admin.html", title="Enterprise applications", apps=listed)

    @blueprint.get("/apps/<app_id>")
    def app_page(app_id: str) -> str:
        return _page(entra, app_id)

    @blueprint.post("/apps/<app_id>/<act>")
    def change(app_id: str, act: str) -> AnyResponse:
        if act not in _ACTS:
            abort(404, "saml-harness: there is no such form")
        section, step = _ACTS[act]
        app = _app(entra, app_id)
        try:
            entra.idp.change(blade.change_app(app.name, step(entra)))
        except (HarnessError, ValueError) as error:
            return make_response(_page(entra, app_id, fault=str(error)), 400)
        return redirect(url_for("entra_admin.app_page", app_id=app_id) + f"#{section}", 303)

    @blueprint.post("/apps/<app_id>/import")
    def import_roles(app_id: str) -> AnyResponse:
        try:
            done = _imported(entra, _app(entra, app_id).name, _text("account"))
        except HarnessError as error:
            return make_response(_page(entra, app_id, fault=str(error)), 400)
        return make_response(_page(entra, app_id, imported=done))

    @blueprint.get("/apps/<app_id>/test")
    def test(app_id: str) -> AnyResponse:
        return _test(entra, _app(entra, app_id), request.args.get("user", ""))

    _add_downloads(blueprint, entra)
    return blueprint


def _add_downloads(blueprint: Blueprint, entra: Entra) -> None:
    """What the page gives out: certificates in each form, and the rows of claims as Graph takes them."""

    @blueprint.get("/apps/<app_id>/certificates/<name>.<form>")
    def download(app_id: str, name: str, form: str) -> AnyResponse:
        return _download(entra, _app(entra, app_id), name, form)

    @blueprint.get("/apps/<app_id>/claims-policy.json")
    def policy(app_id: str) -> AnyResponse:
        """The rows as a claims mapping policy, for whoever moves from the portal to Graph."""
        app = _app(entra, app_id)
        try:
            definition = definition_of(app.claims, basic=bool(app.basic_claims))
        except HarnessError as error:
            return make_response(_page(entra, app_id, fault=str(error)), 409)
        return Response(definition + "\n", mimetype="application/json")


def _app(entra: Entra, app_id: str) -> App:
    return app_by_id(entra.idp.scenario, app_id) or abort(
        404, "saml-harness: no app of this tenant has that application ID"
    )


def _imported(entra: Entra, app_name: str, account: str) -> Imported:
    """Import the roles of an AWS account, as provisioning on demand does."""
    return role_import.import_roles(
        entra.iam_url, account, entra.clock(), lambda step: entra.idp.change(blade.change_app(app_name, step))
    )


def _page(entra: Entra, app_id: str, fault: str = "", imported: Imported | None = None) -> str:
    app, scenario, now = _app(entra, app_id), entra.idp.scenario, entra.clock()
    signing = active_certificate(app, now) if app.certificates else None
    certificates = [
        (one, entra.idp.keys.certificate(app, one).thumbprint, one is signing, one.not_after <= now)
        for one in app.certificates
    ]
    return render_template(
        "entra_admin_app.html",
        title=f"{app.shown}: Single sign-on",
        app=app,
        app_id=app_id,
        fault=fault,
        imported=imported,
        scenario=scenario,
        issuer=entra.idp.issuer,
        certificates=certificates,
        reminders=reminders(app),
        # Graph names everything by identifier; people read names.
        names={user.object_id: user.upn for user in scenario.users}
        | {one.object_id: one.name for one in scenario.groups}
        | {role.id: role.name for role in app.roles},
        users=scenario.users,
        groups=scenario.groups,
        login_url=f"https://login.microsoftonline.com/{scenario.tenant_id}/saml2",
    )


def _download(entra: Entra, app: App, name: str, form: str) -> AnyResponse:
    """A certificate as the portal gives it out. ``xml`` is the metadata with this certificate alone."""
    try:
        declared = find_certificate(app, name)
    except HarnessError as error:
        abort(404, f"saml-harness: {error}")
    certificate = entra.idp.keys.certificate(app, declared)
    bodies: dict[str, Callable[[], bytes]] = {
        PEM: certificate.pem.encode,
        BASE64: certificate.pem.encode,
        RAW: lambda: certificate.der,
        METADATA: lambda: entra.idp.federation_metadata(entra.clock(), app=app.name, certificates=(name,)),
    }
    if form not in bodies:
        abort(404, f"saml-harness: a certificate is given out as {', '.join(bodies)}")
    page = Response(bodies[form](), mimetype="application/octet-stream")
    # PEM and Base64 hold the same; the portal gives both, under two names.
    page.headers.set("Content-Disposition", "attachment", filename=f"{app.name}.{form}")
    return page


def _test(entra: Entra, app: App, upn: str) -> AnyResponse:
    """Test single sign-on: the response for a user, and the claims that were configured and not issued."""
    shown: dict[str, object] = {"app": app, "app_id": app_id_of(entra.idp.scenario, app), "upn": upn}
    shown["users"] = entra.idp.scenario.users
    if upn:
        scenario = entra.idp.scenario
        try:
            person = person_of(scenario, app, find_user(scenario, upn))
            shown["issued"] = entra.idp.respond(upn, entra.clock(), app=app.name)
            rows = effective_rows(person)
            shown |= {"missing": not_issued(person), "count": len(rows.basic) + len(rows.claims)}
        except HarnessError as error:
            shown["refusal"] = str(error)
    return make_response(render_template("entra_admin_test.html", title=f"Test {app.shown}", **shown))


def _lines(name: str) -> list[str]:
    return [line.strip() for line in request.form.get(name, "").splitlines() if line.strip()]


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _basics(_: Entra) -> blade.Step:
    return blade.set_basics(
        _lines("identifiers"),
        _lines("reply_urls"),
        _text("sign_on_url"),
        _text("relay_state"),
        session_control="session_control" in request.form,
    )


def _new_certificate(entra: Entra) -> blade.Step:
    now, end = entra.clock(), _text("not_after")
    not_after = parse_instant(f"{end}T00:00:00Z") if end else None
    return lambda _, app: create_certificate(app, now, not_after=not_after)


_ACTS: dict[str, tuple[str, Callable[[Entra], blade.Step]]] = {
    "basics": ("basics", _basics),
    "claim": ("claims", lambda _: blade.add_claim(_text("name"), _text("namespace"), _text("source"), _text("value"))),
    "unclaim": ("claims", lambda _: blade.remove_claim(_text("name"))),
    "certificate": ("certificates", _new_certificate),
    "activate": ("certificates", lambda _: lambda __, app: activate(app, _text("name"))),
    "delete": ("certificates", lambda _: lambda __, app: delete_certificate(app, _text("name"))),
    "signing": ("certificates", lambda _: blade.set_signing(_text("option"), _text("algorithm"), _lines("emails"))),
    "assign": ("users", lambda _: blade.assign(_text("to"), _text("role"))),
    "unassign": ("users", lambda _: blade.unassign(_text("to"), _text("role"))),
}
"""Each form by its name: the section of the page that it stands in, and what it does."""
