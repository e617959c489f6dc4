"""A rollover by hand: each step on one side turns the sign-ins of single accounts good or bad."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from lxml import html
from urllib3 import encode_multipart_formdata

from harness.entra.certificates import activate, create_certificate
from harness.entra.idp import EntraIdp
from harness.entra.keystore import KeyStore
from harness.scenario.load import demo_scenario, parse_scenario
from harness.scenario.model import App, Scenario
from harness.web.server import Served, serve
from tests.web.conftest import DEV, NOW, PROD
from tests.web.test_inspect import words
from tests.web.test_serve import Browser

ARN = "arn:aws:iam::{}:saml-provider/WAAD"
keys = KeyStore()


@pytest.fixture
def own() -> EntraIdp:
    """An Entra that a test may change; its keys are made once."""
    return EntraIdp(demo_scenario(), keys)


@pytest.fixture
def served(own: EntraIdp) -> Iterator[Served]:
    with serve(own, lambda: NOW) as running:
        yield running


def outcomes(served: Served) -> dict[str, str]:
    with urllib.request.urlopen(f"{served.aws_url}/rollover", timeout=10) as answer:
        return {row["account"]: row["outcome"] for row in json.load(answer)}


def said(served: Served, account: str) -> str:
    with urllib.request.urlopen(f"{served.aws_url}/rollover", timeout=10) as answer:
        return next(row["said"] for row in json.load(answer) if row["account"] == account)


def step(idp: EntraIdp, how: object) -> None:
    def change(scenario: Scenario) -> Scenario:
        (app,) = scenario.apps
        changed: App = how(app)  # type: ignore[operator]
        return scenario.model_copy(update={"apps": (changed,)})

    idp.change(change)


def upload(served: Served, document: bytes, *arns: str, bom: str = "remove") -> tuple[int, str]:
    """Send the page's form with a file, as a browser does."""
    browser = Browser()
    _, page = browser.open(f"{served.aws_url}/rollover", Accept="text/html")
    (token,) = html.fromstring(page).xpath("//form[@action='/rollover']//input[@name='csrf_token']/@value")
    fields = [("csrf_token", token), ("bom", bom), *(("provider", arn) for arn in arns)]
    body, kind = encode_multipart_formdata([*fields, ("document", ("metadata.xml", document))])
    asked = urllib.request.Request(f"{served.aws_url}/rollover", body, {"Content-Type": kind})
    asked.add_header("Accept", "text/html")
    asked.add_header("Cookie", f"saml-harness-forms={browser.cookies['saml-harness-forms']}")
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_overlap_way_never_turns_a_sign_in_bad(served: Served, own: EntraIdp) -> None:
    assert outcomes(served) == {PROD: "accepted", DEV: "accepted"}
    step(own, lambda app: create_certificate(app, NOW, name="next"))
    document = own.federation_metadata(NOW)
    assert upload(served, document, ARN.format(PROD), ARN.format(DEV))[0] == 200
    assert outcomes(served) == {PROD: "accepted", DEV: "accepted"}
    step(own, lambda app: activate(app, "next"))
    assert outcomes(served) == {PROD: "accepted", DEV: "accepted"}


def test_activating_first_turns_every_account_bad_until_its_upload(served: Served, own: EntraIdp) -> None:
    step(own, lambda app: activate(create_certificate(app, NOW, name="next"), "next"))
    assert outcomes(served) == {PROD: "refused", DEV: "refused"}
    assert "Response signature invalid" in said(served, PROD)
    upload(served, own.federation_metadata(NOW), ARN.format(DEV))
    assert outcomes(served) == {PROD: "refused", DEV: "accepted"}


def test_the_page_shows_what_the_programs_see(served: Served, own: EntraIdp) -> None:
    step(own, lambda app: activate(create_certificate(app, NOW, name="next"), "next"))
    browser = Browser()
    _, page = browser.open(f"{served.entra_url}/rollover", Accept="text/html")
    assert words(page).count("refused: Response signature invalid") == 2
    (link, _) = html.fromstring(page).xpath("//a[contains(@href, '/rollover/response')]/@href")
    _, looked = browser.open(served.entra_url + link)
    assert "Tried for arn:aws:iam::111122223333:saml-provider/WAAD" in words(looked)
    assert "Response signature invalid" in words(looked)


def test_a_document_with_its_byte_order_mark_is_refused_in_iams_words_and_ours(served: Served, own: EntraIdp) -> None:
    status, page = upload(served, own.federation_metadata(NOW), ARN.format(PROD), bom="keep")
    assert status == 400
    assert "InvalidInput: Could not parse metadata" in words(page)
    assert "begins with a byte order mark" in words(page)


@pytest.mark.parametrize("arn", ["", "x", "<script>", "arn:aws:iam::999999999999:saml-provider/No"])
def test_a_provider_that_is_none_is_refused(served: Served, own: EntraIdp, arn: str) -> None:
    status, page = upload(served, own.federation_metadata(NOW), arn)
    assert status == 400
    assert "<script>" not in page
    assert outcomes(served) == {PROD: "accepted", DEV: "accepted"}


def test_an_upload_of_nothing_says_what_to_do(served: Served) -> None:
    status, page = upload(served, b"", ARN.format(PROD))
    assert status == 400
    assert "choose a metadata document" in words(page)


def test_what_was_changed_is_shown_and_can_be_downloaded(served: Served, own: EntraIdp) -> None:
    browser = Browser()
    assert json.loads(browser.open(f"{served.aws_url}/scenario")[1])["changed"] is False
    step(own, lambda app: create_certificate(app, NOW, name="next"))
    upload(served, own.federation_metadata(NOW), ARN.format(DEV))
    _, page = browser.open(f"{served.entra_url}/scenario", Accept="text/html")
    assert '+name = "next"' in [line.text_content() for line in html.fromstring(page).xpath("//li[@class='added']")]
    _, text = browser.open(f"{served.entra_url}/scenario.toml")
    saved = parse_scenario(text, "saved")
    assert saved.apps == own.scenario.apps
    assert [one.saml_providers[0].certificates for one in saved.accounts] == [("2026",), None]


def test_a_change_that_no_file_can_say_is_refused_with_its_place(served: Served, own: EntraIdp) -> None:
    own.change(lambda scenario: scenario.model_copy(update={"users": scenario.users[1:]}))
    status, page = Browser().open(f"{served.aws_url}/scenario.toml")
    assert status == 409
    assert "no user or group 'britta@contoso.com'" in page
