"""Bad input: whatever is given, one clear line or a report, the right exit code, and never a traceback."""

import base64
import json
import zlib
from pathlib import Path

import pytest

from harness.entra.keystore import new_key
from harness.saml.names import SAML, SAMLP
from harness.scenario.load import demo_scenario
from tests.cli.running import SOON, run
from tests.rules import world

REQUEST = f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" ID="_q" Version="2.0"/>'
HAR_WITHOUT = {"log": {"entries": [{"request": {"method": "GET", "url": "https://x/"}}, 7, {"request": 7}]}}
HAR_BAD_URL = {
    "log": {"entries": [{"request": {"url": "http://[::1", "postData": {"params": [
        {"name": "SAMLResponse", "value": "PHgvPg=="}]}}}]}
}  # fmt: skip


def deflated(text: str) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush())


NO_RESPONSE = {
    "empty": (b"", "is empty"),
    "blank": (b" \n\t ", "is empty"),
    "only a mark": (b"\xef\xbb\xbf", "is empty"),
    "binary": (bytes(range(256)) * 8, "binary data; expected a SAML response as base64, XML, form body"),
    "a word": (b"hello", "expected a SAML response as base64, XML, form body, HAR or SAML-tracer export"),
    "words": (b"What is this?", "not base64"),
    "HTML": (b"<!DOCTYPE html><html><body>Sign in</body></html>", "an HTML page without a SAMLResponse field"),
    "HTML in capitals": (b"<HTML><BODY></BODY></HTML>", "an HTML page without a SAMLResponse field"),
    "JSON junk": (b"{'a': 1}", "looks like JSON but is not"),
    "JSON of something else": (b'{"a": [1, 2]}', "JSON without a SAMLResponse"),
    "JSON list": (b"[]", "JSON without a SAMLResponse"),
    "deep JSON": (b"[" * 100_000, "looks like JSON but is not"),
    "a HAR without SAML": (json.dumps(HAR_WITHOUT).encode(), "JSON without a SAMLResponse; expected a HAR"),
    "a HAR with a bad address": (json.dumps(HAR_BAD_URL).encode(), ""),
    "a form without SAML": (b"user=ada&password=x", "not base64"),
    "a form with a bad address": (b"https://[x?SAMLResponse=PHgvPg==", ""),
    "two SAMLResponse fields": (b"SAMLResponse=a&SAMLResponse=b", "2 SAMLResponse fields in one form"),
    "many fields": (b"SAMLResponse=a" + b"&a=b" * 60, "more than 50 form fields"),
    "a SAMLRequest form": (b"SAMLRequest=" + deflated(REQUEST), "a SAMLRequest (AuthnRequest); a SAMLResponse was"),
    "a deflated message": (deflated(REQUEST), "a DEFLATEd message of the Redirect binding"),
    "base64 of words": (base64.b64encode(b"hello, hello, hello"), "base64 of something that is no XML"),
    "a bare Assertion": (f'<Assertion xmlns="{SAML}"/>'.encode(), "but this is an Assertion"),
    "an AuthnRequest": (REQUEST.encode(), "but this is an AuthnRequest"),
    "an AuthnRequest in base64": (base64.b64encode(REQUEST.encode()), "but this is an AuthnRequest"),
    "a LogoutResponse": (f'<LogoutResponse xmlns="{SAMLP}"/>'.encode(), "but this is a LogoutResponse"),
    "WS-Trust": (b'<t:RequestSecurityTokenResponse xmlns:t="urn:t"/>', "but this is a RequestSecurityTokenResponse"),
    "10 MB of digits": (b"A" * 10_000_000, "10,000,000 characters; at most "),
    "10 MB of percent signs": (b"%41" * 3_400_000, "10,200,000 characters; at most "),
    "10 MB of JSON": (b"[" + b"1," * 5_000_000 + b"1]", "JSON of more than 200,000 objects"),
    "a million names in JSON": (
        b"{" + b",".join(b'"%d\\\\":0' % n for n in range(1_000_000)) + b"}",
        "JSON of more than 600,000 strings",
    ),
    "33 MB": (b"A" * 33_000_000, "more than 32,000,000 bytes; save only the POST that carries SAMLResponse"),
}
NOT_AS_ANSWERED = {
    "a cut response": (lambda xml: base64.b64encode(xml)[:-41], 1, {"XML001", "XML016"}),
    "cut between groups": (lambda xml: base64.b64encode(xml)[:-40], 1, {"XML001"}),
    "cut XML": (lambda xml: xml[:-9], 1, {"XML001"}),
    "10 MB of XML": (lambda xml: xml.replace(b"<samlp:Status>", b"<samlp:Status>" + b" " * 10_000_000), 1, None),
    "10 MB of tags": (lambda xml: b"<a>" * 3_400_000, 1, None),
    "URL-safe base64": (lambda xml: base64.urlsafe_b64encode(b"<a>\xff\xfe\xff</a>" * 9), 1, {"XML016", "XML001"}),
}


