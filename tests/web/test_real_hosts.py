"""Production's names on this machine: what answers to them, and what is then as in production."""

from __future__ import annotations

import base64
import re
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from lxml import html

from harness.entra.idp import EntraIdp
from harness.web.authority import make_authority
from harness.web.hosts import AWS_HOSTS, ENTRA_HOSTS, SERVED, SIGNIN_HOSTS
from harness.web.server import Served, serve
from tests.web.conftest import NOW, PROD
from tests.web.test_serve import Browser


@pytest.fixture(scope="module")
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW, authority=make_authority(SERVED, datetime.now(UTC))) as running:
        yield running


class TrueBrowser(Browser):
    """A browser that knows a proxy and an authority, and takes every name for the real one."""

    def __init__(self, served: Served) -> None:
        super().__init__()
        self.proxy = urlsplit(served.real.proxy_url)
        self.trust = ssl.create_default_context(cadata=served.real.authority.certificate.pem)

    def connect(self, url: str) -> HTTPConnection:
        connection = HTTPSConnection(self.proxy.hostname, self.proxy.port, context=self.trust, timeout=10)
        connection.set_tunnel(urlsplit(url).hostname, 443)
        return connection


@pytest.mark.parametrize(
    "name",
    [
        "login.microsoftonline.com",
        "myapps.microsoft.com",
        "launcher.myapps.microsoft.com",
        "graph.microsoft.com",
        "signin.aws.amazon.com",
        "eu-central-1.signin.aws.amazon.com",
        "signin.amazonaws.cn",
        "cn-north-1.signin.amazonaws.cn",
        "signin.amazonaws-us-gov.com",
        "us-gov-west-1.signin.amazonaws-us-gov.com",
        "sts.amazonaws.com",
        "sts.ap-southeast-7.amazonaws.com",
        "sts.cn-northwest-1.amazonaws.com.cn",
        "sts.us-gov-east-1.amazonaws.com",
        "iam.amazonaws.com",
        "iam.cn-north-1.amazonaws.com.cn",
        "iam.us-gov.amazonaws.com",
    ],
)
def test_the_name_is_served(served: Served, name: str) -> None:
    assert name in SERVED
    status, page = TrueBrowser(served).open(f"https://{name}/logout")
    assert (status, "You are signed out." in page) == ((200, True) if name in AWS_HOSTS else (404, False))


def test_every_name_belongs_to_one_side() -> None:
    assert not ENTRA_HOSTS & AWS_HOSTS
    assert SIGNIN_HOSTS < AWS_HOSTS
    assert all(re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name) for name in SERVED)


def test_the_endpoints_that_boto3_knows_are_served() -> None:
    """A region that botocore learns later is refused by the proxy until it is added to hosts.py."""
    for region in ("us-east-1", "mx-central-1", "ca-west-1", "cn-northwest-1", "us-gov-east-1"):
        for service in ("sts", "iam"):
            endpoint = boto3.client(service, region_name=region).meta.endpoint_url
            assert urlsplit(endpoint).hostname in AWS_HOSTS


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "localhost", "login.microsoftonline.com", ""])
def test_a_host_header_of_another_side_is_refused(served: Served, host: str) -> None:
    status, page = TrueBrowser(served).open("https://signin.aws.amazon.com/logout", Host=host)
    assert (status, "this address is for programs on this machine" in page) == (400, True)


@pytest.mark.parametrize("host", ["SIGNIN.AWS.AMAZON.COM", "signin.aws.amazon.com:443"])
def test_the_host_headers_that_clients_write_are_taken(served: Served, host: str) -> None:
    assert TrueBrowser(served).open("https://signin.aws.amazon.com/logout", Host=host)[0] == 200


@pytest.mark.parametrize("side", ["entra_url", "aws_url"])
def test_the_plain_addresses_do_not_answer_to_true_names(served: Served, side: str) -> None:
    for name in ("login.microsoftonline.com", "signin.aws.amazon.com"):
        assert Browser().open(getattr(served, side), Host=name)[0] == 400


def test_the_journey_has_productions_addresses_in_every_place(served: Served) -> None:
    browser = TrueBrowser(served)
    _, posting = browser.open("https://myapps.microsoft.com/signin?user=britta@contoso.com")
    assert 'name="hiddenform" action="https://signin.aws.amazon.com/saml"' in posting
    response = base64.b64decode(re.search(r'name="SAMLResponse" value="([^"]+)"', posting)[1]).decode()
    assert 'Destination="https://signin.aws.amazon.com/saml"' in response
    assert 'Recipient="https://signin.aws.amazon.com/saml"' in response
    status, picker = browser.submit(posting)
    assert (status, picker.count("saml-role-description")) == (200, 4)
    status, console = browser.submit(picker, roleIndex=f"arn:aws:iam::{PROD}:role/contoso-prod-aws-admin")
    assert "assumed-role/contoso-prod-aws-admin/britta@contoso.com" in console
    assert browser.url == "https://signin.aws.amazon.com/console"


