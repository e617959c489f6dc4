"""A WSGI server on loopback in a thread of its own, made for real traffic and ended when asked."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ErrorTask

from harness.errors import HarnessError
from harness.web.aws_api import MAX_BODY, http_refusal
from harness.web.graph import GRAPH_PATHS, graph_refusal

HOST = "127.0.0.1"
MAX_CONNECTIONS = 256
"""Connections at a time; more than the proxy leads here, so that it never waits for a place."""


@contextmanager
def listening(app: Flask, port: int, *, host: str = HOST, url_scheme: str = "http") -> Iterator[int]:
    """One server in a thread of its own; yields its port. A port that is taken is replaced by a free one.

    ``url_scheme`` is how its clients reach it, whatever they say. The loop is ours, so that it can be asked to end.
    """
    # A request that waits for its turn is no news for a person.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server, sockets = _server(app, host, port, url_scheme)
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            wasyncore.loop(timeout=0.1, use_poll=True, map=sockets, count=1)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield _port(server)
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


def _server(app: Flask, host: str, port: int, url_scheme: str) -> tuple[TcpWSGIServer, dict[int, Any]]:
    """A server and its sockets. Each try has a map of its own: a failed one leaves dead sockets in it."""
    for wanted in dict.fromkeys((port, 0)):
        sockets: dict[int, Any] = {}
        try:
            server = create_server(
                app, map=sockets, host=host, port=wanted, threads=8, ident=None, url_scheme=url_scheme,
                connection_limit=MAX_CONNECTIONS, max_request_body_size=MAX_BODY,
            )  # fmt: skip
        except OSError:
            continue
        if isinstance(server, TcpWSGIServer):
            server.channel_class = _Channel
            return server, sockets
    raise HarnessError(f"no port on {host} can be listened on")


class _Refusal(ErrorTask):
    """What is no HTTP, or too much of it, is refused before any application, in the form of AWS's errors or Graph's."""

    def execute(self) -> None:
        error = self.request.error  # type: ignore[attr-defined]  # the stubs take the request for its error
        refuse = graph_refusal if str(getattr(self.request, "path", "")).startswith(GRAPH_PATHS) else http_refusal
        refusal = refuse(error.code, str(error.body))
        self.status = refusal.status
        self.response_headers = [*self.response_headers, *refusal.headers.items()]
        self.set_close_on_finish()
        self.content_length = len(refusal.data)
        self.write(refusal.data)


class _Channel(HTTPChannel):
    error_task_class = _Refusal
