"""Cases posted to a service provider that listens: a real one on the loopback, with the validator behind it."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.aws.account import Aws
from harness.cases.workshop import CLOCK
from harness.cli import cli
from harness.errors import HarnessError, UnreadableInput
from harness.report.model import Accepted
from harness.rules import Policy
from harness.saml.metadata import read_metadata
from harness.saml.wire import read_capture
from harness.validate import check
from tests.threads import handled_by, in_a_thread


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export."""
    target = tmp_path_factory.mktemp("post") / "suite"
    assert CliRunner().invoke(cli, ["cases", "export", str(target)]).exit_code == 0
    return target


@contextmanager
def serving(decide) -> Iterator[str]:
    """A service provider that answers what ``decide`` returns for a form body: status and text."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, text = decide(body)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", text)
            self.end_headers()
            self.wfile.write(text.encode())

    with in_a_thread(handled_by(Handler)) as url:
        yield f"{url}/acs"


def post(folder: Path, url: str, *words: str) -> Result:
    return CliRunner().invoke(
        cli, ["cases", "run", "--exported", str(folder), "--acs", url, *words], catch_exceptions=False
    )


def strict(folder: Path):
    """The validator as a service provider: no error, and AWS's sign-in page would let the user in."""
    held = read_metadata((folder / "metadata.xml").read_bytes())
    policy = Policy(Aws(declared=False, fallback=held), held.keys)

    def decide(body: bytes) -> tuple[int, str]:
        try:
            report = check(read_capture(body), policy, CLOCK, ask_engines=False)
        except UnreadableInput as error:
            return 400, str(error)
        taken = isinstance(report.signin, Accepted)
        return (302, "/home") if taken else (403, "refused")

    return decide


def test_a_strict_service_provider_passes_every_case(folder: Path):
    with serving(strict(folder)) as url:
        told = post(folder, url, "--accept-redirect", "/home")
    last = told.output.splitlines()[-1]
    assert re.search(r"[1-9]\d* accepted, [1-9]\d* rejected, 0 hang, 0 crash, [1-9]\d* skipped; 0 not as", last), last
    assert told.exit_code == 0


def test_one_that_lets_everybody_in_is_told_so(folder: Path):
    with serving(lambda _: (200, "Welcome")) as url:
        told = post(folder, url, "--accept-status", "200", "--accept-text", "Welcome")
    assert told.exit_code == 1
    assert "ACCEPTED wrapping/xsw3-forged-assertion-first: HTTP 200" in told.output
    assert "controls/nothing-changed" not in told.output


def test_one_that_refuses_everybody_is_told_so(folder: Path):
    with serving(lambda _: (200, "Sorry")) as url:
        told = post(folder, url, "--accept-text", "Welcome")
    assert told.exit_code == 1
    assert "REJECTED controls/nothing-changed: HTTP 200" in told.output
    assert "wrapping/" not in told.output.replace("REJECTED wrapping/inert-decoy-in-extensions", "")


def test_cases_with_a_world_of_their_own_are_not_posted(folder: Path):
    with serving(lambda _: (200, "Welcome")) as url:
        told = post(folder, url, "--accept-text", "Sorry", "trust", "envelope/empty")
    assert re.search(r"1 rejected, 0 hang, 0 crash, [1-9]\d* skipped; 0 not as they must be", told.output)


@pytest.mark.parametrize(("name", "why"), [("trust", "each needs a world"), ("ciphers", "the folder holds none")])
def test_it_is_an_error_when_nothing_can_be_posted(folder: Path, name: str, why: str):
    with serving(lambda _: (200, "Welcome")) as url, pytest.raises(HarnessError, match=f"no case was posted: {why}"):
        post(folder, url, "--accept-text", "Sorry", name)


def test_a_server_error_is_a_crash(folder: Path):
    with serving(lambda _: (500, "oops")) as url:
        told = post(folder, url, "--accept-status", "200", "claims")
    assert told.exit_code == 1
    assert "CRASH    claims/role-missing: HTTP 500" in told.output


