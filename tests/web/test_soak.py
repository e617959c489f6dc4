"""Mixed traffic over many connections through the proxy: nothing breaks the server, and its memory stays flat."""

from __future__ import annotations

import os
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from harness.scenario.load import demo_scenario

REQUESTS = int(os.environ.get("HARNESS_SOAK_REQUESTS", "1000"))
CONNECTIONS = 64
GROWTH = 24_000
"""Kilobytes by which the server may grow between the second third of the traffic and its end."""
LOGIN, SIGNIN, STS = "login.microsoftonline.com", "signin.aws.amazon.com", "sts.us-east-1.amazonaws.com"
TENANT = demo_scenario().tenant_id
PAIR = {
    "RoleArn": "arn:aws:iam::111122223333:role/contoso-prod-aws-admin",
    "PrincipalArn": "arn:aws:iam::111122223333:saml-provider/WAAD",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Target:
    """A running ``serve --real-hosts``, and what was answered."""

    pid: int
    proxy: tuple[str, int]
    trust: ssl.SSLContext
    answers: Counter[tuple[str, int | str]] = field(default_factory=Counter)

    def resident(self) -> int:
        """Kilobytes of memory."""
        return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())[1])


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    if not Path("/proc/self/status").exists():
        pytest.skip("reads a process's memory from /proc")
    command = [sys.executable, "-m", "harness", "serve", "--real-hosts", "--keys", str(tmp_path_factory.mktemp("keys"))]
    with subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        printed = "".join(takewhile(lambda line: not line.startswith("ready"), running.stdout))
        proxy = urlsplit(re.search(r"^proxy +(http://[^,]+),", printed, re.MULTILINE)[1])
        trust = ssl.create_default_context(cafile=re.search(r"AWS_CA_BUNDLE=(\S+)", printed)[1])
        yield Target(running.pid, (proxy.hostname, proxy.port), trust)
        running.terminate()
        _, talk = running.communicate(timeout=30)
    assert (running.returncode, talk) == (0, "saml-harness: stopped\n")