def test_the_session_cookie_is_for_https_alone(served: Served) -> None:
    browser = TrueBrowser(served)
    connection = browser.connect("https://signin.aws.amazon.com")
    _, posting = browser.open("https://myapps.microsoft.com/signin?user=adele@contoso.com")
    response = re.search(r'name="SAMLResponse" value="([^"]+)"', posting)[1].replace("+", "%2B")
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/saml", f"SAMLResponse={response}", kind)
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["Location"]) == (302, "/console")
    assert answer.headers["Set-Cookie"].endswith("; Secure; HttpOnly; Path=/; SameSite=Lax")


def test_without_true_names_the_form_stays_on_loopback(served: Served) -> None:
    _, posting = Browser().open(f"{served.entra_url}/signin?user=britta@contoso.com")
    assert f'name="hiddenform" action="{served.aws_url}/saml"' in posting
    assert (
        'Destination="https://signin.aws.amazon.com/saml"'
        in base64.b64decode(re.search(r'name="SAMLResponse" value="([^"]+)"', posting)[1]).decode()
    )


def test_what_a_client_says_about_its_own_way_is_not_believed(served: Served) -> None:
    """No header makes a plain request a secure one, or moves a redirect to another host."""
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "Forwarded": "proto=https;host=evil"}
    connection = Browser().connect(served.aws_url)
    connection.request("GET", "/logout", headers=said)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    assert "evil" not in page + str(answer.headers)


def test_boto3_needs_no_endpoint(served: Served, idp: EntraIdp, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "authority.pem").write_text(served.real.authority.certificate.pem)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    proxy = Config(proxies={"https": served.real.proxy_url}, retries={"total_max_attempts": 1})
    for region in ("us-east-1", "eu-central-1"):
        sts = boto3.client("sts", region_name=region, config=proxy)
        assert sts.meta.endpoint_url == f"https://sts.{region}.amazonaws.com"
        answer = sts.assume_role_with_saml(
            RoleArn=f"arn:aws:iam::{PROD}:role/contoso-prod-aws-admin",
            PrincipalArn=f"arn:aws:iam::{PROD}:saml-provider/WAAD",
            SAMLAssertion=idp.respond("britta@contoso.com", NOW).base64,
        )
        assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/contoso-prod-aws-admin/britta@contoso.com")


def test_a_user_access_url_may_be_followed_from_another_site(served: Served, idp: EntraIdp) -> None:
    """My Apps is one, to a browser; what would sign somebody in at once is not to be reached like that."""
    app = idp.scenario.apps[0]
    app_id = idp.scenario.guid("app", app.name, app.app_id)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    for way in (
        f"/api/signin/{app_id}",
        f"/signin/AWS/{app_id}",
        f"/{idp.scenario.tenant.domains[0]}/signin/AWS/{app_id}",
    ):
        browser = TrueBrowser(served)
        status, page = browser.open(f"https://launcher.myapps.microsoft.com{way}", **elsewhere)
        assert (status, 'name="loginfmt"' in page) == (200, True), way
        assert browser.url.startswith(f"https://login.microsoftonline.com/{idp.scenario.tenant_id}/saml2?appid=")
    for way in ("/signin?user=britta@contoso.com", "/myapps", "/"):
        assert TrueBrowser(served).open(f"https://login.microsoftonline.com{way}", **elsewhere)[0] == 403


def test_a_field_that_is_only_carried_on_is_marked_so(served: Served, idp: EntraIdp) -> None:
    """As Entra's pages mark it: a client takes a user name that is not for the page with the user name."""
    app_id = idp.scenario.guid("app", idp.scenario.apps[0].name, idp.scenario.apps[0].app_id)
    browser = TrueBrowser(served)
    _, page = browser.open(f"https://launcher.myapps.microsoft.com/api/signin/{app_id}")
    _, page = browser.submit(page, loginfmt="britta@contoso.com")
    fields = html.fromstring(page)
    assert [one.get("class") for one in fields.cssselect("input[name=loginfmt]")] == ["moveOffScreen"]
    assert fields.cssselect("input[name=passwd]:not(.moveOffScreen)")
    _, page = browser.submit(page, passwd="not-a-real-password")
    fields = html.fromstring(page)
    assert fields.cssselect("#KmsiDescription")
    assert {one.get("class") for one in fields.cssselect("input[name=loginfmt], input[name=passwd]")} == {
        "moveOffScreen"
    }
