"""The rollover plans that lie beside a scenario, each rehearsed to see whether anybody is locked out."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from harness.errors import HarnessError
from harness.preflight.checks import Asked, Part
from harness.preflight.world import World
from harness.report.model import Outcome
from harness.report.sheet import Entry
from harness.rollover import Plan, load_plan, rehearse
from harness.rollover.sheet import sheet_of
from harness.scenario.load import SUFFIX

PLAN_SUFFIX = ".rollover.toml"
TITLE = "Nobody is locked out while the certificate is rolled."


def plans_beside(scenario: Path) -> tuple[Plan, ...]:
    """The plans for ``NAME.scenario.toml``: ``NAME.rollover.toml``, ``NAME.anything.rollover.toml``. Raises BadPlan."""
    start = scenario.name.removesuffix(SUFFIX) + "."
    named = (one for one in scenario.parent.iterdir() if one.name.endswith(PLAN_SUFFIX))
    return tuple(load_plan(one) for one in sorted(named) if one.name.startswith(start))


def rollovers(world: World) -> Part:
    """One check for each plan."""
    checks = [Asked(plan.name, partial(_entry, world, plan)) for plan in world.plans]
    return Part("rollover", "Rollover plans", tuple(checks))


def _entry(world: World, plan: Plan) -> Entry:
    try:
        rehearsal = rehearse(plan, world.scenario, world.now, directory=world.directory)
    except HarnessError as error:
        return Entry(plan.name, Outcome.FAIL, TITLE, f"it cannot be carried out: {error}")
    sheet = sheet_of(rehearsal, world.source)
    failed = rehearsal.locked_out or bool(rehearsal.surprises)
    lines = (line for section, entry in sheet.entries if section.name == "outages" for line in _lines(entry))
    return Entry(plan.name, Outcome.FAIL if failed else Outcome.PASS, TITLE, "\n".join([sheet.verdict, *lines]))


def _lines(entry: Entry) -> Iterator[str]:
    yield entry.name
    yield from (f"  {line}" for line in entry.said.splitlines())
