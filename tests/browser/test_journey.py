"""The journey as people make it: from the front page to a session, or to a refusal that says what to mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.web.server import Served
from tests.browser.conftest import NARROW, PROD
from tests.browser.ways import my_apps, pick, sees, set_clock, to_aws

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.parametrize(
    "page",
    [pytest.param({}, id="1280px"), pytest.param({"viewport": NARROW}, id="360px")],
    indirect=True,
)


def fits(page: Page) -> bool:
    """Whether nothing but a region that scrolls by itself is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_user_with_many_roles_picks_one_and_sees_the_session(page: Page, served: Served) -> None:
    to_aws(page, served, "britta@contoso.com")
    assert page.get_by_role("radio").count() == 4
    sees(page.get_by_text(f"Account: contoso-prod ({PROD})"))
    assert fits(page)
    pick(page, "contoso-prod-aws-admin")
    sees(page.get_by_text(f"arn:aws:sts::{PROD}:assumed-role/contoso-prod-aws-admin/britta@contoso.com"))
    sees(page.get_by_text("AWS_SECRET_ACCESS_KEY"))
    assert fits(page)


def test_a_user_with_one_role_is_in_without_a_picker(page: Page, served: Served) -> None:
    to_aws(page, served, "adele@contoso.com")
    assert page.url == f"{served.aws_url}/console"
    sees(page.get_by_text("contoso-prod-read-only-user", exact=True))


def test_a_user_without_role_is_refused_and_led_to_the_cure(page: Page, served: Served) -> None:
    to_aws(page, served, "noah@contoso.com")
    sees(page.get_by_text("Your request included an invalid SAML response. To logout, click here."))
    page.get_by_role("link", name="what is wrong with this response, and the cure").click()
    sees(page.get_by_role("heading", name="AWS004 error There is no Role."))
    sees(page.get_by_text("assign the user, or a group with the user as direct member"))
    assert fits(page)


def test_a_guest_is_refused_for_the_session_name(page: Page, served: Served) -> None:
    to_aws(page, served, "guest_fabrikam.com#EXT#@contoso.onmicrosoft.com")
    sees(page.get_by_text("RoleSessionName in AuthnResponse must match"))


def test_the_way_in_by_the_sign_in_pages(page: Page, served: Served) -> None:
    page.goto(served.entra_url)
    page.get_by_role("link", name="user access URL of AWS").click()
    page.get_by_label("User name").fill("adele@contoso.com")
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Password").fill("anything")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="No").click()
    page.wait_for_url(f"{served.aws_url}/console")


def test_the_way_in_that_begins_at_the_service_provider(page: Page, served: Served) -> None:
    page.goto(served.entra_url)
    page.get_by_role("link", name="begin at the service provider of AWS").click()
    page.get_by_role("button", name="Sign in as adele@contoso.com").click()
    page.wait_for_url(f"{served.aws_url}/console")


def test_an_unknown_user_gets_no_further(page: Page, served: Served) -> None:
    page.goto(served.entra_url)
    page.get_by_role("link", name="user access URL of AWS").click()
    page.get_by_label("User name").fill("nobody@contoso.com")
    page.get_by_role("button", name="Next").click()
    assert "there is no user nobody@contoso.com" in page.get_by_role("alert").inner_text()
    assert fits(page)


def test_a_picker_looked_at_for_too_long_is_refused(page: Page, served: Served) -> None:
    to_aws(page, served, "britta@contoso.com")
    with page.expect_popup() as opened:
        set_clock(page, "5 minutes later")
    sees(opened.value.get_by_role("heading", name="Clock"))
    opened.value.get_by_role("button", name="5 minutes later").click()
    page.bring_to_front()
    page.get_by_label("contoso-prod-aws-admin").check()
    page.get_by_role("button", name="Sign in", exact=True).click()
    sees(page.get_by_text("Token must be redeemed within 5 minutes of issuance"))


def test_the_clock_moves_to_the_day_before_the_certificate_expires(page: Page, served: Served) -> None:
    my_apps(page, served, "adele@contoso.com")
    set_clock(page, "To the day before certificate 2026 of AWS expires")
    sees(page.get_by_text("2029-01-14 07:02:19 UTC"))
    page.get_by_label("Instant (UTC)").fill("2027-02-03T04:05:06")
    page.get_by_role("button", name="Set", exact=True).click()
    sees(page.get_by_text("2027-02-03 04:05:06 UTC"))
    assert fits(page)
    page.get_by_role("button", name="Back to real time").click()
    assert page.get_by_text("Simulated time").count() == 0
