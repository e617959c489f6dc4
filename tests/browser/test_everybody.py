"""For everybody: without a mouse, without scripts, and with what assistive programs need."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.entra.idp import EntraIdp
from harness.web.server import Served
from tests.browser.conftest import AXE, NARROW, NOW, PROD
from tests.browser.ways import my_apps, sees, to_aws

if TYPE_CHECKING:
    from playwright.sync_api import Page

COPIED = ["form[name=hiddenform]", "#saml_form"]
"""Markup that copies Entra's or AWS's own, which clients scrape: it stays as it is there."""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the element of this name has the focus; its outline must be visible."""
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "() => { const e = document.activeElement; const label = e.labels && e.labels[0];"
            " if (label) return label.textContent;"
            " return e.tagName === 'INPUT' && e.type === 'submit' ? e.value : e.textContent }"
        )
        if " ".join(found.split()) == name:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    pytest.fail(f"Tab never reaches {name!r}")


def test_the_journey_is_made_with_the_keyboard_alone(page: Page, served: Served) -> None:
    page.goto(served.entra_url)
    tab_to(page, "My Apps of britta@contoso.com")
    page.keyboard.press("Enter")
    page.wait_for_url("**/myapps")
    tab_to(page, "AWS")
    page.keyboard.press("Enter")
    page.wait_for_url("**/saml")
    tab_to(page, "contoso-prod-aws-admin")
    page.keyboard.press("Space")
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console")
    sees(page.get_by_text(f"arn:aws:sts::{PROD}:assumed-role/contoso-prod-aws-admin/britta@contoso.com"))


@pytest.mark.parametrize("page", [pytest.param({"java_script_enabled": False}, id="without scripts")], indirect=True)
def test_the_journey_is_made_without_scripts(page: Page, served: Served, idp: EntraIdp) -> None:
    my_apps(page, served, "britta@contoso.com")
    page.get_by_role("link", name="AWS", exact=True).click()
    sees(page.locator("noscript p", has_text="Script is disabled. Click Submit to continue."))
    page.get_by_role("button", name="Submit").click()
    page.get_by_label("contoso-dev-devops-user").check()
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/console")
    page.goto(f"{served.aws_url}/inspect")
    page.get_by_label("Paste base64").fill(idp.respond("adele@contoso.com", NOW).base64)
    page.get_by_role("button", name="Inspect").click()
    sees(page.get_by_text("AWS would accept; no error."))
    page.get_by_text("Set the clock").click()
    page.get_by_role("button", name="5 minutes later").click()
    sees(page.get_by_text("2026-11-01 09:05:00 UTC"))


def violations(page: Page) -> list[str]:
    """What axe-core finds on the page, but for the markup that is exempt."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("exempt => axe.run({exclude: exempt.map(one => [one])})", COPIED)
    return [f"{page.url}: {one['id']}: {[node['html'][:200] for node in one['nodes']]}" for one in found["violations"]]


@pytest.mark.parametrize("page", [pytest.param({"viewport": NARROW}, id="360px")], indirect=True)
@pytest.mark.parametrize("path", ["/", "/inspect", "/rollover", "/scenario", "/clock", "/nothing"])
def test_no_page_is_wider_than_a_small_screen(page: Page, served: Served, path: str) -> None:
    for side in (served.entra_url, served.aws_url):
        page.goto(side + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


@pytest.mark.parametrize(
    "page", [pytest.param({}, id="1280px"), pytest.param({"viewport": NARROW}, id="360px")], indirect=True
)
def test_axe_finds_nothing_on_any_page(page: Page, served: Served, idp: EntraIdp) -> None:
    if not AXE.exists():
        pytest.skip("needs axe-core: npm ci in tests/judges/node")
    found: list[str] = []
    for path in ("/", "/admin/", "/inspect", "/rollover", "/scenario", "/clock", "/nothing"):
        page.goto(served.entra_url + path)
        found += violations(page)
    page.get_by_role("link", name="Entra's admin centre").click()
    page.get_by_role("link", name="AWS", exact=True).click()
    found += violations(page)
    page.get_by_role("button", name="New certificate").click()
    found += violations(page)
    page.get_by_role("link", name="What was changed").click()
    found += violations(page)
    for path in ("/", "/audit", "/console", "/nothing"):
        page.goto(served.aws_url + path)
        found += violations(page)
    page.goto(served.entra_url)
    page.get_by_role("link", name="user access URL of AWS").click()
    found += violations(page)
    page.get_by_label("User name").fill("adele@contoso.com")
    page.get_by_role("button", name="Next").click()
    found += violations(page)
    page.get_by_label("Password").fill("anything")
    page.get_by_role("button", name="Sign in").click()
    found += violations(page)
    page.get_by_role("button", name="No").click()
    page.wait_for_url("**/console")
    found += violations(page)
    to_aws(page, served, "noah@contoso.com")
    found += violations(page)
    page.get_by_role("link", name="what is wrong with this response").click()
    found += violations(page)
    to_aws(page, served, "britta@contoso.com")
    found += violations(page)
    assert not found, "\n".join(found)
