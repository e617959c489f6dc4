"""Both sides on loopback, each in its own thread, behind a server that real traffic is served with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import TcpWSGIServer, create_server

from harness.aws.store import AwsStore
from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.web.aws_api import MAX_BODY, Clock, api_blueprint
from harness.web.aws_signin import signin_blueprint
from harness.web.entra_myapps import create_entra_app
from harness.web.guard import guard
from harness.world import aws_of

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Served:
    """Where both sides listen, and what AWS's side holds."""

    entra_url: str
    aws_url: str
    store: AwsStore


def create_aws_app(store: AwsStore, clock: Clock) -> Flask:
    """AWS's side in one application: sign-in page, STS and IAM."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY
    app.register_blueprint(api_blueprint(store, clock))
    app.register_blueprint(signin_blueprint(store, clock))
    guard(app, open_paths=("/saml",))
    return app


@contextmanager
def serve(
    idp: EntraIdp, clock: Clock, *, entra_port: int = 0, aws_port: int = 0, directory: Path = Path()
) -> Iterator[Served]:
    """Serve until the block ends. A port that is taken is replaced by a free one; 0 asks for a free one."""
    store = AwsStore(aws_of(idp, clock(), directory), tuple(one.id for one in idp.scenario.accounts))
    with (
        _listening(create_aws_app(store, clock), aws_port) as aws_url,
        _listening(create_entra_app(idp, clock, aws_url), entra_port) as entra_url,
    ):
        yield Served(entra_url, aws_url, store)


@contextmanager
def _listening(app: Flask, port: int) -> Iterator[str]:
    """One server in a thread of its own. The loop is ours, so that it can be asked to end."""
    server, sockets = _server(app, port)
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            wasyncore.loop(timeout=0.1, map=sockets, count=1)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{_port(server)}"
    finally:
        stop.set()
        thread.join(5)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(sockets)


def _port(server: TcpWSGIServer) -> int:
    """The port that was given, which is another than the one asked for where that was 0."""
    if server.socket is None:
        raise HarnessError("the server has no socket")
    return int(server.socket.getsockname()[1])


def _server(app: Flask, port: int) -> tuple[TcpWSGIServer, dict[int, Any]]:
    """A server and its sockets. Each try has a map of its own: a failed one leaves dead sockets in it."""
    for wanted in dict.fromkeys((port, 0)):
        sockets: dict[int, Any] = {}
        try:
            server = create_server(app, map=sockets, host=HOST, port=wanted, threads=8, ident=None)
        except OSError:
            continue
        if isinstance(server, TcpWSGIServer):
            return server, sockets
    raise HarnessError(f"no port on {HOST} can be listened on")
