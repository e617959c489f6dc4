"""``saml-harness cases``: list, show and run, as a user meets them."""

import json

import pytest
from click.testing import CliRunner

from harness.cases.catalogue import chosen
from harness.cli import cli
from harness.errors import HarnessError


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


def test_one_case_is_shown_with_the_world_that_it_meets():
    text = said("show", "trust/wants-another-user")
    assert '"SAML:sub": "ada@contoso.com"' in text
    assert "saml provider" in text
    assert "call            {" in said("show", "calls/role-by-its-name")
    assert "opened with     the service provider's private key" in said("show", "encryption/two-ciphertexts")


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
