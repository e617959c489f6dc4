"""The proxy leads to the names it was given and to nothing else, whatever is said to it and however slowly."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from harness.web import proxy as module
from harness.web.authority import make_authority
from harness.web.proxy import MAX_CONNECTIONS, connect_proxy, tls_listener

NAME = "signin.aws.amazon.com"


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    """A server that sends back what it gets: what a tunnel leads to."""
    listening = socket.create_server(("127.0.0.1", 0))

    def talk(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while data := connection.recv(65536):
                connection.sendall(data)

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield listening.getsockname()[1]
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[int]:
    with connect_proxy({NAME: echo}) as port:
        yield port


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=5)


def said(port: int, head: bytes) -> tuple[int, str]:
    """The status of the proxy's answer, and all of it."""
    with connected(port) as client:
        client.sendall(head)
        got = b""
        while data := client.recv(65536):
            got += data
    return int(got.split()[1]), got.decode("ascii")


def opened(port: int, target: str = f"{NAME}:443") -> socket.socket:
    client = connected(port)
    client.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    assert client.recv(65536) == b"HTTP/1.1 200 Connection established\r\n\r\n"
    return client


@pytest.mark.parametrize("target", [f"{NAME}:443", "SIGNIN.AWS.AMAZON.COM:443", "SignIn.aws.amazon.com:443"])
def test_a_served_name_is_reached_in_any_case(proxy: int, target: str) -> None:
    with opened(proxy, target) as client:
        client.sendall(b"\x00any bytes\xff")
        assert client.recv(100) == b"\x00any bytes\xff"


@pytest.mark.parametrize(
    "target",
    [
        "console.aws.amazon.com:443",
        "aws.amazon.com:443",
        f"x.{NAME}:443",
        f"{NAME}.:443",
        f"{NAME}:80",
        f"{NAME}:8443",
        f"{NAME}:0443",
        f"{NAME}:+443",
        f"{NAME}:",
        NAME,
        f"{NAME}:443:443",
        f"user@{NAME}:443",
        f"user:password@{NAME}:443",
        f"{NAME}@example.com:443",
        f"https://{NAME}:443",
        f"{NAME}%2e:443",
        "127.0.0.1:443",
        "[::1]:443",
        "2130706433:443",
        "0x7f000001:443",
        "localhost:443",
        "169.254.169.254:443",
        "signin.aws.amazon.com\x00.example.com:443",
        "ｓignin.aws.amazon.com:443",
        "SİGNIN.aws.amazon.com:443",
        ":443",
        "*:443",
    ],
)
def test_every_other_target_is_refused(proxy: int, target: str) -> None:
    status, answer = said(proxy, f"CONNECT {target} HTTP/1.1\r\n\r\n".encode())
    assert status in (400, 403)
    assert "\r\n\r\nsaml-harness: " in answer


def test_the_refusal_names_what_was_asked_for_and_what_is_served(proxy: int) -> None:
    status, answer = said(proxy, b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
    assert status == 403
    assert answer.endswith(
        "\r\n\r\nsaml-harness: example.com:443 is not served here, and this proxy leads nowhere else. "
        "It serves port 443 of:\nsignin.aws.amazon.com\n"
    )


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET http://signin.aws.amazon.com/ HTTP/1.1\r\nHost: signin.aws.amazon.com\r\n\r\n", 403),
        (b"GET / HTTP/1.1\r\n\r\n", 403),
        (b"POST https://signin.aws.amazon.com/saml HTTP/1.1\r\n\r\n", 403),
        (b"connect signin.aws.amazon.com:443 HTTP/1.1\r\n\r\n", 403),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 403),
        (b"CONNECT  HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT signin.aws.amazon.com:443 HTTP/2.0\r\n\r\n", 400),
        (b"CONNECT signin.aws.amazon.com:443\r\n\r\n", 400),
        (b"CONNECT signin.aws.amazon.com:443 HTTP/1.1 x\r\n\r\n", 400),
        (b"CONNECT " + b"a" * 5000 + b":443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT signin.aws.amazon.com:443 HTTP/1.1\r\nX: " + b"a" * 200_000, 431),
        (b"a" * 500_000, 431),
    ],
    ids=range(12),
)
def test_what_is_no_connect_gets_an_answer(proxy: int, head: bytes, status: int) -> None:
    got, answer = said(proxy, head)
    assert got == status
    assert "Connection: close" in answer