@pytest.mark.parametrize("kind", NO_RESPONSE)
def test_what_is_no_response_gets_a_report_without_verdict(kind: str, made: Path, tmp_path: Path):
    content, reason = NO_RESPONSE[kind]
    (tmp_path / "input").write_bytes(content)
    ran = run("check", tmp_path / "input", "-m", made / "metadata.xml", "--at", SOON)
    assert (ran.code, ran.err) == (2, "")
    assert f"No verdict: {reason}"[:60] in " ".join(ran.out.split()) or reason in " ".join(ran.out.split())
    assert "Nothing is wrong" not in ran.out
    assert len(ran.out) < 4000


@pytest.mark.parametrize("kind", NOT_AS_ANSWERED)
def test_a_damaged_response_gets_its_diagnosis(kind: str, made: Path, tmp_path: Path):
    damage, code, codes = NOT_AS_ANSWERED[kind]
    (tmp_path / "input").write_bytes(damage((made / "response.xml").read_bytes()))
    ran = run("check", tmp_path / "input", "-m", made / "metadata.xml", "--at", SOON, "--format", "json")
    assert (ran.code, ran.err) == (code, "")
    (report,) = json.loads(ran.out)["reports"]
    found = {finding["code"] for finding in report["findings"] if finding["severity"] == "error"}
    assert found == codes if codes else found & {"XML001", "XML002"}


def test_a_page_of_many_inputs_is_read_in_time(made: Path, tmp_path: Path):
    """140 kB that a browser could have saved: the search for fields must not look at each rest anew."""
    (tmp_path / "page.html").write_bytes(b"<html>" + b"<input " * 20_000)
    ran = run("check", tmp_path / "page.html", "-m", made / "metadata.xml")
    assert ran.code == 2


@pytest.mark.parametrize("kind", NO_RESPONSE)
def test_verify_says_it_on_one_line(kind: str, made: Path, tmp_path: Path):
    content, reason = NO_RESPONSE[kind]
    (tmp_path / "input").write_bytes(content)
    ran = run("verify", tmp_path / "input", "-m", made / "metadata.xml", "--format", "json")
    assert (ran.code, ran.err) == (2, "")
    (one,) = json.loads(ran.out)["files"]
    assert (one["verdict"], one["file"]) == ("unreadable", str(tmp_path / "input"))
    assert one["reason"].startswith("expected a SAML Response or metadata, but its root is") or reason in one["reason"]


FILES = {"missing": "No such file or directory", "": "is a directory; name a file", "a" * 300: "File name too long"}


@pytest.mark.parametrize("command", [("check",), ("verify",)], ids=str)
@pytest.mark.parametrize(("name", "reason"), FILES.items(), ids=["missing", "directory", "too long"])
def test_a_file_that_cannot_be_read_is_reported(command, name: str, reason: str, made: Path, tmp_path: Path):
    ran = run(*command, tmp_path / name, made / "response.b64", "-m", made / "metadata.xml")
    assert (ran.code, ran.err) == (2, "")
    assert reason in " ".join(ran.out.split())
    assert str(made / "response.b64") in ran.out


