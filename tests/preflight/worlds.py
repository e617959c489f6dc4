"""The built-in company with one thing changed."""

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import harness.scenario
from harness.entra.keystore import KeyStore
from harness.preflight import World, plan, sheet, world_of
from harness.report.sheet import Entry, Sheet
from harness.scenario.model import Scenario

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DEMO = Path(harness.scenario.__file__).parent / "demo.scenario.toml"
ADMIN, READER = "111122223333/contoso-prod-aws-admin", "111122223333/contoso-prod-read-only-user"
BRITTA, ADELE = "AWS/britta@contoso.com", "AWS/adele@contoso.com"
Data = dict[str, Any]
Change = Callable[[Data], None]


@cache
def keys() -> KeyStore:
    """One key for all worlds: making one is the slowest thing here."""
    return KeyStore()


def data() -> Data:
    return tomllib.loads(DEMO.read_text("utf-8"))


def world(change: Change = lambda _: None, *, now: datetime = NOW, directory: Path = Path()) -> World:
    changed = data()
    change(changed)
    return world_of(Scenario.model_validate(changed), now, keys=keys(), directory=directory)


def judged(change: Change = lambda _: None, **how: Any) -> Sheet:
    return sheet(world(change, **how))


def entry(of: World, section: str, name: str) -> Entry:
    """One check, asked alone."""
    [found] = [one for part in plan(of) if part.name == section for one in part.checks if one.name == name]
    return found.ask()


def outcomes(of: Sheet) -> dict[str, str]:
    """What came of every check that did not pass."""
    return {
        f"{section.name}::{one.name}": one.outcome.value
        for section in of.sections
        for one in section.entries
        if one.outcome.value != "pass"
    }


def codes(one: Entry) -> set[str]:
    return {finding.code for finding in one.findings}


def role(of: Data, number: int = 0, account: int = 0) -> Data:
    """An AWS role of the scenario."""
    found: Data = of["accounts"][account]["roles"][number]
    return found
