"""What every answer to a browser carries: security headers, and errors without a traceback."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from flask import Flask, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def be_careful(app: Flask) -> None:
    """Set headers where a page says no others, and answer every error in words."""

    app.wsgi_app = _Careful(app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents it

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> AnyResponse:
        return error_page(error)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> AnyResponse:
        current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
        return error_page(InternalServerError("saml-harness: this is a fault of the mock; its log says more"))


class _Careful:
    """Every answer goes through here, and each header is looked at once, which it is not in Flask's own hooks."""

    def __init__(self, inner: "WSGIApplication") -> None:
        self._inner = inner

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # What an annotation here says would be worked out anew for every answer, so it is a text.
        def start(
            status: str, headers: "list[tuple[str, str]]", failure: "OptExcInfo | None" = None
        ) -> "Callable[[bytes], object]":
            said = {name.lower() for name, _ in headers}
            missing = [one for one in HEADERS.items() if one[0].lower() not in said]
            return start_response(status, headers + missing, failure)

        return self._inner(environ, start)


def wants_page() -> bool:
    """Whether it is a browser that asks: programs name other types, or none."""
    return "text/html" in request.headers.get("Accept", "")


def error_page(error: HTTPException) -> AnyResponse:
    """An error for whoever asked: a page for browsers, one line for programs."""
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())
    said = error.description or error.name
    if wants_page():
        page = make_response(render_template("error.html", title=error.name, message=said), error.code)
    else:
        page = make_response(f"{said}\n", error.code)
        page.mimetype = "text/plain"
    page.headers.extend([one for one in error.get_headers() if one[0] not in ("Content-Type", "Content-Length")])
    return page
