"""Rollover plans beside a scenario are part of its preflight."""

from datetime import datetime
from pathlib import Path

import pytest

from harness.preflight import plans_beside, sheet, world_of
from harness.report.model import Outcome
from harness.rollover import BadPlan
from harness.scenario.load import load_scenario
from tests.preflight.worlds import DEMO, NOW

SAFE = """
version = 1
name = "safe"
[[steps]]
do = "create-certificate"
at = 2026-12-01T08:00:00Z
certificate = "2027"
[[steps]]
do = "download-metadata"
at = 2026-12-01T08:10:00Z
document = "both"
[[steps]]
do = "update-providers"
at = 2026-12-01T08:20:00Z
document = "both"
[[steps]]
do = "activate"
at = 2026-12-02T08:00:00Z
certificate = "2027"
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "production.scenario.toml"
    path.write_text(DEMO.read_text("utf-8"), "utf-8")
    return path


def judged(scenario: Path, now: datetime = NOW):
    of = sheet(world_of(load_scenario(scenario), now, directory=scenario.parent, plans=plans_beside(scenario)))
    return {entry.name: entry for section, entry in of.entries if section.name == "rollover"}


def test_without_a_plan_there_is_no_section(scenario: Path):
    (scenario.parent / "other.rollover.toml").write_text(SAFE)
    assert judged(scenario) == {}


def test_a_plan_that_locks_nobody_out_passes(scenario: Path):
    scenario.with_name("production.rollover.toml").write_text(SAFE)
    safe = judged(scenario)["safe"]
    assert safe.outcome is Outcome.PASS, safe.said
    assert safe.said.startswith("Nobody is locked out of 2 accounts at any time.")


def test_a_plan_that_activates_first_fails_and_says_for_how_long(scenario: Path):
    steps = SAFE.split("[[steps]]")
    early = "[[steps]]".join([steps[0].replace("safe", "early"), steps[1], steps[4].replace("12-02", "12-01")
                              .replace("08:00", "08:05"), steps[2], steps[3]])  # fmt: skip
    scenario.with_name("production.early.rollover.toml").write_text(early)
    scenario.with_name("production.rollover.toml").write_text(SAFE)
    found = judged(scenario)
    assert {name: one.outcome.value for name, one in found.items()} == {"early": "fail", "safe": "pass"}
    assert "2 of 2 accounts are locked out for a while: 30 account-minutes" in found["early"].said
    assert "Response signature invalid" in found["early"].said


def test_a_plan_for_the_past_cannot_be_carried_out_and_says_so(scenario: Path):
    scenario.with_name("production.rollover.toml").write_text(SAFE)
    late = judged(scenario, datetime.fromisoformat("2027-06-01T00:00:00+00:00"))["safe"]
    assert late.outcome is Outcome.FAIL
    assert late.said.startswith("it cannot be carried out: ")


def test_a_broken_plan_is_named_with_its_step(scenario: Path):
    scenario.with_name("production.rollover.toml").write_text(SAFE.replace('do = "update-providers"', 'do = "upload"'))
    with pytest.raises(BadPlan, match=r"(?s)production\.rollover\.toml: .*step 3 \(upload\): do must be one of"):
        plans_beside(scenario)
