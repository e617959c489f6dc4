"""What every answer to a browser carries: security headers, and errors without a traceback."""

from flask import Flask, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError
from werkzeug.wrappers import Response as AnyResponse

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
