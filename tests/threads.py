"""A small server in a thread, for as long as a test wants it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer


@contextmanager
def in_a_thread(server: BaseServer) -> Iterator[str]:
    """The server's address while it serves; nothing of it is left afterwards."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def handled_by(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    """A server on a free port of this machine, which does not write to the screen what it was asked."""
    quiet = type(handler.__name__, (handler,), {"log_message": lambda *_: None})
    return ThreadingHTTPServer(("127.0.0.1", 0), quiet)