class Visitor(threading.Thread):
    """One connection at a time, kept while requests for its host follow each other."""

    def __init__(self, target: Target, seed: int, turns: int) -> None:
        super().__init__(daemon=True)
        self.target, self.turns, self.chance = target, turns, random.Random(seed)
        self.open: dict[str, HTTPSConnection] = {}
        self.response = ""
        self.faults: list[str] = []

    def run(self) -> None:
        name, turn, expected = TURNS[0]
        for _ in range(self.turns):
            # Requests of one kind follow each other now and then, so that connections are kept.
            if self.chance.random() < 0.7:
                name, turn, expected = self.chance.choice(TURNS)
            try:
                answer = turn(self)
            except (HTTPException, OSError) as error:
                answer = repr(error)
            self.target.answers[name, answer] += 1
            if answer not in expected:
                self.faults.append(f"{name}: {answer}")
        self.leave()

    def ask(self, host: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """A request on the connection that is kept for a host; once more on a new one if it was closed meanwhile."""
        for last in (False, True):
            connection = self.open.get(host) or self.connect(host)
            try:
                connection.request("GET" if body is None else "POST", path, body, (FORM if body else {}) | headers)
                answer = connection.getresponse()
                return answer.status, answer.read().decode("utf-8", "replace")
            except (HTTPException, OSError):
                self.leave()
                if last:
                    raise
        raise AssertionError("unreachable")

    def connect(self, host: str) -> HTTPSConnection:
        self.leave()
        connection = HTTPSConnection(*self.target.proxy, context=self.target.trust, timeout=60)
        connection.set_tunnel(host, 443)
        self.open[host] = connection
        return connection

    def leave(self) -> None:
        """Close what is open."""
        while self.open:
            self.open.popitem()[1].close()

    def raw(self, sent: bytes, *, tunnel: bool = True, tls: bool = True, wait: bool = True) -> int | str:
        """The status of the answer to bytes that no client would send."""
        self.leave()
        with socket.create_connection(self.target.proxy, timeout=60) as plain:
            if tunnel:
                plain.sendall(f"CONNECT {SIGNIN}:443 HTTP/1.1\r\n\r\n".encode())
                plain.recv(1000)
            ends = self.target.trust.wrap_socket(plain, server_hostname=SIGNIN) if tunnel and tls else plain
            try:
                ends.sendall(sent)
                found = re.match(rb"HTTP/1\.[01] (\d{3})", ends.recv(1000)) if wait else None
            except OSError:
                return "closed"
            finally:
                ends.close()
        return int(found[1]) if found else "closed"

    def signed(self) -> str:
        """A response for Britta, fresh enough for this run."""
        if not self.response:
            status, page = self.ask(LOGIN, "/signin?user=britta@contoso.com")
            if status != 200:
                return ""
            self.response = re.search(r'name="SAMLResponse" value="([^"]+)"', page)[1]
        return self.response


Turn = Callable[[Visitor], "int | str"]
HEAD = f"POST /saml HTTP/1.1\r\nHost: {SIGNIN}\r\n".encode()
TURNS: list[tuple[str, Turn, tuple[int | str, ...]]] = [
    ("front page", lambda it: it.ask(LOGIN, "/")[0], (200,)),
    ("other host of that side", lambda it: it.ask("myapps.microsoft.com", "/")[0], (302,)),
    ("sign-in without a request", lambda it: it.ask(LOGIN, f"/{TENANT}/saml2")[0], (403,)),
    ("no such page", lambda it: it.ask(SIGNIN, "/" + "a" * 2000)[0], (404,)),
    ("picker", lambda it: it.ask(SIGNIN, "/saml", urlencode({"SAMLResponse": it.signed()}))[0], (200,)),
    ("no response", lambda it: it.ask(SIGNIN, "/saml", urlencode({"SAMLResponse": "\x00" * 500}))[0], (400,)),
    (
        "role",
        lambda it: it.ask(STS, "/", urlencode(PAIR | {"Action": "AssumeRoleWithSAML", "SAMLAssertion": it.signed()}))[
            0
        ],
        (200,),
    ),
    ("no role", lambda it: it.ask(STS, "/", urlencode(PAIR | {"Action": "AssumeRoleWithSAML"}))[0], (400,)),
    ("no action", lambda it: it.ask(STS, "/", "Action=" + "%00" * 2000)[0], (400,)),
    ("wrong host", lambda it: it.ask(SIGNIN, "/", Host="evil.example")[0], (400,)),
    ("wrong origin", lambda it: it.ask(SIGNIN, "/console", Origin="https://evil.example")[0], (403,)),
    ("proxy: other name", lambda it: it.raw(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", tunnel=False), (403,)),
    ("proxy: nonsense", lambda it: it.raw(it.chance.randbytes(300) + b"\r\n\r\n", tunnel=False), (403,)),
    ("proxy: endless head", lambda it: it.raw(b"CONNECT " + b"a" * 100_000, tunnel=False), (431,)),
    ("proxy: half a head", lambda it: it.raw(b"CONNECT sig", tunnel=False, wait=False), ("closed",)),
    ("no TLS", lambda it: it.raw(b"GET / HTTP/1.1\r\n\r\n", tls=False), ("closed",)),
    ("nonsense", lambda it: it.raw(it.chance.randbytes(300) + b"\r\n\r\n"), (400,)),
    ("endless head", lambda it: it.raw(HEAD + b"X: " + b"a" * 400_000), (431, "closed")),
    ("half a request", lambda it: it.raw(HEAD + b"Content-Length: 1000\r\n\r\nSAML", wait=False), ("closed",)),
    ("wrong length", lambda it: it.raw(HEAD + b"Content-Length: -1\r\n\r\n"), (400,)),
    ("huge length", lambda it: it.raw(HEAD + b"Content-Length: 99999999999\r\n\r\n"), (413,)),
    ("wrong chunk", lambda it: it.raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n"), (400,)),
]


def traffic(target: Target, turns: int, seed: int) -> list[str]:
    """What many visitors met that they should not have."""
    visitors = [Visitor(target, seed + number, turns // CONNECTIONS + 1) for number in range(CONNECTIONS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(1200)
        assert not visitor.is_alive()
    return [fault for visitor in visitors for fault in visitor.faults]


def test_mixed_traffic_breaks_nothing_and_leaves_memory_flat(target: Target) -> None:
    faults = traffic(target, REQUESTS // 3, 1)
    before = target.resident()
    faults += traffic(target, REQUESTS // 3, 2)
    settled = target.resident()
    faults += traffic(target, REQUESTS // 3, 3)
    after = target.resident()
    print(f"{sum(target.answers.values())} requests over {CONNECTIONS} connections; kB: {before}, {settled}, {after}")
    for (name, answer), count in sorted(target.answers.items(), key=str):
        print(f"{count:6} {name}: {answer}")
    assert not faults
    assert not [answer for _, answer in target.answers if isinstance(answer, int) and answer >= 500]
    assert len(TURNS) == len({name for name, _ in target.answers})
    assert after - settled < GROWTH
