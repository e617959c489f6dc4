"""Both sides served: from the front page to a session, as a browser without scripts would go."""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from lxml import html

from harness.entra.idp import EntraIdp
from harness.saml.metadata import read_metadata
from harness.web.server import Served, serve
from tests.web.conftest import NOW, PROD


@pytest.fixture
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW) as running:
        yield running


class Browser:
    """A browser without scripts: it follows links and redirects, keeps cookies, submits forms."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.url = ""

    def connect(self, url: str) -> HTTPConnection:
        return HTTPConnection(urlsplit(url).netloc, timeout=10)

    def open(self, url: str, fields: dict[str, str] | None = None, **headers: str) -> tuple[int, str]:
        parts = urlsplit(url)
        connection = self.connect(url)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = None if fields is None else urlencode(fields)
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent |= headers
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET" if body is None else "POST", path or "/", body, sent)
        answer = connection.getresponse()
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.url = url
        connection.close()
        if answer.status in (302, 303):
            return self.open(urljoin(url, answer.headers["Location"]))
        return answer.status, text

    def submit(self, page: str, **picked: str) -> tuple[int, str]:
        return self._send(html.fromstring(page).forms[0], picked)

    def use(self, page: str, action: str, **picked: str) -> tuple[int, str]:
        """Submit the form of the page that goes to ``action``."""
        return self._send(next(form for form in html.fromstring(page).forms if form.action == action), picked)

    def _send(self, form: html.FormElement, picked: dict[str, str]) -> tuple[int, str]:
        fields = {field.get("name"): field.get("value") for field in form.cssselect("input[type=hidden]")}
        return self.open(urljoin(self.url, form.action), fields | picked)


def test_the_journey_of_a_user_with_many_roles(served: Served) -> None:
    browser = Browser()
    _, front = browser.open(served.entra_url)
    link = next(link for _, _, link, _ in html.fromstring(front).iterlinks() if "britta" in link)
    _, posting = browser.open(urljoin(served.entra_url, link))
    assert "<title>Working...</title>" in posting
    assert 'name="hiddenform"' in posting
    status, picker = browser.submit(posting)
    assert (status, picker.count("saml-role-description")) == (200, 4)
    status, console = browser.submit(picker, roleIndex=f"arn:aws:iam::{PROD}:role/contoso-prod-aws-admin")
    assert status == 200
    assert "assumed-role/contoso-prod-aws-admin/britta@contoso.com" in console


def test_a_user_without_role_meets_awss_words(served: Served) -> None:
    browser = Browser()
    _, posting = browser.open(f"{served.entra_url}/signin?user=noah@contoso.com")
    status, page = browser.submit(posting)
    assert status == 400
    assert "Your request included an invalid SAML response." in page


def test_an_unknown_user_gets_entras_error_page(served: Served) -> None:
    status, page = Browser().open(f"{served.entra_url}/signin?user=%3Cscript%3E")
    assert status == 404
    assert "having trouble signing you in" in html.fromstring(page).text_content()
    assert "<script>" not in page


def test_the_metadata_of_the_app_is_served_with_its_mark(served: Served, idp: EntraIdp) -> None:
    scenario = idp.scenario
    app_id = scenario.guid("app", scenario.apps[0].name, scenario.apps[0].app_id)
    path = f"/{scenario.tenant_id}/federationmetadata/2007-06/federationmetadata.xml"
    connection = HTTPConnection(urlsplit(served.entra_url).netloc, timeout=10)
    connection.request("GET", f"{path}?appid={app_id}")
    document = connection.getresponse().read()
    connection.close()
    assert document.startswith(b"\xef\xbb\xbf<?xml")
    assert read_metadata(document).entity_ids == (idp.issuer,)
    assert Browser().open(f"{served.entra_url}{path}?appid=x")[0] == 404
    assert Browser().open(f"{served.entra_url}{path.replace(scenario.tenant_id, 'x')}?appid={app_id}")[0] == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({}, 403),
    ],
)
def test_strangers_are_refused(served: Served, headers: dict[str, str], status: int) -> None:
    """The last one, with nothing strange about it, is refused by AWS for its missing credentials."""
    got, page = Browser().open(served.aws_url, {"Action": "ListRoles"}, **headers)
    assert got == status
    assert ("InvalidClientTokenId" in page) is not bool(headers)


@pytest.mark.parametrize("number", ["²", "--3600", "9" * 5000, "", "x"])
@pytest.mark.parametrize(
    ("action", "name"), [("CreateRole", "MaxSessionDuration"), ("AssumeRoleWithSAML", "DurationSeconds")]
)
def test_what_is_no_number_is_refused(served: Served, action: str, name: str, number: str) -> None:
    status, page = _call(served, {"Action": action, "SAMLAssertion": "x", name: number})
    assert status == 400
    assert f"{name} is not a number" in page


@pytest.mark.parametrize("index", ["²", "9" * 5000, "x"])
@pytest.mark.parametrize(
    ("action", "member"),
    [("TagSAMLProvider", "Tags.member.{}.Key"), ("AssumeRoleWithSAML", "PolicyArns.member.{}.arn")],
)
def test_what_is_no_index_of_a_list_is_refused(served: Served, action: str, member: str, index: str) -> None:
    status, page = _call(served, {"Action": action, "SAMLAssertion": "x", member.format(index): "team"})
    assert status == 400
    assert "is not a number" in page


def _call(served: Served, call: dict[str, str]) -> tuple[int, str]:
    """A call of IAM or STS as no client of AWS writes one, by an account that is known."""
    provider = min(served.store.aws.providers)
    account = provider.split(":")[4]
    arns = {"RoleArn": f"arn:aws:iam::{account}:role/x", "PrincipalArn": provider, "SAMLProviderArn": provider}
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={account}/20261123/us-east-1/iam/aws4_request"}
    return Browser().open(served.aws_url, call | arns, **signed)


def test_a_response_may_come_from_another_site(served: Served) -> None:
    _, page = Browser().open(f"{served.aws_url}/saml", {"SAMLResponse": "x"}, **{"Sec-Fetch-Site": "cross-site"})
    assert "calls from other sites" not in page


def started(folder: Path, *options: str, **environment: str) -> tuple[subprocess.Popen[str], list[str]]:
    """The command, running, and the lines it has said when it is ready."""
    command = [sys.executable, "-m", "harness", "serve", "--keys", str(folder / "keys"), *options]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | environment
    )
    assert running.stdout is not None
    return running, [running.stdout.readline() for _ in range(4)]


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path, told: signal.Signals) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running, lines = started(tmp_path, "--port", str(port))
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", lines[0])
        assert Browser().open(url)[0] == 200
        assert lines[3] == "ready, Ctrl-C ends it\n"
        os.kill(running.pid, told)
        _, talk = running.communicate(timeout=10)
    assert running.returncode == 0
    assert f"port {port} is in use, Entra has another" in talk
    assert talk.endswith("saml-harness: stopped\n")


def test_it_opens_the_front_page_in_the_users_browser_when_asked(tmp_path: Path) -> None:
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    browser.chmod(0o700)
    running, lines = started(tmp_path, "--port", "0", "--open", BROWSER=str(browser))
    opened = tmp_path / "opened"
    for _ in range(100):
        if opened.exists() and opened.read_text():
            break
        threading.Event().wait(0.1)
    running.terminate()
    running.communicate(timeout=10)
    assert opened.read_text() == lines[0].split()[1] + "\n"


def test_it_says_so_when_no_browser_can_be_opened(tmp_path: Path) -> None:
    running, lines = started(tmp_path, "--port", "0", "--open", BROWSER=str(tmp_path / "none"), PATH="/nowhere")
    threading.Event().wait(1)
    running.terminate()
    _, talk = running.communicate(timeout=10)
    assert f"no browser could be opened; go to {lines[0].split()[1]}" in talk


def test_the_way_in_that_begins_at_the_service_provider_answers_its_request(served: Served) -> None:
    browser = Browser()
    _, front = browser.open(served.entra_url)
    (link,) = html.fromstring(front).xpath("//a[starts-with(., 'begin at the service provider')]/@href")
    assert link.startswith(f"{served.aws_url}/sp-initiated")
    status, page = browser.open(link)
    assert status == 200
    (form,) = [form for form in html.fromstring(page).forms if "Sign in as adele" in form.text_content()]
    fields = {field.name: field.value for field in form.cssselect("input")} | {"loginfmt": "adele@contoso.com"}
    _, posting = browser.open(urljoin(browser.url, form.action), fields)
    (value,) = html.fromstring(posting).xpath("//input[@name='SAMLResponse']/@value")
    assert b'InResponseTo="id' in base64.b64decode(value)
    status, console = browser.submit(posting)
    assert status == 200
    assert "contoso-prod-read-only-user" in console


def test_an_app_that_cannot_be_asked_for_is_not_found(served: Served) -> None:
    status, page = Browser().open(f"{served.aws_url}/sp-initiated?app=%3Cb%3E")
    assert status == 404
    assert "name one of the apps" in page
