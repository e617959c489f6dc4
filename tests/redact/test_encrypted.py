"""An encrypted assertion is opened with its key, and the fixture holds it in plain."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.cases.catalogue import chosen
from harness.cases.core import ACCEPTED, Case, Kind
from harness.cases.recipe import USER
from harness.cases.workshop import CLOCK, OPENS, Workshop
from harness.errors import UnreadableInput
from harness.redact.fixture import Redacted, redact
from harness.saml.metadata import read_metadata
from harness.saml.names import XENC
from harness.saml.received import receive
from harness.saml.wire import read_capture
from tests.cli.running import SOON, run

WORKSHOP = Workshop()
SEALED = [case for case in chosen("controls", "encryption") if OPENS in case.world.opens]
READABLE = [case for case in SEALED if case.kind is Kind.CONTROL]
FORGED = ["forged-assertion-encrypted", "assertion-of-a-stranger-encrypted", "tampered-assertion-encrypted"]


def redone(case: Case, key: str = OPENS) -> Redacted:
    capture = read_capture(case.material(WORKSHOP).posted)
    return redact(capture, [WORKSHOP.usual_metadata], CLOCK, decrypt_keys=[WORKSHOP.opening_key(key)])


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in READABLE])
def test_what_was_accepted_is_accepted_and_stands_in_plain(case: Case):
    assert case.expected.sts == ACCEPTED
    done = redone(case)
    xml = read_capture(done.posted).xml
    assert XENC.encode() not in xml.partition(b"<samlp:Status>")[2].replace(f"{XENC}sha256".encode(), b"")
    again = receive(xml, [key for one in done.metadata for key in read_metadata(one).keys])
    assert again.signed is not None
    assert again.signed.name_id is not None
    assert all(check.verified for check in again.all_signatures)
    assert USER.encode() not in xml
    assert not done.codes


def test_both_signatures_of_an_encrypted_response_are_made_anew():
    """The Response's was over the ciphertext, and is over the opened assertion with its own signature now."""
    (both,) = chosen("controls/encrypted-and-both-signed")
    done = redone(both)
    again = receive(read_capture(done.posted).xml, [key for one in done.metadata for key in read_metadata(one).keys])
    assert [(one.signed_element, one.verified) for one in again.signatures] == [("Response", True), ("Assertion", True)]


def test_a_broken_signature_around_the_ciphertext_stays_broken():
    (both,) = chosen("encryption/forged-ciphertext-in-a-signed-response")
    assert {"SIG001", "SIG003"} <= redone(both).codes


@pytest.mark.parametrize("name", FORGED)
def test_a_forgery_inside_fails_as_it_did(name: str):
    (case,) = chosen(f"encryption/{name}")
    apart = ("CRT", "MET", "SIG002", "SIG018")
    kept = {code for code in case.expected.codes if not code.startswith(apart)}
    assert {code for code in redone(case).codes if not code.startswith(apart)} == kept


def test_the_wrong_key_is_told():
    (case,) = chosen("controls/encrypted-and-both-signed")
    with pytest.raises(UnreadableInput, match="the key given does not open it"):
        redone(case, "another")


def test_without_a_key_the_cure_is_told():
    (case,) = chosen("controls/encrypted-and-both-signed")
    with pytest.raises(UnreadableInput, match="give its key with --decrypt-key"):
        redact(read_capture(case.material(WORKSHOP).posted), [WORKSHOP.usual_metadata], CLOCK)


def test_from_the_command_line(tmp_path: Path):
    (case,) = chosen("controls/encrypted-with-aes256-gcm")
    (tmp_path / "sealed.b64").write_bytes(case.material(WORKSHOP).posted)
    (tmp_path / "idp.xml").write_bytes(WORKSHOP.usual_metadata.raw)
    pem = WORKSHOP.opening_key(OPENS).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "provider.pem").write_bytes(pem)
    out = tmp_path / "fixture.b64"
    command = ["redact", tmp_path / "sealed.b64", "-o", out, "-m", tmp_path / "idp.xml", "--at", SOON]
    refused = run(*command)
    assert refused.code == 2
    assert "give its key with --decrypt-key" in refused.err
    done = run(*command, "--decrypt-key", tmp_path / "provider.pem", "--metadata-out", tmp_path / "own.xml")
    assert done.code == 0, done.err
    at = done.err.partition("--at ")[2].partition(";")[0]
    assert run("check", out, "-m", tmp_path / "own.xml", "--at", at).code == 0
