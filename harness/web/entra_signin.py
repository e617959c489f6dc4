"""Entra's sign-in pages: who signs in, with which password (any), whether to stay signed in; then the response.

The steps hold nothing on this side: each form carries what was asked for, and every step reads it anew. Names of
fields and elements are those that real clients drive.
"""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from markupsafe import escape
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from harness.entra import signin
from harness.entra.directory import find_user
from harness.entra.idp import EntraIdp, Issued
from harness.entra.refusals import EntraRefusal
from harness.errors import HarnessError
from harness.web.auto_post import auto_post
from harness.web.aws_api import Clock
from harness.web.entra_places import HOP, Places
from harness.web.entra_sessions import Session, Sessions

COOKIE, LASTING_COOKIE = "ESTSAUTH", "ESTSAUTHPERSISTENT"
LASTING_SECONDS = 90 * 86400
CARRIED = ("SAMLRequest", "RelayState", "query")
"""What the forms of the steps carry on."""


@dataclass(frozen=True)
class Entra:
    """What the pages of Entra's side share."""

    idp: EntraIdp
    clock: Clock
    places: Places
    sessions: Sessions
    iam_url: str
    """Where the role import asks."""

    @property
    def session(self) -> Session | None:
        """The session of the browser that asks, if its name still means the same user."""
        users = self.idp.scenario.users_by_name
        for name in (COOKIE, LASTING_COOKIE):
            found = self.sessions.get(request.cookies.get(name, ""))
            if found is None:
                continue
            user = users.get(found.upn.lower())
            if user is not None and user.upn == found.upn:
                return found
        return None


def signin_blueprint(entra: Entra) -> Blueprint:
    """``/{tenant}/saml2`` by both bindings, the steps of a sign-in, and signing out."""
    blueprint = Blueprint("entra_signin", __name__)

    @blueprint.get("/<tenant>/saml2")
    def by_redirect(tenant: str) -> AnyResponse:
        return _first(entra, tenant, {"query": request.query_string.decode("ascii", "replace")})

    @blueprint.post("/<tenant>/saml2")
    def by_post(tenant: str) -> AnyResponse:
        carried = {name: request.form.get(name, "") for name in ("SAMLRequest", "RelayState")}
        return _first(entra, tenant, carried)

    @blueprint.post("/<tenant>/login")
    def step(tenant: str) -> AnyResponse:
        return _step(entra, tenant, request.form)

    @blueprint.get("/<tenant>/oauth2/v2.0/logout")
    @blueprint.get("/<tenant>/oauth2/logout")
    def logout(tenant: str) -> AnyResponse:
        entra.sessions.end(request.cookies.get(COOKIE, ""))
        entra.sessions.end(request.cookies.get(LASTING_COOKIE, ""))
        page = make_response(render_template("entra_signed_out.html", title="Sign out", tenant=tenant))
        for name in (COOKIE, LASTING_COOKIE):
            page.delete_cookie(name, httponly=True, samesite="Lax", secure=request.is_secure)
        return page

    @blueprint.post(HOP)
    def hop() -> AnyResponse:
        """Session control's own stop: the response passes through unchanged."""
        return auto_post(
            entra.places.acs(request.args.get("acs", "")),
            escape(request.form.get("SAMLResponse", "")).encode(),
            request.form.get("RelayState"),
            targets=entra.places.form_targets,
        )

    return blueprint


def post_page(entra: Entra, issued: Issued, upn: str) -> AnyResponse:
    """The page that posts a response, to session control's stop where the app has that."""
    target = entra.places.acs(issued.acs)
    if issued.post_to != issued.acs:
        target = url_for("entra_signin.hop", acs=issued.acs)
    inspectable: Any = current_app.jinja_env.globals.get("inspectable")
    inspected = inspectable(issued.xml, issued.relay_state, upn) if inspectable is not None else ""
    return auto_post(
        target, base64.b64encode(issued.xml), issued.relay_state, targets=entra.places.form_targets, inspected=inspected
    )