@pytest.mark.parametrize(("name", "reason"), FILES.items(), ids=["missing", "directory", "too long"])
@pytest.mark.parametrize("option", ["--metadata", "--scenario", "--decrypt-key"])
def test_a_file_of_an_option_that_cannot_be_read_is_one_line(
    option: str, name: str, reason: str, made: Path, tmp_path: Path
):
    ran = run("check", made / "response.b64", option, tmp_path / name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"saml-harness: {tmp_path / name}: {reason}\n"


def private() -> bytes:
    return new_key(demo_scenario().apps[0].certificates[0]).private_pem()


NO_METADATA = {
    "empty": (lambda made: b"", "not readable as metadata (malformed"),
    "binary": (lambda made: b"\xff\xd8\xff\xe0", "not readable as metadata (malformed"),
    "NUL": (lambda made: b"a\0b", "not readable as metadata (encoding"),
    "a response": (lambda made: (made / "response.xml").read_bytes(), "expected SAML metadata"),
    "a response in base64": (lambda made: (made / "response.b64").read_bytes(), "not readable as metadata (malformed"),
    "an AuthnRequest": (lambda made: REQUEST.encode(), "but this is an AuthnRequest"),
    "HTML": (lambda made: b"<!DOCTYPE html><html></html>", "not readable as metadata (DOCTYPE"),
    "DOCTYPE": (lambda made: b"<!DOCTYPE x><EntityDescriptor/>", "not readable as metadata (DOCTYPE"),
    "a certificate": (lambda made: world.key().certificate.pem.encode(), "not readable as metadata (malformed"),
    "11 MB": (lambda made: b"<a>" + b" " * 11_000_000 + b"</a>", "(too large: 11,000,007 bytes"),
}  # fmt: skip


@pytest.mark.parametrize(
    "command", [("check", "-m"), ("verify", "-m"), ("metadata", "show"), ("metadata", "merge")], ids=str
)
@pytest.mark.parametrize("kind", NO_METADATA)
def test_what_is_no_metadata_is_one_line(kind: str, command: tuple[str, ...], made: Path, tmp_path: Path):
    content, reason = NO_METADATA[kind]
    (tmp_path / "m").write_bytes(content(made))
    first = [command[0], made / "response.b64", "-m"] if command[1] == "-m" else [*command, made / "metadata.xml"]
    ran = run(*first, tmp_path / "m")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"saml-harness: {tmp_path / 'm'}: ")
    assert reason in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("command", ["check", "verify"])
def test_metadata_without_a_key_is_no_trust(command: str, made: Path, tmp_path: Path):
    (tmp_path / "m").write_bytes(world.metadata(edits=[(' use="signing"', ' use="encryption"')]).raw)
    ran = run(command, made / "response.b64", "-m", tmp_path / "m")
    assert ran.code == 2
    assert "no trusted key" in ran.said


NO_CERTIFICATES = {
    "empty": lambda made: b"",
    "words": lambda made: b"hello",
    "binary": lambda made: b"\x30\x82\xff\xff\x00",
    "a private key": lambda made: private(),
    "a public key": lambda made: b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "an empty armour": lambda made: b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    "a cut certificate": lambda made: world.key().certificate.pem.encode()[:400] + b"\n-----END CERTIFICATE-----\n",
    "non-ASCII": lambda made: "-----BEGIN CERTIFICATE-----\né\n-----END CERTIFICATE-----".encode(),
}


