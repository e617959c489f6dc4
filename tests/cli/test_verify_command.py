"""`saml-harness verify`."""

import base64
import json
from pathlib import Path

import pytest

from harness.saml import encryption, names
from tests.cli.running import run
from tests.rules import world


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Responses and metadata of several kinds, and the trusted certificate in every form."""
    folder = tmp_path_factory.mktemp("verify")
    certificate = world.key().certificate
    for name, content in {
        "good.xml": world.response(),
        "response-signed.xml": world.response(signed=("_r1",)),
        "both.xml": world.response(signed=("_a1", "_r1")),
        "changed.xml": world.response(**world.tampered("role/Admin", "role/Boss")),
        "stranger.xml": world.response(by=world.key("stranger")),
        "unsigned.xml": world.response(signed=()),
        "sha1.xml": world.response(method=names.RSA_SHA1, digest=names.SHA1),
        "sealed.xml": world.response(encrypted=encryption.Encryption()),
        "c.pem": certificate.pem.encode(),
        "c.cer": certificate.base64.encode(),
        "c.der": certificate.der,
        "two.pem": (world.key("second").certificate.pem + certificate.pem).encode(),
        "other.pem": world.key("second").certificate.pem.encode(),
        "m.xml": world.metadata().raw,
        "m2.xml": world.metadata(world.key("second"), world.key()).raw,
    }.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("good.xml", 0), ("response-signed.xml", 0), ("both.xml", 0), ("changed.xml", 1), ("stranger.xml", 1),
        ("unsigned.xml", 1), ("sha1.xml", 1), ("sealed.xml", 2), ("c.pem", 2), ("missing", 2),
    ],
)  # fmt: skip
def test_the_exit_code_says_what_came_of_it(name: str, code: int, files: Path):
    ran = run("verify", files / name, "-c", files / "c.pem")
    assert (ran.code, ran.err) == (code, "")
    assert ran.out.startswith(("verified  ", "refused  ", "unreadable  ")[code])


@pytest.mark.parametrize("certificate", ["c.pem", "c.cer", "c.der", "two.pem"])
def test_a_certificate_may_have_any_form(certificate: str, files: Path):
    assert run("verify", files / "good.xml", "--certificate", files / certificate).code == 0


@pytest.mark.parametrize("metadata", ["m.xml", "m2.xml"])
def test_metadata_serves_in_place_of_a_certificate(metadata: str, files: Path):
    assert run("verify", files / "good.xml", "--metadata", files / metadata).code == 0


def test_metadata_in_place_of_a_certificate_is_told_where_it_goes(files: Path):
    ran = run("verify", files / "good.xml", "-c", files / "m.xml")
    assert (ran.code, ran.out) == (2, "")
    assert "m.xml: this is XML and no certificate; federation metadata is given with --metadata" in ran.err


def test_certificates_and_metadata_add_up(files: Path):
    assert run("verify", files / "good.xml", "-c", files / "other.pem").code == 1
    assert run("verify", files / "good.xml", "-c", files / "other.pem", "-c", files / "c.pem").code == 0
    assert run("verify", files / "good.xml", "-c", files / "other.pem", "-m", files / "m.xml").code == 0


def test_without_any_key_nothing_can_be_judged(files: Path):
    ran = run("verify", files / "good.xml")
    assert (ran.code, ran.out, ran.err) == (2, "", "saml-harness: no trusted key: give --certificate or --metadata\n")


def test_of_several_files_the_worst_counts_and_all_are_shown(files: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(files)  # a long path would break the line
    ran = run("verify", "missing", "good.xml", "changed.xml", "-c", "c.pem")
    assert ran.code == 2
    assert [line.split()[0] for line in ran.out.splitlines() if not line.startswith(" ")] == [
        "unreadable", "verified", "refused",
    ]  # fmt: skip
    assert run("verify", files / "good.xml", files / "changed.xml", "-c", files / "c.pem").code == 1


def test_sha1_is_verified_only_on_request(files: Path):
    assert run("verify", files / "sha1.xml", "-c", files / "c.pem", "--allow-sha1").code == 0


def test_a_response_signed_as_a_whole_is_taken_here_but_not_by_aws(files: Path):
    assert run("verify", files / "response-signed.xml", "-m", files / "m.xml").code == 0
    ran = run(
        "check",
        files / "response-signed.xml",
        "-m",
        files / "m.xml",
        "--at",
        "2026-11-01T09:00:00Z",
        "--format",
        "json",
    )
    assert ran.code == 1
    (report,) = json.loads(ran.out)["reports"]
    assert {one["code"] for one in report["findings"]} == {"SIG001"}
    assert report["aws"]["signin"]["cause"] == "assertion-unsigned"


def test_the_demo_companys_metadata_verifies(made: Path):
    ran = run("verify", made / "metadata.xml", made / "response.b64", "-m", made / "metadata.xml")
    assert [line.split()[0] for line in ran.out.splitlines() if not line.startswith(" ")] == ["verified", "verified"]
    assert ran.code == 0


def test_the_text_says_what_was_signed_by_whom_and_on_whose_word(files: Path):
    lines = run("verify", files / "good.xml", "-c", files / "c.pem").out.splitlines()
    assert lines[0] == f"verified  {files / 'good.xml'} (Response): covers the Assertion"
    assert [line.split() for line in lines[1:]] == [
        ["signed", "Assertion", "_a1"],
        ["algorithm", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"],
        ["key", world.key().certificate.thumbprint],
        ["strict", "verifies"],
        ["xmlsec", "verifies"],
        ["signxml", "verifies"],
    ]


def test_the_json_says_it_too(files: Path):
    ran = run(
        "verify",
        files / "both.xml",
        files / "stranger.xml",
        files / "missing",
        "-c",
        files / "c.pem",
        "--format",
        "json",
    )
    data = json.loads(ran.out)
    assert (data["format"], data["version"]) == ("saml-harness verify", 1)
    both, stranger, missing = data["files"]
    assert (both["verdict"], both["covered"], both["codes"]) == ("verified", "the Response with its Assertion", [])
    assert [(one["signed_element"], one["signed_id"]) for one in both["signatures"]] == [
        ("Response", "_r1"),
        ("Assertion", "_a1"),
    ]
    assert both["signatures"][0] == {
        "where": "/Response/Signature",
        "signed_element": "Response",
        "signed_id": "_r1",
        "algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        "key_thumbprint": world.key().certificate.thumbprint,
        "engines": [{"engine": name, "word": "verifies", "reason": None} for name in ("strict", "xmlsec", "signxml")],
    }
    assert (stranger["verdict"], stranger["covered"], stranger["codes"]) == ("refused", None, ["SIG002"])
    assert stranger["signatures"][0]["key_thumbprint"] is None
    assert missing == {
        "file": str(files / "missing"),
        "verdict": "unreadable",
        "reason": "No such file or directory",
        "codes": [],
    }


def test_standard_input_is_read(files: Path):
    content = base64.b64encode((files / "good.xml").read_bytes())
    assert run("verify", "-", "-c", files / "c.pem", stdin=content).code == 0


def test_faulty_base64_is_refused(files: Path):
    content = base64.b64encode((files / "good.xml").read_bytes())
    ran = run("verify", "-", "-c", files / "c.pem", "--format", "json", stdin=content[:80] + b"!" + content[80:])
    assert ran.code == 1
    assert json.loads(ran.out)["files"][0]["codes"] == ["XML016"]
