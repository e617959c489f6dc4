"""What every page of both sides keeps to, whichever page it is: all that can be reached are walked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from flask import Flask
from lxml import html

from harness.aws.store import AwsStore
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.load import demo_scenario
from harness.web.clock import SimulatedClock
from harness.web.entra_app import create_entra_app
from harness.web.frame import common_of, frame
from harness.web.server import Served, create_aws_app, serve
from harness.world import aws_of
from tests.web.conftest import NOW
from tests.web.test_serve import Browser

keys = KeyStore()
AUTO_POST = "document.forms[0].submit();"
NO_TOKEN_NEEDED = re.compile(r"/saml$|/saml/acs/|/(saml2|login)$|/session-control$|/federation$")
"""Where a browser is sent with a response, a request or a token in the call: they hold no authority before success."""
FOR_PROGRAMS = {"aws_api.call", "aws_signin.federation", "graph.call", "tokens.token"}
"""They take credentials or a response in the call itself, and no cookie."""


@pytest.fixture
def served() -> Iterator[Served]:
    with serve(EntraIdp(demo_scenario(), keys), lambda: NOW) as running:
        yield running


def get(url: str, cookie: str = "") -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=20)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    connection.request("GET", path, headers={"Accept": "text/html", "Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.headers), body


def walk(served: Served) -> Iterator[tuple[str, int, dict[str, str], bytes]]:
    """Every page that links lead to from the two front pages, signed in at both sides."""
    browser = Browser()
    _, front = browser.open(served.entra_url, Accept="text/html")
    browser.use(front, "/as", user="adele@contoso.com")
    browser.open(f"{served.entra_url}/signin?user=noah@contoso.com")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    waiting, seen = [served.entra_url + "/", served.aws_url + "/", served.aws_url + "/console"], set[str]()
    kinds: dict[str, int] = {}
    while waiting:
        url = waiting.pop(0).partition("#")[0]
        # The same page for each user or response is looked at a few times only.
        kind = re.sub(r"[\w-]{16,}|=[^&]*", "*", url)
        if url in seen or kinds.get(kind, 0) >= 3 or "logout" in url:
            continue
        seen.add(url)
        kinds[kind] = kinds.get(kind, 0) + 1
        status, headers, body = get(url, cookie)
        yield url, status, headers, body
        if "Location" in headers:
            waiting.append(urljoin(url, headers["Location"]))
        elif headers["Content-Type"].startswith("text/html") and body:
            found = html.fromstring(body).xpath("//a/@href")
            waiting += [urljoin(url, one) for one in found if urljoin(url, one).startswith("http")]


def test_every_page_that_can_be_reached_keeps_to_the_rules(served: Served) -> None:
    own = (served.entra_url, served.aws_url)
    count = 0
    for url, status, headers, body in walk(served):
        count += 1
        assert url.startswith(own), f"a page links to {url}"
        assert status < 500, url
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; "), url
        assert "unsafe" not in policy, url
        assert "frame-ancestors 'none'" in policy, url
        assert "base-uri 'none'" in policy, url
        assert headers["X-Content-Type-Options"] == "nosniff", url
        assert headers["Cache-Control"] == "no-store", url
        assert headers["Referrer-Policy"] == "same-origin", url
        assert urljoin(url, headers.get("Location", "")).startswith(own), f"{url} sends to {headers['Location']}"
        if "Location" not in headers and headers["Content-Type"].startswith("text/html"):
            _look_at(url, body, own)
    assert count > 30


def _look_at(url: str, body: bytes, own: tuple[str, str]) -> None:
    page = html.fromstring(body)
    for form in page.forms:
        target = urljoin(url, form.action or "")
        assert target.startswith(own), f"{url} posts to {target}"
        if form.method == "POST" and not NO_TOKEN_NEEDED.search(urlsplit(target).path):
            assert form.xpath(".//input[@name='csrf_token']"), f"{url}: a form to {target} without a token"
    for script in page.xpath("//script[not(@src)]"):
        assert script.get("type") == "application/json" or script.text == AUTO_POST, url
    for address in page.xpath("//script/@src | //img/@src | //link/@href | //iframe/@src"):
        assert urljoin(url, address).startswith(own), f"{url} loads {address}"
    assert not page.xpath("//@style | //style | //iframe | //object"), url
    assert not page.xpath("//@*[starts-with(name(), 'on')]"), url
    if b'name="hiddenform"' not in body:
        assert "type no real password" in page.text_content(), url


def apps() -> list[Flask]:
    idp, clock = EntraIdp(demo_scenario(), keys), SimulatedClock(lambda: NOW)
    store = AwsStore(aws_of(idp, NOW))
    common = common_of(idp, store, clock, Path())
    common.entra_url, common.aws_url = "http://127.0.0.1:1", "http://127.0.0.1:2"
    aws = create_aws_app(store, clock, inspections=common.inspections)
    return [frame(aws, common), frame(create_entra_app(idp, clock, common.aws_url), common)]


CHANGING = [
    (app, rule, method)
    for app in apps()
    for rule in app.url_map.iter_rules()
    for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"})
]


def path_of(rule: object) -> str:
    """An address that the rule matches."""
    return re.sub(r"<(?:[^:>]+:)?[^>]+>", "contoso.com", str(rule).replace("<any('v1.0', beta):version>", "v1.0"))


@pytest.mark.parametrize(
    ("app", "rule", "method"), [pytest.param(*one, id=f"{one[2]} {one[1].endpoint} {one[1]}") for one in CHANGING]
)
@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_no_other_site_can_change_anything(app: Flask, rule: object, method: str, headers: dict[str, str]) -> None:
    path = path_of(rule)
    answer = app.test_client().open(path, method=method, headers=headers)
    if NO_TOKEN_NEEDED.search(path):
        assert answer.status_code != 403 or b"other sites" not in answer.data
    else:
        assert answer.status_code == 403
        assert b"calls from other sites are refused" in answer.data


@pytest.mark.parametrize(
    ("app", "rule"),
    [pytest.param(app, rule, id=f"{rule.endpoint} {rule}") for app, rule, method in CHANGING if method == "POST"],
)
def test_a_form_without_the_token_of_its_page_changes_nothing(app: Flask, rule: object) -> None:
    path, endpoint = path_of(rule), rule.endpoint  # type: ignore[attr-defined]
    answer = app.test_client().post(path, data={"advance": "1"}, headers={"Accept": "text/plain"})
    forgiven = endpoint in FOR_PROGRAMS or NO_TOKEN_NEEDED.search(path) is not None
    assert (b"does not carry the token of its page" in answer.data) is not forgiven


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "login.microsoftonline.com", "x:8400", ""])
@pytest.mark.parametrize("side", [0, 1], ids=["aws", "entra"])
def test_a_host_header_that_is_not_ours_is_refused(side: int, host: str) -> None:
    app = (apps())[side]
    for path in ("/", "/inspect", "/clock", "/nothing"):
        answer = app.test_client().get(path, headers={"Host": host})
        assert answer.status_code == 400


def test_every_cookie_is_out_of_reach_of_scripts_and_of_other_sites(served: Served) -> None:
    browser, cookies = Browser(), []
    _, front = browser.open(served.entra_url, Accept="text/html")
    for url, body in ((f"{served.entra_url}/as", {"user": "adele@contoso.com"}),):
        (token,) = set(html.fromstring(front).xpath("//input[@name='csrf_token']/@value"))
        connection = HTTPConnection(urlsplit(url).netloc, timeout=10)
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        sent["Cookie"] = f"saml-harness-forms={browser.cookies['saml-harness-forms']}"
        connection.request("POST", "/as", urlencode(body | {"csrf_token": token}), sent)
        cookies += connection.getresponse().headers.get_all("Set-Cookie", [])
        connection.close()
    _, posting = browser.open(f"{served.entra_url}/signin?user=adele@contoso.com")
    (value,) = html.fromstring(posting).xpath("//input[@name='SAMLResponse']/@value")
    connection = HTTPConnection(urlsplit(served.aws_url).netloc, timeout=10)
    connection.request(
        "POST", "/saml", urlencode({"SAMLResponse": value}), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    cookies += connection.getresponse().headers.get_all("Set-Cookie", [])
    connection.close()
    assert {one.partition("=")[0] for one in cookies} == {"ESTSAUTH", "saml-harness-aws"}
    for cookie in cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


def test_a_password_is_kept_nowhere(
    served: Served, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secret = "correct-horse-battery-staple-7731"
    browser = Browser()
    tenant = demo_scenario().tenant_id
    app_id = demo_scenario().guid("app", "AWS")
    step = f"{served.entra_url}/{tenant}/login"
    fields = {"loginfmt": "britta@contoso.com", "query": f"appid={app_id}", "passwd": secret}
    _, stay = browser.open(step, fields)
    _, posting = browser.open(step, fields | {"stay": "yes"})
    assert "hiddenform" in posting
    assert secret not in stay + posting
    browser.url = served.entra_url
    browser.submit(posting)
    for url, _, _, body in walk(served):
        assert secret.encode() not in body, url
    assert secret not in "".join(capfd.readouterr()) + caplog.text
    assert secret not in repr(served.store.events)


def test_under_another_host_name_no_link_leads_where_the_browser_would_be_refused(served: Served) -> None:
    """A browser calls ``localhost`` and ``127.0.0.1`` two sites, as it does the true names of the two sides."""
    for side in (served.entra_url, served.aws_url):
        port = urlsplit(side).port
        for path in ("/", "/rollover", "/inspect"):
            connection = HTTPConnection("localhost", port, timeout=10)
            connection.request("GET", path, headers={"Accept": "text/html"})
            page = html.fromstring(connection.getresponse().read())
            connection.close()
            assert not [one for one in page.xpath("//a/@href") if one.startswith("http")], (side, path)
