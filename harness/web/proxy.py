"""A proxy on loopback that leads production's names to this machine, and everything else nowhere.

It takes CONNECT to port 443 of the names it was given, and only that. A tunnel ends at a TLS listener on loopback,
which hands the plain bytes, unread, to the server behind it: the Host header arrives as the client wrote it.
"""

import asyncio
import contextlib
import re
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.errors import HarnessError

HOST = "127.0.0.1"
MAX_HEAD = 16_384
"""Bytes of a request's head."""
MAX_CONNECTIONS = 128
"""Connections at a time; more are told to come back."""
PATIENCE = 10.0
"""Seconds that a head, a handshake, or a peer that takes no bytes may last."""

_CONNECT = re.compile(rb"CONNECT ([!-~]{1,2048}) HTTP/1\.[01]\r\n")
_REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
    503: "Service Unavailable",
}
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Refusal(Exception):
    """A request that gets an answer instead of a tunnel."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@contextmanager
def connect_proxy(routes: Mapping[str, int], *, port: int = 0) -> Iterator[int]:
    """A proxy that leads each host name, on its port 443, to a port on loopback; yields its own port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target = await _asked_for(reader, routes)
            upstream = await _reach(target)
        except Refusal as refusal:
            await _refuse(reader, writer, refusal)
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _tunnel((reader, writer), upstream)

    with _listening(_bounded(handle), port=port) as listening:
        yield listening


@contextmanager
def tls_listener(context: ssl.SSLContext, target: int) -> Iterator[int]:
    """A TLS listener before a plain server on a port of loopback; yields its own port."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(Refusal):
            await _tunnel((reader, writer), await _reach(target))

    with _listening(_bounded(handle), context=context) as listening:
        yield listening


async def _asked_for(reader: asyncio.StreamReader, routes: Mapping[str, int]) -> int:
    """The port on loopback that a client asked for in effect. Raises Refusal."""
    try:
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
    except TimeoutError:
        raise Refusal(408, "the request did not arrive in time") from None
    except asyncio.LimitOverrunError:
        raise Refusal(431, f"the head of the request is longer than {MAX_HEAD} bytes") from None
    except asyncio.IncompleteReadError:
        raise Refusal(400, "the request is not complete") from None
    return _route(head, routes)


def _route(head: bytes, routes: Mapping[str, int]) -> int:
    """A name is taken in any case, as DNS does, and in no other spelling. Raises Refusal."""
    asked = _CONNECT.match(head)
    if asked is None:
        raise Refusal(
            400 if head.startswith(b"CONNECT ") else 403, "this proxy takes CONNECT HOST:443 and nothing else"
        )
    name, colon, port = asked[1].decode("ascii").lower().rpartition(":")
    if not colon or port != "443" or name not in routes:
        shown = asked[1].decode("ascii")[:200]
        raise Refusal(
            403,
            f"{shown} is not served here, and this proxy leads nowhere else. It serves port 443 of:\n"
            + "\n".join(sorted(routes)),
        )
    return routes[name]


async def _reach(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        return await asyncio.open_connection(HOST, port, limit=MAX_HEAD)
    except OSError:
        raise Refusal(502, "the mock behind this proxy does not answer; it is ending") from None


async def _refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, refusal: Refusal) -> None:
    """Answer, then read on for a moment: a connection closed over unread bytes would lose the answer."""
    body = f"saml-harness: {refusal}\n".encode("ascii", "replace")
    writer.write(
        f"HTTP/1.1 {refusal.status} {_REASONS[refusal.status]}\r\nContent-Type: text/plain; charset=us-ascii\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode("ascii")
        + body
    )
    writer.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(1):
            while await reader.read(MAX_HEAD):
                pass


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _tunnel(client: Ends, upstream: Ends) -> None:
    """Bytes both ways until either side ends. The server behind drops idle connections, which ends idle tunnels."""
    ways = [
        asyncio.ensure_future(_copy(client[0], upstream[1])),
        asyncio.ensure_future(_copy(upstream[0], client[1])),
    ]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        upstream[1].transport.abort()  # whichever side has ended, nobody waits for what is left on the way there
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        try:
            async with asyncio.timeout(PATIENCE):
                await writer.drain()
        except TimeoutError:
            writer.transport.abort()
            return


def _bounded(handle: Handler) -> Handler:
    """A handler for so many connections at a time, each of which is closed at its end, whatever that was."""
    free = MAX_CONNECTIONS

    async def bounded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal free
        free -= 1
        try:
            if free >= 0:
                await handle(reader, writer)
            elif writer.can_write_eof():
                await _refuse(reader, writer, Refusal(503, f"{MAX_CONNECTIONS} connections are open already"))
            writer.close()
            async with asyncio.timeout(PATIENCE):
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.CancelledError):
            pass  # the client has gone or takes nothing, or the server is ending
        finally:
            writer.transport.abort()
            free += 1

    return bounded


@contextmanager
def _listening(handle: Handler, *, port: int = 0, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Accept connections on loopback in a thread of its own; yields the port, another where it is taken."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def ask(work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  (whatever the work gives)
        return asyncio.run_coroutine_threadsafe(work, loop).result(PATIENCE)

    try:
        server = ask(_start(handle, port, context))
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            ask(_end(server))
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


async def _start(handle: Handler, port: int, context: ssl.SSLContext | None) -> asyncio.Server:
    handshake = None if context is None else PATIENCE
    for wanted in dict.fromkeys((port, 0)):
        try:
            return await asyncio.start_server(
                handle, HOST, wanted, limit=MAX_HEAD, ssl=context, ssl_handshake_timeout=handshake,
                ssl_shutdown_timeout=None if context is None else 1,
            )  # fmt: skip
        except OSError:
            continue
    raise HarnessError(f"no port on {HOST} can be listened on")


async def _end(server: asyncio.Server) -> None:
    server.close()
    running = asyncio.all_tasks() - {asyncio.current_task()}
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
