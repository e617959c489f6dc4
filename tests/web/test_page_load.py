"""Slow, huge and malformed requests among good ones, over sixty-four connections: nothing breaks, memory stays flat.

A thousand requests; `.ci/run full` makes it ten thousand.
"""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from harness.cli.world import idp_of, scenario_or_demo
from harness.entra.idp import EntraIdp

CLIENTS = 64
REQUESTS = int(os.environ.get("HARNESS_PAGE_REQUESTS", "1000"))
MEGABYTES = 64
"""How much the server may grow once it is warm. What it keeps of posted responses is bounded far below that, and one
upload of the largest size, in each of its eight threads, is what it may need for a moment."""
TIMEOUT = 60


class Running:
    """Both sides in a process of their own."""

    def __init__(self, keys: Path) -> None:
        command = [sys.executable, "-m", "harness", "serve", "--port", "0", "--keys", str(keys)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(4)]
        self.entra, self.aws = (urlsplit(line.split()[1]).netloc for line in lines[:2])

    @property
    def megabytes(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024

    def stop(self) -> str:
        """End it, and say what it complained of."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=30)[1]


@pytest.fixture
def idp(tmp_path: Path) -> EntraIdp:
    return idp_of(scenario_or_demo(None), str(tmp_path / "keys"))


@pytest.fixture
def running(idp: EntraIdp, tmp_path: Path) -> Iterator[Running]:
    idp.federation_metadata(datetime.now(UTC))  # makes the keys, which the process then finds
    made = Running(tmp_path / "keys")
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.communicate(timeout=30)


def form(host: str, path: str, body: bytes, *more: str) -> bytes:
    lines = (f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/x-www-form-urlencoded", *more)
    return "\r\n".join((*lines, f"Content-Length: {len(body)}", "Connection: close", "", "")).encode() + body


def page(host: str, path: str, *more: str) -> bytes:
    return "\r\n".join((f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *more, "", "")).encode()


def requests(running: Running, idp: EntraIdp, seed: int) -> list[bytes]:
    """One of each kind, the chances of the seed in them."""
    chosen = random.Random(seed)
    noise = chosen.randbytes(300)
    entra, aws = running.entra, running.aws
    response = quote(idp.respond("britta@contoso.com", datetime.now(UTC)).base64, safe="").encode()
    nested = b"<a>" * 40_000
    return [
        page(entra, "/", "Accept: text/html"),
        page(aws, "/inspect", "Accept: text/html"),
        page(entra, "/rollover"),
        page(aws, "/scenario"),
        page(entra, f"/signin?user={chosen.choice(['britta@contoso.com', 'nobody', '%00', '%ff%fe'])}"),
        page(entra, "/" + "a/" * chosen.randrange(2000), "Accept: text/html"),
        page(aws, "/console", "Cookie: saml-harness-aws=" + "x" * chosen.randrange(4000)),
        form(aws, "/saml", b"SAMLResponse=" + response),
        form(aws, "/saml", b"SAMLResponse=" + response[: chosen.randrange(len(response))]),
        form(aws, "/saml", b"SAMLResponse=" + quote(noise).encode()),
        form(aws, "/saml", b"SAMLResponse=" + b"A" * chosen.randrange(1_000_000)),
        form(aws, "/saml", b"&".join(b"a%d=%d" % (number, number) for number in range(5000))),
        form(aws, "/inspect", b"text=" + quote(nested).encode()),
        form(aws, "/", b"Action=AssumeRoleWithSAML&SAMLAssertion=" + b"%3C" * 20_000),
        form(entra, "/common/saml2", b"SAMLRequest=" + quote(noise).encode()),
        form(entra, "/common/login", b"loginfmt=" + b"%00%ff" * 100),
        form(entra, "/clock", b'{"to": "9999-99-99"}', "Content-Type: application/json"),
        form(entra, "/clock", b"[" * 50_000, "Content-Type: application/json"),
        page(aws, "/inspect/" + "%2e%2e%2f" * 20),
        b"\x16\x03\x01\x02\x00" + noise,
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /saml HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /saml HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /saml HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        form(aws, "/saml", b"x")[:-1],
        b"GET /inspect",
    ]


def ask(host: str, raw: bytes, chosen: random.Random) -> str:
    """Send a request, one in eight of them in drops; what came back: a status, or how the connection ended."""
    name, _, port = host.partition(":")
    try:
        with socket.create_connection((name, int(port)), timeout=TIMEOUT) as connection:
            if chosen.random() < 0.125 and len(raw) < 4000:
                for start in range(0, len(raw), 200):
                    connection.sendall(raw[start : start + 200])
                    chosen.random()
            else:
                connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(64)
            while connection.recv(65_536):
                pass
    except (ConnectionError, BrokenPipeError):
        return "closed"
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return found[1].decode() if found else "nothing" if not answer else "no HTTP"


def test_slow_huge_and_malformed_requests_break_nothing(running: Running, idp: EntraIdp) -> None:
    seen: Counter[str] = Counter()

    def client(number: int) -> Counter[str]:
        chosen, counts = random.Random(number), Counter[str]()
        kinds = requests(running, idp, number)
        for _ in range(REQUESTS // CLIENTS // 2 + 1):
            raw = chosen.choice(kinds)
            host = running.entra if running.entra.encode() in raw else running.aws
            counts[ask(host, raw, chosen)] += 1
        return counts

    # Held open for the whole time, each with half a request: they must not keep others waiting.
    name, _, port = running.aws.partition(":")
    idle = [socket.create_connection((name, int(port)), timeout=TIMEOUT) for _ in range(CLIENTS)]
    for one in idle:
        one.sendall(b"POST /saml HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nSAML")
    with ThreadPoolExecutor(CLIENTS) as clients:
        for counts in clients.map(client, range(CLIENTS)):
            seen += counts
        warm = running.megabytes
        for counts in clients.map(client, range(CLIENTS, 2 * CLIENTS)):
            seen += counts
    grown = running.megabytes - warm
    for one in idle:
        one.close()
    print(f"{seen.total()} requests over {CLIENTS} connections: {dict(seen)}; grown by {grown:.0f} MB")
    assert not [status for status in seen if status.startswith("5")], seen
    assert seen["200"] > seen.total() / 10
    assert seen["no HTTP"] == 0
    assert grown < MEGABYTES, f"grown by {grown:.0f} MB from {warm:.0f}"
    assert ask(running.aws, page(running.aws, "/"), random.Random(0)) == "200"
    assert "Traceback" not in running.stop()
