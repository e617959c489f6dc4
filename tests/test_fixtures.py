"""Each fixture gives what its sidecar file says."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from harness.aws.account import Aws
from harness.errors import UnreadableInput
from harness.report.model import Accepted, Report
from harness.rules import Policy
from harness.saml.keys import read_certificates
from harness.saml.metadata import read_metadata
from harness.saml.times import parse_instant
from harness.saml.wire import read_capture
from harness.validate import check
from tests.make_fixtures import MALFORMED

FIXTURES = Path(__file__).parent.parent / "fixtures"


def sidecars(folder: str) -> list[Any]:
    found = sorted((FIXTURES / folder).glob("*.expect"))
    return [pytest.param(path, id=f"{folder}/{path.stem}") for path in found]


def expected_of(sidecar: Path) -> tuple[Path, dict[str, Any]]:
    """The fixture beside its sidecar, and what is expected of it."""
    (fixture,) = [path for path in sidecar.parent.glob(sidecar.stem + ".*") if path != sidecar]
    return fixture, tomllib.loads(sidecar.read_text())


def judged(capture: Path, metadata: Path, expected: dict[str, Any]) -> Report:
    trusted = read_metadata(metadata.read_bytes(), metadata.name)
    policy = Policy(Aws(declared=False, fallback=trusted), trusted.keys)
    found = read_capture(capture.read_bytes(), capture.name, expected.get("entry"))
    if "form" in expected:
        assert found.form == expected["form"]
    return check(found, policy, parse_instant(expected["at"]))


def accepted(report: Report) -> bool:
    return all(isinstance(answer, Accepted) for answer in report.answers)


@pytest.mark.parametrize("sidecar", sidecars("malformed"))
def test_a_malformed_document_has_exactly_the_defect_it_is_named_for(sidecar: Path) -> None:
    fixture, expected = expected_of(sidecar)
    report = judged(fixture, FIXTURES / expected["metadata"], expected)
    families = {code for code in report.error_codes if code[:3] in ("XML", "SIG", "AST")}
    assert families - {"SIG001"} == set(expected["codes"]) - {"SIG001"}
    assert set(expected["codes"]) <= report.error_codes
    assert not any(isinstance(answer, Accepted) for answer in report.answers)


@pytest.mark.parametrize("sidecar", [*sidecars("sealed"), *sidecars("captures")])
def test_a_sealed_response_is_judged_as_its_sidecar_says(sidecar: Path) -> None:
    fixture, expected = expected_of(sidecar)
    report = judged(fixture, FIXTURES / expected["metadata"], expected)
    assert report.error_codes == set(expected["codes"])
    assert accepted(report) == expected["accepted"]
    assert report.signed is not None or expected["codes"] == ["SIG014"]


@pytest.mark.parametrize("sidecar", sidecars("metadata"))
def test_metadata_lists_what_its_sidecar_says(sidecar: Path) -> None:
    fixture, expected = expected_of(sidecar)
    document = read_metadata(fixture.read_bytes())
    assert list(document.entity_ids) == expected["entity_ids"]
    assert len(document.keys) == expected["certificates"]
    assert document.document.flaws == ()
    report = judged(FIXTURES / "sealed/assertion-signed.xml", fixture, expected)
    assert set(expected["codes"]) <= report.codes
    assert accepted(report) == expected["accepted"]


def test_several_posts_in_one_capture_must_be_chosen_from() -> None:
    with pytest.raises(UnreadableInput, match="--entry"):
        read_capture((FIXTURES / "captures/two-posts.har").read_bytes())


def test_the_certificate_beside_the_sealed_responses_is_the_one_in_the_metadata() -> None:
    (kept,) = read_certificates((FIXTURES / "sealed/idp.pem").read_bytes())
    assert read_metadata((FIXTURES / "metadata/one-certificate.xml").read_bytes()).keys == (kept,)


def test_every_fixture_has_a_sidecar_and_no_private_key_is_among_them() -> None:
    for path in sorted(FIXTURES.rglob("*")):
        if path.is_dir():
            continue
        assert b"PRIVATE" not in path.read_bytes()
        assert (
            path.suffix in (".expect", ".pem", ".md")
            or path.with_name(path.name.rpartition(".")[0] + ".expect").exists()
        )


def test_the_malformed_files_are_those_of_the_script() -> None:
    assert {path.stem for path in (FIXTURES / "malformed").glob("*.expect")} == set(MALFORMED)
    assert len(MALFORMED) >= 50
