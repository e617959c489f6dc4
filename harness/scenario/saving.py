"""A scenario as the text of a scenario file, which reads back as the same scenario; and what changed since another."""

import difflib
from collections.abc import Sequence

import tomli_w

from harness.errors import BadScenario
from harness.scenario.load import SUFFIX, parse_scenario
from harness.scenario.model import Scenario


def scenario_text(scenario: Scenario) -> str:
    """The TOML of a scenario, without what has its default.

    Raises BadScenario, which lists the places, where changes have left something that no scenario file can say.
    """
    text = tomli_w.dumps(scenario.model_dump(exclude_defaults=True, exclude_none=True))
    again = parse_scenario(text, scenario.name + SUFFIX)
    if again != scenario:
        raise BadScenario(f"{scenario.name}: the text of the scenario does not read back as the same")
    return text


def changes_since(start: Scenario, now: Scenario) -> Sequence[str]:
    """The lines of a unified diff of the two texts; none when nothing changed. Raises BadScenario."""
    before, after = (scenario_text(one).splitlines() for one in (start, now))
    return [*difflib.unified_diff(before, after, "at the start", "now", lineterm="")]
