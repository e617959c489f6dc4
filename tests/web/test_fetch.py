"""A response fetched from the running Entra side, by its pages, as a browser goes."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from harness.entra.idp import EntraIdp
from harness.errors import HarnessError
from harness.saml.received import receive
from harness.web.fetch import TurnedAway, fetch_response
from harness.web.server import Served, serve
from harness.web.visitor import Visitor
from tests.cli import running
from tests.threads import handled_by, in_a_thread
from tests.web.conftest import NOW

BRITTA = "britta@contoso.com"


@pytest.fixture
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW) as running:
        yield running


def run(*arguments: str) -> tuple[int, str, str]:
    ran = running.run("issue", *arguments)
    return ran.code, ran.out, ran.err


def test_the_response_is_the_one_that_the_running_side_signs(served: Served, idp: EntraIdp) -> None:
    fetched = fetch_response(served.entra_url, BRITTA)
    key = idp.signing_key(idp.scenario.apps[0], NOW).certificate
    signed = receive(fetched.response.xml, [key]).signed
    assert signed is not None
    assert signed.name_id is not None
    assert signed.name_id.value == BRITTA
    assert fetched.metadata().startswith(b"\xef\xbb\xbf<?xml")


def test_each_fetch_is_a_fresh_response_by_the_clock_of_the_server(served: Served) -> None:
    first = fetch_response(served.entra_url, BRITTA).response.xml
    served.clock.set(NOW.replace(year=2027))
    second = fetch_response(served.entra_url, BRITTA).response.xml
    assert b"2026-11-01T09:" in first
    assert b"2027-11-01T09:" in second


def test_the_command_writes_it_for_the_eyes_of_its_owner(served: Served, tmp_path: Path) -> None:
    out, metadata = tmp_path / "response.b64", tmp_path / "metadata.xml"
    code, _, told = run(
        "--user", BRITTA, "--server", served.entra_url, "-o", str(out), "--metadata-out", str(metadata), "--no-bom"
    )
    assert (code, out.stat().st_mode & 0o777) == (0, 0o600)
    assert base64.b64decode(out.read_bytes()).startswith(b"<samlp:Response ")
    assert metadata.read_bytes().startswith(b"<?xml")
    assert f"posted by {served.entra_url}" in told
    judged = running.run("check", out, "-m", metadata, "--at", "2026-11-01T09:00:01Z")
    assert "AWS would accept; no error." in judged.out


def test_an_unknown_user_is_refused_in_the_words_of_the_page(served: Served) -> None:
    code, out, told = run("--user", "nobody@contoso.com", "--server", served.entra_url)
    assert (code, out) == (1, "")
    assert "there is no user nobody@contoso.com in this tenant" in told


def test_a_user_without_assignment_is_refused_in_entras_words(served: Served, idp: EntraIdp) -> None:
    with pytest.raises(TurnedAway, match="AADSTS50105"):
        fetch_response(served.entra_url, "unassigned@contoso.com")


@pytest.fixture(scope="session")
def idp() -> EntraIdp:
    """The demo company with a user who is assigned to nothing."""
    from harness.entra.keystore import KeyStore
    from harness.scenario.load import demo_scenario
    from harness.scenario.model import User

    demo = demo_scenario()
    users = (*demo.users, User(upn="unassigned@contoso.com"))
    return EntraIdp(demo.model_copy(update={"users": users}), KeyStore())


@pytest.mark.parametrize("option", ["--scenario", "--keys", "--at", "--in-response-to"])
def test_what_the_server_decides_cannot_be_given_beside_it(served: Served, option: str) -> None:
    value = "2026-11-01T09:00:00Z" if option == "--at" else "x"
    code, _, told = run("--user", BRITTA, "--server", served.entra_url, option, value)
    assert code == 2
    assert f"{option} is the running server's: leave it out beside --server" in told


@pytest.mark.parametrize(
    ("server", "said"),
    [
        ("http://127.0.0.1:9", "saml-harness serve starts both sides"),
        ("https://login.microsoftonline.com", "not an address of this machine"),
        ("http://127.0.0.1@evil.example/", "not an address of this machine"),
        ("file:///etc/passwd", "not an address of this machine"),
        ("http://[", "not an address of this machine"),
        ("x", "not an address of this machine"),
    ],
)
def test_a_server_that_is_none_is_refused_with_the_cure(server: str, said: str) -> None:
    code, out, told = run("--user", BRITTA, "--server", server)
    assert (code, out) == (2, "")
    assert said in told


def test_awss_side_is_no_place_to_sign_in(served: Served) -> None:
    with pytest.raises(HarnessError, match="not the front page of a mock Entra"):
        fetch_response(served.aws_url, BRITTA)


def test_an_app_that_is_not_there_is_told_with_those_that_are(served: Served) -> None:
    with pytest.raises(HarnessError, match="name one of the apps: AWS"):
        fetch_response(served.entra_url, BRITTA, "Other")


class Elsewhere(BaseHTTPRequestHandler):
    """A server that sends its visitors away from this machine."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://evil.example/")
        self.end_headers()


def test_a_redirect_to_another_machine_is_not_followed() -> None:
    with (
        in_a_thread(handled_by(Elsewhere)) as url,
        pytest.raises(HarnessError, match=r"http://evil.example/: not an address of this machine"),
    ):
        Visitor().open(f"{url}/")


def test_no_proxy_of_the_environment_is_asked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert fetch_response(served.entra_url, BRITTA).response.xml.startswith(b"<samlp:Response")
