"""The console page that shows who one is, logging out, and the federation endpoint."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from harness.aws.console import Console, NoSigninToken, SignedIn, console_target
from harness.aws.store import AwsStore
from harness.web.aws_api import Clock
from harness.web.csrf import for_programs
from harness.web.guard import LOOPBACK_NAMES

COOKIE = "saml-harness-aws"


def add_console(blueprint: Blueprint, console: Console, store: AwsStore, clock: Clock) -> None:
    """``/console``, ``/logout`` with AWS's own ``/oauth``, and ``/federation``."""

    @blueprint.get("/console", endpoint="console")
    def show() -> AnyResponse:
        held = console.who(request.cookies.get(COOKIE, ""), clock())
        if held is None:
            return _said("saml-harness: nobody is signed in here", 403)
        alias = store.aws.aliases.get(held.credentials.account)
        # Under production's names a client needs no endpoint.
        own = request.host_url.rstrip("/") if request.host.rpartition(":")[0] in LOOPBACK_NAMES else ""
        return make_response(
            render_template("aws_console.html", title="Console (mock)", held=held, alias=alias, own=own)
        )

    @blueprint.get("/logout")
    @blueprint.get("/oauth")
    def logout() -> AnyResponse:
        """AWS's page links to ``/oauth?Action=logout``; its ``redirect_uri`` is not followed."""
        console.leave(request.cookies.get(COOKIE, ""))
        page = _said("You are signed out.", 200)
        page.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure)
        return page

    @blueprint.route("/federation", methods=["GET", "POST"])
    @for_programs
    def federation() -> AnyResponse:
        now, action = clock(), request.values.get("Action", "")
        try:
            if action == "getSigninToken":
                duration = request.values.get("SessionDuration")
                session = request.values.get("Session", "")
                return jsonify({"SigninToken": console.signin_token(store, session, duration, now)})
            if action == "login":
                return let_in(console, _of_token(console, now), now)
        except NoSigninToken as error:
            return _said(str(error), 400)
        return _said("saml-harness: Action is getSigninToken or login", 400)


def let_in(console: Console, signed_in: SignedIn, now: datetime) -> AnyResponse:
    """To the console, with a cookie that only this browser has."""
    page = redirect(url_for("aws_signin.console"), 302)
    cookie = console.enter(signed_in, now)
    page.set_cookie(COOKIE, cookie, httponly=True, samesite="Lax", secure=request.is_secure)
    return page


def _of_token(console: Console, now: datetime) -> SignedIn:
    """Whom the sign-in token of this request lets in, on his way to Destination. Raises NoSigninToken."""
    held = console.of_token(request.values.get("SigninToken", ""), now)
    if held is None:
        raise NoSigninToken("saml-harness: the sign-in token is unknown, or older than fifteen minutes")
    return replace(held, target=console_target(request.values.get("Destination", ""), request.host_url))


def _said(message: str, status: int) -> AnyResponse:
    return make_response(render_template("aws_refused.html", title="AWS Signin", message=message), status)
