"""The exported cases, posted over HTTP to a real service provider: Flask and python3-saml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli import cli
from harness.saml.times import show_instant
from tests.cases.differences import DIFFERENCES, EXACT, FAMILIES, PYTHON3
from tests.cases.provider import listening
from tests.cli.running import run


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """What the command says of each case."""
    folder: Path = tmp_path_factory.mktemp("export") / "suite"
    assert run("cases", "export", folder, "--at", show_instant(datetime.now(UTC))).code == 0
    index = json.loads((folder / "cases.json").read_text("utf-8"))
    with listening(folder, index["acs"], index["audience"]) as url:
        told = CliRunner().invoke(
            cli,
            ["cases", "run", "--exported", str(folder), "--acs", url, "--accept-redirect", "/home", "--format", "json",
             *FAMILIES],
        )  # fmt: skip
    assert told.exit_code == 1, told.output
    return {one["id"]: one for one in json.loads(told.stdout)["results"] if one["id"] not in EXACT}


def test_it_lets_in_and_turns_away_as_its_library_does(posted: Mapping[str, Mapping[str, Any]]) -> None:
    """What it says over HTTP is what the library says when it is asked directly."""
    answered = {name: one for name, one in posted.items() if one["said"] in ("accepted", "rejected")}
    assert len(answered) > 150
    differs = {name for name, one in answered.items() if not one["passed"]}
    assert differs == {case for judge, case in DIFFERENCES if judge == PYTHON3} & answered.keys()


def test_where_its_library_raises_it_breaks_and_is_said_to(posted: Mapping[str, Mapping[str, Any]]) -> None:
    broken = {name: one for name, one in posted.items() if one["said"] == "crash"}
    assert "parsing/doctype" in broken
    assert {one["detail"] for one in broken.values()} == {"HTTP 500"}
    assert not any(one["passed"] for one in broken.values())
    assert {name for name, one in broken.items() if one["wanted"]} == {"controls/name-with-qualifiers"}


def test_what_needs_a_world_of_its_own_is_skipped(posted: Mapping[str, Mapping[str, Any]]) -> None:
    skipped = {name for name, one in posted.items() if one["said"] == "skipped"}
    assert "controls/declared-account" in skipped
    assert "controls/nothing-changed" not in skipped


def test_no_attack_opens_a_session_but_the_captured_users_own(posted: Mapping[str, Mapping[str, Any]]) -> None:
    """Every attack that is let in is written down, with the reason why it changes nothing."""
    let_in = {name for name, one in posted.items() if one["said"] == "accepted" and one["wanted"] is False}
    assert let_in <= {case for judge, case in DIFFERENCES if judge == PYTHON3}
