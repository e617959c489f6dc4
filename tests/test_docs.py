"""README and docs say what the program does: each block is compared with a run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import cli

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"<!-- output: (?P<command>[^>]+) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)


def run(command: str) -> str:
    """What a command prints, at the width at which the page was made."""
    result = CliRunner().invoke(cli, command.split(), env={"COLUMNS": "100", "NO_COLOR": "1"}, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def without_chance(text: str) -> str:
    """Thumbprints and dates differ in each run; everything else must not."""
    text = re.sub(r"\b[0-9A-F]{40}\b", "0" * 40, text)
    return re.sub(r"\d{4}-\d{2}-\d{2}", "2000-01-01", text)


def blocks() -> list[tuple[str, str]]:
    return [(found["command"], found["text"]) for found in _BLOCK.finditer(README.read_text("utf-8"))]


def test_the_readme_has_blocks_to_compare() -> None:
    assert [command for command, _ in blocks()] == ["demo"]


@pytest.mark.parametrize(("command", "text"), blocks())
def test_the_readme_shows_what_the_command_prints(command: str, text: str) -> None:
    assert without_chance(text) == without_chance(f"```\n{run(command)}```\n"), "run python -m tests.write_docs"


def test_the_page_of_scenario_files_is_the_one_the_program_writes() -> None:
    assert (ROOT / "docs" / "scenario.md").read_text("utf-8") == run("scenario schema --format markdown"), (
        "run python -m tests.write_docs"
    )


def test_every_key_of_a_scenario_file_says_what_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", run("scenario schema --format markdown"), re.MULTILINE)
    assert len(rows) > 80
    assert [key for key, said in rows if not said.strip()] == []


def test_the_page_of_rules_is_the_one_the_program_writes() -> None:
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == run("rules --format markdown"), (
        "run python -m tests.write_docs"
    )


def test_the_page_of_rollover_plans_is_the_one_the_program_writes() -> None:
    assert (ROOT / "docs" / "rollover.md").read_text("utf-8") == run("rollover rehearse --list --verbose"), (
        "run python -m tests.write_docs"
    )


def test_every_command_of_the_program_is_in_the_readme() -> None:
    text = README.read_text("utf-8")
    for name in cli.commands:
        assert f"saml-harness {name}" in text, name