def test_silence_is_a_hang(folder: Path, tmp_path: Path):
    index = json.loads((folder / "cases.json").read_text("utf-8"))
    index["cases"] = index["cases"][:1]
    (tmp_path / "cases.json").write_text(json.dumps(index))
    name = tmp_path / index["cases"][0]["file"]
    name.parent.mkdir()
    name.write_bytes(b"PHg+")
    with serving(lambda _: (time.sleep(2), (200, ""))[1]) as url:
        told = post(tmp_path, url, "--accept-status", "200", "--seconds", "0.3")
    assert "no answer within 0.3 seconds" in told.output


@pytest.mark.parametrize("url", ["http://192.0.2.1/acs", "http://example.com/acs"])
def test_another_machine_needs_a_flag(folder: Path, url: str):
    with pytest.raises(HarnessError, match="not on this machine"):
        post(folder, url, "--accept-status", "200")


@pytest.mark.parametrize("host", ["signin.aws.amazon.com", "sts.amazonaws.com", "login.microsoftonline.com"])
def test_nothing_is_posted_to_a_real_host_even_with_the_flag(folder: Path, host: str):
    with pytest.raises(HarnessError, match="nothing is ever sent to a real AWS or Microsoft host"):
        post(folder, f"https://{host}/saml", "--accept-status", "200", "--any-host")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1:80", "", "http://["])
def test_what_is_no_address_is_refused(folder: Path, url: str):
    with pytest.raises(HarnessError, match="not an address"):
        post(folder, url, "--accept-status", "200")


def test_the_answers_can_be_had_as_json(folder: Path):
    with serving(lambda _: (403, "no")) as url:
        told = post(folder, url, "--accept-status", "200", "--format", "json", "wrapping/user-changed-after-signing")
    (one,) = json.loads(told.output)["results"]
    assert (one["said"], one["wanted"], one["passed"]) == ("rejected", False, True)
    assert told.exit_code == 0


def test_a_service_provider_needs_exported_cases():
    with pytest.raises(HarnessError, match="--acs needs --exported DIR"):
        CliRunner().invoke(cli, ["cases", "run", "--acs", "http://127.0.0.1:9/acs"], catch_exceptions=False)


@pytest.mark.parametrize("words", [("--exported", "suite"), ("--accept-status", "200"), ("--any-host",)], ids=str)
def test_what_belongs_to_a_provider_needs_one(words: tuple[str, ...]):
    told = CliRunner().invoke(cli, ["cases", "run", *words, "controls/nothing-changed"])
    assert told.exit_code == 2
    assert "go with --acs" in told.output


def test_an_export_of_an_older_version_is_told(tmp_path: Path):
    entry = '{"id": "controls/nothing-changed", "file": "controls/nothing-changed.b64", "expected": {"accepted": true}}'
    (tmp_path / "cases.json").write_text(f'{{"format": "saml-harness cases", "version": 1, "cases": [{entry}]}}')
    with pytest.raises(UnreadableInput, match="export the cases with this version"):
        post(tmp_path, "http://127.0.0.1:9/acs", "--accept-status", "200")


def test_acceptance_must_be_recognisable(folder: Path):
    with pytest.raises(HarnessError, match="how is acceptance recognised"):
        post(folder, "http://127.0.0.1:9/acs")


def test_a_port_where_nobody_listens_is_an_error(folder: Path):
    with pytest.raises(HarnessError, match="nobody listens there"):
        post(folder, "http://127.0.0.1:9/acs", "--accept-status", "200")


def test_a_folder_that_is_no_export_is_an_error(tmp_path: Path):
    with pytest.raises(UnreadableInput, match="not an export of the cases"):
        post(tmp_path, "http://127.0.0.1:9/acs", "--accept-status", "200")


def test_a_name_in_the_index_never_leads_out_of_the_folder(tmp_path: Path):
    (tmp_path / "cases.json").write_text(
        '{"format": "saml-harness cases", "version": 1, "cases": [{"id": "x", "world": null, '
        '"expected": {}, "file": "../../etc/passwd"}]}'
    )
    with pytest.raises(UnreadableInput, match="is no file of an export"):
        post(tmp_path, "http://127.0.0.1:9/acs", "--accept-status", "200")