def test_a_slow_head_is_given_up(proxy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    assert said(proxy, b"CONNECT signin.aws.amazon.com:443 HT")[0] == 408


def test_a_client_that_leaves_in_the_middle_is_no_trouble(proxy: int) -> None:
    for _ in range(50):
        with connected(proxy) as client:
            client.sendall(b"CONNECT signin")
    with opened(proxy) as client:
        client.sendall(b"still here")
        assert client.recv(100) == b"still here"


def test_more_connections_than_it_takes_are_told_so(proxy: int) -> None:
    held = [opened(proxy) for _ in range(MAX_CONNECTIONS)]
    try:
        status, answer = said(proxy, b"CONNECT signin.aws.amazon.com:443 HTTP/1.1\r\n\r\n")
        assert (status, "128 connections are open already" in answer) == (503, True)
        held.pop().close()
        with _eventually_opened(proxy) as client:
            client.sendall(b"free again")
            assert client.recv(100) == b"free again"
    finally:
        for client in held:
            client.close()


def _eventually_opened(port: int) -> socket.socket:
    """A place becomes free a moment after its holder has left."""
    for _ in range(100):
        client = connected(port)
        client.sendall(f"CONNECT {NAME}:443 HTTP/1.1\r\n\r\n".encode())
        if client.recv(65536).startswith(b"HTTP/1.1 200"):
            return client
        client.close()
    raise AssertionError("no place became free")


def test_much_arrives_whole(proxy: int) -> None:
    sent = bytes(range(256)) * 20_000
    with opened(proxy) as client:
        threading.Thread(target=client.sendall, args=(sent,), daemon=True).start()
        got = bytearray()
        while len(got) < len(sent):
            got += client.recv(65536)
    assert bytes(got) == sent


def test_a_server_that_is_gone_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        gone = listening.getsockname()[1]
    with connect_proxy({NAME: gone}) as port:
        status, answer = said(port, b"CONNECT signin.aws.amazon.com:443 HTTP/1.1\r\n\r\n")
    assert (status, "does not answer" in answer) == (502, True)


def test_it_ends_while_tunnels_are_open(echo: int) -> None:
    with connect_proxy({NAME: echo}) as port:
        client = opened(port)
    assert client.recv(100) == b""
    client.close()
    with pytest.raises(ConnectionRefusedError):
        connected(port)


def test_a_port_that_is_taken_is_replaced(proxy: int, echo: int) -> None:
    with connect_proxy({NAME: echo}, port=proxy) as another:
        assert another != proxy
        opened(another).close()


def test_it_listens_on_loopback_only(proxy: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
        other.bind(("127.0.0.2", proxy))  # taken, if it listened on every address


def test_a_tunnel_in_which_nobody_speaks_tls_is_given_up(echo: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.3)
    authority = make_authority({NAME}, datetime.now(UTC))
    with tls_listener(authority.context, echo) as secure, connect_proxy({NAME: secure}) as port:
        monkeypatch.setattr(module, "PATIENCE", 10.0)
        with opened(port) as silent:
            assert silent.recv(100) == b""
        with opened(port) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert plain.recv(100)[:1] in (b"", b"\x15")  # an alert of TLS, or nothing


def test_a_client_that_takes_nothing_is_given_up(proxy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fills every buffer on the way and reads none; others are served meanwhile, and its place becomes free."""
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    with opened(proxy) as greedy:
        greedy.settimeout(5)
        with pytest.raises((ConnectionError, TimeoutError)):
            greedy.sendall(bytes(64_000_000))
        with opened(proxy) as other:
            other.sendall(b"served")
            assert other.recv(100) == b"served"
