"""What it costs to try a whole company before rollout: 5,000 app roles over five apps, 2,000 users.

``python benchmarks/preflight.py`` writes such a scenario, asks every check once in one process, and lets pytest collect
and run the same checks in one process and in two. The unit is the RSA signature that every sign-in needs. Processor
time is told beside the wall clock's: on a machine that others use too, only the first can be compared.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.entra.keystore import KeyStore
from harness.preflight import plan, world_of
from harness.scenario.load import load_scenario

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
APPS, ACCOUNTS = 5, 50


def lines(roles: int, users: int, each: int, seed: int = 1) -> Iterator[str]:
    """The scenario: every role has a group, every user is in ``each`` groups of every app."""
    chance = random.Random(seed)
    people = [f"user{number:04}@contoso.com" for number in range(users)]
    yield 'version = 1\nname = "large"'
    members: dict[str, list[str]] = {}
    for app in range(APPS):
        yield f'[[apps]]\nname = "AWS {app}"\nidentifiers = ["https://signin.aws.amazon.com/saml#{app}"]'
        yield '[[apps.certificates]]\nname = "2026"\nactive = true'
        yield "not_before = 2026-01-01T00:00:00Z\nnot_after = 2028-12-31T00:00:00Z"
        yield '[[apps.roles]]\nname = "msiam_access"'
        named = [one for one in range(roles) if one % ACCOUNTS % APPS == app]
        for number in named:
            value = f"{_arn(number, 'role')},{_arn(number, 'saml-provider')}"
            yield f'[[apps.roles]]\nname = "{_role(number)}"\nvalue = "{value}"'
            yield f'[[apps.assignments]]\nto = "aws-{number}"\nrole = "{_role(number)}"'
        for person in people:
            for number in chance.sample(named, each):
                members.setdefault(f"aws-{number}", []).append(person)
    for person in people:
        yield f'[[users]]\nupn = "{person}"\nmail = "{person}"'
    for number in range(roles):
        listed = ", ".join(f'"{one}"' for one in members.get(f"aws-{number}", ()))
        yield f'[[groups]]\nname = "aws-{number}"\nmembers = [{listed}]'
    for account in range(ACCOUNTS):
        yield f'[[accounts]]\nid = "{100_000_000_000 + account}"'
        yield f'[[accounts.saml_providers]]\nname = "Entra"\napp = "AWS {account % APPS}"'
        for number in range(account, roles, ACCOUNTS):
            yield f'[[accounts.roles]]\nname = "team-{number}"\ntrusts = ["Entra"]'


def _role(number: int) -> str:
    return f"team-{number},Entra"


def _arn(number: int, kind: str) -> str:
    name = "Entra" if kind == "saml-provider" else f"team-{number}"
    return f"arn:aws:iam::{100_000_000_000 + number % ACCOUNTS}:{kind}/{name}"


def in_one_process(path: Path) -> tuple[int, float, float]:
    """How many checks, seconds of the processor to list them, and to ask them all."""
    start = time.process_time()
    parts = plan(world_of(load_scenario(path), NOW, keys=KeyStore(), directory=path.parent))
    listed = time.process_time()
    for part in parts:
        for one in part.checks:
            if one.ask().failed:
                raise SystemExit(f"{part.name}::{one.name} fails, so this measures something else")
    return sum(len(part.checks) for part in parts), listed - start, time.process_time() - listed


@dataclass(frozen=True)
class Run:
    """One run of pytest: its last line, seconds on the wall and of the processor, and the most memory of a process."""

    told: str
    wall: float
    processor: float
    megabytes: float


def with_pytest(path: Path, *how: str) -> Run:
    """Collect and run the file, in as many processes as are asked for."""
    options = ("-q", "-p", "no:cacheprovider", "--saml-now", "2026-11-23T09:00:00Z", *how)
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(path)],
        cwd=path.parent, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(done.stdout[-3000:] + done.stderr[-3000:])
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(done.stdout.splitlines()[-1], wall, processor, after.ru_maxrss / 1024)


def seconds_of_a_signature() -> float:
    """One RSA signature of 2048 bits, the mean of two hundred."""
    key = rsa.generate_private_key(65537, 2048)
    start = time.process_time()
    for number in range(200):
        key.sign(str(number).encode(), padding.PKCS1v15(), hashes.SHA256())
    return (time.process_time() - start) / 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--roles", type=int, default=5000)
    parser.add_argument("--users", type=int, default=2000)
    parser.add_argument("--each", type=int, default=5, help="roles that a user holds in each app")
    asked = parser.parse_args()
    unit = seconds_of_a_signature()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.scenario.toml"
        path.write_text("\n".join(lines(asked.roles, asked.users, asked.each)) + "\n")
        print(
            f"{asked.roles:,} app roles over {APPS} apps and {ACCOUNTS} accounts, {asked.users:,} users; "
            f"{path.stat().st_size / 1e6:.1f} MB of TOML, {os.cpu_count()} cores"
        )
        number, listing, asking = in_one_process(path)
        sign_ins = asked.users * APPS
        print(
            f"one process: {number:,} checks listed in {listing:.1f} s, asked in {asking:.1f} s: "
            f"{asking / sign_ins / unit:.1f} signatures for each of {sign_ins:,} sign-ins"
        )
        for how in ((), ("-n", "2")):
            run = with_pytest(path, *how)
            print(
                f"pytest {' '.join(how) or 'in one process'}: {run.told}; {run.wall:.1f} s on the wall, "
                f"{run.processor:.1f} s of the processor, {run.megabytes:,.0f} MB at most in one process"
            )


if __name__ == "__main__":
    main()
