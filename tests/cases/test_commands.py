"""``saml-harness cases``: list, show, run and export, as a user meets them."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cases.catalogue import chosen
from harness.cli import cli
from harness.errors import HarnessError
from harness.saml.keys import read_certificates
from harness.saml.received import receive


def said(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(cli, ["cases", *words], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.stdout


def test_the_list_names_every_case_and_counts_them():
    text = said("list")
    assert all(case.id in text for case in chosen())
    assert f"{len(chosen())} cases: " in text


def test_the_list_as_json_holds_every_expectation():
    document = json.loads(said("list", "claims", "--format", "json"))
    assert (document["format"], document["version"]) == ("saml-harness cases", 1)
    one = next(case for case in document["cases"] if case["id"] == "claims/role-missing")
    assert one["expected"]["accepted"] is False
    assert one["expected"]["codes"] == ["AWS004"]
    assert one["expected"]["aws"]["sts"]["code"] == "InvalidIdentityToken"


def test_one_case_is_shown_with_its_answer_and_references():
    text = said("show", "wrapping/xsw3-forged-assertion-first")
    assert "CVE-2022-41912" in text
    assert "xmlsec and signxml still verify it" in text


def test_a_name_that_is_none_is_an_error():
    with pytest.raises(HarnessError, match="there is no case"):
        said("list", "nonsense")


def test_a_family_is_run_and_its_result_counted():
    assert (
        said("run", "claims/role-missing", "controls/nothing-changed") == "2 cases: 2 pass, 0 fail, 0 hang, 0 crash\n"
    )


def test_the_run_as_json_holds_the_engines_words():
    document = json.loads(said("run", "controls/nothing-changed", "--format", "json"))
    (one,) = document["results"]
    assert (one["result"], one["sts"], one["reason"]) == ("pass", ["accepted"], None)
    assert len(one["engines"]) == 3


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "suite"
    said("export", str(folder))
    return folder


def index(folder: Path):
    return json.loads((folder / "cases.json").read_text("utf-8"))


def test_the_export_lists_each_case_once(exported: Path):
    document = index(exported)
    listed = [case["id"] for case in document["cases"]]
    left_out = [case["id"] for case in document["left_out"]]
    assert sorted(listed + left_out) == sorted(case.id for case in chosen())
    assert len(listed) > 300
    assert all(case["reason"] for case in document["left_out"])
    assert document["clock"] == "2026-11-01T09:00:00.000Z"


def test_every_file_of_the_export_is_listed(exported: Path):
    files = {str(one.relative_to(exported)) for one in exported.rglob("*") if one.is_file()}
    assert files == {case["file"] for case in index(exported)["cases"]} | {"cases.json", "metadata.xml"}


def test_an_exported_case_verifies_with_the_exported_certificate(exported: Path):
    document = index(exported)
    keys = read_certificates(document["certificate"].encode())
    raw = base64.b64decode((exported / "controls/nothing-changed.b64").read_bytes())
    assert receive(raw, keys).signed is not None


def test_the_export_holds_no_private_key(exported: Path):
    assert not [one for one in exported.rglob("*") if one.is_file() and b"PRIVATE" in one.read_bytes()]


def test_an_existing_export_is_not_overwritten_unless_forced(exported: Path):
    with pytest.raises(HarnessError, match="exists; --force overwrites it"):
        said("export", str(exported))
    before = (exported / "metadata.xml").read_bytes()
    said("export", str(exported), "--force")
    assert (exported / "metadata.xml").read_bytes() != before


def test_an_export_for_another_instant_is_valid_at_that_instant(tmp_path: Path):
    said("export", str(tmp_path / "later"), "--at", "2030-01-01T00:00:00Z")
    raw = base64.b64decode((tmp_path / "later" / "controls/nothing-changed.b64").read_bytes())
    assert b'NotBefore="2029-12-31T23:54:50.000Z"' in raw
