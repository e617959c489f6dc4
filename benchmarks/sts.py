"""AssumeRoleWithSAML over HTTP: the mock AWS beside moto's server, on the same responses with one role.

    python benchmarks/sts.py [--rounds 61] [--clients 8] [--calls 2000]

moto reads three attributes and checks no signature, time or trust; it fails where a response holds two roles. Each
server runs in a process of its own, as each comes. The validator's share is its time in this process, beside the time
of a whole call.
"""

import argparse
import base64
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from rounds import contest, heading, row

from harness.aws.acceptance import sts_answers
from harness.aws.account import Aws
from harness.aws.intake import attempt_of
from harness.cli.world import idp_of, scenario_or_demo
from harness.entra.idp import EntraIdp, Issued
from harness.report.model import Accepted
from harness.world import aws_of

ROLE = "arn:aws:iam::111122223333:role/contoso-prod-read-only-user"
PROVIDER = "arn:aws:iam::111122223333:saml-provider/WAAD"
ONE_ROLE, MANY_ROLES = "adele@contoso.com", "britta@contoso.com"
OURS, MOTO, VALIDATOR, IDENTITY = (
    "ours, over HTTP",
    "moto, over HTTP",
    "our validator alone",
    "ours, a call without SAML",
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Server:
    """Where one of them listens."""

    host: str

    def assume(self, response: str, connection: HTTPConnection | None = None) -> int:
        call = {"Action": "AssumeRoleWithSAML", "RoleArn": ROLE, "PrincipalArn": PROVIDER, "SAMLAssertion": response}
        return self.post(call, connection)

    def identity(self, connection: HTTPConnection) -> int:
        return self.post({"Action": "GetCallerIdentity"}, connection, {"Authorization": "X Credential=111122223333/a"})

    def post(
        self, call: dict[str, str], connection: HTTPConnection | None, headers: dict[str, str] | None = None
    ) -> int:
        """The status of one call, on a connection that is kept where the server keeps it."""
        made = connection or HTTPConnection(self.host, timeout=30)
        made.request("POST", "/", urlencode({"Version": "2011-06-15"} | call), FORM | (headers or {}))
        answer = made.getresponse()
        answer.read()
        if connection is None:
            made.close()
        return answer.status


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=61)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--calls", type=int, default=2000)
    options = parser.parse_args()
    with ExitStack() as stack:
        keys = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        idp = idp_of(scenario_or_demo(None), str(keys))
        aws = aws_of(idp, datetime.now(UTC))
        servers = {OURS: stack.enter_context(ours(keys)), MOTO: stack.enter_context(moto())}
        say_what_each_takes(servers, idp)
        one_client(servers, idp, aws, options.rounds)
        several_clients(servers, idp, options.clients, options.calls)


@contextmanager
def ours(keys: Path) -> Iterator[Server]:
    ports = ["--entra-port", "0", "--aws-port", "0", "--keys", str(keys)]
    command = [sys.executable, "-m", "harness", "serve", *ports]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL) as process:
        lines = [process.stdout.readline() for _ in range(4)]
        yield Server(urlsplit(lines[1].split()[1]).netloc)
        process.send_signal(signal.SIGINT)


@contextmanager
def moto() -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("moto_server"), "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Server(f"127.0.0.1:{port}")
        process.terminate()


def responses(idp: EntraIdp, count: int, user: str = ONE_ROLE) -> list[str]:
    """All distinct."""
    return [idp.respond(user, datetime.now(UTC)).base64 for _ in range(count)]


def flipped(issued: Issued, pattern: bytes) -> str:
    """With one character changed after what the pattern finds."""
    place = re.search(pattern, issued.xml).end()
    other = b"A" if issued.xml[place : place + 1] != b"A" else b"B"
    return base64.b64encode(issued.xml[:place] + other + issued.xml[place + 1 :]).decode()


def say_what_each_takes(servers: dict[str, Server], idp: EntraIdp) -> None:
    """Ours must take the good bytes and refuse the flipped ones; moto's answers are printed as they are."""
    issued = idp.respond(ONE_ROLE, datetime.now(UTC))
    tried = {
        "one role": issued.base64,
        "a flipped role": flipped(issued, rb"role/contoso-prod-read-only-use"),
        "a flipped signature digit": flipped(issued, rb"<SignatureValue>"),
    }
    found = {name: {what: server.assume(text) for what, text in tried.items()} for name, server in servers.items()}
    assert list(found[OURS].values()) == [200, 400, 400], found[OURS]
    assert found[MOTO]["one role"] == 200
    (many,) = responses(idp, 1, MANY_ROLES)
    for name, server in servers.items():
        found[name]["four roles"] = server.assume(many)
    print("HTTP status of the answer")
    for what in (*tried, "four roles"):
        print(f"  {what:<32}" + "".join(f"{name} {found[name][what]:<10}" for name in servers))


def one_client(servers: dict[str, Server], idp: EntraIdp, aws: Aws, rounds: int) -> None:
    texts = responses(idp, 400)
    provider = aws.providers[PROVIDER]
    kept = HTTPConnection(servers[OURS].host, timeout=30)
    moto_kept = HTTPConnection(servers[MOTO].host, timeout=30)

    def validator(text: str) -> None:
        now = datetime.now(UTC)
        attempt = attempt_of(aws, text, now, certificates=provider.metadata.keys, providers=(provider,))
        (one,) = sts_answers(attempt, f"{ROLE},{PROVIDER}")
        assert isinstance(one.answer, Accepted)

    contestants: dict[str, Callable[[str], object]] = {
        OURS: lambda text: servers[OURS].assume(text, kept),
        MOTO: lambda text: servers[MOTO].assume(text, moto_kept),
        IDENTITY: lambda _: servers[OURS].identity(kept),
        VALIDATOR: validator,
    }
    measured = contest(contestants, texts, rounds)
    heading("one client", [])
    for name in contestants:
        row(f"{name}, microseconds", [measured.median(name)], 0)
    for name in (OURS, MOTO):
        row(f"{name}, requests per second", [1e6 / measured.median(name)], 0)
    row("ours to moto, requests per second", [1 / measured.ratio(OURS, MOTO)])
    row("the validator's share of a call", [measured.ratio(VALIDATOR, OURS)])


def several_clients(servers: dict[str, Server], idp: EntraIdp, clients: int, calls: int) -> None:
    """Requests per second of many at once, each server by itself; the better of three runs."""
    heading(f"{clients} clients, {calls:,} calls", [])
    reached = {
        name: max(throughput(server, responses(idp, calls), clients) for _ in range(3))
        for name, server in servers.items()
    }
    for name, each in reached.items():
        row(f"{name}, requests per second", [each], 0)
    row("ours to moto, requests per second", [reached[OURS] / reached[MOTO]])


def throughput(server: Server, texts: Sequence[str], clients: int) -> float:
    def work(share: Sequence[str]) -> None:
        connection = HTTPConnection(server.host, timeout=60)
        for text in share:
            assert server.assume(text, connection) == 200
        connection.close()

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        for one in [pool.submit(work, texts[number::clients]) for number in range(clients)]:
            one.result()
    return len(texts) / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
