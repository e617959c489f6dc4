"""Who may call a face that listens on this machine: the browser's own pages and local programs, nobody's web site."""

from collections.abc import Callable, Collection

from flask import Flask, abort, request

from harness.web.careful import be_careful
from harness.web.csrf import require_tokens

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def guard(
    app: Flask, *, is_open: Callable[[str], bool] = lambda _: False, names: Collection[str] = LOOPBACK_NAMES
) -> None:
    """Refuse foreign Host headers everywhere; at all but open paths calls from other sites too, and forms of none.

    Paths that ``is_open`` are those to which a browser is sent with a response: they hold no authority of their own.
    ``names`` are the hosts that the application answers to, on any port.
    """

    @app.before_request
    def refuse_strangers() -> None:
        host = request.host.lower()
        if host.rpartition(":")[0] not in names and host not in names:
            abort(400, "saml-harness: this address is for programs on this machine")
        if is_open(request.path):
            return
        site, origin = request.headers.get("Sec-Fetch-Site", "none"), request.headers.get("Origin")
        if site == "cross-site" or (origin is not None and origin != request.host_url.rstrip("/")):
            abort(403, "saml-harness: calls from other sites are refused")

    be_careful(app)
    require_tokens(app, is_open=is_open)
