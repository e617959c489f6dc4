"""How long a rehearsal takes: twelve steps over a hundred and a thousand accounts, every sign-in real.

    python benchmarks/rollover.py [--accounts 100,1000] [--processes 2]

Each account has a user of its own, so every sign-in has a response of its own: the dearest case there is. Each size
runs in a process of its own, so that its memory is its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

from harness.rollover.plan import Plan, parse_plan
from harness.rollover.rehearsal import rehearse
from harness.scenario.model import Scenario

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SECONDS, MEGABYTES, LINEAR = 20, 500, 1.25
MIB = 1 / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", default="100,1000")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(measured(options.one, options.processes)))
        return
    sizes = [int(one) for one in options.accounts.split(",")]
    found = [in_own_process(size, options.processes) for size in sizes]
    heads = ("accounts", "steps", "signed", "verified", "seconds", "CPU s", "CPU ms each", "MiB")
    print("".join(f"{head:>12}" for head in heads))
    for size, one in zip(sizes, found, strict=True):
        each = one["cpu"] * 1000 / one["verified"]
        cells = (size, one["steps"], one["signed"], one["verified"], one["seconds"], one["cpu"], each, one["mib"])
        print("".join(f"{cell:>12,.2f}" if isinstance(cell, float) else f"{cell:>12,}" for cell in cells))
    small, large = found[0], found[-1]
    growth = (large["cpu"] / large["verified"]) / (small["cpu"] / small["verified"])
    verdict = "met" if growth <= LINEAR else "NOT MET"
    print(
        f"\ncost of a sign-in, {sizes[-1]:,} accounts against {sizes[0]:,}: {growth:.2f} (at most {LINEAR})  {verdict}"
    )
    if sizes[-1] == 1000:
        share = large["cpu"] / options.processes
        print(f"a thousand accounts: {large['seconds']:.1f} s (at most {SECONDS})  {said(large['seconds'] <= SECONDS)}")
        print(f"CPU time for each of {options.processes} processes, whatever else the machine does: {share:.1f} s")
        print(f"memory: {large['mib']:.0f} MiB (at most {MEGABYTES})  {said(large['mib'] <= MEGABYTES)}")


def said(met: bool) -> str:
    return "met" if met else "NOT MET"


def in_own_process(size: int, processes: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", str(size), "--processes", str(processes)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measured(size: int, processes: int) -> dict[str, float]:
    scenario, plan = company(size), twelve_steps(size)
    start, before = time.perf_counter(), time.process_time()
    rehearsal = rehearse(plan, scenario, NOW, processes=processes)
    seconds = time.perf_counter() - start
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    others = children.ru_maxrss * (processes if processes > 1 else 0)
    if len({outage.begin for outage in rehearsal.outages}) != 1 or len(rehearsal.outages) != size:
        raise SystemExit("the rehearsal did not find the outage that the plan brings about")
    return {
        "seconds": seconds,
        "cpu": own.ru_utime + own.ru_stime - before + children.ru_utime + children.ru_stime,
        "steps": len(plan.steps),
        "signed": rehearsal.signed,
        "verified": rehearsal.verified,
        "mib": (own.ru_maxrss + others) * MIB,
    }


def twelve_steps(accounts: int) -> Plan:
    """A rollover with everything in it: one mistake, one way back, three updates of every account."""
    lasts = timedelta(minutes=accounts / 10 * 5 + 60)
    start = datetime(2027, 6, 1, 9, tzinfo=UTC)
    at = [start + number * lasts for number in range(12)]
    update = 'do = "update-providers"\nworkers = 10\nminutes_per_account = 5\ndocument = '
    steps = [
        'do = "create-certificate"\ncertificate = "new"',
        'do = "download-metadata"\ndocument = "both"',
        update + '"both"',
        'do = "activate"\ncertificate = "new"',
        'do = "roll-back"',
        'do = "activate"\ncertificate = "new"',
        'do = "download-metadata"\ndocument = "new alone"\ncertificates = ["new"]',
        update + '"new alone"',
        'do = "roll-back"',
        update + '"both"',
        'do = "activate"\ncertificate = "new"',
        'do = "delete-certificate"\ncertificate = "2026"',
    ]
    tables = [f"[[steps]]\nat = {when:%Y-%m-%dT%H:%M:%SZ}\n{step}\n" for when, step in zip(at, steps, strict=True)]
    return parse_plan('version = 1\nname = "twelve"\n' + "".join(tables), "twelve")


def company(accounts: int) -> Scenario:
    """So many accounts, each with a role and with a user of its own."""
    numbers = [f"{number:012d}" for number in range(100_000_000_000, 100_000_000_000 + accounts)]
    begin, end = "2026-01-15T00:00:00Z", "2029-01-15T00:00:00Z"
    app = {
        "name": "AWS",
        "certificates": [{"name": "2026", "not_before": begin, "not_after": end, "active": True}],
        "roles": [
            {"name": one, "value": f"arn:aws:iam::{one}:role/Reader,arn:aws:iam::{one}:saml-provider/Entra"}
            for one in numbers
        ],
        "assignments": [{"to": f"user{one}@contoso.com", "role": one} for one in numbers],
    }
    holding = {
        "saml_providers": [{"name": "Entra", "app": "AWS"}],
        "roles": [{"name": "Reader", "trusts": ["Entra"]}],
    }
    return Scenario.model_validate(
        {
            "version": 1,
            "name": "benchmark",
            "apps": [app],
            "users": [{"upn": f"user{one}@contoso.com"} for one in numbers],
            "accounts": [{"id": one, **holding} for one in numbers],
        }
    )


if __name__ == "__main__":
    main()
