"""Production's names on this machine: both sides under TLS, behind a proxy that leads to nothing else.

The plain servers behind it listen on loopback too; they answer to the names they serve and take themselves to be
reached over HTTPS, so nothing that a client says about that is believed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from flask import Flask, abort, jsonify
from flask.wrappers import Response

from harness.web.authority import Authority
from harness.web.hosts import AWS_HOSTS, ENTRA_HOSTS
from harness.web.listening import HOST, listening
from harness.web.proxy import connect_proxy, tls_listener


@dataclass(frozen=True)
class RealHosts:
    """The way to production's names: a proxy, and the authority that vouches for them."""

    proxy_url: str
    authority: Authority


@contextmanager
def real_hosts(entra: Flask, aws: Flask, authority: Authority, *, port: int = 0) -> Iterator[RealHosts]:
    """Serve both sides' applications under their true names until the block ends; ``port`` is the proxy's."""
    with ExitStack() as stack:
        routes: dict[str, int] = {}
        for app, names in ((entra, ENTRA_HOSTS), (aws, AWS_HOSTS)):
            plain = stack.enter_context(listening(app, 0, url_scheme="https"))
            routes |= dict.fromkeys(names, stack.enter_context(tls_listener(authority.context, plain)))
        proxy = stack.enter_context(connect_proxy(routes, port=port))
        yield RealHosts(f"http://{HOST}:{proxy}", authority)


def tell_the_way(app: Flask, ask: Callable[[], RealHosts | None]) -> None:
    """Tell local programs how to reach production's names here: nothing secret, the proxy and the authority."""

    @app.get("/real-hosts.json")
    def way() -> Response:
        real = ask()
        if real is None:
            abort(404, "saml-harness: started without --real-hosts")
        return jsonify(proxy=real.proxy_url, authority=real.authority.certificate.pem)
