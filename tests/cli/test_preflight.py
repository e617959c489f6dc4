"""``saml-harness preflight``: the table, the exit codes, and every bad file in one clear line."""

import json
from pathlib import Path

import jsonschema
import pytest

import harness.report
from tests.cli.running import run
from tests.preflight.worlds import DEMO

AT = "2026-11-23T09:00:00Z"


def well(tmp_path: Path) -> Path:
    """The built-in company without the guest and without the user who has no role."""
    text = DEMO.read_text("utf-8")
    lines = [line for line in text.split("\n\n") if "noah@contoso.com" not in line and 'upn = "guest' not in line]
    path = tmp_path / "well.scenario.toml"
    path.write_text("\n\n".join(lines).replace(', "guest_fabrikam.com#EXT#@contoso.onmicrosoft.com"', ""))
    return path


def test_a_scenario_that_works_exits_0(tmp_path: Path):
    ran = run("preflight", well(tmp_path), "--at", AT)
    assert (ran.code, ran.err) == (0, "")
    assert "2 of 2 sign-ins will work. Nothing will break." in ran.out


def test_the_table_says_who_can_sign_in_to_what_and_what_breaks():
    ran = run("preflight", DEMO, "--at", AT)
    assert ran.code == 1
    assert "2 of 4 sign-ins will work. 2 checks failed." in ran.out
    assert "  ok    AWS/adele@contoso.com" in ran.out
    assert "  FAIL  AWS/noah@contoso.com" in ran.out
    assert "AWS004 error  There is no Role." in ran.out


def test_no_key_is_written_unless_a_folder_is_named(tmp_path: Path, state: Path):
    before = sorted(state.rglob("*"))
    run("preflight", well(tmp_path), "--at", AT)
    assert sorted(state.rglob("*")) == before
    assert run("preflight", well(tmp_path), "--at", AT, "--keys", tmp_path / "keys").code == 0
    assert [one.name for one in (tmp_path / "keys").iterdir()] == ["AWS+2026.pem"]


@pytest.mark.parametrize("form", ["json", "junit", "sarif", "github", "html"])
def test_every_format_tells_the_same_failures(form: str):
    ran = run("preflight", DEMO, "--at", AT, "--format", form)
    assert ran.code == 1
    assert "AWS002" in ran.out
    assert "There is no Role." in ran.out
    assert ("noah@contoso.com" in ran.out) == (form in ("json", "html"))


def test_the_json_keeps_to_its_published_schema():
    schema = json.loads((Path(harness.report.__file__).parent / "sheet.schema.json").read_text())
    told = json.loads(run("preflight", DEMO, "--at", AT, "--format", "json").out)
    jsonschema.Draft202012Validator(schema).validate(told)
    assert told["sheets"][0]["exit_code"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = 1\nname = 'x'\napps = [", "bad.scenario.toml: not TOML"),
        ("version = 1\nname = 'x'\ncolour = 'red'\n[[apps]]\nname='A'\n", "colour: unknown key"),
        ("version = 1\nname = 'x'\n", "bad.scenario.toml: 1 error"),
    ],
)
def test_a_broken_scenario_is_named_with_its_place(text: str, said: str, tmp_path: Path):
    path = tmp_path / "bad.scenario.toml"
    path.write_text(text)
    ran = run("preflight", path)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_a_metadata_file_that_is_not_there_is_named(tmp_path: Path):
    path = tmp_path / "well.scenario.toml"
    path.write_text(well(tmp_path).read_text().replace('app = "AWS"', 'metadata = "held.xml"', 1))
    ran = run("preflight", path)
    assert ran.code == 2
    assert f"{tmp_path / 'held.xml'}: No such file or directory" in ran.err


def test_the_help_says_how_the_three_commands_differ():
    said = " ".join(run("preflight", "--help").out.split())
    assert "`scenario check` judges the form of the file" in said
    assert "`approles check` judges one list of roles as Graph would take it" in said
    assert "`preflight` judges what both sides mean together" in said
    assert "saml-harness preflight" in " ".join(run("scenario", "check", "--help").out.split())
    assert "saml-harness preflight" in " ".join(run("approles", "check", "--help").out.split())


def test_keys_belong_to_one_scenario(tmp_path: Path):
    assert run("preflight", DEMO, DEMO, "--keys", tmp_path).code == 2
