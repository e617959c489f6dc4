"""``--format``: the same verdict for people, CI systems and programs."""

import json
from pathlib import Path

import pytest
from junitparser import JUnitXml

from tests.cli.running import AT, run

FORMS = pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "github", "html"])


@FORMS
@pytest.mark.parametrize(("file", "code"), [("response.b64", 0), ("noah.b64", 1), ("nothing.b64", 2)])
def test_the_format_does_not_change_the_verdict(form: str, file: str, code: int, made: Path):
    ran = run("check", made / file, "--metadata", made / "metadata.xml", "--at", AT, "--format", form)
    assert ran.code == code
    assert ran.out.strip()


def test_junit_of_a_refused_response_fails_at_both_doors_and_at_the_rule(made: Path):
    ran = run("check", made / "noah.b64", "--metadata", made / "metadata.xml", "--at", AT, "--format", "junit")
    failed = {case.name: case.result[0].message for suite in JUnitXml.fromstring(ran.out.encode()) for case in suite
              if case.result and case.result[0]._tag == "failure"}  # fmt: skip
    assert set(failed) == {"sign-in page", "STS", "AWS004 role-is-there"}
    assert failed["AWS004 role-is-there"] == "AWS004: There is no Role."
    assert "noah@contoso.com" not in ran.out


def test_sarif_of_several_files_is_one_run(made: Path):
    files = [made / "response.b64", made / "guest.b64"]
    ran = run("check", *files, "--metadata", made / "metadata.xml", "--at", AT, "--format", "sarif")
    [told] = json.loads(ran.out)["runs"]
    found = {(one["ruleId"], one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].rpartition("/")[2])
             for one in told["results"] if one["level"] == "error"}  # fmt: skip
    assert found == {("AWS002", "guest.b64"), ("AWS003", "guest.b64"), ("aws-answers", "guest.b64")}


def test_lines_of_an_xml_file_are_named_and_those_of_base64_are_not(made: Path, tmp_path: Path):
    broken = tmp_path / "response.xml"
    broken.write_bytes((made / "response.xml").read_bytes().replace(b"<Issuer>", b"\n\n<Issuer>"))
    told = run("check", broken, "--metadata", made / "metadata.xml", "--at", AT, "--format", "github").out
    assert ",line=3," in told
    encoded = run("check", made / "guest.b64", "--metadata", made / "metadata.xml", "--at", AT, "--format", "github")
    assert "::error " in encoded.out
    assert ",line=" not in encoded.out


def test_what_is_not_selected_is_counted_and_changes_no_verdict(made: Path):
    arguments = ("check", made / "noah.b64", "--metadata", made / "metadata.xml", "--at", AT, "--ignore", "AWS004")
    ran = run(*arguments, "--format", "junit")
    assert ran.code == 1
    assert "1 finding is not shown" in ran.out
    assert "There is no Role." not in ran.out


@FORMS
def test_cases_are_told_in_every_format(form: str):
    ran = run("cases", "run", "controls/nothing-changed", "timing/session-expired", "--format", form)
    assert ran.code == 0, ran.said
    assert "controls" in ran.out or form in ("text", "sarif", "github")


def test_junit_holds_a_suite_for_each_family_of_cases():
    ran = run("cases", "run", "timing", "--format", "junit")
    [suite] = JUnitXml.fromstring(ran.out.encode())
    assert suite.name == "saml-harness::cases-timing"
    assert suite.tests > 5
    assert suite.failures == 0