def error_page(error: HarnessError, now: datetime) -> AnyResponse:
    """Entra's page for a sign-in that fails, with the lines that its users copy into tickets."""
    code = error.code.removeprefix("AADSTS") if isinstance(error, EntraRefusal) else ""
    message = str(error) if isinstance(error, EntraRefusal) else f"saml-harness: {error}"
    page = render_template(
        "entra_error.html",
        title="Sign in to your account",
        message=message,
        code=code,
        stamp=f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        ids=(uuid.uuid4(), uuid.uuid4()),
    )
    # The HTTP status of Entra's page is not known; clients look at its text.
    return make_response(page, 403 if code else 404)


def _first(entra: Entra, tenant: str, carried: Mapping[str, str]) -> AnyResponse:
    """The answer to a request for a sign-in: the response, where the browser has a session that will do."""
    try:
        asked = _asked(entra, tenant, carried)
        session = entra.session
        if session is not None and not (asked.request and asked.request.force_authn):
            return _done(entra, asked, session)
        _require_a_page(asked)
    except HarnessError as error:
        return error_page(error, entra.clock())
    return _form(entra, tenant, "user", carried, loginfmt=request.args.get("login_hint", ""))


def _require_a_page(asked: signin.Asked) -> None:
    if asked.request is not None and asked.request.is_passive:
        raise HarnessError("IsPassive, and nobody is signed in: how Entra answers that is not known")


def _step(entra: Entra, tenant: str, form: MultiDict[str, str]) -> AnyResponse:
    """One step of the sign-in: a name is asked for until one is known, then a password, then whether to stay."""
    carried = {name: form.get(name, "") for name in CARRIED}
    upn = form.get("loginfmt", "").strip()
    try:
        asked = _asked(entra, tenant, carried)
        try:
            user = find_user(entra.idp.scenario, upn)
        except HarnessError:
            return _form(entra, tenant, "user", carried, loginfmt=upn, fault=bool(upn))
        if "passwd" not in form:
            return _form(entra, tenant, "password", carried, loginfmt=user.upn)
        if not form["passwd"]:
            return _form(entra, tenant, "password", carried, loginfmt=user.upn, fault=True)
        if "stay" not in form:
            return _form(entra, tenant, "stay", carried, loginfmt=user.upn)
        page = _done(entra, asked, Session(user.upn, entra.clock()))
    except HarnessError as error:
        return error_page(error, entra.clock())
    return remember(entra, page, user.upn, stay=form["stay"] == "yes")


def remember(entra: Entra, page: AnyResponse, upn: str, *, stay: bool) -> AnyResponse:
    """Let the browser that gets this page be signed in; ``stay`` keeps it so when the browser is closed."""
    page.set_cookie(
        LASTING_COOKIE if stay else COOKIE,
        entra.sessions.begin(upn, entra.clock()),
        max_age=LASTING_SECONDS if stay else None,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return page


def _asked(entra: Entra, tenant: str, carried: Mapping[str, str]) -> signin.Asked:
    """What is asked for, read from what the browser brings. Raises EntraRefusal, HarnessError."""
    scenario = entra.idp.scenario
    if not scenario.names_tenant(tenant):
        raise HarnessError(f"this mock has one tenant, {scenario.tenant_id}, and not {tenant!r}")
    query, message = carried.get("query", ""), carried.get("SAMLRequest")
    if message and not query:
        return signin.asked_by_post(scenario, message, carried.get("RelayState", ""))
    return signin.asked_by_query(scenario, query)


def _done(entra: Entra, asked: signin.Asked, session: Session) -> AnyResponse:
    issued = signin.answer(entra.idp, asked, session.upn, entra.clock(), session.since)
    return post_page(entra, issued, session.upn)


def _form(entra: Entra, tenant: str, step: str, carried: Mapping[str, str], **shown: object) -> AnyResponse:
    page = render_template(
        f"entra_signin_{step}.html",
        title="Sign in to your account",
        action=url_for("entra_signin.step", tenant=tenant),
        carried={name: value for name, value in carried.items() if value},
        users=entra.idp.scenario.users,
        shown={"loginfmt": "", "fault": False} | shown,
    )
    return make_response(page)


def to_login(entra: Entra, app_id: str) -> AnyResponse:
    """From a tile or an access URL to the sign-in endpoint, without a request of a service provider."""
    return redirect(entra.places.login(entra.idp.scenario.tenant_id, appid=app_id), 302)
