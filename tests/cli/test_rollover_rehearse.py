"""``saml-harness rollover rehearse``: the answer, the exit codes, and every bad plan in one clear line."""

import json
from pathlib import Path

import jsonschema
import pytest
from lxml import etree

import harness.report
from tests.cli.running import run

AT = "2026-12-01T09:00:00Z"
PLAN = """\
version = 1
name = "mine"
[[steps]]
do = "create-certificate"
at = 2027-01-11T09:00:00Z
certificate = "2027"
[[steps]]
do = "activate"
at = 2027-01-12T09:00:00Z
certificate = "2027"
expect = "all"
"""


def rehearse(*arguments: object):
    return run("rollover", "rehearse", "--at", AT, "--processes", 1, *arguments)


def test_the_right_plan_locks_nobody_out():
    ran = rehearse()
    assert (ran.code, ran.err) == (0, "")
    assert "Nobody is locked out of 2 accounts at any time." in ran.out
    assert "10 responses were signed and 18 times verified" in ran.out.replace("\n", " ")


def test_a_wrong_plan_exits_1_and_says_who_when_and_why():
    ran = rehearse("--plan", "activate-first")
    assert ran.code == 1
    text = " ".join(ran.out.split())
    assert "2 of 2 accounts are locked out for a while: 135 account-minutes and 265 user-minutes are lost." in text
    assert "FAIL 2028-11-16 11:00, step 3 Make certificate new active in Entra 0 of 2 accounts open" in text
    assert "2028-11-16 11:00 to 2028-11-16 12:04 (1 h 5 min), 3 users" in text
    assert "Response signature invalid" in text


def test_the_pace_can_be_chosen():
    text = " ".join(rehearse("--plan", "activate-first", "--workers", 2, "--minutes-per-account", 1).out.split())
    assert "122 account-minutes and 244 user-minutes are lost" in text


def test_every_run_says_the_same():
    assert rehearse("--plan", "rollback-too-late").out == rehearse("--plan", "rollback-too-late").out


def test_a_plan_of_ones_own_is_rehearsed(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(PLAN)
    ran = rehearse("--plan", path)
    assert ran.code == 1
    text = " ".join(ran.out.split())
    assert "1 step ended otherwise than the plan expects" in text
    assert "0 of 2 accounts open, but the plan expects: all" in text
    assert "2027-01-12 09:00 to 2027-01-13 08:59 and longer (1 d), 3 users" in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"activate"', '"delete-certificate"', "mine.toml: 1 error\n  step 2 (delete-certificate): expect"),
        ("2027-01-12", "2026-01-12", "step 2 (activate, 2026-01-12T09:00:00Z): its date is past"),
        ('certificate = "2027"\nexpect', 'certificate = "2028"\nexpect', "has no certificate '2028'; its certificates"),
    ],
)
def test_a_bad_plan_exits_2_and_names_the_step(tmp_path: Path, old: str, new: str, said: str):
    path = tmp_path / "mine.toml"
    path.write_text(PLAN.replace(old, new).replace('expect = "all"', "expect = 3" if "delete" in new else ""))
    ran = rehearse("--plan", path)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--plan", "nothing.toml"], "nothing.toml: No such file or directory"),
        (["--plan", "overlop"], "there is no plan 'overlop'; those built in: overlap, activate-first"),
        (["nothing.scenario.toml"], "nothing.scenario.toml: No such file or directory"),
    ],
)
def test_what_is_not_there_exits_2(arguments: list[str], said: str):
    ran = rehearse(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_the_pace_belongs_to_built_in_plans(tmp_path: Path):
    path = tmp_path / "mine.toml"
    path.write_text(PLAN)
    ran = rehearse("--plan", path, "--workers", 3)
    assert ran.code == 2
    assert "are for built-in plans" in ran.err


def test_a_plan_for_an_app_each_is_compared_with_one_for_all():
    (sheet,) = json.loads(rehearse("--plan", "one-app-per-account", "--format", "json").out)["sheets"]
    said = {one["name"]: one["said"] for one in sheet["sections"][-1]["entries"]}
    assert said["accounts that one activation can lock out"].startswith("one app for all: 2; one each: 1;")
    assert said["longest response"].startswith("one app for all: 8,644; one each: 7,556;")


def test_the_plans_are_listed():
    ran = run("rollover", "rehearse", "--list")
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 12
    assert ran.out.startswith("overlap ")


def test_json_keeps_to_the_schema_of_sheets():
    schema = json.loads((Path(harness.report.__file__).parent / "sheet.schema.json").read_text())
    told = json.loads(rehearse("--plan", "account-forgotten", "--format", "json").out)
    jsonschema.Draft202012Validator(schema).validate(told)
    (sheet,) = told["sheets"]
    outcomes = {one["name"]: one["outcome"] for one in sheet["sections"][2]["entries"]}
    assert outcomes == {"111122223333/WAAD (contoso-prod)": "pass", "444455556666/WAAD (contoso-dev)": "fail"}


def test_junit_counts_a_failure_for_each_step_cause_and_account():
    suites = etree.fromstring(rehearse("--plan", "account-forgotten", "--format", "junit").out.encode())
    assert [(one.get("name").rpartition("::")[2], one.get("failures")) for one in suites] == [
        ("steps", "1"),
        ("outages", "1"),
        ("accounts", "1"),
    ]


def test_nothing_is_written_to_the_users_keys(state: Path):
    before = {*state.rglob("*.pem")}
    rehearse()
    assert {*state.rglob("*.pem")} == before


def test_html_is_the_picture_with_the_table():
    ran = rehearse("--plan", "activate-first", "--format", "html")
    assert ran.code == 1
    assert ran.out.startswith("<!doctype html>")
    assert "<svg " in ran.out


def test_the_picture_is_written_whole_and_never_over_another_file(tmp_path: Path):
    path = tmp_path / "timeline.svg"
    assert rehearse("--svg", path).code == 0
    assert etree.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    ran = rehearse("--svg", path)
    assert (ran.code, ran.out) == (2, "")
    assert "exists; --force overwrites it" in ran.err
    assert rehearse("--svg", path, "--force").code == 0
    assert [one.name for one in tmp_path.iterdir()] == ["timeline.svg"]
