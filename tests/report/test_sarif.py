"""SARIF as code scanning reads it: the published schema, Microsoft's own validator, and what a result says."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.report.as_sarif import as_sarif
from harness.report.sheet import Sheet
from harness.rules import cards
from tests.judges.shape import NODE_MODULES
from tests.report.sheets import everything, hostile, of_reports, plain_sheet

MULTITOOL = NODE_MODULES / "@microsoft" / "sarif-multitool-linux"


def run_of(*sheets: Sheet) -> dict[str, Any]:
    [run] = json.loads(as_sarif(sheets))["runs"]
    return run


@pytest.fixture
def multitool() -> Path:
    """Microsoft's package of tools for SARIF: a validator, and the schema as it was published."""
    if not (MULTITOOL / "sarif-2.1.0.json").exists():
        pytest.skip("npm ci in tests/judges/node brings @microsoft/sarif-multitool-linux")
    return MULTITOOL


def test_it_keeps_to_the_published_schema(multitool: Path):
    schema = json.loads((multitool / "sarif-2.1.0.json").read_text("utf-8-sig"))
    validator = jsonschema.Draft202012Validator(schema)
    for sheets in ([], [plain_sheet()], [hostile()], everything()):
        validator.validate(json.loads(as_sarif(sheets)))
    broken = json.loads(as_sarif([plain_sheet()]))
    broken["runs"][0]["results"][0]["level"] = "bad"
    assert not validator.is_valid(broken)


def complaints(multitool: Path, text: str, tmp_path: Path) -> list[str]:
    """The rules of the validator that are broken, errors and warnings."""
    program = tmp_path / "Sarif.Multitool"
    if not program.exists():
        shutil.copy(multitool / "Sarif.Multitool", program)
        program.chmod(0o700)
    (tmp_path / "in.sarif").write_text(text, "utf-8")
    environment = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "HOME": str(tmp_path)}
    command = [program, "validate", "in.sarif", "--output", "out.sarif", "--log", "ForceOverwrite", "--quiet", "true"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert (tmp_path / "out.sarif").exists(), done.stdout + done.stderr
    [run] = json.loads((tmp_path / "out.sarif").read_text("utf-8-sig"))["runs"]
    return sorted({f"{one['ruleId']} {one.get('level', 'warning')}" for one in run.get("results", ())})


def test_the_validator_of_microsoft_finds_no_error(multitool: Path, tmp_path: Path):
    found = complaints(multitool, as_sarif(everything()), tmp_path)
    assert [one for one in found if one.endswith("error")] == []
    broken = json.loads(as_sarif([plain_sheet()]))
    broken["runs"][0]["results"][0]["ruleIndex"] = 4000
    told = complaints(multitool, json.dumps(broken), tmp_path)
    assert [one for one in told if one.endswith("error")]


def test_every_rule_that_was_asked_is_there_with_its_card():
    rules = {one["id"]: one for one in run_of(*of_reports())["tool"]["driver"]["rules"]}
    for card in cards():
        told = rules[card.code]
        assert told["shortDescription"]["text"] == card.summary
        assert card.why in told["help"]["text"]
        assert card.fix in told["help"]["text"]
        assert told["defaultConfiguration"]["level"] == str(card.severity)
        assert told["properties"]["basis"] == card.basis


def test_a_result_says_what_the_report_says():
    run = run_of(plain_sheet())
    told = [(one["ruleId"], one["level"]) for one in run["results"]]
    assert told == [("AST003", "error"), ("role-pairs", "error"), ("AST003", "warning")]
    first, bare, _ = run["results"]
    assert first["message"]["text"].splitlines()[:2] == [
        "AST003 error  No such role.  (claimed: read from unsigned facts)",
        "  where     No such role., line 3",
    ]
    assert bare["message"]["text"] == "123456789012/Ops: The role can be assumed.\nAWS says: no."
    [place] = first["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "production.scenario.toml"},
        "region": {"startLine": 1},
    }
    assert place["logicalLocations"][0]["name"] == "role-pairs::123456789012/Dev"
    assert [run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in run["results"]] == [
        "AST003",
        "role-pairs",
        "AST003",
    ]


def test_a_result_is_known_again_in_the_next_run():
    def prints(sheet: Sheet) -> list[str]:
        return [one["partialFingerprints"]["samlHarness/v1"] for one in run_of(sheet)["results"]]

    assert prints(plain_sheet()) == prints(plain_sheet())
    assert len(set(prints(plain_sheet()))) == 3


def test_markdown_of_input_is_text():
    for result in run_of(hostile())["results"]:
        assert "\\[link\\=" not in result["message"]["markdown"]  # an equals sign is no markup
        assert "\\[link=http://evil\\.example\\]" in result["message"]["markdown"]
        assert "\\<b\\>" in result["message"]["markdown"]


def test_no_path_becomes_an_address():
    def uri(source: str) -> str:
        sheet = plain_sheet()
        [first, *_] = run_of(Sheet(source, "x", 1, sheet.sections))["results"]
        return first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]

    assert uri("https://evil.example/a?b#c") == "https%3A//evil.example/a%3Fb%23c"
    assert uri("//evil.example/a") == "evil.example/a"
    assert uri("dir/a file%20.b64") == "dir/a%20file%2520.b64"
    assert uri("") == "input"


def test_the_invocation_says_how_the_run_ended():
    invocation = run_of(*of_reports())["invocations"][0]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    assert run_of(plain_sheet())["invocations"][0]["exitCode"] == 1
    assert run_of(plain_sheet())["invocations"][0]["properties"] == {"judgedAt": ["2026-11-01T09:00:00.000Z"]}
