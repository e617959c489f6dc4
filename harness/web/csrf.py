"""Forms that change something carry a token that only this server can have put there.

Whoever can reach a page on this machine may use it; that is no reason to let any other page use it in his browser.
The token is bound to a cookie and to this run of the program, and both sides take each other's.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, after_this_request, current_app, g, request
from markupsafe import Markup

COOKIE = "saml-harness-forms"
FIELD = "csrf_token"
STALE = "saml-harness: this form does not carry the token of its page; open the page anew and send the form again"
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
_SAFE = ("GET", "HEAD", "OPTIONS")
_SECRET = secrets.token_bytes(32)
_FOR_PROGRAMS: set[Callable[..., Any]] = set()

View = TypeVar("View", bound=Callable[..., Any])


def for_programs(view: View) -> View:
    """Mark a view that programs call with a form of their own. It must ask for more than being on this machine."""
    _FOR_PROGRAMS.add(view)
    return view


def require_tokens(app: Flask, *, is_open: Callable[[str], bool] = lambda _: False) -> None:
    """Refuse every posted form without its token, but at paths that ``is_open`` and at views `for_programs`.

    Templates write the token with ``{{ csrf_field() }}``.
    """

    @app.before_request
    def refuse_forged() -> None:
        if request.method in _SAFE or request.mimetype not in _FORM_TYPES or is_open(request.path):
            return
        if current_app.view_functions.get(request.endpoint or "") in _FOR_PROGRAMS:
            return
        if not hmac.compare_digest(_token(request.cookies.get(COOKIE, "")), request.form.get(FIELD, "").encode()):
            abort(403, STALE)

    app.jinja_env.globals["csrf_field"] = csrf_field


def csrf_field() -> Markup:
    """The hidden field for a form of the page that is being written."""
    browser = request.cookies.get(COOKIE) or g.get("browser")
    if browser is None:
        browser = g.browser = secrets.token_urlsafe(24)
        after_this_request(_remember_browser)
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, _token(browser).decode("ascii"))


def _remember_browser(response: Response) -> Response:
    response.set_cookie(COOKIE, g.browser, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _token(browser: str) -> bytes:
    return hmac.digest(_SECRET, browser.encode(), "sha256").hex().encode()
