"""What a person does in the browser, in one word each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.web.server import Served

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def sees(what: Locator) -> None:
    """Fail unless it shows within ten seconds."""
    what.wait_for(state="visible")


def my_apps(page: Page, served: Served, upn: str) -> None:
    """From the front page to a user's My Apps."""
    page.goto(served.entra_url)
    page.get_by_role("button", name=f"My Apps of {upn}").click()
    page.wait_for_url("**/myapps")


def to_aws(page: Page, served: Served, upn: str, app: str = "AWS") -> None:
    """From the front page by My Apps and the tile to whatever AWS answers."""
    my_apps(page, served, upn)
    page.get_by_role("link", name=app, exact=True).click()
    page.wait_for_url(f"{served.aws_url}/**")


def pick(page: Page, role: str) -> None:
    """Choose a role of the picker by its name."""
    page.get_by_label(role, exact=True).check()
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/console")


def set_clock(page: Page, button: str) -> None:
    """Press a button of the clock's control, which stands below every page."""
    control = page.get_by_role("region", name="Clock")
    if not control.get_by_role("button", name="Stop it").is_visible():
        control.get_by_text("Set the clock").click()
    control.get_by_role("button", name=button).click()


def upload(page: Page, served: Served, document: Path, *accounts: str) -> None:
    """Give a metadata document to the providers of these accounts."""
    page.goto(f"{served.aws_url}/rollover")
    page.get_by_label("Metadata document to upload").set_input_files(document)
    for account in accounts:
        page.get_by_label(f"arn:aws:iam::{account}:saml-provider/WAAD").check()
    page.get_by_role("button", name="Upload", exact=True).click()


def outcomes(page: Page, served: Served) -> dict[str, str]:
    """What became of the sign-in of each account, as the page says."""
    page.goto(f"{served.aws_url}/rollover")
    rows = page.get_by_role("region", name="Sign-ins").locator("tbody tr").all()
    return {row.inner_text()[:12]: row.locator("strong").inner_text() for row in rows}
