"""The report for programs: valid against its published schema, and inert whatever the response holds."""

import json
from importlib.resources import files

import jsonschema
import pytest

from harness.report.as_json import as_json
from harness.report.metadata import metadata_as_json, metadata_as_text
from harness.report.verification import Unjudged, verifications_as_json, verifications_as_text
from harness.rules.metadata import check_metadata
from harness.verify import verify_document
from tests.aws.responses import NOW
from tests.report import reports
from tests.report.reports import ALL, HOSTILE
from tests.rules.world import key, metadata, response

SCHEMA = json.loads(files("harness.report").joinpath("report.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def objects(schema: object):
    """Every object description in the schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for inner in schema.values():
            yield from objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from objects(inner)


def test_the_schema_is_one_and_leaves_nothing_open():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    closed = [one for one in objects(SCHEMA) if "properties" in one]
    assert len(closed) > 8
    assert all(one["additionalProperties"] is False for one in closed)
    assert all(set(one["required"]) == set(one["properties"]) for one in closed)


@pytest.mark.parametrize("kind", ALL)
def test_every_report_is_valid(kind: str):
    VALIDATOR.validate(json.loads(as_json([ALL[kind]()])))


def test_all_reports_stand_in_one_document():
    document = json.loads(as_json([make() for make in ALL.values()]))
    VALIDATOR.validate(document)
    assert (document["format"], document["version"], len(document["reports"])) == ("saml-harness report", 1, len(ALL))
    VALIDATOR.validate(json.loads(as_json([])))


@pytest.mark.parametrize("kind", ALL)
def test_it_is_ascii_without_control_characters(kind: str):
    text = as_json([ALL[kind]()])
    assert text.isascii()
    assert not [character for character in text if character != "\n" and not character.isprintable()]


def test_hostile_values_come_back_as_they_were():
    """Escaped for the print, unchanged for the program that reads it."""
    (report,) = json.loads(as_json([reports.hostile()]))["reports"]
    assert report["source"] == f"{HOSTILE} (base64)"
    assert report["claimed"]["audiences"] == [[HOSTILE]]
    assert {"name": HOSTILE, "values": [HOSTILE]} in report["claimed"]["attributes"]


def test_an_acceptance_holds_its_session():
    (report,) = json.loads(as_json([reports.accepted()]))["reports"]
    assert report["verdict"] == "AWS would accept; no error."
    (sts,) = report["aws"]["sts"]
    assert sts["role"] == "arn:aws:iam::111122223333:role/Admin"
    assert sts["provider"] == "arn:aws:iam::111122223333:saml-provider/Entra"
    assert sts["answer"]["answer"] == "accepted"
    assert sts["answer"]["basis"] == "observed"
    assert sts["answer"]["session"] == {
        "name": "ada@contoso.example",
        "seconds": 3600,
        "issuer": "https://sts.windows.net/11111111-2222-4333-8444-555555555555/",
        "subject": "ada@contoso.example",
        "subject_type": "persistent",
        "audience": "https://signin.aws.amazon.com/saml",
        "source_identity": None,
        "tags": {},
        "transitive_tag_keys": [],
    }


def test_a_refusal_holds_aws_words_and_the_findings_their_cure():
    (report,) = json.loads(as_json([reports.refused()]))["reports"]
    (sts,) = report["aws"]["sts"]
    assert sts["answer"] == {
        "answer": "refused",
        "basis": "observed",
        "code": "InvalidIdentityToken",
        "http_status": 400,
        "message": "Response signature invalid",
        "cause": "signature-invalid",
        "others": [],
    }
    assert [finding["code"] for finding in report["findings"]] == ["SIG002", "MET003"]
    assert all(finding["fix"].startswith(("Entra, ", "Compare ")) for finding in report["findings"])
    assert report["signed"] is None
    assert report["claimed"]["name_id"] == "ada@contoso.example"


def test_every_rule_has_an_outcome_and_a_skip_its_reason():
    (report,) = json.loads(as_json([reports.accepted()]))["reports"]
    assert len(report["checks"]) == len({check["code"] for check in report["checks"]})
    assert all(check["reason"] for check in report["checks"] if check["outcome"] == "skip")


@pytest.mark.parametrize("kind", ["accepted", "refused", "hostile"])
def test_no_report_holds_the_response_or_a_signature(kind: str):
    signature = response().partition(b"<SignatureValue>")[2].partition(b"<")[0].decode()
    text = as_json([ALL[kind]()])
    assert "PHNhbWxw" not in text  # <samlp in base64
    assert "<samlp:Response" not in text
    assert signature not in text
    assert key().certificate.base64 not in text


def test_an_old_capture_has_both_answers():
    (report,) = json.loads(as_json([reports.old()]))["reports"]
    assert report["aws"]["signin"]["answer"] == "refused"
    assert report["aws_when_fresh"]["signin"]["answer"] == "accepted"
    assert [one["answer"]["answer"] for one in report["aws_when_fresh"]["sts"]] == ["accepted"]


def hostile_verifications():
    hostile = reports.escaped()
    signed = response(tampered=[('ID="_r1"', f'ID="{hostile}"'), ('URI="#_a1"', f'URI="#{hostile}"')])
    return [verify_document(signed, [key().certificate], name=HOSTILE), Unjudged(HOSTILE, HOSTILE)]


def test_verifications_of_a_hostile_response_are_inert_too():
    text = verifications_as_text(hostile_verifications(), width=80)
    data = verifications_as_json(hostile_verifications())
    for printed in (text, data):
        assert not [character for character in printed if character != "\n" and not character.isprintable()]
    assert [one["file"] for one in json.loads(data)["files"]] == [HOSTILE, HOSTILE]
    assert [one["verdict"] for one in json.loads(data)["files"]] == ["refused", "unreadable"]


def test_metadata_with_hostile_names_is_printed_inert():
    attribute = reports.escaped().replace('"', "")
    held = metadata(key(), issuer=attribute, edits=[("https://login.example/saml2", attribute)])
    found = [check_metadata(held, NOW)]
    for printed in (metadata_as_text([held], found, width=80), metadata_as_json([held], found)):
        assert not [character for character in printed if character != "\n" and not character.isprintable()]