@pytest.mark.parametrize("kind", NO_CERTIFICATES)
def test_a_certificate_that_is_none_is_one_line(kind: str, made: Path, tmp_path: Path):
    content = NO_CERTIFICATES[kind](made)
    (tmp_path / "c").write_bytes(content)
    ran = run("verify", made / "response.b64", "-c", tmp_path / "c")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"saml-harness: {tmp_path / 'c'}: ")
    assert ran.err.endswith("; expected a certificate in PEM, base64 or DER\n")
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (lambda: b"", "not a private key in PEM without a password"),
        (lambda: b"\xff\x00", "not a private key in PEM without a password"),
        (lambda: world.key().certificate.pem.encode(), "not a private key in PEM without a password"),
        (lambda: world.key("curve", kind="ec").private_pem(), "not an RSA key; assertions are encrypted for RSA keys"),
    ],
    ids=["empty", "binary", "certificate", "elliptic curve"],
)
def test_a_decryption_key_that_is_none_is_one_line(content, said: str, made: Path, tmp_path: Path):
    (tmp_path / "k").write_bytes(content())
    ran = run("check", made / "response.b64", "-m", made / "metadata.xml", "--decrypt-key", tmp_path / "k")
    assert (ran.code, ran.out, ran.err) == (2, "", f"saml-harness: {tmp_path / 'k'}: {said}\n")


def test_a_broken_scenario_lists_everything_that_is_wrong(made: Path, tmp_path: Path):
    (tmp_path / "x.scenario.toml").write_text('version = 2\nname = "A B"\napps = []\ncolour = "red"\n[[users]]\n')
    for command in (("check", made / "response.b64"), ("issue", "--user", "ada@contoso.com")):
        ran = run(*command, "--scenario", tmp_path / "x.scenario.toml")
        assert (ran.code, ran.out) == (2, "")
        first, *lines = ran.err.splitlines()
        assert first == f"saml-harness: {tmp_path / 'x.scenario.toml'}: 5 errors"
        assert [line.partition(":")[0] for line in lines] == [
            "  version",
            "  name",
            "  apps",
            "  users[0].upn",
            "  colour",
        ]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"version = 99999" + b"9" * 5000, b"<xml/>"], ids=repr)
def test_a_scenario_that_is_none_is_refused(content: bytes, made: Path, tmp_path: Path):
    (tmp_path / "x").write_bytes(content)
    ran = run("check", made / "response.b64", "--scenario", tmp_path / "x")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"saml-harness: {tmp_path / 'x'}: ")


def test_a_scenarios_own_metadata_file_is_named_when_it_is_missing(made: Path, tmp_path: Path):
    demo = (Path(__file__).parents[2] / "harness/scenario/demo.scenario.toml").read_text()
    (tmp_path / "x.scenario.toml").write_text(demo.replace('app = "AWS"', 'metadata = "gone.xml"', 1))
    ran = run("check", made / "response.b64", "--scenario", tmp_path / "x.scenario.toml")
    assert (ran.code, ran.err) == (2, f"saml-harness: {tmp_path / 'gone.xml'}: No such file or directory\n")


@pytest.mark.parametrize("content", [b"", b"rubbish", private()], ids=["empty", "rubbish", "no certificate"])
def test_a_broken_key_file_is_one_line(content: bytes, tmp_path: Path):
    issue = ("issue", "--user", "britta@contoso.com", "--keys", tmp_path / "keys")
    assert run(*issue).code == 0
    (file,) = (tmp_path / "keys").iterdir()
    file.write_bytes(content)
    ran = run(*issue)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"saml-harness: {file}: ")
    assert ran.err.endswith("remove it to have a new key made\n")
    assert ran.err.count("\n") == 1


def test_a_keys_folder_that_is_a_file_is_one_line(tmp_path: Path):
    (tmp_path / "keys").write_text("x")
    ran = run("issue", "--user", "britta@contoso.com", "--keys", tmp_path / "keys")
    assert ran.code == 2
    assert ran.err.count("\n") == 1
    assert ran.err.endswith("; choose another folder with --keys\n")


def test_a_hostile_file_name_is_shown_as_an_escape(made: Path, tmp_path: Path):
    name = tmp_path / "a\x1b[31m\u202eb[bold]"
    ran = run("check", name, "-m", made / "metadata.xml")
    assert r"a\x1b[31m\u202eb[bold]" in ran.out.replace("\n", "")
    ran = run("check", made / "response.b64", "-m", name)
    assert ran.err.endswith(r"a\x1b[31m\u202eb[bold]: No such file or directory" + "\n")
