"""The export, as somebody meets it who has nothing but the folder and his own private key."""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import rsa

from harness.cases.catalogue import chosen
from harness.cases.workshop import OPENS, Workshop
from harness.cli import cli
from harness.errors import BadKey, HarnessError
from harness.saml.keys import read_certificates
from harness.saml.received import receive
from tests.cases.exported import Export, meets

SCHEMA = json.loads(files("harness.cases").joinpath("cases.schema.json").read_text("utf-8"))


def export(folder: Path, *options: object, code: int = 0) -> str:
    result = CliRunner().invoke(cli, ["cases", "export", str(folder), *map(str, options)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, workshop: Workshop) -> Export:
    """An export for a service provider that has a key: nothing is left out."""
    folder = tmp_path_factory.mktemp("export")
    (folder / "provider.pem").write_text(workshop.certificate(OPENS).pem)
    export(folder / "suite", "--encrypt-for", folder / "provider.pem")
    return Export(folder / "suite", workshop.opening_key(OPENS))


@pytest.fixture(scope="module")
def without_a_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export") / "suite"
    assert "cases.json lists them" in export(folder)
    return folder


def test_every_case_that_a_service_provider_can_be_asked_is_written(whole: Export):
    assert [one["id"] for one in whole.index["cases"]] == [case.id for case in chosen() if not case.of_entra]
    assert {one["id"] for one in whole.index["left_out"]} == {case.id for case in chosen("entra")}
    assert {one["reason"] for one in whole.index["left_out"]} == {
        "asks an identity provider, and nothing of it is posted to a service provider"
    }


def test_judged_from_the_files_alone_every_case_gets_the_answer_it_must_get(whole: Export):
    wrong = []
    for case in whole.index["cases"]:
        codes, sts, page = whole.judged(case)
        wanted = case["expected"]
        good = set(wanted["codes"]) <= codes
        good &= all(meets(one, wanted["aws"]["sts"]) for one in sts)
        good &= meets(page, wanted["aws"]["signin"])
        wrong += [] if good else [(case["id"], codes, sts, page)]
    assert wrong == []


def test_the_index_is_of_its_schema(whole: Export, without_a_key: Path):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(whole.index, SCHEMA)
    jsonschema.validate(json.loads((without_a_key / "cases.json").read_text()), SCHEMA)
    assert json.loads((without_a_key / "cases.schema.json").read_text()) == SCHEMA


@pytest.mark.parametrize(
    ("where", "what"),
    [("version", 7), ("clock", "yesterday"), ("metadata", "../../etc/passwd"), ("cases", [{"id": "a/b"}])],
)
def test_the_schema_refuses_what_no_export_holds(whole: Export, where: str, what: object):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**whole.index, where: what}, SCHEMA)


def test_without_a_certificate_encrypted_cases_alone_are_left_out(without_a_key: Path):
    index = json.loads((without_a_key / "cases.json").read_text())
    left_out = {one["id"]: one["reason"] for one in index["left_out"] if not one["id"].startswith("entra/")}
    assert {one["id"] for one in index["cases"]} | {*left_out} == {case.id for case in chosen() if not case.of_entra}
    assert {name.partition("/")[0] for name in left_out} == {"controls", "ciphers", "encryption"}
    assert all("--encrypt-for" in reason for reason in left_out.values())
    assert "encryption/two-ciphertexts" in left_out
    assert "accounts/encryption-switched-on-in-aws-only" not in left_out


def test_every_file_of_the_export_is_named_in_its_index(whole: Export):
    found = {str(one.relative_to(whole.folder)) for one in whole.folder.rglob("*") if one.is_file()}
    text = (whole.folder / "cases.json").read_text()
    assert not [name for name in found - {"cases.json"} if f'"{name}"' not in text]
    listed = {case["file"] for case in whole.index["cases"]}
    assert listed <= found


def test_the_certificate_of_the_index_verifies_a_case(whole: Export):
    keys = read_certificates(whole.index["certificate"].encode())
    raw = base64.b64decode((whole.folder / "controls/nothing-changed.b64").read_bytes())
    assert receive(raw, keys).signed is not None


def test_the_export_holds_no_private_key(whole: Export):
    assert not [one for one in whole.folder.rglob("*") if one.is_file() and b"PRIVATE" in one.read_bytes()]
    numbers = whole.key.private_numbers()
    assert isinstance(numbers, rsa.RSAPrivateNumbers)
    secret = base64.b64encode(numbers.d.to_bytes(256, "big"))
    assert not [one for one in whole.folder.rglob("*") if one.is_file() and secret in one.read_bytes()]


def test_an_existing_export_is_not_overwritten_unless_forced(without_a_key: Path):
    with pytest.raises(HarnessError, match="exists; --force overwrites it"):
        export(without_a_key)
    before = (without_a_key / "metadata.xml").read_bytes()
    export(without_a_key, "--force")
    assert (without_a_key / "metadata.xml").read_bytes() != before


def test_an_export_for_another_instant_is_valid_at_that_instant(tmp_path: Path):
    export(tmp_path / "later", "--at", "2030-01-01T00:00:00Z")
    raw = base64.b64decode((tmp_path / "later" / "controls/nothing-changed.b64").read_bytes())
    assert b'NotBefore="2029-12-31T23:54:50.000Z"' in raw
    index = json.loads((tmp_path / "later" / "cases.json").read_text())
    assert index["clock"] == "2030-01-01T00:00:00.000Z"


def test_sealed_responses_keep_an_instant_of_their_own(whole: Export):
    sealed = [one["world"]["clock"] for one in whole.index["cases"] if one["family"] == "foreign"]
    assert all(sealed)
    assert not [one["id"] for one in whole.index["cases"] if one["family"] == "trust" and one["world"]["clock"]]


@pytest.mark.parametrize("content", ["", "no certificate"])
def test_what_is_no_certificate_is_refused(tmp_path: Path, content: str):
    (tmp_path / "provider.pem").write_text(content)
    with pytest.raises(HarnessError, match="certificate"):
        export(tmp_path / "suite", "--encrypt-for", tmp_path / "provider.pem")
    assert not (tmp_path / "suite").exists()


def test_a_key_that_no_assertion_is_encrypted_for_is_refused(tmp_path: Path, workshop: Workshop):
    (tmp_path / "provider.pem").write_text(workshop.certificate("P-256").pem)
    with pytest.raises(BadKey, match="expected one certificate with an RSA key"):
        export(tmp_path / "suite", "--encrypt-for", tmp_path / "provider.pem")
