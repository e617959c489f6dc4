"""The inspector: any response, of this run or brought here, decoded, judged and shown without being trusted."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from lxml import html

from harness.aws.from_scenario import aws_from_scenario
from harness.aws.store import AwsStore
from harness.entra.idp import EntraIdp
from harness.saml.wire import Capture
from harness.web import inspections as kept_here
from harness.web.inspections import Inspections
from harness.web.server import Served, create_aws_app, serve
from tests.web.conftest import NOW
from tests.web.test_serve import Browser

BRITTA = "britta@contoso.com"
HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m&\"'"


@pytest.fixture
def store(idp: EntraIdp) -> AwsStore:
    metadata = idp.federation_metadata(NOW, bom=False)
    return AwsStore(aws_from_scenario(idp.scenario, lambda _: metadata))


@pytest.fixture
def browser(store: AwsStore) -> FlaskClient:
    return create_aws_app(store, lambda: NOW).test_client()


@pytest.fixture
def served(idp: EntraIdp) -> Iterator[Served]:
    with serve(idp, lambda: NOW) as running:
        yield running


def bring(browser: FlaskClient, **fields: object) -> tuple[int, str]:
    """Send the inspector's form as its page has it."""
    page = html.fromstring(browser.get("/inspect").get_data(as_text=True))
    (token,) = page.xpath("//form[@action='/inspect']//input[@name='csrf_token']/@value")
    answer = browser.post("/inspect", data={"csrf_token": token, **fields}, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def words(page: str) -> str:
    return " ".join(html.fromstring(page).text_content().split())


def response(idp: EntraIdp, upn: str = BRITTA) -> str:
    return idp.respond(upn, NOW).base64


def har(*posted: str) -> bytes:
    entries = [
        {
            "startedDateTime": "2026-11-01T09:00:03.000Z",
            "request": {
                "url": "https://signin.aws.amazon.com/saml?x=secret",
                "headers": [{"name": "Cookie", "value": "hidden=1"}],
                "postData": {"params": [{"name": "SAMLResponse", "value": one}]},
            },
        }
        for one in posted
    ]
    return json.dumps({"log": {"entries": entries}}).encode()


def test_a_good_response_is_shown_with_both_answers_and_its_signed_part(browser: FlaskClient, idp: EntraIdp) -> None:
    status, page = bring(browser, text=response(idp))
    assert status == 200
    assert "AWS would accept; no error." in words(page)
    signed = html.fromstring(page).xpath("//li[contains(@class, 'signed')]")
    shown = [" ".join(one.text_content().split()) for one in signed]
    assert shown[0].startswith("<Assertion")
    assert any("contoso-prod-aws-admin" in one for one in shown)
    assert not any("Destination" in one or "SignatureValue" in one for one in shown)


def test_nothing_of_a_changed_response_is_marked_as_signed(browser: FlaskClient, idp: EntraIdp) -> None:
    xml = base64.b64decode(response(idp)).replace(b"britta@contoso.com", b"eve@contoso.com")
    _, page = bring(browser, text=xml.decode())
    assert "No part of it is covered by a signature that verifies." in words(page)
    assert not html.fromstring(page).xpath("//li[contains(@class, 'signed')]")
    assert "Response signature invalid" in words(page)


def test_a_finding_leads_to_its_place_in_the_document(browser: FlaskClient, idp: EntraIdp) -> None:
    _, page = bring(browser, text=response(idp, "noah@contoso.com"))
    tree = html.fromstring(page)
    (link,) = {one for one in tree.xpath("//section//a/@href") if one.endswith("/AttributeStatement")}
    assert link == "#/Response/Assertion/AttributeStatement"
    assert len(tree.xpath(f"//li[@id='{link[1:]}']")) == 1
    assert "AWS004 error There is no Role." in words(page)
    assert "Users and groups: assign the user" in words(page)


@pytest.mark.parametrize("form", ["raw", "base64", "form body", "HAR"])
def test_whatever_form_it_was_captured_in_the_page_is_the_same(browser: FlaskClient, idp: EntraIdp, form: str) -> None:
    posted = response(idp)
    given = {
        "raw": base64.b64decode(posted),
        "base64": posted.encode(),
        "form body": b"SAMLResponse=" + posted.replace("+", "%2B").encode(),
        "HAR": har(posted),
    }[form]
    import io

    status, page = bring(browser, file=(io.BytesIO(given), "capture.bin"))
    assert status == 200
    assert "AWS would accept; no error." in words(page)
    assert "hidden=1" not in page
    assert "secret" not in page


def test_a_har_with_several_posts_is_taken_apart(browser: FlaskClient, idp: EntraIdp) -> None:
    import io

    posts = har(response(idp), "broken", response(idp, "adele@contoso.com"))
    status, page = bring(browser, file=(io.BytesIO(posts), "two.har"))
    assert status == 200
    assert len(html.fromstring(page).xpath("//td/a[starts-with(@href, '/inspect/')]")) == 2


def test_the_instant_can_be_given(browser: FlaskClient, idp: EntraIdp) -> None:
    _, page = bring(browser, text=response(idp), at="2026-11-01T09:06:00Z")
    assert "Token must be redeemed within 5 minutes of issuance" in words(page)
    assert "One second after it was issued" in words(page)


def test_the_metadata_of_another_tenant_can_be_given(browser: FlaskClient, idp: EntraIdp) -> None:
    import io

    from harness.entra.keystore import KeyStore
    from harness.scenario.load import demo_scenario

    other = EntraIdp(demo_scenario(), KeyStore())
    posted = other.respond(BRITTA, NOW).base64
    assert "AWS would refuse" in words(bring(browser, text=posted)[1])
    metadata = io.BytesIO(other.federation_metadata(NOW, bom=False))
    assert "AWS would accept" in words(bring(browser, text=posted, metadata=(metadata, "metadata.xml"))[1])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "the text: is empty"),
        ({"text": "hello"}, "expected a SAML response"),
        ({"text": HOSTILE.lstrip("<")}, "expected a SAML response"),
        ({"text": "{}"}, "JSON without a SAMLResponse"),
        ({"text": "PGEvPg==", "at": HOSTILE}, "is not an instant in UTC"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_give(
    browser: FlaskClient, fields: dict[str, object], said: str
) -> None:
    status, page = bring(browser, **fields)
    assert status == 400
    assert said in words(page)
    assert "<script>" not in page


def test_markup_that_is_no_document_is_judged_and_shown_escaped(browser: FlaskClient) -> None:
    _, page = bring(browser, text=HOSTILE)
    assert "What was sent, which is no document" in words(page)
    assert "<script" not in page
    assert "\u202e" not in page


def test_nothing_hostile_is_reflected(browser: FlaskClient) -> None:
    inside = "&lt;script&gt;alert(1)&lt;/script&gt;\u202e"
    xml = (
        '<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol" ID="a&quot;&gt;&lt;script&gt;" '
        f'Destination="javascript:alert(1)"><!-- <script>alert(2)</script> --><x>{inside}</x></Response>'
    )
    _, page = bring(browser, text=xml)
    assert "<script" not in page
    assert "\u202e" not in page
    assert not [link for _, _, link, _ in html.fromstring(page).iterlinks() if "javascript" in link]


@pytest.mark.parametrize("size", [100, 1_900])
def test_a_document_of_many_elements_is_cut_and_says_so(browser: FlaskClient, size: int) -> None:
    xml = '<Response xmlns="urn:oasis:names:tc:SAML:2.0:protocol">' + "<a><b/></a>" * size + "</Response>"
    _, page = bring(browser, text=xml)
    assert ("the rest is not shown" in page) is (3 * size > 4000)
    assert len(page) < 1_500_000


def test_each_hop_of_a_sign_in_links_to_the_response(served: Served) -> None:
    browser = Browser()
    _, posting = browser.open(f"{served.entra_url}/signin?user={BRITTA}")
    (at_entra,) = set(re.findall(r"/inspect/[\w-]+", posting))
    _, page = browser.open(served.entra_url + at_entra)
    assert "Issued by Entra" in words(page)
    assert "AWS would accept" in words(page)
    browser.url = served.entra_url
    _, picker = browser.submit(posting)
    (at_picker,) = set(re.findall(r"/inspect/[\w-]+", picker))
    _, page = browser.open(served.aws_url + at_picker)
    assert "Posted to the sign-in page" in words(page)
    _, listed = browser.open(f"{served.aws_url}/inspect")
    assert at_entra in listed
    assert at_picker in listed


def test_the_bytes_can_be_had_and_no_browser_runs_them(browser: FlaskClient, idp: EntraIdp) -> None:
    posted = response(idp)
    _, page = bring(browser, text=posted)
    (link,) = html.fromstring(page).xpath("//a[contains(@href, 'response.xml')]/@href")
    answer = browser.get(link)
    assert answer.data == base64.b64decode(posted)
    assert answer.mimetype == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_kept_response_can_be_judged_as_of_now(store: AwsStore, idp: EntraIdp) -> None:
    now = [NOW]
    browser = create_aws_app(store, lambda: now[0]).test_client()
    _, page = bring(browser, text=response(idp))
    (link,) = html.fromstring(page).xpath("//a[contains(@href, 'at=now')]/@href")
    now[0] += timedelta(minutes=6)
    assert "Token must be redeemed within 5 minutes" in words(browser.get(link).get_data(as_text=True))


def test_only_so_much_is_kept(store: AwsStore, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Inspections(store)
    first = kept.keep(Capture("XML", b"x" * 1000, 1336), NOW, "test")
    for _ in range(199):
        kept.keep(Capture("XML", b"x", 4), NOW, "test")
    assert kept.get(first) is not None
    kept.keep(Capture("XML", b"x", 4), NOW, "test")
    assert kept.get(first) is None
    monkeypatch.setattr(kept_here, "MAX_BYTES", 100)
    kept = Inspections(store)
    last = kept.keep(Capture("XML", b"x", 4), NOW, "test")
    kept.keep(Capture("XML", b"x" * 99, 132), NOW, "test")
    assert kept.get(last) is not None
    kept.keep(Capture("XML", b"x" * 99, 132), NOW, "test")
    assert kept.get(last) is None
