"""Sixty-four clients at once: nothing fails, no session is lost or mixed up, and memory stays flat.

A thousand calls; `.ci/run full` makes it ten thousand.
"""

from __future__ import annotations

import base64
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from harness.arn import parse_role_pairs
from harness.cli.world import idp_of, scenario_or_demo
from harness.entra.idp import EntraIdp

CLIENTS = 64
CALLS = int(os.environ.get("HARNESS_STS_CALLS", "1000"))
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
USERS = ("britta@contoso.com", "adele@contoso.com")
MEGABYTES = 24
"""How much the server may grow once it is warm: what it holds for ten thousand sessions is a third of that."""


@dataclass(frozen=True)
class Running:
    """A mock AWS in a process of its own."""

    host: str
    pid: int

    @property
    def megabytes(self) -> float:
        """Of memory that the process holds."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


@pytest.fixture
def idp(tmp_path: Path) -> EntraIdp:
    return idp_of(scenario_or_demo(None), str(tmp_path / "keys"))


@pytest.fixture
def running(idp: EntraIdp, tmp_path: Path) -> Iterator[Running]:
    idp.federation_metadata(datetime.now(UTC))  # makes the keys, which the process then finds
    ports = ["--port", "0"]
    command = [sys.executable, "-m", "harness", "serve", *ports, "--keys", str(tmp_path / "keys")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        lines = [process.stdout.readline() for _ in range(4)]
        yield Running(urlsplit(lines[1].split()[1]).netloc, process.pid)
        process.send_signal(signal.SIGINT)


@dataclass(frozen=True)
class Asked:
    """A call, and the assumed role that it must get; none where it must be refused."""

    call: dict[str, str]
    arn: str | None


def calls(idp: EntraIdp, seed: int) -> list[Asked]:
    """Calls of both users for all their roles, one in ten of them with a response that was changed."""
    chosen = random.Random(seed)
    made = []
    for number in range(24):
        user = USERS[number % 2]
        issued = idp.respond(user, datetime.now(UTC))
        good = issued.base64
        bad = base64.b64encode(issued.xml.replace(user.encode(), b"m" + user.encode()[1:])).decode()
        for pair in parse_role_pairs(re.findall("arn:aws:iam::[^<]+,arn:aws:iam::[^<]+", issued.xml.decode())):
            changed = chosen.random() < 0.1
            call = {
                "Action": "AssumeRoleWithSAML",
                "Version": "2011-06-15",
                "RoleArn": str(pair.role),
                "PrincipalArn": str(pair.provider),
                "SAMLAssertion": bad if changed else good,
            }
            arn = f"arn:aws:sts::{pair.role.account}:assumed-role/{pair.role.name}/{user}"
            made.append(Asked(call, None if changed else arn))
    return made


@dataclass
class Tally:
    """What all clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    sessions: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, status: int, key: str | None, arn: str | None, wanted: str | None) -> None:
        with self.lock:
            self.statuses[status] += 1
            if arn != wanted:
                self.wrong.append(f"{status}: {arn} instead of {wanted}")
            if key is not None:
                self.sessions[key] = str(arn)


def post(connection: HTTPConnection, call: dict[str, str], key: str = "") -> tuple[int, str]:
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sts/aws4_request"} if key else {}
    connection.request("POST", "/", urlencode(call), FORM | signed)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def found(name: str, text: str) -> str | None:
    match = re.search(f"<{name}>([^<]+)</{name}>", text)
    return match[1] if match else None


def work(host: str, asked: list[Asked], count: int, seed: int, tally: Tally) -> None:
    """One client: its calls one after the other on one connection."""
    chosen = random.Random(seed)
    connection = HTTPConnection(host, timeout=60)
    for _ in range(count):
        one = chosen.choice(asked)
        status, text = post(connection, one.call)
        tally.add(status, found("AccessKeyId", text), found("Arn", text), one.arn)
    connection.close()


def sweep(running: Running, asked: list[Asked], count: int, seed: int, tally: Tally) -> None:
    """All clients at once."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        shares = [count // CLIENTS + (number < count % CLIENTS) for number in range(CLIENTS)]
        for one in [
            pool.submit(work, running.host, asked, share, seed + number, tally) for number, share in enumerate(shares)
        ]:
            one.result()


def sizes(idp: EntraIdp, running: Running, tally: Tally) -> Iterator[float]:
    """All calls, 200 at a time with responses of their own, since AWS takes none after five minutes; the server's size
    after each 200."""
    for start in range(0, CALLS, 200):
        sweep(running, calls(idp, start), min(200, CALLS - start), start, tally)
        yield running.megabytes if Path("/proc/self/status").exists() else 0.0


def test_sixty_four_clients_lose_nothing(idp: EntraIdp, running: Running) -> None:
    tally = Tally()
    first, *_, last = sizes(idp, running, tally)
    print(f"\n{CALLS} calls of {CLIENTS} clients: {dict(tally.statuses)}")
    assert sum(tally.statuses.values()) == CALLS
    assert set(tally.statuses) == {200, 400}
    assert tally.wrong == []
    assert len(tally.sessions) == tally.statuses[200]
    print(f"grown by {last - first:.1f} MB after the first 200")
    assert last - first < MEGABYTES
    every_session_is_known(running, tally.sessions)


def every_session_is_known(running: Running, sessions: dict[str, str]) -> None:
    connection = HTTPConnection(running.host, timeout=60)
    for key, arn in sessions.items():
        status, text = post(connection, {"Action": "GetCallerIdentity", "Version": "2011-06-15"}, key)
        assert (status, found("Arn", text)) == (200, arn)
    connection.close()
