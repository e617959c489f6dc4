"""What people come for when something is wrong: the inspector, a rollover by hand, the changed scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.entra.idp import EntraIdp
from harness.scenario.load import load_scenario
from harness.web.server import Served
from tests.browser.conftest import DEV, NOW, PROD
from tests.browser.ways import outcomes, sees, set_clock, upload

if TYPE_CHECKING:
    from playwright.sync_api import Page


def certificates(page: Page, served: Served) -> None:
    """The certificates of the app, on Entra's side."""
    page.goto(f"{served.entra_url}/admin/")
    page.get_by_role("link", name="AWS", exact=True).click()


def metadata(page: Page, tmp_path: Path) -> Path:
    """Download the app's metadata from its page."""
    with page.expect_download() as download:
        page.get_by_role("link", name="Federation Metadata XML").click()
    target = tmp_path / "metadata.xml"
    download.value.save_as(target)
    return target


def test_a_rollover_by_hand_turns_accounts_good_and_bad(page: Page, served: Served, tmp_path: Path) -> None:
    assert outcomes(page, served) == {PROD: "accepted", DEV: "accepted"}
    certificates(page, served)
    page.get_by_role("button", name="New certificate").click()
    sees(page.get_by_role("cell", name="Inactive"))
    assert outcomes(page, served) == {PROD: "accepted", DEV: "accepted"}
    certificates(page, served)
    document = metadata(page, tmp_path)
    upload(page, served, document, PROD)
    certificates(page, served)
    page.get_by_role("button", name="Make certificate active 2026-11-01").click()
    assert outcomes(page, served) == {PROD: "accepted", DEV: "refused"}
    sees(page.get_by_text("refused: Response signature invalid"))
    upload(page, served, document, DEV)
    assert outcomes(page, served) == {PROD: "accepted", DEV: "accepted"}


def test_a_new_certificate_signs_by_itself_once_the_active_one_has_expired(page: Page, served: Served) -> None:
    page.goto(served.entra_url)
    set_clock(page, "To the day before certificate 2026 of AWS expires")
    certificates(page, served)
    page.get_by_role("button", name="New certificate").click()
    assert outcomes(page, served) == {PROD: "accepted", DEV: "accepted"}
    page.get_by_label("Instant (UTC)").fill("2029-01-15T08:00:00")
    page.get_by_role("button", name="Set", exact=True).click()
    assert outcomes(page, served) == {PROD: "refused", DEV: "refused"}


def test_an_uploaded_response_is_judged_and_its_findings_lead_into_the_document(
    page: Page, served: Served, idp: EntraIdp, tmp_path: Path
) -> None:
    capture = tmp_path / "response.b64"
    capture.write_text(idp.respond("noah@contoso.com", NOW).base64)
    page.goto(f"{served.entra_url}/inspect")
    page.get_by_label("or upload the file").set_input_files(capture)
    page.get_by_role("button", name="Inspect").click()
    sees(page.get_by_text("AWS would refuse; 1 error."))
    finding = page.locator("section.finding", has_text="AWS004")
    finding.get_by_text("Why this matters").click()
    finding.get_by_role("link", name="/Response/Assertion/AttributeStatement").click()
    assert page.evaluate("document.querySelector(':target').textContent.trim()") == "<AttributeStatement>"
    sees(page.locator("li.signed").first)


def test_what_was_changed_can_be_looked_at_and_taken_home(page: Page, served: Served, tmp_path: Path) -> None:
    certificates(page, served)
    page.get_by_role("button", name="New certificate").click()
    page.get_by_role("link", name="What was changed").click()
    sees(page.get_by_text("+[[apps.certificates]]"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download it as a scenario file").click()
    assert download.value.suggested_filename == "contoso-demo.scenario.toml"
    download.value.save_as(tmp_path / "changed.scenario.toml")
    assert len(load_scenario(tmp_path / "changed.scenario.toml").apps[0].certificates) == 2
